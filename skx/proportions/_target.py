# SPDX-License-Identifier: BSD-3-Clause
"""A target that carries its bags through everything that slices rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.multiclass import type_of_target

from skx._backend import on_host
from skx._base.labels import keep_missing
from skx.proportions._bags import (
    SHARE_TOL,
    check_constant,
    encode_bags,
    find_missing,
    keys_of,
    look_up,
    name_classes,
    read_values,
)


@on_host
def bag_target(
    bags: ArrayLike,
    *,
    proportions: Any = None,
    counts: Any = None,
    means: Any = None,
    y: ArrayLike | None = None,
    sizes: Any = None,
    classes: ArrayLike | None = None,
) -> NDArray[Any]:
    """Make the target of a fit from bags and what is known of each.

    The result has one entry per row and goes where any y goes: into pipelines, searches
    and cross-validation, with or without metadata routing. It knows how many rows each
    bag has, so that an estimator notices a split that has cut a bag in two. Give one of
    ``proportions``, ``counts``, ``means`` and ``y``.

    Parameters
    ----------
    bags : array-like of shape (n_samples,)
        Bag of each row: numbers, strings or anything else of one type that has an
        order.
    proportions : array-like, mapping or None, default=None
        Share of the second class in each bag, shape (n_bags,), or shares of all
        classes, (n_bags, n_classes), in the order of the sorted distinct bags; or the
        same for each row, constant within bags; or a mapping from bags to shares, which
        may have more bags than are here. So may a pandas object whose index holds the
        bags; columns of a frame name the classes.
    counts : array-like, mapping or None, default=None
        Numbers of rows instead of shares, in the same forms.
    means : array-like, mapping or None, default=None
        Mean of a numeric target in each bag, or of several, in the same forms.
    y : array-like of shape (n_samples,) or None, default=None
        Targets of the rows, for experiments with data whose labels are known: labels
        become shares, and numbers that are no whole ones become means. Whole numbers
        are labels; for their means pass ``means``.
    sizes : array-like, mapping or None, default=None
        Number of rows of each bag, in the same forms. None counts the rows that are
        here; a larger number says that some are not, and estimators will refuse.
    classes : array-like of shape (n_classes,) or None, default=None
        Names of the classes, in the order of the shares. None takes the columns of a
        frame or the labels in ``y``, and otherwise 0, 1, ...

    Returns
    -------
    target : ndarray of shape (n_samples,), structured
        Fields ``bag`` (int64; the position among the sorted bags where those are no
        integers), ``size`` (int64) and ``value`` (float64, or n_classes of them). The
        classes are the title of the field ``value``.

    Examples
    --------
    >>> from skx.proportions import bag_target
    >>> bag_target(["a", "a", "b", "b", "b"], counts={"a": 1, "b": 3})["value"]
    array([0.5, 0.5, 1. , 1. , 1. ])
    """
    given = {"proportions": proportions, "counts": counts, "means": means, "y": y}
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise ValueError(
            f"bag_target was given {' and '.join(named) or 'no values'}; give exactly "
            "one of proportions, counts, means and y."
        )
    ids, codes = encode_bags(bags)
    if not len(ids):
        raise ValueError("bags is empty; give the bag of each row.")
    present = np.bincount(codes, minlength=len(ids))
    full = present
    if sizes is not None:
        given_sizes = _per_bag(sizes, "sizes", ids, codes)[0]
        full = np.rint(given_sizes).astype(np.int64)
        odd = (np.abs(given_sizes - full) > SHARE_TOL).reshape(len(ids), -1).any(axis=1)
        if odd.any() or full.ndim != 1:
            bag = int(odd.argmax())
            raise ValueError(
                f"sizes of bag {ids[bag]} is {given_sizes[bag]}; give one whole number "
                "of rows for each bag."
            )
        small = full < present
        if small.any():
            bag = int(small.argmax())
            raise ValueError(
                f"sizes says {full[bag]} rows for bag {ids[bag]}, which has "
                f"{present[bag]}; a bag has at least the rows that are here."
            )
    if y is not None:
        values, found = _from_rows(y, codes, present)
    else:
        values, found = _per_bag(given[named[0]], named[0], ids, codes)
    if counts is not None:
        values = _shares(values, full, ids)
    found = found if classes is None else name_classes(classes)
    if found is not None:
        _check_classes(found, values)
    shape = () if values.ndim == 1 else (values.shape[1],)
    value = "value" if found is None else (tuple(found.tolist()), "value")
    dtype = np.dtype(
        [("bag", np.int64), ("size", np.int64), (value, np.float64, shape)]
    )
    target = np.empty(len(codes), dtype=dtype)
    target["bag"] = ids[codes] if ids.dtype.kind in "iub" else codes
    target["size"] = full[codes]
    target["value"] = values[codes]
    return target


def _per_bag(
    given: Any, name: str, ids: NDArray[Any], codes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[Any] | None]:
    """Return the value of each bag, and the names of its columns."""
    columns = getattr(given, "columns", None)
    if isinstance(given, Mapping):
        values = look_up(given, name, ids)
    elif hasattr(given, "iloc") and _is_by_bag(given, ids, codes):
        if len(given) == len(ids) and np.array_equal(given.index, np.arange(len(ids))):
            _refuse_unclear(name, given, codes)
        values = look_up(given, name, ids)
    else:
        values = np.asarray(given)
        if values.ndim == 0:
            raise ValueError(
                f"{name} is {given!r}; give one entry for each bag, in the order of "
                "the sorted bags, or a mapping from bags."
            )
        if len(values) == len(codes) != len(ids):
            order = np.argsort(codes, kind="stable")
            starts = np.searchsorted(codes[order], np.arange(len(ids)))
            values = read_values(values, len(codes), name)[0][order]
            check_constant(ids, np.append(starts, len(codes)), values)
            values = values[starts]
        else:
            _refuse_unclear(name, values, codes)
    if len(values) != len(ids):
        raise ValueError(
            f"{name} has {len(values)} entries but there are {len(ids)} bags and "
            f"{len(codes)} rows; give one per bag, in the order of the sorted bags."
        )
    try:
        values = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} holds something that is no number ({error}); give numbers."
        ) from None
    if values.ndim > 2:
        raise ValueError(
            f"{name} has shape {values.shape}; expected ({len(ids)},), or "
            f"({len(ids)}, {'n_targets' if name == 'means' else 'n_classes'})."
        )
    if values.shape[1:] == (1,) and name in ("proportions", "counts"):
        values, columns = values[:, 0], None
    if not np.isfinite(values).all():
        bag = int(np.isfinite(values.reshape(len(ids), -1)).all(axis=1).argmin())
        raise ValueError(f"{name} of bag {ids[bag]} is not finite; leave its rows out.")
    return values, None if columns is None else name_classes(columns)


def _is_by_bag(given: Any, ids: NDArray[Any], codes: NDArray[np.int64]) -> bool:
    """Whether a pandas object has an entry for each bag, and not for each row."""
    if len(given) == len(ids):
        return True
    return len(given) != len(codes) and not set(given.index).isdisjoint(keys_of(ids))


def _refuse_unclear(name: str, values: Any, codes: NDArray[np.int64]) -> None:
    if len(values) == len(codes) and (np.diff(codes) < 0).any():
        raise ValueError(
            f"{name} has {len(values)} entries, which may be in the order of rows or "
            "of the sorted bags: every bag has one row. Pass a mapping from bags, or "
            "sort the rows by bag."
        )


def _from_rows(
    y: Any, codes: NDArray[np.int64], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[Any] | None]:
    """Return shares of labels, or means of numbers."""
    rows = np.asarray(keep_missing(y))
    if len(rows) != len(codes):
        raise ValueError(f"y has {len(rows)} entries but bags has {len(codes)}.")
    missing = find_missing(rows.ravel())
    if missing.any():
        raise ValueError(
            f"y holds {rows.ravel()[missing][0]} for row "
            f"{np.unravel_index(missing.argmax(), rows.shape)[0]}; every row of a bag "
            "counts in its share. Leave out whole bags, or give shares as proportions=."
        )
    if type_of_target(rows).startswith("continuous"):
        sums = [np.bincount(codes, column) for column in np.atleast_2d(rows.T)]
        means = np.column_stack(sums) / sizes[:, None]
        return (means[:, 0] if rows.ndim == 1 else means), None
    if rows.ndim != 1:
        raise ValueError(f"y has shape {rows.shape}; labels must be one-dimensional.")
    classes, labels = np.unique(rows, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            f"y holds one class, {classes.tolist()[0]!r}; shares need two at least. "
            "Give the shares as proportions=."
        )
    n_classes = len(classes)
    table = np.bincount(codes * n_classes + labels, minlength=len(sizes) * n_classes)
    shares = table.reshape(len(sizes), n_classes) / sizes[:, None]
    plain = n_classes == 2 and classes.dtype.kind in "iu" and (classes == [0, 1]).all()
    return (shares[:, 1] if n_classes == 2 else shares), None if plain else classes


def _shares(
    counts: NDArray[np.float64], sizes: NDArray[np.int64], ids: NDArray[Any]
) -> NDArray[np.float64]:
    full = sizes if counts.ndim == 1 else sizes[:, None]
    outside = (counts < 0.0) | (counts > full)
    if outside.any():
        bag = int(outside.reshape(len(ids), -1).any(axis=1).argmax())
        raise ValueError(
            f"counts of bag {ids[bag]} is {counts[bag]} but the bag has {sizes[bag]} "
            "rows. For counts with noise pass proportions=counts / sizes, and set "
            "count_noise of the estimator."
        )
    if counts.ndim > 1:
        sums = counts.sum(axis=1)
        bag = int(np.abs(sums - sizes).argmax())
        if abs(sums[bag] - sizes[bag]) > SHARE_TOL * sizes[bag]:
            raise ValueError(
                f"counts of bag {ids[bag]} sum to {sums[bag]:g} but the bag has "
                f"{sizes[bag]} rows; give the counts of all classes."
            )
    return counts / full


def _check_classes(classes: NDArray[Any], values: NDArray[np.float64]) -> None:
    n_classes = 2 if values.ndim == 1 else values.shape[1]
    if len(classes) != n_classes:
        raise ValueError(
            f"classes has {len(classes)} entries but the shares are those of "
            f"{n_classes} classes."
        )
    if len(set(classes.tolist())) != n_classes:
        raise ValueError(f"classes names a class twice: {classes.tolist()}.")
