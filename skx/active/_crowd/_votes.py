# SPDX-License-Identifier: BSD-3-Clause
"""Votes of annotators: from columns of any kind to codes in two orders."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx._base.sklearn import check_sample_weight
from skx._caller import caller_level
from skx.active._crowd import _kernels

MISSING = -1
# Integers whose range is below this multiple of their number are looked up, not hashed.
DENSE = 2
# Types whose values NumPy holds as they are.
PLAIN = (str, bytes, int, float, np.generic)


class Order(NamedTuple):
    """Votes grouped by item or by annotator; ``others`` are the codes of the rest."""

    ptr: NDArray[np.int64]  # (n_groups + 1,)
    others: NDArray[np.int32]  # (n_votes,)
    labels: NDArray[np.int32]  # (n_votes,)
    weights: NDArray[np.float64]  # (n_votes,), or (0,) where each vote counts once


@dataclass(frozen=True)
class Votes:
    """Votes that count."""

    classes: NDArray[Any]
    items: NDArray[Any]
    annotators: NDArray[Any]
    by_item: Order
    gold: NDArray[np.int32]  # class of each item, or MISSING

    @cached_property
    def by_annotator(self) -> Order:
        """The same votes by annotator, and in the order of items within each."""
        ptr, annotators, labels, weights = self.by_item
        items = np.repeat(np.arange(self.n_items, dtype=np.int32), np.diff(ptr))
        return sort_votes(annotators, items, labels, weights, self.n_annotators)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.items)

    @property
    def n_annotators(self) -> int:
        """Number of annotators."""
        return len(self.annotators)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @property
    def total(self) -> float:
        """Sum of the weights of all votes."""
        weights = self.by_item.weights
        return float(weights.sum() if len(weights) else len(self.by_item.labels))


def read_votes(
    y: Any, items: Any, annotators: Any, sample_weight: Any, gold: Any, classes: Any
) -> Votes:
    """Read votes; those without a label or without weight are left out."""
    columns = {"y": y, "items": items, "annotators": annotators}
    for name, column in columns.items():
        _check_column(name, column)
        if len(column) != len(y):
            raise ValueError(
                f"{name} has {len(column)} entries but y has {len(y)}; give the item "
                "and the annotator of each vote."
            )
    labels, found = encode(y, "y")
    item_codes, item_ids = encode(items, "items")
    annotator_codes, annotator_ids = encode(annotators, "annotators")
    kept = labels != MISSING
    weights = np.empty(0)
    if sample_weight is not None:
        weights = check_sample_weight(
            sample_weight,
            np.empty((len(labels), 1)),
            dtype=np.float64,
            ensure_non_negative=True,
        )
        kept &= weights > 0.0
    for name, codes in (("items", item_codes), ("annotators", annotator_codes)):
        lost = (codes == MISSING) & kept
        if lost.any():
            raise ValueError(
                f"{name}[{int(lost.argmax())}] is missing; drop votes of which the "
                "item or the annotator is not known, or give them a name of their own."
            )
    if not kept.any():
        raise ValueError(
            f"y holds no votes: of {len(labels)} entries none has a label and a "
            "positive weight. Give one label for each vote."
        )
    if not kept.all():
        labels = labels[kept]
        item_codes, item_ids = _code_again(item_codes[kept], item_ids)
        annotator_codes, annotator_ids = _code_again(
            annotator_codes[kept], annotator_ids
        )
        weights = weights[kept] if len(weights) else weights
    if (weights == 1.0).all():
        weights = np.empty(0)
    gold_items, gold_labels = _read_gold(gold)
    used = np.flatnonzero(np.bincount(labels)).tolist()
    known, places = _read_classes(classes, found, used, gold_labels)
    labels = np.array([places.get(value, MISSING) for value in found], np.int32)[labels]
    by_item = sort_votes(item_codes, annotator_codes, labels, weights, len(item_ids))
    _warn_of_repeats(by_item, item_ids, annotator_ids)
    fixed = np.full(len(item_ids), MISSING, np.int32)
    for value, place in zip(
        gold_labels, find(gold_items, item_ids, "gold", "item"), strict=True
    ):
        fixed[place] = places[value]
    return Votes(known, as_array(item_ids), as_array(annotator_ids), by_item, fixed)


def encode(column: Any, name: str) -> tuple[NDArray[np.int32], list[Any]]:
    """Code distinct values as they first appear, and missing ones as MISSING."""
    if hasattr(column, "factorize"):  # pandas
        codes, values = column.factorize()
        return codes.astype(np.int32), values.tolist()
    if type(column).__module__.partition(".")[0] == "polars":
        numeric = column.dtype.is_numeric() and not column.null_count()
        column = column.to_numpy() if numeric else column.to_list()
    if isinstance(column, np.ndarray) and column.dtype.kind in "biufSUmM":
        return _encode_array(column)
    listed = column.tolist() if isinstance(column, np.ndarray) else list(column)
    try:
        places = {value: k for k, value in enumerate(dict.fromkeys(listed))}
    except TypeError as error:
        raise TypeError(
            f"{name} holds values that cannot be hashed ({error}); use strings, "
            "numbers or tuples."
        ) from error
    values = list(places)
    codes = np.fromiter(map(places.__getitem__, listed), np.int32, len(listed))
    is_lost = np.fromiter(map(_is_missing, values), bool, len(values))
    if not is_lost.any():
        return codes, values
    renumbered = np.where(is_lost, MISSING, np.cumsum(~is_lost) - 1).astype(np.int32)
    lost = is_lost.tolist()
    return renumbered[codes], [
        v for v, gone in zip(values, lost, strict=True) if not gone
    ]


def _encode_array(column: NDArray[Any]) -> tuple[NDArray[np.int32], list[Any]]:
    """Do as `encode` for an array of values of one size in memory."""
    kind = column.dtype.kind
    lost = None
    if kind in "fmM":
        lost = np.isnan(column) if kind == "f" else np.isnat(column)
        if lost.any():
            codes = np.full(len(column), MISSING, np.int32)
            codes[~lost], values = _encode_array(column[~lost])
            return codes, values
    if kind == "f":
        column = column + 0.0  # one zero, not two
    column = np.ascontiguousarray(column)
    codes = np.empty(len(column), np.int32)
    if not len(column):
        return codes, []
    if kind in "iu":
        low, high = column.min(), column.max()
        if int(high) - int(low) < DENSE * len(column):
            seen = np.full(int(high) - int(low) + 1, MISSING, np.int32)
            with np.errstate(over="ignore"):
                first = _kernels.code_integers(column, low, seen, codes)
            return codes, listed(column[first])
    size = column.dtype.itemsize
    word = next(w for w in (8, 4, 2, 1) if size % w == 0)
    keys = column.view(f"u{word}").reshape(len(column), size // word)
    with np.errstate(over="ignore"):
        first = _kernels.code_rows(keys, codes)
    return codes, listed(column[first])


def listed(values: NDArray[Any]) -> list[Any]:
    """Return plain Python values, of which dates alone may have none."""
    return list(values) if values.dtype.kind in "mM" else values.tolist()


def as_array(values: list[Any]) -> NDArray[Any]:
    """Return an array of one dimension, of objects unless all are of a plain type."""
    kinds = set(map(type, values))
    if len(kinds) == 1 and issubclass(next(iter(kinds)), PLAIN):
        return np.array(values)
    return np.fromiter(values, dtype=object, count=len(values))


def find(
    values: list[Any], known: list[Any], name: str, kind: str
) -> NDArray[np.int64]:
    """Return the places of values among the known ones, or say which is unknown."""
    if not values:
        return np.empty(0, np.int64)
    places = {value: k for k, value in enumerate(known)}
    for value in values:
        if value not in places:
            raise ValueError(
                f"{name} holds the {kind} {value!r}, which has no vote; expected some "
                f"of the {len(known)} with votes, such as {known[0]!r}."
            )
    return np.fromiter(map(places.__getitem__, values), np.int64, len(values))


def _is_missing(value: Any) -> bool:
    """Whether a value is None, NaN or pandas' NA, which does not compare."""
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, float | np.floating) and value != value)
    )


def _check_column(name: str, column: Any) -> None:
    if column is None:
        raise ValueError(f"{name} is None; give one entry for each vote.")
    if isinstance(column, str | bytes | Mapping) or not hasattr(column, "__len__"):
        raise TypeError(
            f"{name} is of type {type(column).__name__}; expected a list, an array or "
            "a column of a frame, with one entry for each vote."
        )
    shape = getattr(column, "shape", (len(column),))
    if len(shape) != 1:
        raise ValueError(
            f"{name} has the shape {tuple(shape)}; expected one dimension, one entry "
            "for each vote. Turn a table of items and annotators into three columns, "
            "with melt of pandas for one."
        )


def _code_again(
    codes: NDArray[np.int32], values: list[Any]
) -> tuple[NDArray[np.int32], list[Any]]:
    """Code those values that are left as they first appear."""
    again, places = _encode_array(codes)
    return again, [values[k] for k in places]


def _read_gold(gold: Any) -> tuple[list[Any], list[Any]]:
    """Return items and labels of a mapping or of a column with an index."""
    if gold is None:
        return [], []
    if not isinstance(gold, Mapping) and not hasattr(gold, "iloc"):
        raise TypeError(
            f"gold is of type {type(gold).__name__}; expected a mapping from items to "
            "labels, or a pandas Series with the items as its index."
        )
    pairs = list(gold.items())
    items, labels = [item for item, _ in pairs], [label for _, label in pairs]
    for item, label in pairs:
        if _is_missing(label):
            raise ValueError(
                f"gold holds no label for item {item!r}; leave out items of which the "
                "label is not known."
            )
    return items, labels


def _read_classes(
    classes: Any, found: list[Any], used: list[int], gold: list[Any]
) -> tuple[NDArray[Any], dict[Any, int]]:
    """Return the classes, and the place of each."""
    values = [found[k] for k in used]
    if classes is None:
        try:
            known = np.unique(as_array(list(dict.fromkeys([*values, *gold]))))
        except TypeError as error:
            raise TypeError(
                "y and gold hold labels that have no common order; pass classes= in "
                "the order that the columns shall have."
            ) from error
        return known, {value: k for k, value in enumerate(listed(known))}
    known = classes if isinstance(classes, np.ndarray) else as_array(list(classes))
    places = {value: k for k, value in enumerate(listed(known))}
    if len(places) < len(known) or not places:
        raise ValueError(f"classes is {known.tolist()}; expected distinct labels.")
    for name, labels in (("y", values), ("gold", gold)):
        for label in labels:
            if label not in places:
                raise ValueError(
                    f"{name} holds the label {label!r}, which is not among "
                    f"classes={known.tolist()}; add it, or correct the vote."
                )
    return known, places


def sort_votes(
    codes: NDArray[np.int32],
    others: NDArray[np.int32],
    labels: NDArray[np.int32],
    weights: NDArray[np.float64],
    n_groups: int,
) -> Order:
    """Return votes grouped by their codes, otherwise in the order they have."""
    ptr = np.append(0, np.cumsum(np.bincount(codes, minlength=n_groups)))
    if (codes[1:] >= codes[:-1]).all():
        return Order(ptr, others, labels, weights)
    order = Order(
        ptr, np.empty_like(others), np.empty_like(labels), np.empty_like(weights)
    )
    _kernels.sort_votes(codes, ptr[:-1].copy(), others, labels, weights, *order[1:])
    return order


def _warn_of_repeats(order: Order, items: list[Any], annotators: list[Any]) -> None:
    latest = np.full(len(annotators), -1, np.int64)
    n_repeats, item, annotator = _kernels.find_repeats(order.ptr, order.others, latest)
    if n_repeats:
        warnings.warn(
            f"Annotator {annotators[annotator]!r} voted more than once on item "
            f"{items[item]!r}; there are {n_repeats} such repeats, and each counts as "
            "a vote of its own. Drop them if they are copies of one vote.",
            UserWarning,
            stacklevel=caller_level(),
        )
