# SPDX-License-Identifier: BSD-3-Clause
"""Rows of numbers on a device: their tasks, their scores, and what scores say."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from skx._backend import (
    check_device_array,
    in_c_order,
    is_device_array,
    like,
    namespace_of,
    to_numpy,
)
from skx.multitask._tasks import UNSEEN, check_shape, code_ids, read_ids
from skx.multitask._trees import Forest, add_trees_there


def here(array: Any) -> Any:
    """Copy what is for each row from a device; anything else stays as it is."""
    return to_numpy(array) if is_device_array(array) else array


def zeros_beside(X: Any, shape: tuple[int, ...]) -> Any:
    """Return zeros where X lives, float64."""
    if not is_device_array(X):
        return np.zeros(shape)
    xp = namespace_of(X)
    return xp.zeros(shape, dtype=xp.float64, device=X.device)


def pick(values: NDArray[Any], places: Any) -> Any:
    """Return values[places], where the places are; -1 is the last one."""
    if not is_device_array(places):
        return values[places]
    xp = namespace_of(places)
    return xp.take(like(places, values), places % len(values), axis=0)


# Tables


def take_numbers(X: Any, columns: list[int]) -> Any:
    """Return some columns of a device array as floats, in C order; NaN is missing.

    Raises ValueError if others are not finite.
    """
    xp = namespace_of(X)
    if len(columns) < X.shape[1]:
        X = xp.take(X, like(X, np.array(columns, dtype=np.int64)), axis=1)
    X = check_device_array(X, finite=False)
    if bool(xp.any(xp.isinf(X))):
        raise ValueError("Input X contains infinity.")
    return in_c_order(X)


class DeviceIds(NamedTuple):
    """Ids of the tasks of rows on a device: the distinct ones, and which each row has.

    They are read as those of the host are, but each of them once.
    """

    ids: list[Any]
    places: Any  # (n_rows,)

    @classmethod
    def read(cls, tasks: Any, n_rows: int) -> "DeviceIds":
        """Return the ids in an array of numbers or booleans, None where it is NaN."""
        check_shape(tuple(tasks.shape), n_rows)
        xp = namespace_of(tasks)
        are_flags = tasks.dtype == xp.bool
        if are_flags:
            tasks = xp.astype(tasks, xp.uint8)
        is_missing = xp.zeros(n_rows, dtype=xp.bool, device=tasks.device)
        if xp.isdtype(tasks.dtype, "real floating"):
            is_missing = xp.isnan(tasks)
        ordered = xp.sort(tasks[~is_missing])
        is_first = xp.ones(ordered.shape[0], dtype=xp.bool, device=tasks.device)
        if ordered.shape[0]:
            is_first[1:] = ordered[1:] != ordered[:-1]
        distinct = ordered[is_first]
        found = to_numpy(distinct)
        ids = read_ids(found.astype(bool) if are_flags else found, len(found))
        places = xp.searchsorted(distinct, xp.where(is_missing, 0, tasks))
        places = xp.where(is_missing, len(ids), places)
        return cls([*ids, None], places)

    def code(self, distinct: NDArray[Any]) -> tuple[Any, list[Any]]:
        """Return codes as `code_ids` does, and the ids of rows with none, in order."""
        codes = code_ids(self.ids, distinct)
        there, unseen = pick(codes, self.places), []
        if bool(namespace_of(there).any(there == UNSEEN)):
            places = to_numpy(self.places)
            unseen = [self.ids[k] for k in places[codes[places] == UNSEEN].tolist()]
        return there, unseen


# Scores


def add_own_trees(
    forest: Forest,
    starts: NDArray[np.int64],
    intercepts: NDArray[np.float64],
    X: Any,
    tasks: Any,
    unseen_mean: bool,
    out: Any,
) -> None:
    """Add constants and trees of the task of each row, on the device of X.

    starts (n_tasks + 1,) say where the trees of a task begin. Of rows of no task,
    whose scores must be 0 before, with ``unseen_mean`` the mean of all tasks.
    """
    xp, n_tasks = namespace_of(X), len(intercepts)
    out += pick(np.append(intercepts, np.zeros_like(intercepts[:1]), axis=0), tasks)
    spans = np.column_stack([starts[:-1], starts[1:]])
    last = forest.n_trees if unseen_mean else 0
    spans = np.append(spans, [[0, last]], axis=0)
    groups = xp.astype(tasks % (n_tasks + 1), xp.int32)
    add_trees_there(forest, X, out, groups, spans)
    if unseen_mean:
        mean = out / n_tasks + like(X, intercepts.mean(axis=0))
        out[...] = xp.where((tasks == UNSEEN)[:, None], mean, out)


def probabilities(raw: Any) -> Any:
    """Return the probability of each class, from scores on a device."""
    xp = namespace_of(raw)
    if raw.shape[1] > 1:
        parts = xp.exp(raw - xp.max(raw, axis=1, keepdims=True))
        return parts / xp.sum(parts, axis=1, keepdims=True)
    odds = xp.exp(-xp.abs(raw))
    less, more = odds / (1.0 + odds), 1.0 / (1.0 + odds)
    pair = xp.where(raw > 0.0, less, more), xp.where(raw > 0.0, more, less)
    return xp.concat(pair, axis=1)


def log_probabilities(raw: Any) -> Any:
    """Return the logarithms of `probabilities`, finite where these round to 0."""
    xp = namespace_of(raw)
    if raw.shape[1] > 1:
        raw = raw - xp.max(raw, axis=1, keepdims=True)
        return raw - xp.log(xp.sum(xp.exp(raw), axis=1, keepdims=True))
    both = xp.concat([-raw, raw], axis=1)
    return xp.minimum(both, 0.0) - xp.log1p(xp.exp(-xp.abs(raw)))


def take_classes(classes: NDArray[Any], raw: Any) -> Any:
    """Return the most probable classes; names of classes are the host's."""
    xp = namespace_of(raw)
    if raw.shape[1] > 1:
        best = xp.argmax(raw, axis=1)
    else:
        best = xp.astype(raw[:, 0] > 0.0, xp.int64)
    if classes.dtype.kind not in "fiub":
        return classes[to_numpy(best)]
    return pick(classes, best)
