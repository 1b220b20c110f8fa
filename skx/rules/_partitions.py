# SPDX-License-Identifier: BSD-3-Clause
"""Rules of rows that lie in parts, from sums over the parts."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from skx._base.sklearn import check_parameters
from skx.rules import _kernels
from skx.rules._fold import FoldClassifier, FOLDRClassifier, FOLDSEClassifier
from skx.rules._learn import CountedFold, Literal, Rows, Settings, sum_by_class
from skx.rules._parts import Parts, PartTable
from skx.rules._progress import Progress


def fit_partitions(
    classifier: FoldClassifier,
    X_parts: Iterable[Any],
    y_parts: Iterable[Any],
    *,
    sample_weight_parts: Iterable[Any] | None = None,
    mapper: Callable[..., Iterable[Any]] = map,
) -> Any:
    """Fit default rules to rows in parts: the rules of all rows at once.

    For rows in several files, processes or machines. What conditions are worth follows
    from how often values occur on either side, and these counts are added up over the
    parts; rows stay where they are. Use it where rows do not fit in one memory: in one
    process, ``fit`` is faster.

    Parameters
    ----------
    classifier : FOLDSEClassifier or FOLDRClassifier
        What to fit; it is cloned.
    X_parts : iterable
        Rows of each part: whatever ``fit`` takes, or a callable without arguments that
        loads it, or an object with a ``compute`` method that does. Loading happens
        where ``mapper`` calls. Parts have the same columns, of the same kinds; those
        without rows are left out.
    y_parts : iterable
        Classes of each part, in the same forms; a part need not have all of them.
    sample_weight_parts : iterable or None, default=None
        Weights of each part, in the same forms; not all of them 0 in a part.
    mapper : callable, default=map
        Calls a function for each part: ``mapper(function, *iterables)`` gives the
        results in order, as the built-in ``map`` does. The ``map`` of an executor or of
        a dask client is one; where it gives futures, rows stay with the workers, and
        only counts come back.

    Returns
    -------
    classifier : FOLDSEClassifier or FOLDRClassifier
        A fitted clone.

    Raises
    ------
    ValueError
        If numbers of parts, columns or their kinds differ, or ``fit`` would raise one;
        the text names the part.
    TypeError
        If the classifier is another one, or ``fit`` would raise one.

    See Also
    --------
    FOLDSEClassifier : Fits rows in one memory.

    Notes
    -----
    The model is the one that ``fit`` learns from the parts one below the other, with
    whole numbers as weights to the last bit; sums of others are rounded in another
    order, which can decide between equal conditions. Only the warning of columns that
    number the rows is not given. Each condition that is tried, of some tens in all,
    takes a round trip to the parts, and a number for each value comes back: for each
    bin, or up to 100 000 rows for each distinct value.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> import numpy as np
    >>> from skx.datasets import load_adult
    >>> from skx.rules import FOLDSEClassifier, fit_partitions
    >>> X, y = load_adult(return_X_y=True, as_frame=True)
    >>> starts = range(0, len(X), 10_000)
    >>> with ThreadPoolExecutor() as pool:
    ...     model = fit_partitions(
    ...         FOLDSEClassifier(),
    ...         [X[start : start + 10_000] for start in starts],
    ...         [y[start : start + 10_000] for start in starts],
    ...         mapper=pool.map,
    ...     )
    >>> model.export() == FOLDSEClassifier().fit(X, y).export()
    True
    """
    if not isinstance(classifier, FOLDRClassifier | FOLDSEClassifier):
        raise TypeError(
            f"classifier is a {type(classifier).__name__}; expected FOLDSEClassifier "
            "or FOLDRClassifier, which learn from counts alone."
        )
    model = clone(classifier)
    check_parameters(model)
    progress = Progress(type(model).__name__, model.verbose)
    parts = Parts(mapper, _listed(X_parts, y_parts, sample_weight_parts), model)
    known = parts.known
    total = float(known.class_weights.sum())
    fold = PartedFold(parts, model._settings(total, len(known.classes)), progress)
    found = model._learn(known, fold)
    rules = [(label, covered.rule) for label, covered in found]
    model._keep_counted(
        known, rules, fold.settings.typed, *parts.count([rule for _, rule in rules])
    )
    model._describe(known, found)
    progress.end(f"{model.n_rules_} rules of {model.n_conditions_} conditions")
    model._warn(known, fold)
    return model


def _listed(X_parts: Any, y_parts: Any, weight_parts: Any) -> list[list[Any]]:
    """Return rows, classes and weights as lists of the same length."""
    X_parts, y_parts = list(X_parts), list(y_parts)
    weights = [None] * len(X_parts) if weight_parts is None else list(weight_parts)
    for name, parts in {"y": y_parts, "sample_weight": weights}.items():
        if len(parts) != len(X_parts) or not X_parts:
            raise ValueError(
                f"There are {len(X_parts)} parts of X and {len(parts)} of {name}; give "
                "as many of each, and at least one."
            )
    return [X_parts, y_parts, weights]


def _rows_of_part(part: PartTable) -> tuple[Rows]:
    return (np.arange(part.table.n_rows, dtype=np.int32),)


def _divide_part(
    part: PartTable, rows: Rows, literal: Literal, typed: bool
) -> tuple[Rows, Rows]:
    feature, op, code = literal
    column, above = part.table.codes[feature], int(part.table.above[feature])
    return _kernels.divide(column, rows, op, code, above, typed)


def _split_part(part: PartTable, rows: Rows, label: int) -> tuple[Rows, Rows]:
    is_own = part.labels[rows] == label
    return rows[is_own], rows[~is_own]


def _take_off_part(part: PartTable, rows: Rows, gone: Rows) -> tuple[Rows]:
    marks = np.zeros(part.table.n_rows, dtype=bool)
    marks[gone] = True
    return (rows[~marks[rows]],)


def _count_part(
    part: PartTable, rows: Rows, offsets: NDArray[np.int64], n_counts: int
) -> NDArray[np.float64]:
    counts = np.zeros(n_counts)
    features, codes = np.arange(len(offsets)), part.table.codes
    _kernels.count_rows(codes, features, offsets, rows, part.table.weights, counts)
    return counts


def _class_weights_of_part(
    part: PartTable, rows: Rows, n_classes: int
) -> NDArray[np.float64]:
    return sum_by_class(part.labels[rows], part.table.weights[rows], n_classes)


class PartedFold(CountedFold):
    """Learner of default rules on rows in parts; sets of rows are `PartedRows`."""

    def __init__(self, parts: Parts, settings: Settings, progress: Progress) -> None:
        known = parts.known
        is_exact = parts.is_whole and known.class_weights.sum() < 2**53
        super().__init__(known.columns, is_exact, settings, progress)
        self._data = parts

    def rows(self) -> Any:
        """Return all rows."""
        return self._data.rows(_rows_of_part)[0]

    def divide(self, rows: Any, literal: Literal) -> Any:
        """Return the rows of which a literal is true, and the others."""
        return self._data.rows(_divide_part, rows.parts, literal, self.settings.typed)

    def split(self, rows: Any, label: int) -> Any:
        """Return the rows of a class, and the others."""
        return self._data.rows(_split_part, rows.parts, label)

    def without(self, rows: Any, gone: Any) -> Any:
        """Return the rows that are not among others, in their order."""
        return self._data.rows(_take_off_part, rows.parts, gone.parts)[0]

    def weight(self, rows: Any) -> float:
        """Total weight of some rows."""
        return float(rows.weight)

    def class_weights(self, rows: Any, n_classes: int) -> NDArray[np.float64]:
        """Return the total weight of each class among some rows."""
        return sum(self._data.ask(_class_weights_of_part, rows.parts, n_classes))

    def count(self, rows: Any) -> NDArray[np.float64]:
        """Return the weights of rows by code."""
        counts = self._data.ask(_count_part, rows.parts, self._offsets, self._n_counts)
        return sum(counts)
