# SPDX-License-Identifier: BSD-3-Clause
"""What every sampler shares: validation, class counts, containers, provenance.

The only module of the family that imports imbalanced-learn. Its base class is what
makes skx's samplers work in imbalanced-learn's pipelines and pass its checks.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import (
    check_consistent_length,
    column_or_1d,
    validate_data,
)

from skx._backend import is_device_array, like, to_numpy
from skx._base.estimator import SkxEstimator
from skx._base.sklearn import check_sample_weight, fit_context, take_rows
from skx._numba import for_each_chunk
from skx._random import draw_seed
from skx.resampling import _kernels
from skx.resampling._tables import Table, read_table

Strategy = float | str | Mapping | Callable
Rows = NDArray[np.int64]


class OverSampler(BaseOverSampler, SkxEstimator):
    """Base of the methods that add rows to classes: how, the subclass says."""

    _parameter_constraints: ClassVar[dict] = BaseOverSampler._parameter_constraints

    @abstractmethod
    def _draw_parents(
        self, X: Any, n_new: int, draw: "ClassDraw"
    ) -> tuple[Rows, NDArray[np.float64]]:
        """Choose parents (n_new, p), rows of the class X, and their weights."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, **params: Any) -> "OverSampler":
        """Check the data and work out how many rows each class would get.

        ``fit_resample`` does the whole job; this is here for scikit-learn's protocol.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,)
            Class labels.
        **params : dict
            Accepted for scikit-learn's protocol and not used.

        Returns
        -------
        self : object
            The sampler with ``sampling_strategy_`` set.
        """
        _, labels = self._read(X, y)
        classes, counts = np.unique(labels, return_counts=True)
        self.sampling_strategy_ = self._new_counts(classes, counts, labels)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        """Add synthetic rows to the classes that ``sampling_strategy`` names.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows: NumPy array, list, scipy.sparse array or matrix, pandas or
            polars frame, of float, integer or bool type. Dense data may hold NaN.
        y : array-like of shape (n_samples,)
            Class labels, or their one-hot encoding (n_samples, n_classes).
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, for the result; one of weight 0 stays in
            the output but is no parent of any synthetic row.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_samples + n_new, n_features)
            The rows of X as they were, then the synthetic rows, class by class.
        y_resampled : same kind as y, of shape (n_samples + n_new,)
            Their labels.
        sample_weight_resampled : ndarray of shape (n_samples + n_new,)
            Only if ``sample_weight`` is given: a synthetic row's weight is the mean of
            its parents' weights, weighted as the row itself.

        Raises
        ------
        ValueError
            If the input or a combination of it with a parameter cannot be resampled;
            the text says which value is wrong and what to do.
        """
        return self._fit_resample(X, y, sample_weight=sample_weight)

    def _fit_resample(
        self, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        table, labels = self._read(X, y)
        weights = self._check_weights(sample_weight, labels)
        classes, codes, counts = np.unique(
            labels, return_inverse=True, return_counts=True
        )
        self.sampling_strategy_ = self._new_counts(classes, counts, labels)
        n_new = np.array([self.sampling_strategy_.get(c, 0) for c in classes.tolist()])
        X_new, parents, parent_weights = self._synthesise(
            table, codes, classes, n_new, weights
        )
        self.parents_, self.parent_weights_ = parents, parent_weights
        X_out = table.append(X_new)
        y_out = _append_labels(y, labels.shape[0], parents[:, 0])
        if weights is None:
            return X_out, y_out
        mixed = (parent_weights * weights[parents]).sum(axis=1)
        return X_out, y_out, np.concatenate([weights, mixed])

    def _read(self, X: Any, y: Any) -> tuple[Table, NDArray[Any]]:
        table = read_table(X, self)
        validate_data(self, X, skip_check_array=True)
        labels = self._check_labels(y)
        check_consistent_length(table.values, labels)
        return table, labels

    def _check_labels(self, y: Any) -> NDArray[Any]:
        name = type(self).__name__
        if y is None:
            raise ValueError(
                f"This {name} estimator requires y to be passed, but the target y is "
                "None."
            )
        labels = to_numpy(y)
        kind = type_of_target(labels, input_name="y", raise_unknown=True)
        if kind == "multilabel-indicator":
            if not (labels.sum(axis=1) == 1).all():
                raise ValueError(
                    "Multilabel and multioutput targets are not supported: y has rows "
                    f"with several labels or none. {name} needs one label per row; for "
                    "several, use a multilabel method such as MLSMOTE."
                )
            return labels.argmax(axis=1)
        if kind.startswith("continuous"):
            raise ValueError(
                f"Unknown label type: {kind}. {name} needs class labels; for a numeric "
                "target, use a regression method such as SMOTER."
            )
        if kind.endswith("multioutput"):
            raise ValueError(
                "Multilabel and multioutput targets are not supported: y has shape "
                f"{labels.shape}. Pass one column of labels."
            )
        return column_or_1d(labels)

    def _check_weights(
        self, sample_weight: Any, labels: NDArray[Any]
    ) -> NDArray[np.float64] | None:
        if sample_weight is None:
            return None
        if is_device_array(sample_weight):
            sample_weight = to_numpy(sample_weight)
        weights = check_sample_weight(sample_weight, labels, dtype=np.float64)
        if weights.min() < 0:
            worst = int(weights.argmin())
            raise ValueError(
                f"sample_weight[{worst}] is {weights[worst]}; weights must be 0 or "
                "more."
            )
        if not weights.any():
            raise ValueError(
                f"sample_weight is 0 for all {weights.size} rows; give the rows that "
                "count a positive weight."
            )
        return weights

    def _new_counts(
        self, classes: NDArray[Any], counts: Rows, labels: NDArray[Any]
    ) -> dict[Any, int]:
        present = dict(zip(classes.tolist(), counts.tolist(), strict=True))
        if len(present) == 1:
            (label,) = present
            raise ValueError(
                f"y holds one class only, {label!r}; {type(self).__name__} needs at "
                "least 2 classes."
            )
        strategy = self.sampling_strategy
        if callable(strategy):
            strategy = strategy(labels)
            if not isinstance(strategy, Mapping):
                raise ValueError(
                    f"sampling_strategy is a callable that returned {strategy!r}; it "
                    "must return a dict of class to number of samples."
                )
        if isinstance(strategy, Mapping):
            return _counts_from_mapping(strategy, present)
        if isinstance(strategy, str):
            return _counts_from_name(strategy, present)
        return _counts_from_ratio(float(strategy), present)

    def _synthesise(
        self,
        table: Table,
        codes: Rows,
        classes: NDArray[Any],
        n_new: Rows,
        weights: NDArray[np.float64] | None,
    ) -> tuple[Any, Rows, NDArray[np.float64]]:
        """Make the new rows of every class and note whose they are."""
        seed = draw_seed(self.random_state)
        stops = np.cumsum(n_new)
        is_sparse = sparse.issparse(table.values)
        room = None if is_sparse else table.room(int(stops[-1]))
        blocks, names = [], classes.tolist()
        parents, parent_weights = [np.empty((0, 2), np.int64)], [np.empty((0, 2))]
        for code in np.flatnonzero(n_new):
            members = codes == code
            if weights is not None:
                members &= weights > 0
            rows = np.flatnonzero(members)
            X_class = table.values[rows]
            draw = ClassDraw(seed, int(code), names[code])
            local, shares = self._draw_parents(X_class, int(n_new[code]), draw)
            shares = shares.astype(X_class.dtype, copy=False)
            if room is None:
                blocks.append(_interpolate_sparse(X_class, local, shares))
            else:
                block = room[stops[code] - n_new[code] : stops[code]]
                _interpolate_dense(X_class, local, shares, block, self.n_jobs)
            parents.append(rows[local])
            parent_weights.append(shares.astype(np.float64, copy=False))
        if room is None:
            empty = sparse.csr_array(
                (0, table.values.shape[1]), dtype=table.values.dtype
            )
            room = sparse.vstack([empty, *blocks], format="csr")
        return room, np.concatenate(parents), np.concatenate(parent_weights)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class ClassDraw:
    """The random numbers of one class, each a function of its coordinates.

    Parameters
    ----------
    seed : uint64
        Seed of the fit.
    stream : int
        Position of the class in sorted label order.
    label : object
        The class, for error texts.
    """

    def __init__(self, seed: np.uint64, stream: int, label: Any) -> None:
        self.seed, self.stream, self.label = seed, stream, label

    def bits(self, draw: int, size: int) -> NDArray[np.uint64]:
        """Return the first ``size`` 64-bit values of a draw."""
        out = np.empty(size, np.uint64)
        with np.errstate(over="ignore"):
            _kernels.draw_bits(self.seed, self.stream, draw, out)
        return out

    def below(self, draw: int, size: int, bound: int) -> Rows:
        """Return ``size`` integers of 0 .. bound - 1."""
        out = np.empty(size, np.int64)
        with np.errstate(over="ignore"):
            _kernels.draw_ranks(self.seed, self.stream, draw, bound, out)
        return out

    def uniform(self, draw: int, size: int) -> NDArray[np.float64]:
        """Return ``size`` numbers of [0, 1)."""
        out = np.empty(size)
        with np.errstate(over="ignore"):
            _kernels.draw_uniforms(self.seed, self.stream, draw, out)
        return out


def _counts_from_name(name: str, present: dict[Any, int]) -> dict[Any, int]:
    smallest = min(present, key=present.__getitem__)
    largest = max(present, key=present.__getitem__)
    targets = {
        "minority": {smallest},
        "not minority": set(present) - {smallest},
        "not majority": set(present) - {largest},
        "auto": set(present) - {largest},
        "all": set(present),
    }[name]
    return {c: present[largest] - n for c, n in present.items() if c in targets}


def _counts_from_ratio(ratio: float, present: dict[Any, int]) -> dict[Any, int]:
    if len(present) > 2:
        raise ValueError(
            f"sampling_strategy={ratio} is a ratio, which only two classes have, but y "
            f"holds {len(present)}; pass a dict of class to number of samples."
        )
    largest = max(present, key=present.__getitem__)
    ((minority, count),) = ((c, n) for c, n in present.items() if c != largest)
    n_new = int(present[largest] * ratio) - count
    if n_new <= 0:
        raise ValueError(
            f"sampling_strategy={ratio} asks for {count + n_new} samples of class "
            f"{minority!r}, which already has {count}; a ratio above "
            f"{count / present[largest]:.3g} adds samples."
        )
    return {minority: n_new}


def _counts_from_mapping(targets: Mapping, present: dict[Any, int]) -> dict[Any, int]:
    new = {}
    for label, target in targets.items():
        if label not in present:
            raise ValueError(
                f"sampling_strategy names class {label!r}, which is not present in y; "
                f"its classes are {list(present)}."
            )
        is_whole = isinstance(target, Real) and float(target).is_integer()
        if not is_whole or target < present[label]:
            raise ValueError(
                f"sampling_strategy asks for {target} samples of class {label!r}, "
                f"which has {present[label]} already; an over-sampler takes the number "
                "of samples after resampling, an integer of at least that."
            )
        new[label] = int(target) - present[label]
    return {label: new[label] for label in present if label in new}


def _interpolate_dense(
    X: NDArray, parents: Rows, shares: NDArray, out: NDArray, n_jobs: int | None
) -> None:
    def interpolate(start: int, stop: int) -> None:
        _kernels.interpolate_rows(
            X, parents[start:stop], shares[start:stop], out[start:stop]
        )

    for_each_chunk(interpolate, parents.shape[0], n_jobs, grain=10_000)


def _interpolate_sparse(
    X: sparse.csr_array, parents: Rows, shares: NDArray
) -> sparse.csr_array:
    counts = np.empty(parents.shape[0], np.int64)
    _kernels.count_union(X.indices, X.indptr, parents, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    data = np.empty(starts[-1], X.dtype)
    columns = np.empty(starts[-1], X.indices.dtype)
    _kernels.interpolate_csr(
        X.data, X.indices, X.indptr, parents, shares, data, columns, starts
    )
    return sparse.csr_array((data, columns, starts), shape=(len(parents), X.shape[1]))


def _append_labels(y: Any, n_samples: int, bases: Rows) -> Any:
    """Append to ``y`` the labels of the base rows: its kind and dtype survive."""
    rows = np.concatenate([np.arange(n_samples), bases])
    if is_device_array(y):
        return like(y, to_numpy(y)[rows])
    if not (hasattr(y, "shape") or isinstance(y, list | tuple)):
        y = np.asarray(y)
    out = take_rows(y, rows)
    return out.reset_index(drop=True) if hasattr(out, "reset_index") else out
