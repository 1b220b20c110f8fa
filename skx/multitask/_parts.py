# SPDX-License-Identifier: BSD-3-Clause
"""Boosting of rows that lie in parts: the model of all rows, from sums over parts."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from skx._backend import is_device_array, to_host
from skx._base.sklearn import check_parameters
from skx._parts import Caller, Each, load_part
from skx.multitask._base import MultiTaskBooster
from skx.multitask._device import here
from skx.multitask._parted import PartedStore
from skx.multitask._rows import Store
from skx.multitask._table import (
    MOST_CATEGORIES,
    Given,
    Reader,
    category_values,
    column_names,
    find_categorical,
)
from skx.multitask._tasks import is_missing, learn_ids


def fit_partitions(
    estimator: MultiTaskBooster,
    X_parts: Iterable[Any],
    y_parts: Iterable[Any],
    *,
    tasks_parts: Iterable[Any] | None = None,
    sample_weight_parts: Iterable[Any] | None = None,
    mapper: Callable[..., Iterable[Any]] = map,
) -> Any:
    """Fit a multi-task booster to rows in parts: the model of all rows at once.

    For rows in several files, processes or machines. Splits of trees follow from
    histograms, which are added up over the parts, and the trees of a task grow where
    its rows are; columns stay where they are. Use it where these do not fit in one
    memory: in one process, ``fit`` is faster.

    Parameters
    ----------
    estimator : MTGBRegressor, MTGBClassifier, RMTGBRegressor or RMTGBClassifier
        What to fit; it is cloned.
    X_parts : iterable
        Rows of each part: whatever ``fit`` takes, or a callable without arguments that
        loads it, or an object with a ``compute`` method that does. Loading happens
        where ``mapper`` calls. Parts have the same columns, of the same kinds; those
        without rows are left out.
    y_parts : iterable
        Targets of each part, in the same forms; a part need not have all classes.
    tasks_parts : iterable or None, default=None
        Tasks of the rows of each part, in the same forms, unless a column of X holds
        them (``task_feature``). All rows of a task lie in one part; anywhere with
        ``n_iter_task=0``. With neither, all rows are one task, as in ``fit``.
    sample_weight_parts : iterable or None, default=None
        Weights of each part, in the same forms; not all of them 0 in a part.
    mapper : callable, default=map
        Calls a function for each part: ``mapper(function, *iterables)`` gives the
        results in order, as the built-in ``map`` does. The ``map`` of an executor or of
        a dask client is one; where it gives futures, columns stay with the workers. An
        executor of processes sends them to and fro instead, at each split.

    Returns
    -------
    estimator : MTGBRegressor, MTGBClassifier, RMTGBRegressor or RMTGBClassifier
        A fitted clone.

    Raises
    ------
    ValueError
        If numbers of parts, columns or their kinds differ, a task lies in several
        parts, or ``fit`` would raise one; the text names the part.
    TypeError
        If the estimator is another one, or ``fit`` would raise one.

    See Also
    --------
    RMTGBRegressor : Fits rows in one memory.
    skx.rules.fit_partitions : Default rules of rows in parts.

    Notes
    -----
    The model is the one that ``fit`` learns from the parts one below the other, with
    the same draws of rows and columns. With one part it is so to the last bit; with
    more, sums of a histogram are rounded in another order, which can decide between
    equal splits. Values of leaves, weights of tasks and losses come from the rows
    themselves. All parameters and callbacks are heeded, ``n_jobs`` by each worker; an
    ``eval_set`` is not taken.

    Targets, weights, scores and derivatives of all rows are in the memory of the
    caller, some 350 bytes a row with what it sends. For each tree, 8 or 16 bytes a row
    go to the parts, 2 come back, and each split is a round trip, in which a histogram
    comes back: 24 bytes for each bin, of at most 256 a column. To find bins, the
    columns of up to 200,000 rows come to the caller, some of them at a time. A dask
    client warns of large graphs from some 600,000 rows on; these are the derivatives.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> import numpy as np
    >>> from skx.multitask import RMTGBRegressor, fit_partitions
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(900, 3))
    >>> tasks = np.repeat(np.arange(6), 150)
    >>> y = np.where(tasks == 4, -1.0, 1.0) * X[:, 0] + X[:, 1] ** 2
    >>> model = RMTGBRegressor(n_iter_shared=10, n_iter_outlier=20, random_state=0)
    >>> with ThreadPoolExecutor() as pool:
    ...     parted = fit_partitions(
    ...         model,
    ...         np.split(X, 3),
    ...         np.split(y, 3),
    ...         tasks_parts=np.split(tasks, 3),
    ...         mapper=pool.map,
    ...     )
    >>> whole = model.fit(X, y, tasks)
    >>> np.allclose(parted.predict(X, tasks), whole.predict(X, tasks))
    True
    """
    if not isinstance(estimator, MultiTaskBooster):
        raise TypeError(
            f"estimator is a {type(estimator).__name__}; expected MTGBRegressor, "
            "MTGBClassifier, RMTGBRegressor or RMTGBClassifier."
        )
    model = clone(estimator)
    check_parameters(model)
    lists = _listed(X_parts, y_parts, tasks_parts, sample_weight_parts)
    given, y, weights = _open_parts(mapper, lists, model)
    tasks = None if model.task_feature is not None else given.ids
    return model._fit_given(given, y, tasks, weights)


class Opened(NamedTuple):
    """Rows of a part, validated."""

    number: int
    model: MultiTaskBooster
    X: Any
    outline: "Outline"


class Outline(NamedTuple):
    """What is known of a part before its rows are numbers."""

    number: int
    y: NDArray[Any]
    weights: NDArray[np.float64]
    tasks: NDArray[Any] | None  # distinct
    task_codes: NDArray[np.int64] | None
    n_features: int
    names: list[Any]
    feature_names: NDArray[Any] | None
    is_categorical: NDArray[np.bool_]
    levels: list[dict[Any, int]]  # of columns of categories: how often they occur


def _listed(
    X_parts: Any, y_parts: Any, tasks_parts: Any, weight_parts: Any
) -> list[Each]:
    """Return what was given as lists of the same length."""
    first = Each(X_parts)
    lists = [first]
    others = {"y": y_parts, "tasks": tasks_parts, "sample_weight": weight_parts}
    for name, parts in others.items():
        lists.append(Each([None] * len(first) if parts is None else parts))
        if len(lists[-1]) != len(first) or not first:
            raise ValueError(
                f"There are {len(first)} parts of X and {len(lists[-1])} of {name}; "
                "give as many of each, and at least one."
            )
    return lists


def _open(
    number: int, kind: type, params: dict[str, Any], X: Any, *others: Any
) -> Opened | None:
    X = load_part(X)
    if is_device_array(X):
        X = to_host(X, "fit_partitions")
    y, tasks, weights = (here(load_part(other)) for other in others)
    if hasattr(X, "shape") and X.shape[0] == 0:
        return None
    model = kind(**params)
    try:
        X = model._open(X, reset=True)
        y = model._check_targets(y)
        weights, ids = model._check(Given(X), y, tasks, weights)
        found, codes = (None, None) if ids is None else learn_ids(ids)
        column = model._task_column
        forced = find_categorical(X, model.categorical_features, column)
        levels = [_count(values) for values in category_values(X, forced).T]
    except (ValueError, TypeError) as error:
        raise _named(error, number) from error
    outline = Outline(
        number,
        y,
        weights,
        found,
        codes,
        model.n_features_in_,
        column_names(X),
        getattr(model, "feature_names_in_", None),
        forced,
        levels,
    )
    return Opened(number, model, X, outline)


def _named(error: Exception, number: int) -> Exception:
    """Return an error that names the part."""
    kind = TypeError if isinstance(error, TypeError) else ValueError
    return kind(f"Part {number}: {error}")


def _count(values: NDArray[Any]) -> dict[Any, int]:
    """Return how often each category occurs; missing values are one, NaN."""
    counts: dict[Any, int] = {}
    for value in values.tolist():
        key = np.nan if is_missing(value) else value
        counts[key] = counts.get(key, 0) + 1
    return counts


def _outline(part: Opened | None) -> Outline | None:
    return None if part is None else part.outline


def _numbers(part: Opened, reader: Reader) -> NDArray[np.floating]:
    try:
        return reader.numbers(part.X, part.model)
    except (ValueError, TypeError) as error:
        raise _named(error, part.number) from error


def _open_parts(
    mapper: Callable[..., Iterable[Any]], lists: list[Each], model: MultiTaskBooster
) -> tuple["GivenParts", NDArray[Any], NDArray[np.float64]]:
    """Return the rows of the parts that have some, their targets and weights.

    Sets the columns of the model.
    """
    n_parts = len(lists[0])
    everyone = Caller(mapper, n_parts)
    numbers = Each(range(n_parts))
    params = model.get_params(deep=False)
    opened = everyone.each(_open, numbers, type(model), params, *lists)
    found = everyone.ask(_outline, opened)
    parts = Each(p for p, o in zip(opened, found, strict=True) if o is not None)
    outlines = [o for o in found if o is not None]
    if not outlines:
        raise ValueError("Found 0 rows in all parts while a minimum of 1 is required.")
    _check_columns(outlines)
    if model.n_iter_task:
        _check_tasks_are_whole(outlines)
    model.n_features_in_ = outlines[0].n_features
    if outlines[0].feature_names is not None:
        model.feature_names_in_ = outlines[0].feature_names
    given = GivenParts(Caller(mapper, len(parts)), parts, outlines)
    y = np.concatenate([outline.y for outline in outlines])
    return given, y, np.concatenate([outline.weights for outline in outlines])


class GivenParts(Given):
    """Rows in parts that were given to a fit.

    Attributes
    ----------
    ids : task of each row, None if there are no tasks
    """

    def __init__(
        self, caller: Caller, parts: Each, outlines: Sequence[Outline]
    ) -> None:
        first = outlines[0]
        self._caller = caller
        self._parts = parts
        self._names = first.names
        self._is_categorical = first.is_categorical
        self._levels = [outline.levels for outline in outlines]
        self._owners = np.repeat(
            np.arange(len(outlines)), [len(outline.y) for outline in outlines]
        )
        ids = [
            outline.tasks.astype(object)[outline.task_codes]
            for outline in outlines
            if outline.tasks is not None
        ]
        self.ids = np.concatenate(ids) if ids else None

    def __len__(self) -> int:
        return len(self._owners)

    @property
    def names(self) -> list[Any]:
        """Names of the columns, or their positions."""
        return self._names

    def column(self, position: int) -> Any:
        """Return the column of the tasks, the only one that is known."""
        return self.ids

    def reader(self, chosen: Any, left_out: int | None) -> Reader:
        """Learn what turns the parts into numbers."""
        values = _spread(
            [_add_up(levels) for levels in zip(*self._levels, strict=True)]
        )
        return Reader.of_values(values, self._is_categorical, left_out)

    def store(self, reader: Reader, owner: Any) -> Store:
        """Return the parts as numbers, and forget what they were."""
        parts = self._caller.each(_numbers, self._parts, reader)
        self._parts = Each()
        return PartedStore(self._caller, parts, self._owners, len(reader.columns))


def _add_up(levels: Sequence[dict[Any, int]]) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for of_part in levels:
        for value, n in of_part.items():
            # NaN of another process is another object.
            key = np.nan if is_missing(value) else value
            counts[key] = counts.get(key, 0) + n
    return counts


def _spread(columns: list[dict[Any, int]]) -> NDArray[Any]:
    """Return a table (any, n_columns) with the categories of each column.

    Where there are too many categories, frequent ones come more than once: how often
    tells which are kept.
    """
    repeated = []
    for counts in columns:
        values = np.empty(len(counts), dtype=object)
        values[:] = list(counts)
        n = np.array(list(counts.values()))
        times = np.ones(len(n), dtype=np.int64)
        if len(n) > MOST_CATEGORIES:
            known = np.array([not is_missing(value) for value in counts])
            # One of the kept ones stands for all others.
            least = np.sort(n[known])[1 - MOST_CATEGORIES :][0]
            times += (n >= least).astype(int) + (n > least)
        repeated.append(np.repeat(values, times))
    n_rows = max(map(len, repeated), default=0)
    out = np.full((n_rows, len(columns)), np.nan, dtype=object)
    for j, column in enumerate(repeated):
        out[: len(column), j] = column
    return out


def _check_columns(outlines: list[Outline]) -> None:
    """Raise ValueError where parts differ in columns, or in the kinds of anything."""
    first = outlines[0]
    for other in outlines[1:]:
        if (other.n_features, other.names) != (first.n_features, first.names):
            raise ValueError(
                f"Part {other.number} has {other.n_features} columns, {other.names}, "
                f"but part {first.number} has {first.n_features}, {first.names}; give "
                "all parts the same columns in the same order."
            )
        differs = other.is_categorical != first.is_categorical
        if differs.any():
            j = int(differs.argmax())
            kinds = "categories", "no categories"
            one, two = kinds if other.is_categorical[j] else kinds[::-1]
            raise ValueError(
                f"Column {first.names[j]!r} holds {one} in part {other.number} but "
                f"{two} in part {first.number}; give all parts one type."
            )
        _check_kinds("targets", (other, other.y), (first, first.y))
        if (other.tasks is None) != (first.tasks is None):
            raise ValueError(
                f"Only one of the parts {first.number} and {other.number} has tasks; "
                "give the tasks of all parts, or of none."
            )
        if first.tasks is not None:
            _check_kinds("tasks", (other, other.tasks), (first, first.tasks))


def _check_kinds(
    name: str, one: tuple[Outline, Any], other: tuple[Outline, Any]
) -> None:
    kinds = [_kind_of(values) for _, values in (one, other)]
    if kinds[0] != kinds[1]:
        raise ValueError(
            f"The {name} of part {one[0].number} are {kinds[0]}, but those of part "
            f"{other[0].number} are {kinds[1]}; give all parts one type."
        )


def _kind_of(values: NDArray[Any]) -> str:
    if values.dtype.kind == "b":
        return "booleans"
    is_text = values.dtype.kind in "OU" and isinstance(values[0], str)
    return "text" if is_text else "numbers"


def _check_tasks_are_whole(outlines: list[Outline]) -> None:
    """Raise ValueError if rows of a task with weight lie in several parts."""
    seen: dict[Any, int] = {}
    for outline in outlines:
        if outline.tasks is None or outline.task_codes is None:
            return
        for t in np.unique(outline.task_codes[outline.weights > 0.0]).tolist():
            task = outline.tasks.tolist()[t]
            other = seen.setdefault(task, outline.number)
            if other != outline.number:
                raise ValueError(
                    f"Task {task!r} has rows in parts {other} and {outline.number}; "
                    "its trees need them in one. Put them together, or leave the task "
                    "block out by n_iter_task=0."
                )
