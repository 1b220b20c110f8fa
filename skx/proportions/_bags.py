# SPDX-License-Identifier: BSD-3-Clause
"""Bags: the two forms in which they come, read into one."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skx._base.sklearn import check_sample_weight
from skx._caller import caller_level

FIELDS = ("bag", "size", "value")
# How far shares may lie outside [0, 1], and their sum from 1.
SHARE_TOL = 1e-6
# How far values in a bag may differ.
CONSTANT_TOL = 1e-8
# How far the count that a share stands for may lie from a whole number.
COUNT_TOL = 0.05


@dataclass(frozen=True)
class Bags:
    """Bags, and their rows in the order of bags; rows without weight are gone.

    Bag ``b`` has the positions ``indptr[b]:indptr[b + 1]`` of ``order`` and
    ``weights``, where rows keep the order in which they came.
    """

    ids: NDArray[Any]  # (n_bags,), sorted
    order: NDArray[np.intp]  # (n_rows,), positions among the rows that came
    indptr: NDArray[np.int64]  # (n_bags + 1,)
    values: NDArray[np.float64]  # (n_bags,) or (n_bags, n_classes or n_targets)
    weights: NDArray[np.float64]  # (n_rows,), positive, in the order of bags
    classes: NDArray[Any] | None = None  # where y names them

    @property
    def n_bags(self) -> int:
        """Number of bags."""
        return len(self.ids)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.order)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of rows of each bag."""
        return np.diff(self.indptr)

    @property
    def codes(self) -> NDArray[np.int64]:
        """Bag of each row, in the order of bags."""
        return np.repeat(np.arange(self.n_bags), self.sizes)

    @property
    def totals(self) -> NDArray[np.float64]:
        """Sum of the weights of each bag."""
        return self.sums(self.weights)

    @property
    def prior(self) -> NDArray[np.float64] | np.float64:
        """Mean value of all rows: a share, or one per class."""
        return np.average(self.values, axis=0, weights=self.totals)

    def sums(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return sums over bags of an array whose rows are in the order of bags."""
        return np.add.reduceat(rows, self.indptr[:-1], axis=0)

    def means(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return weighted means over bags of rows in the order of bags."""
        if rows.ndim == 1:
            return self.sums(self.weights * rows) / self.totals
        return self.sums(self.weights[:, None] * rows) / self.totals[:, None]

    def averaging(self, n_rows: int) -> sparse.csr_array:
        """Return the matrix that takes columns of all rows that came to bag means."""
        shares = self.weights / self.totals[self.codes]
        shape = (self.n_bags, n_rows)
        return sparse.csr_array((shares, self.order, self.indptr), shape=shape)

    def take(self, chosen: NDArray[Any]) -> "Bags":
        """Return some bags, by positions or a mask; ``order`` stays that of all."""
        if chosen.dtype.kind == "b":
            chosen = np.flatnonzero(chosen)
        sizes = self.sizes[chosen]
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        rows = np.repeat(self.indptr[chosen] - indptr[:-1], sizes)
        rows += np.arange(indptr[-1])
        return replace(
            self,
            ids=self.ids[chosen],
            order=self.order[rows],
            indptr=indptr,
            values=self.values[chosen],
            weights=self.weights[rows],
        )

    def second_share(self) -> "Bags":
        """Return two columns of shares as the second; noise is not renormalised."""
        if self.values.ndim == 1:
            return self
        return replace(self, values=np.ascontiguousarray(self.values[:, 1]))

    def counts(self, *, noisy: bool = False) -> NDArray[np.float64]:
        """Return what the shares say of numbers of rows; whole ones unless ``noisy``.

        Raises ValueError for weights other than 0 and 1, and warns of shares that
        stand for no whole number.
        """
        odd = self.weights != 1.0
        if odd.any():
            row = int(odd.argmax())
            raise ValueError(
                f"sample_weight[{self.order[row]}] is {self.weights[row]:g}; a count "
                "of rows knows the weights 0 and 1 only. Use another loss, or repeat "
                "whole bags."
            )
        sizes = self.sizes if self.values.ndim == 1 else self.sizes[:, None]
        counts = self.values * sizes
        if noisy:
            return counts
        whole = np.rint(counts)
        if counts.ndim > 1:
            whole = _round_rows(counts, self.sizes)
        gaps = np.abs(counts - whole)
        if gaps.ndim > 1:
            gaps = gaps.max(axis=1)
        worst = int(gaps.argmax())
        if gaps[worst] > COUNT_TOL:
            warnings.warn(
                f"The share of bag {self.ids[worst]} stands for a count of "
                f"{_show(counts[worst])} among its {self.sizes[worst]} rows, which was "
                f"rounded to {_show(whole[worst])}. For rounded or noisy shares set "
                "count_noise, such as ('gaussian', 0.3).",
                UserWarning,
                stacklevel=caller_level(),
            )
        return whole


def read_bags(
    y: Any,
    bags: Any,
    sample_weight: Any,
    n_rows: int,
    *,
    owner: str,
    kind: Literal["share", "mean"] = "share",
    noisy: bool = False,
    is_fit: bool = True,
) -> Bags:
    """Read either form: a structured y of ``bag_target``, or values and ``bags``.

    ``owner`` names the caller in messages. Shares must lie in [0, 1], and those of
    several classes sum to 1, unless they are ``noisy``; means may be any numbers. With
    ``is_fit`` bags whose shares are all 0 or all 1 are refused, as they hold one class.
    """
    classes = None
    if is_bag_target(y):
        check_length("y", len(y), n_rows)
        ids, codes = encode_bags(y["bag"], n_rows)
        if bags is not None:
            _check_same_bags(codes, bags, n_rows)
        check_whole(ids, codes, y["size"])
        values = np.array(y["value"], dtype=np.float64)
        classes = classes_of(y)
    else:
        values, classes = read_values(y, n_rows, kind)
        if bags is None:
            raise ValueError(
                f"{owner} was given no bags. Pass bags=, one label per row, or "
                "y=bag_target(bags, proportions=...), which carries them; through a "
                "Pipeline pass <step>__bags=, or bags= with metadata routing enabled."
            )
        ids, codes = encode_bags(bags, n_rows)
    weights = check_sample_weight(
        sample_weight, np.empty((n_rows, 1)), dtype=np.float64, ensure_non_negative=True
    )
    kept = np.flatnonzero(weights > 0.0)
    if not len(kept):
        raise ValueError("sample_weight is zero for every row; nothing is left.")
    order = kept[np.argsort(codes[kept], kind="stable")]
    sizes = np.bincount(codes[kept], minlength=len(ids))
    indptr = np.concatenate([[0], np.cumsum(sizes[sizes > 0])])
    ids = ids[sizes > 0]
    values = values[order]
    check_finite(ids, indptr, values)
    check_constant(ids, indptr, values)
    values = values[indptr[:-1]]
    if kind == "mean":
        _check_means(values, classes)
    else:
        _check_shares(ids, values, noisy)
        if is_fit:
            _check_both_classes(values)
    return Bags(ids, order, indptr, values, weights[order], classes)


def is_bag_target(y: Any) -> bool:
    """Whether y is what ``bag_target`` returns, or rows of it."""
    names = getattr(getattr(y, "dtype", None), "names", None) or ()
    return set(FIELDS) <= set(names)


def classes_of(target: NDArray[Any]) -> NDArray[Any] | None:
    """Return the classes that a bag target names: the title of its values."""
    fields: Any = target.dtype.fields
    return name_classes(fields["value"][2]) if len(fields["value"]) > 2 else None


def name_classes(names: Any) -> NDArray[Any]:
    """Return names of classes as an array, of objects where they are of mixed kinds."""
    names = list(names)
    if len({type(name) for name in names}) > 1:
        out = np.empty(len(names), dtype=object)
        out[:] = names
        return out
    return np.array(names)


def encode_bags(
    bags: Any, n_rows: int | None = None
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the sorted ids of the bags, and the position of each row's among them."""
    if hasattr(bags, "__array__"):
        array = np.asarray(bags)
    else:
        kinds = {type(value) for value in bags}
        plain = len(kinds) == 1 and not kinds & {tuple, list}
        array = np.asarray(bags) if plain else _objects(bags)
    if array.ndim != 1:
        raise ValueError(
            "bags must be one-dimensional, one label per row; got shape "
            f"{array.shape}. Where several columns name a bag, give a tuple of them "
            "for each row, such as list(zip(month, job))."
        )
    if n_rows is not None:
        check_length("bags", len(array), n_rows)
    missing = find_missing(array)
    if missing.any():
        raise ValueError(
            f"bags[{missing.argmax()}] is missing; every row needs a bag. Give a row "
            "of known label a bag of its own, and leave out rows that no total counts."
        )
    if array.dtype.kind == "O":
        return _encode_objects(array)
    ids, codes = np.unique(array, return_inverse=True)
    return ids, codes.astype(np.int64, copy=False)


def keys_of(ids: NDArray[Any]) -> list[Any]:
    """Return bags as they are found in mappings and in the index of a frame."""
    keys = ids.tolist()
    if ids.dtype.kind == "M" and isinstance(keys[0], int):
        return ids.astype("M8[us]").tolist()
    return keys


def look_up(given: Any, name: str, ids: NDArray[Any]) -> NDArray[Any]:
    """Return what a mapping, or a pandas object by its index, has for each bag."""
    if not isinstance(given, Mapping):
        if not given.index.is_unique:
            twice = given.index[given.index.duplicated()][0]
            raise ValueError(f"{name} has several entries for bag {twice!r}; give one.")
        given = dict(zip(given.index, np.asarray(given), strict=True))
    keys = keys_of(ids)
    absent = [key for key in keys if key not in given]
    if absent:
        others = f", nor for {len(absent) - 1} others" if len(absent) > 1 else ""
        raise ValueError(
            f"{name} has no entry for bag {absent[0]!r}{others}; give one for every "
            "bag, or leave out the rows of bags without."
        )
    return np.array([given[key] for key in keys])


def _objects(values: Any) -> NDArray[Any]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def is_missing(value: Any) -> bool:
    """Whether a value is None, NaN or NA of pandas, which does not compare."""
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, Real) and value != value)
    )


def find_missing(array: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which entries say nothing: None, NaN and their like."""
    if array.dtype.kind == "f":
        return np.isnan(array)
    if array.dtype.kind in "mM":
        return np.isnat(array)
    if array.dtype.kind == "O":
        return np.array([is_missing(value) for value in array], dtype=bool)
    return np.zeros(len(array), dtype=bool)


def _encode_objects(array: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    try:
        found = set(array)
    except TypeError as error:
        raise ValueError(
            f"bags holds a label that cannot name a bag ({error}); give one per row, a "
            "number, a string or a tuple."
        ) from None
    try:
        distinct = sorted(found)
    except TypeError:
        kinds = ", ".join(sorted({type(value).__name__ for value in found}))
        raise ValueError(
            f"bags mixes labels of types {kinds}, which have no order; use one type."
        ) from None
    place = {value: code for code, value in enumerate(distinct)}
    codes = np.fromiter((place[value] for value in array), np.int64, len(array))
    return _objects(distinct), codes


def check_length(name: str, length: int, n_rows: int) -> None:
    """Raise unless there is one entry per row."""
    if length != n_rows:
        raise ValueError(
            f"{name} has {length} entries but X has {n_rows} rows; give one per row."
        )


def _check_same_bags(codes: NDArray[np.int64], bags: Any, n_rows: int) -> None:
    others, other_codes = encode_bags(bags, n_rows)
    pairs = np.unique(codes * len(others) + other_codes)
    if not len(pairs) == len(others) == codes.max() + 1:
        raise ValueError(
            "bags and y['bag'] put rows together differently; pass bags of the same "
            "rows, or leave bags out: this y carries its own."
        )


def check_whole(
    ids: NDArray[Any], codes: NDArray[np.int64], sizes: NDArray[np.int64]
) -> None:
    """Raise for a bag of which not all rows are here."""
    present = np.bincount(codes, minlength=len(ids))
    cut = present[codes] != sizes
    if cut.any():
        row = int(cut.argmax())
        bag = codes[row]
        raise ValueError(
            f"bag {ids[bag]} has {present[bag]} of its {sizes[row]} rows; splitting a "
            "bag changes its proportion. Use BagKFold, or GroupKFold with groups=bags."
        )


def read_values(
    y: Any, n_rows: int, kind: str
) -> tuple[NDArray[np.float64], NDArray[Any] | None]:
    """Return values of rows as numbers, and the classes that a frame names."""
    if y is None:
        raise ValueError(
            f"requires y to be passed, but the target y is None: y holds the {kind} of "
            "each row's bag."
        )
    columns = getattr(y, "columns", None)
    array = np.asarray(y)
    if array.dtype.kind not in "fiub":
        entries = [np.nan if is_missing(v) else v for v in array.ravel().tolist()]
        try:
            array = np.array([float(v) for v in entries]).reshape(array.shape)
        except (TypeError, ValueError):
            odd = next(v for v in entries if not isinstance(v, Real))
            if isinstance(odd, tuple):
                raise ValueError(
                    f"y holds tuples, such as {odd!r}. If it came from bag_target, "
                    "pass the array as it is; a list or a Series loses its fields."
                ) from None
            raise ValueError(
                f"y holds {odd!r}; it must hold numbers, the {kind} of each row's bag. "
                "To get them from labels of rows use bag_target(bags, y=labels)."
            ) from None
    values = np.array(array, dtype=np.float64)
    if values.ndim == 2 and values.shape[1] == 1 and kind == "share":
        values, columns = values[:, 0], None
    if values.ndim not in (1, 2) or 0 in values.shape:
        raise ValueError(
            f"y has shape {values.shape}; expected (n_samples,), or (n_samples, "
            f"{'n_targets' if kind.startswith('mean') else 'n_classes'})."
        )
    check_length("y", len(values), n_rows)
    if not np.isfinite(values).all():
        row = int(np.isfinite(values.reshape(n_rows, -1)).all(axis=1).argmin())
        raise ValueError(
            f"Input y contains NaN or infinity, first in row {row}; every bag needs a "
            "value. Leave out bags without one."
        )
    return values, None if columns is None else name_classes(columns)


def check_constant(
    ids: NDArray[Any], indptr: NDArray[np.int64], values: NDArray[np.float64]
) -> None:
    """Raise for a bag whose rows, which are in the order of bags, differ in value."""
    low = np.minimum.reduceat(values, indptr[:-1], axis=0).reshape(len(ids), -1)
    high = np.maximum.reduceat(values, indptr[:-1], axis=0).reshape(len(ids), -1)
    gaps = (high - low) / np.maximum(1.0, np.abs(high))
    if (gaps > CONSTANT_TOL).any():
        bag, k = np.unravel_index(gaps.argmax(), gaps.shape)
        raise ValueError(
            f"y is not constant within bag {ids[bag]}: it ranges from "
            f"{low[bag, k]:.6g} to {high[bag, k]:.6g}. y holds the value of the bag, "
            "the same in all its rows; to get it from labels of rows use "
            "bag_target(bags, y=labels)."
        )


def check_finite(
    ids: NDArray[Any], indptr: NDArray[np.int64], values: NDArray[np.float64]
) -> None:
    """Raise for a bag without a finite value; rows are in the order of bags."""
    finite = np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    if not finite.all():
        row = int(finite.argmin())
        bag = ids[np.searchsorted(indptr, row, side="right") - 1]
        raise ValueError(
            f"The value of bag {bag} is {_show(values[row])}; every bag needs a finite "
            "one. Leave out the rows of bags without."
        )


def _check_shares(ids: NDArray[Any], values: NDArray[np.float64], noisy: bool) -> None:
    if noisy:
        return
    outside = (values < -SHARE_TOL) | (values > 1.0 + SHARE_TOL)
    if outside.any():
        bag = int(outside.reshape(len(ids), -1).any(axis=1).argmax())
        raise ValueError(
            f"The value of bag {ids[bag]} is {_show(values[bag])}; shares lie in "
            "[0, 1]. Pass counts as bag_target(bags, counts=...); for shares with "
            "noise set count_noise."
        )
    if values.ndim > 1:
        sums = values.sum(axis=1)
        bag = int(np.abs(sums - 1.0).argmax())
        if abs(sums[bag] - 1.0) > SHARE_TOL:
            raise ValueError(
                f"The shares of bag {ids[bag]} sum to {sums[bag]:.6g}; those of all "
                "classes must sum to 1 (tolerance 1e-6). Normalise them, or pass "
                "counts as bag_target(bags, counts=...)."
            )


def _check_means(values: NDArray[np.float64], classes: NDArray[Any] | None) -> None:
    """Raise for shares of numbers that were taken for classes."""
    if classes is None or classes.dtype.kind not in "iuf":
        return
    if values.ndim == 1 or np.allclose(values.sum(axis=1), 1.0):
        raise ValueError(
            f"y holds the shares of {len(classes)} whole numbers, which bag_target "
            "took for classes. For their means call bag_target(bags, means=...) with "
            "one mean for each bag."
        )


def _check_both_classes(values: NDArray[np.float64]) -> None:
    shares = values if values.ndim == 1 else values.max(axis=0)
    if values.ndim == 1 and (shares.max() <= 0.0 or shares.min() >= 1.0):
        share = 0 if shares.max() <= 0.0 else 1
        raise ValueError(
            f"The share of every bag is {share}: all rows are of one class, and there "
            "is nothing to learn. Are these the shares of the right class?"
        )
    if values.ndim > 1 and (shares > 0.0).sum() < 2:
        raise ValueError(
            "All bags hold rows of one class only, and there is nothing to learn."
        )


def _round_rows(
    counts: NDArray[np.float64], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return whole numbers near counts that sum to sizes: largest remainders."""
    whole = np.floor(counts + SHARE_TOL)
    missing = np.rint(sizes - whole.sum(axis=1)).astype(np.int64)
    rank = np.argsort(np.argsort(whole - counts, axis=1, kind="stable"), axis=1)
    return whole + (rank < missing[:, None])


def _show(value: Any) -> str:
    return np.array2string(np.asarray(value), precision=6, separator=", ")
