# SPDX-License-Identifier: BSD-3-Clause
"""Truths, predictions and probabilities, as the metrics read them.

Classes become ranks, and rows of weight 0 are dropped.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_array, column_or_1d

from skx._base.sklearn import check_sample_weight
from skx.ordinal._base import declared_order, is_missing

# More classes than this are taken for numbers that are no classes.
MAX_CLASSES = 1000


class Classes(NamedTuple):
    """Predicted classes: ranks among ``labels``."""

    labels: list[Any]
    truth: NDArray[np.int64]
    prediction: NDArray[np.int64]
    weights: NDArray[np.float64]


class Probabilities(NamedTuple):
    """Predicted probabilities: one column per label, rows sum to about 1."""

    labels: list[Any]
    truth: NDArray[np.int64]
    proba: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def scaled(self) -> NDArray[np.float64]:
        """Rows that sum to 1 as closely as scikit-learn demands of float64."""
        return self.proba / self.proba.sum(axis=1, keepdims=True)


class Event(NamedTuple):
    """Predicted probability of one class, and whether it came true."""

    happened: NDArray[np.int64]  # 0 or 1
    proba: NDArray[np.float64]
    weights: NDArray[np.float64]


def read_classes(y_true: Any, y_pred: Any, labels: Any, sample_weight: Any) -> Classes:
    """Read predicted classes; whole numbers without labels keep their distances."""
    truth, prediction = _read_column("y_true", y_true), _read_column("y_pred", y_pred)
    if len(truth) != len(prediction):
        raise ValueError(
            f"y_true has {len(truth)} entries but y_pred has {len(prediction)}; give "
            "one prediction per row."
        )
    order = _find_order(y_true, labels)
    if order is None:
        order = _count_through(truth, prediction)
    weights = _read_weights(sample_weight, len(truth))
    kept = weights > 0
    return Classes(
        order,
        _rank("y_true", truth, order)[kept],
        _rank("y_pred", prediction, order)[kept],
        weights[kept],
    )


def read_probabilities(
    y_true: Any, y_proba: Any, labels: Any, sample_weight: Any
) -> Probabilities:
    """Read probabilities of all classes."""
    truth = _read_column("y_true", y_true)
    proba, tolerance = _read_proba(y_proba, len(truth))
    order = _find_order(y_true, labels)
    if order is None:
        _check_whole(truth)
        order = np.unique(truth).tolist()
    if len(order) < 2:
        raise ValueError(
            f"y_true holds one class, {order[0]!r}; pass labels, all classes in the "
            "order of the columns of y_proba."
        )
    if proba.ndim == 1 or proba.shape[1] != len(order):
        columns = 1 if proba.ndim == 1 else proba.shape[1]
        raise ValueError(
            f"y_proba has {columns} column{'s' * (columns > 1)} but there are "
            f"{len(order)} classes, {show(order)}; give one column per class, and pass "
            "labels if y_true does not hold all of them."
        )
    sums = proba.sum(axis=1)
    off = np.flatnonzero(np.abs(sums - 1) > tolerance)
    if len(off):
        raise ValueError(
            f"Row {off[0]} of y_proba sums to {sums[off[0]]:g}; give probabilities "
            "of all classes, which sum to 1."
        )
    weights = _read_weights(sample_weight, len(truth))
    kept = weights > 0
    return Probabilities(
        order,
        _rank("y_true", truth, order)[kept],
        proba[kept],
        weights[kept],
    )


def read_event(
    y_true: Any, y_proba: Any, rare_class: Any, labels: Any, sample_weight: Any
) -> Event:
    """Read the probability of one class, from those of all or as given alone."""
    if np.ndim(y_proba) == 1:
        truth = _read_column("y_true", y_true)
        proba, _ = _read_proba(y_proba, len(truth))
        order = _find_order(y_true, labels)
        if order is None:
            order = _classes_around(truth, rare_class)
        ranks = _rank("y_true", truth, order)
        weights = _read_weights(sample_weight, len(truth))
        kept = weights > 0
        ranks, proba, weights = ranks[kept], proba[kept], weights[kept]
    else:
        order, ranks, proba, weights = read_probabilities(
            y_true, y_proba, labels, sample_weight
        )
    rare = len(order) - 1
    if rare_class is not None:
        rare = int(_rank("rare_class", np.array([rare_class]), order)[0])
    if proba.ndim == 2:
        proba = proba[:, rare]
    return Event((ranks == rare).astype(np.int64), proba, weights)


def show(labels: list[Any]) -> str:
    """Return the labels as text for a message; at most ten of them."""
    shown = ", ".join(map(repr, labels[:10]))
    return f"[{shown}, ...]" if len(labels) > 10 else f"[{shown}]"


def _read_column(name: str, y: Any) -> NDArray:
    column = column_or_1d(y, input_name=name)
    if not len(column):
        raise ValueError(f"{name} is empty; give at least one row.")
    if column.dtype.kind == "O":
        missing = any(map(is_missing, column.tolist()))
    else:
        missing = column.dtype.kind == "f" and bool(np.isnan(column).any())
    if missing:
        raise ValueError(f"{name} holds missing values; drop these rows.")
    return np.array(column.tolist()) if column.dtype.kind == "O" else column


def _read_proba(y_proba: Any, n_rows: int) -> tuple[NDArray[np.float64], float]:
    """Return probabilities, and how far off rounding may have taken them."""
    proba = check_array(
        y_proba, dtype=[np.float64, np.float32], ensure_2d=False, input_name="y_proba"
    )
    if len(proba) != n_rows:
        raise ValueError(
            f"y_true has {n_rows} entries but y_proba has {len(proba)} rows; give one "
            "row of probabilities per row."
        )
    tolerance = float(np.sqrt(np.finfo(proba.dtype).eps))
    for value in (proba.min(), proba.max()):
        if not -tolerance <= value <= 1 + tolerance:
            raise ValueError(
                f"y_proba holds {value:g}; probabilities lie between 0 and 1."
            )
    return proba.astype(np.float64).clip(0.0, 1.0), tolerance


def _read_weights(sample_weight: Any, n_rows: int) -> NDArray[np.float64]:
    weights = check_sample_weight(
        sample_weight,
        np.empty((n_rows, 1)),
        dtype=np.float64,
        ensure_non_negative=True,
    )
    if not weights.any():
        raise ValueError("sample_weight is zero for every row; nothing to score.")
    return weights


def _find_order(y_true: Any, labels: Any) -> list[Any] | None:
    """Return the classes from lowest to highest, where the caller or y_true says so."""
    if labels is None:
        return declared_order(y_true)
    order = column_or_1d(labels, input_name="labels").tolist()
    if len(order) < 2:
        raise ValueError(f"labels are {show(order)}; give at least 2 classes.")
    if len(set(order)) < len(order):
        raise ValueError(f"labels hold a class twice: {show(order)}.")
    return order


def _classes_around(truth: NDArray, rare_class: Any) -> list[Any]:
    """Return the classes, the rare one last if it is not named."""
    classes = np.unique(truth).tolist()
    if rare_class is None:
        if set(classes) <= {0, 1}:
            return [0, 1]
        raise ValueError(
            "y_proba holds the probabilities of one class, but which one is not known; "
            "pass rare_class."
        )
    if rare_class not in classes:
        raise ValueError(
            f"y_true does not hold rare_class={rare_class!r}; if no row is of this "
            "class, pass labels, which name it."
        )
    return classes


def _check_whole(column: NDArray) -> None:
    if column.dtype.kind in "biu":
        return
    odd = column
    if column.dtype.kind == "f":
        odd = column[np.isinf(column) | (np.floor(column) != column)]
    if len(odd):
        raise ValueError(
            f"The order of classes such as {odd[:1].tolist()[0]!r} is not known; pass "
            "labels, the classes from lowest to highest."
        )


def _count_through(*columns: NDArray) -> list[int]:
    """Return all whole numbers from the smallest to the largest."""
    for column in columns:
        _check_whole(column)
    low = int(min(column.min() for column in columns))
    high = int(max(column.max() for column in columns))
    if high - low >= MAX_CLASSES:
        raise ValueError(
            f"y_true and y_pred run from {low} to {high}; if these are classes, pass "
            "labels, the classes from lowest to highest."
        )
    return list(range(low, high + 1))


def _rank(name: str, column: NDArray, order: list[Any]) -> NDArray[np.int64]:
    """Return the positions of the classes of a column in their order, or refuse."""
    labels = np.array(order)
    if column.dtype.kind in "biuf" and labels.dtype.kind in "biuf":
        ascending = np.argsort(labels)
        nearest = np.searchsorted(labels[ascending], column).clip(0, len(order) - 1)
        ranks = ascending[nearest]
        ranks[labels[ranks] != column] = -1
    else:
        rank = {label: k for k, label in enumerate(order)}
        ranks = np.array([rank.get(label, -1) for label in column.tolist()])
    unknown = np.unique(column[ranks < 0]).tolist()
    if unknown:
        raise ValueError(
            f"{name} holds {show(unknown)[1:-1]}, not among the classes {show(order)}; "
            "name every class in labels."
        )
    return ranks
