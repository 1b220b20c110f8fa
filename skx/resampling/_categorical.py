# SPDX-License-Identifier: BSD-3-Clause
"""SMOTENC and SMOTEN: synthetic rows with categories."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skx._base.sklearn import Interval, StrOptions
from skx._neighbors import nearest_rows
from skx._numba import for_each_chunk
from skx.resampling import _kernels
from skx.resampling._base import ClassTask, Offspring, Rows, Weights, interpolate
from skx.resampling._smote import EXTRA_BASES, SMOTE, draw_bases, draw_pairs
from skx.resampling._strategy import Strategy
from skx.resampling._tables import Table, read_table

# The first of the draws that settle votes, one for each column.
VOTE = EXTRA_BASES + 1
# Squared value differences of several classes are multiples of this: far below what
# counts of rows can tell apart, and far above the rounding of float64.
UNIT = 2.0**-40


class SMOTENC(SMOTE):
    """SMOTE for tables of numbers and categories (Nominal and Continuous).

    Numbers are interpolated between a row and one of its neighbours, as in
    :class:`SMOTE`; each categorical value is the most frequent one among all the
    neighbours of that row. Use it where some columns are categories: interpolated
    one-hot columns or codes are no category. Distances of numbers are those of the raw
    columns, and categories count as much as a typical number: put a scaler before it.
    As all resampling it changes the class shares, so predicted probabilities need
    calibration (see :class:`ResampledClassifier`). For categories alone, use
    :class:`SMOTEN`.

    Parameters
    ----------
    categorical_features : "auto" or array-like, default="auto"
        Which columns are categories.

        - "auto": in a pandas frame those of categorical, object, string and bool dtype,
          in a polars frame of type Categorical, Enum, String, Boolean and Object, in an
          array or list those that hold something else than numbers.
        - array-like of int: their positions; negative ones count from the end.
        - array-like of str: their names.
        - array-like of bool, of shape (n_features,): whether a column is.

        Columns that are neither, such as dates, must be named here or removed.
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes grow, and how far; see :class:`SMOTE`.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. The same int gives the same rows for any ``n_jobs``, memory
        layout and container.
    k_neighbors : int, default=5
        Number of neighbours a partner is drawn from and that vote on the categories;
        more neighbours spread the numbers and make rare categories rarer.
    small_class : {"raise", "shrink"}, default="raise"
        What to do with a class of at most ``k_neighbors`` rows: raise an error, or use
        all its other rows as neighbours. A class of one row always raises.
    n_jobs : int or None, default=None
        Number of threads for search, interpolation and votes; None means 1, -1 all.

    Attributes
    ----------
    categorical_features_ : ndarray of shape (n_categorical,), int64
        Positions of the columns that are categories, ascending.
    median_std_ : dict
        Class to the distance of two categories in it: the median, over the numeric
        columns, of their standard deviation within the class. Empty without categories.
    sampling_strategy_ : dict
        Class to number of new rows.
    parents_ : ndarray of shape (n_new, 2), int64
        Row numbers in X of base and partner of each new row, in output order.
    parent_weights_ : ndarray of shape (n_new, 2), float64
        Shares of base and partner in the numbers of each new row, as in :class:`SMOTE`.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTE : For numbers alone.
    SMOTEN : For categories alone.
    ResampledClassifier : Resample inside ``fit`` of a scikit-learn estimator.

    Notes
    -----
    The squared distance of two rows of a class is the sum of their squared differences
    in the numeric columns, plus the square of ``median_std_`` for each categorical
    column in which they differ; deviations have divisor n. Where ``median_std_`` is 0,
    fewer differing categories come first among rows at equal distance. Further ties go
    to the lower row number. The base has no vote; of equally frequent categories one is
    drawn, each with equal probability. New categories are copies of values that the
    class has, so a column keeps its type, with categories that are declared and never
    used, and their order.

    A missing category is a category of its own. Numbers may be missing (NaN) as in
    :class:`SMOTE`: distances are nan-Euclidean plus the categories, deviations leave
    missing values out, and rows without a common number are ordered by the categories.
    Integers are rounded, sample weights are treated, and base rows are drawn as there.
    Without categorical columns the result is that of :class:`SMOTE`; sparse matrices
    are taken in that case only.

    Cost: columns are coded once, O(n) each, and never one-hot encoded, so the number
    of categories does not matter. The search over a class takes O(n_c log n_c) at best
    and O(n_c^2 d) at worst, memory is O(n_c d).

    The paper leaves open the divisor of the deviation and how ties are settled.
    imbalanced-learn 0.14 truncates the distance of categories to an integer where all
    numbers are integers, and takes only the categorical dtype of pandas for "auto".

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, 2002, "SMOTE: Synthetic
    Minority Over-sampling Technique", Journal of Artificial Intelligence Research 16,
    321-357, section 6.1.

    Examples
    --------
    >>> import pandas as pd
    >>> from skx.resampling import SMOTENC
    >>> age = [30, 31, 35, 52, 55, 60, 25, 47, 41, 38]
    >>> job = ["nurse", "nurse", "cook", "cook", "clerk"] * 2
    >>> X = pd.DataFrame({"age": age, "job": job}).astype({"job": "category"})
    >>> y = ["stays"] * 7 + ["leaves"] * 3
    >>> sampler = SMOTENC(k_neighbors=2, random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> X_resampled.tail(4)
        age    job
    10   38   cook
    11   46  clerk
    12   40   cook
    13   40   cook
    >>> round(sampler.median_std_["leaves"], 2)  # a job counts as much as 3.74 years
    3.74
    """

    _parameter_constraints: ClassVar[dict] = {
        **SMOTE._parameter_constraints,
        "categorical_features": ["array-like", StrOptions({"auto"})],
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        categorical_features: Any = "auto",
        sampling_strategy: Strategy = "auto",
        random_state: int | np.random.RandomState | None = None,
        k_neighbors: int = 5,
        small_class: str = "raise",
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(
            sampling_strategy=sampling_strategy,
            random_state=random_state,
            k_neighbors=k_neighbors,
            small_class=small_class,
            n_jobs=n_jobs,
        )
        self.categorical_features = categorical_features

    def _runs_on_device(self, method: str) -> bool:
        return False

    def _open(self, X: Any) -> Table:
        table = read_table(X, self, self.categorical_features)
        if table.categorical and not table.values.shape[1]:
            raise ValueError(
                f"All {len(table.categorical)} columns of X are categorical, but "
                "SMOTENC needs numeric ones beside them; use SMOTEN, which samples "
                "categories alone."
            )
        self.categorical_features_ = np.array(table.categorical, np.int64)
        return table

    def _synthesise(
        self, table: Table, labels: NDArray[Any], weights: Weights | None
    ) -> Offspring:
        self.median_std_: dict[Any, float] = {}
        return super()._synthesise(table, labels, weights)

    def _sample_class(self, task: ClassTask, out: Any) -> Offspring:
        if not task.table.categorical:
            return super()._sample_class(task, out)
        n_neighbors = self._n_neighbors(task)
        pairs = draw_pairs(
            task, lambda rows: self._class_neighbors(task, rows, n_neighbors)
        )
        shares = pairs.shares.astype(task.X.dtype, copy=False)
        values = interpolate(task.X, pairs.parents, shares, out, self.n_jobs)
        codes = task.draw.vote(
            VOTE, task.table.codes, pairs.neighbors, pairs.position, n_jobs=self.n_jobs
        )
        shares = shares.astype(np.float64, copy=False)
        return Offspring(values, pairs.parents, shares, codes)

    def _class_neighbors(
        self, task: ClassTask, queries: Rows, n_neighbors: int
    ) -> Rows:
        if not task.table.categorical:
            return super()._class_neighbors(task, queries, n_neighbors)
        self.median_std_[task.label] = median_deviation(task.X[task.rows])
        return nearest_rows(
            task.X,
            n_neighbors,
            queries=queries,
            among=task.rows,
            codes=task.table.codes,
            mismatch=self.median_std_[task.label],
            n_jobs=self.n_jobs,
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        # Strings alone are for SMOTEN.
        tags.input_tags.string = False
        return tags


class SMOTEN(SMOTE):
    """SMOTE for tables of categories (Nominal).

    Each value of a new row is the most frequent one among a row and its neighbours in
    the class. Two categories are near if the classes are equally frequent in the rows
    that have them. Use it where every column is a category; a number is taken as one,
    so that 3 is no nearer to 4 than to 9. New rows combine what is common in a
    neighbourhood: many are equal to each other or to a row of X, which weighs the class
    more and its rare categories less. For numbers among categories, use
    :class:`SMOTENC`.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes grow, and how far; see :class:`SMOTE`.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. The same int gives the same rows for any ``n_jobs``, memory
        layout and container.
    k_neighbors : int, default=5
        Number of neighbours that vote beside the row itself; more neighbours make
        frequent categories more frequent.
    small_class : {"raise", "shrink"}, default="raise"
        What to do with a class of at most ``k_neighbors`` rows: raise an error, or use
        all its other rows as neighbours. A class of one row always raises.
    n_jobs : int or None, default=None
        Number of threads for search and votes; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of new rows.
    parents_ : ndarray of shape (n_new, k_neighbors + 1), int64
        Row numbers in X of those that vote on each new row, in output order: the base,
        then its neighbours, nearest first. Filled up with -1 where classes shrink.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTENC : For numbers and categories.
    ResampledClassifier : Resample inside ``fit`` of a scikit-learn estimator.

    Notes
    -----
    Let P_f(c|v) be the share of class c among the rows of X with value v in column f.
    Two values of a column differ by the sum, over the classes, of the absolute
    differences of these shares. The squared distance of two rows is the sum, over the
    columns, of these sums squared: the modified value difference metric with k = 1 and
    r = 2. Equal distances go to the lower row number. With more than two classes the
    squares are rounded to multiples of 2^-40, so that equal sums of fractions are equal
    in any order. The base has a vote too and wins ties that it takes part in; others
    are drawn, where imbalanced-learn takes the category that is sorted first. Base rows
    are drawn as in :class:`SMOTE`.

    A missing category is a category of its own. With ``sample_weight``, rows of weight
    0 take no part, also in the shares; the others count once. A new row has the weight
    of its base. Sparse matrices are refused.

    Cost: equal rows are searched for once. With two classes the distance is Euclidean
    in the numbers 2 P_f(1|v), and the search takes O(n_c log n_c) at best and
    O(n_c^2 d) at worst; with more classes it compares all pairs of different rows, but
    most of them in a few columns only.

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, 2002, "SMOTE: Synthetic
    Minority Over-sampling Technique", Journal of Artificial Intelligence Research 16,
    321-357, section 6.2.

    S. Cost, S. Salzberg, 1993, "A weighted nearest neighbor algorithm for learning with
    symbolic features", Machine Learning 10(1), 57-78.

    Examples
    --------
    The example of the paper: any two of the three rows outvote the third.

    >>> import numpy as np
    >>> from skx.resampling import SMOTEN
    >>> rows = ["ABCDE", "AFCGN", "HBCDN", "PQRST", "PQRSU", "PQRTT", "PQSST"]
    >>> X = np.array([list(row) for row in rows])
    >>> y = [1, 1, 1, 0, 0, 0, 0]
    >>> X_resampled, _ = SMOTEN(k_neighbors=2, random_state=0).fit_resample(X, y)
    >>> "".join(X_resampled[7])
    'ABCDN'
    """

    _mixes_parents = False
    _parameter_constraints: ClassVar[dict] = {
        **SMOTE._parameter_constraints,
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
    }

    def _runs_on_device(self, method: str) -> bool:
        return False

    def _open(self, X: Any) -> Table:
        return read_table(X, self, "all")

    def _sample_class(self, task: ClassTask, out: Any) -> Offspring:
        n_neighbors = self._n_neighbors(task)
        n_rows = task.rows.shape[0]
        bases = draw_bases(n_rows, task.n_new, task.draw)
        is_base = np.bincount(bases, minlength=n_rows) > 0
        position = (np.cumsum(is_base) - 1)[bases]
        queries = np.flatnonzero(is_base)
        neighbors = nearest_by_value(task, queries, n_neighbors, self.n_jobs)
        voters = task.rows[np.column_stack([queries, neighbors])]
        codes = task.draw.vote(
            VOTE,
            task.table.codes,
            voters,
            position,
            keep_first=True,
            n_jobs=self.n_jobs,
        )
        return Offspring(out, voters[position], None, codes)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = tags.input_tags.string = True
        tags.input_tags.sparse = False
        return tags


def median_deviation(values: NDArray[np.floating]) -> float:
    """Median over the columns of their standard deviations; 0 without any value."""
    values = values.astype(np.float64)
    largest = np.fmax.reduce(np.abs(values), axis=None, initial=0.0)
    # Scaled by a power of two, so that squares neither overflow nor vanish.
    exponent = np.frexp(largest)[1]
    deviations = np.empty(values.shape[1])
    _kernels.column_deviations(np.ldexp(values, -exponent), deviations)
    known = deviations[~np.isnan(deviations)]
    return float(np.ldexp(np.median(known), exponent)) if known.size else 0.0


def nearest_by_value(
    task: ClassTask, queries: Rows, n_neighbors: int, n_jobs: int | None
) -> Rows:
    """Find the rows of a class that are nearest to some of them by value difference.

    ``queries`` and the result (q, n_neighbors) are positions in ``task.rows``. Equal
    rows make a group, for which the search is done once.
    """
    values, profiles, columns = _value_profiles(task)
    if profiles.shape[1] > 1:
        # Where columns that tell most come first, most rows are soon out of reach.
        spread = [profiles[column].var(axis=0).sum() for column in values.T]
        order = np.argsort(spread)[::-1]
        values, columns = values[:, order], np.argsort(order)[columns]
    group = np.zeros(values.shape[0], np.int64)
    for column in values.T:  # which sorts the groups by their values
        _, group = np.unique(group * profiles.shape[0] + column, return_inverse=True)
    members = np.argsort(group, kind="stable")
    edges = np.concatenate([[0], np.cumsum(np.bincount(group))])
    asking, place = np.unique(group[queries], return_inverse=True)
    # The nearest rows of each group, its own among them.
    near = np.empty((asking.shape[0], n_neighbors + 1), np.int64)
    if profiles.shape[1] == 1:
        points = profiles[values, 0]
        _search_points(points, members, edges, asking, near, n_jobs)
    else:
        values = values[members[edges[:-1]]]
        _search_profiles(
            values, profiles, columns, members, edges, asking, near, n_jobs
        )
    near = near[place]
    is_other = near != queries[:, np.newaxis]
    is_other[is_other.all(axis=1), -1] = False  # of many equal rows not among the first
    return near[is_other].reshape(queries.shape[0], n_neighbors)


def _value_profiles(task: ClassTask) -> tuple[Rows, NDArray[np.float64], Rows]:
    """Class shares of the values that a class's rows have, column by column.

    Returns the values (n_rows, n_columns) as rows of the profiles, the profiles (p, c)
    and the column (p,) that each belongs to. Values of equal shares are one. With two
    classes, twice the share of the second says it all.
    """
    classes, labels = np.unique(task.codes[task.eligible], return_inverse=True)
    codes, n_classes = task.table.codes, classes.shape[0]
    values = np.empty((task.rows.shape[0], codes.shape[1]), np.int64)
    profiles, columns = [], []
    n_profiles = 0
    for j in range(codes.shape[1]):
        cells = codes[task.eligible, j].astype(np.int64) * n_classes + labels
        counts = np.bincount(cells, minlength=(codes[:, j].max() + 1) * n_classes)
        own, place = np.unique(codes[task.rows, j], return_inverse=True)
        counts = counts.reshape(-1, n_classes)[own]
        # Correctly rounded, so that equal ratios are equal numbers.
        shares = counts / counts.sum(axis=1, keepdims=True)
        if n_classes == 2:
            shares = 2 * shares[:, 1:]
        shares, same = np.unique(shares, axis=0, return_inverse=True)
        values[:, j] = n_profiles + same[place]
        n_profiles += shares.shape[0]
        profiles.append(shares)
        columns.append(np.full(shares.shape[0], j))
    return values, np.concatenate(profiles), np.concatenate(columns)


def _search_points(
    points: NDArray[np.float64],
    members: Rows,
    edges: Rows,
    asking: Rows,
    near: Rows,
    n_jobs: int | None,
) -> None:
    """Write the nearest rows of groups of equal points to ``near`` (q, k + 1)."""
    sizes, n_neighbors = np.diff(edges), near.shape[1] - 1
    # Beyond the first k of a group, no row is a neighbour of another group's.
    rank = np.arange(members.shape[0]) - np.repeat(edges[:-1], sizes)
    among = np.sort(members[rank < n_neighbors])
    first = members[edges[asking]]
    alike = sizes[asking] > n_neighbors
    places = edges[asking[alike], np.newaxis] + np.arange(n_neighbors + 1)
    near[alike] = members[places]
    near[~alike, 0] = first[~alike]
    near[~alike, 1:] = nearest_rows(
        points, n_neighbors, queries=first[~alike], among=among, n_jobs=n_jobs
    )


def _search_profiles(
    values: Rows,
    profiles: NDArray[np.float64],
    columns: Rows,
    members: Rows,
    edges: Rows,
    asking: Rows,
    near: Rows,
    n_jobs: int | None,
) -> None:
    """Write the nearest rows of groups of equal values to ``near`` (q, k + 1)."""
    changes = np.diff(values, axis=0, prepend=-1) != 0
    shared = changes.argmax(axis=1)

    def search(start: int, stop: int) -> None:
        _kernels.query_profiles(
            values,
            shared,
            profiles,
            columns,
            UNIT,
            asking[start:stop],
            members,
            edges,
            near[start:stop],
        )

    for_each_chunk(search, asking.shape[0], n_jobs, grain=64)
