# SPDX-License-Identifier: BSD-3-Clause
"""How synthetic rows of a class differ from its real ones: the measures themselves.

Tables are float64 with NaN for missing values and codes for categories. Rows come in an
order that does not mean anything; where a sample is wanted, the first rows are one.
"""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import ks_2samp
from sklearn.cluster import KMeans
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from skx._neighbors import nearest_rows

Values = NDArray[np.float64]
Rows = NDArray[np.int64]

# With fewer entries than one in so many places, points are kept sparse.
DENSE = 4
# Standardised values beyond this are as good as infinite; trees compute in float32.
LARGEST = 1e30
# Fewer rows of either kind are not worth a classifier.
MIN_CLASSIFIED = 10
N_CELLS, N_FOLDS = 10, 5


class Space:
    """Distances between rows of numbers and categories, some missing.

    A number is divided by its standard deviation. Two categories that differ add
    ``2 / (1 - sum of squared shares)`` to the squared distance, which is what they add
    as a standardised column of 0 and 1 if there are two of them, and on average over
    pairs of rows as much as a number does. A missing number is the mean, and 1 away
    from those that are there; so it adds as much on average, too.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns), float64
        Rows whose means, standard deviations and shares are used.
    others : ndarray of shape (n_others, n_columns), float64
        Further rows that will be asked for: their categories get a place, too.
    is_category : ndarray of shape (n_columns,), bool
        Columns of codes 0, 1, ...
    """

    def __init__(
        self, values: Values, others: Values, is_category: NDArray[np.bool_]
    ) -> None:
        self.is_category = is_category
        # Sorted, so that no sum depends on the order of the rows.
        numbers = np.sort(values[:, ~is_category], axis=0)
        there = ~np.isnan(numbers)
        n_there = np.maximum(there.sum(axis=0), 1)
        # In units of half the range nothing overflows.
        low = np.where(there, numbers, np.inf).min(axis=0, initial=np.inf)
        high = np.where(there, numbers, -np.inf).max(axis=0, initial=-np.inf)
        never = ~there.any(axis=0)
        low[never] = high[never] = 0.0
        self._middle, self._half = low / 2 + high / 2, high / 2 - low / 2
        self._half[self._half == 0] = 1.0
        units = np.where(there, (numbers - self._middle) / self._half, 0.0)
        self._mean = units.sum(axis=0) / n_there
        spread = np.where(there, units - self._mean, 0.0)
        self._std = np.sqrt(np.square(spread).sum(axis=0) / n_there)
        self._std[self._std == 0] = 1.0
        either = np.vstack([values, others])[:, ~is_category]
        self._may_miss = np.asarray(np.isnan(either).any(axis=0))
        self._n_codes, self._heights = [], []
        for j in np.flatnonzero(is_category):
            # A missing category has the code after the last one.
            everywhere = np.concatenate([values[:, j], others[:, j], [-1.0]])
            n_codes = int(np.nanmax(everywhere)) + 1
            codes = np.nan_to_num(values[:, j], nan=n_codes).astype(np.int64)
            shares = np.bincount(codes, minlength=n_codes + 1) / len(values)
            differing = 1.0 - np.square(shares).sum()
            self._n_codes.append(n_codes)
            self._heights.append(1.0 / np.sqrt(differing) if differing > 0 else 1.0)

    def standardise(self, values: Values) -> Values:
        """Return the rows with mean 0 and deviation 1; codes and NaN stay."""
        out = values.copy()
        with np.errstate(over="ignore"):
            units = (values[:, ~self.is_category] - self._middle) / self._half
            units = (units - self._mean) / self._std
        out[:, ~self.is_category] = np.clip(units, -LARGEST, LARGEST)
        return out

    def place(self, values: Values) -> Any:
        """Return points, dense or CSR, with the distances of this space."""
        numbers = self.standardise(values)[:, ~self.is_category]
        missing = np.isnan(numbers)
        entries = [np.where(missing, 0.0, numbers), missing[:, self._may_miss] * 1.0]
        width = numbers.shape[1] + int(self._may_miss.sum())
        columns = [np.broadcast_to(np.arange(width), (len(values), width))]
        for j, n_codes, height in zip(
            np.flatnonzero(self.is_category), self._n_codes, self._heights, strict=True
        ):
            codes = np.nan_to_num(values[:, [j]], nan=n_codes).astype(np.int64)
            columns.append(width + codes)
            entries.append(np.full((len(values), 1), height))
            width += n_codes + 1
        data, indices = np.hstack(entries), np.hstack(columns)
        if width > DENSE * data.shape[1]:
            starts = np.arange(len(values) + 1) * data.shape[1]
            triple = data.ravel(), indices.ravel(), starts
            points = sparse.csr_array(triple, shape=(len(values), width))
            # k-means takes no wider indices.
            points.indices = points.indices.astype(np.int32)
            points.indptr = points.indptr.astype(np.int32)
            return points
        points = np.zeros((len(values), width))
        np.put_along_axis(points, indices, data, axis=1)
        return points


def _stack(first: Any, second: Any) -> Any:
    if sparse.issparse(first):
        return sparse.csr_array(sparse.vstack([first, second], format="csr"))
    return np.vstack([first, second])


def closest_distances(points: Any, rows: Any, n_jobs: int | None) -> Values:
    """Return the distance of each of ``rows`` to the closest of ``points``, sorted."""
    n_points = points.shape[0]
    together = _stack(points, rows)
    queries = np.arange(n_points, together.shape[0])
    return _distances(together, queries, np.arange(n_points), n_jobs)


def distances_to_others(points: Any, n_rows: int, n_jobs: int | None) -> Values:
    """Return the distances of the first points to the closest other one, sorted."""
    everyone = np.arange(points.shape[0])
    return _distances(points, everyone[:n_rows], everyone, n_jobs)


def _distances(points: Any, queries: Rows, among: Rows, n_jobs: int | None) -> Values:
    found = nearest_rows(points, 1, queries=queries, among=among, n_jobs=n_jobs)
    difference = points[queries] - points[found[:, 0]]
    if sparse.issparse(difference):
        squares = difference.power(2).sum(axis=1)
    else:
        squares = np.square(difference).sum(axis=1)
    return np.sort(np.sqrt(squares))


def foreign_share(
    points: Any, own: NDArray[np.bool_], rows: Any, n_neighbors: int, n_jobs: int | None
) -> float:
    """Share of ``rows`` with most neighbours among the points that are not ``own``.

    The closest point of the own class is left out.
    """
    n_points = points.shape[0]
    everything = _stack(points, rows)
    found = nearest_rows(
        everything,
        min(n_neighbors + 1, n_points),
        queries=np.arange(n_points, everything.shape[0]),
        among=np.arange(n_points),
        n_jobs=n_jobs,
    )
    is_own = own[found]
    # Where none is of the own class, the furthest neighbour is one too many.
    n_foreign = (~is_own).sum(axis=1) - ~is_own.any(axis=1)
    return float((2 * n_foreign > found.shape[1] - 1).mean())


class ColumnMeasures(NamedTuple):
    """One number for each column; NaN where there is nothing to compare."""

    distance: Values
    chance_distance: Values
    std_ratio: Values
    new_values: Values
    missing_difference: Values


def compare_columns(
    real: Values, new: Values, is_category: NDArray[np.bool_]
) -> ColumnMeasures:
    """Compare the columns of synthetic rows with those of real ones, one by one."""
    n_columns = real.shape[1]
    out = ColumnMeasures(*(np.full(n_columns, np.nan) for _ in range(5)))
    for j in range(n_columns):
        r, s = real[:, j], new[:, j]
        missing_r, missing_s = np.isnan(r), np.isnan(s)
        out.missing_difference[j] = missing_s.mean() - missing_r.mean()
        if is_category[j]:
            distance, chance = _total_variation(r, s, n_columns)
        r, s = np.sort(r[~missing_r]), np.sort(s[~missing_s])
        if not is_category[j]:
            distance, chance = _kolmogorov_smirnov(r, s, n_columns)
            out.std_ratio[j] = _std_ratio(r, s)
        out.distance[j], out.chance_distance[j] = distance, chance
        if r.size and s.size:
            known, counts = np.unique(r, return_counts=True)
            unique = (counts == 1).sum() / r.size
            out.new_values[j] = (~np.isin(s, known)).mean() - unique
    return out


def _total_variation(real: Values, new: Values, n_columns: int) -> tuple[float, float]:
    """Distance of the shares of categories, and its bound by chance.

    By chance, the mean is at most sigma/2 times the sum of sqrt(p(1 - p)), and it is
    exceeded by t with probability exp(-2 t^2 / sigma^2) at most (McDiarmid).
    """
    both = np.concatenate([real, new])
    codes = np.where(np.isnan(both), -1, both).astype(np.int64) + 1
    p = np.bincount(codes[: real.size], minlength=int(codes.max()) + 1) / real.size
    q = np.bincount(codes[real.size :], minlength=int(codes.max()) + 1) / new.size
    sigma = np.sqrt(1 / real.size + 1 / new.size)
    pooled = np.bincount(codes) / codes.size
    mean = sigma / 2 * np.sqrt(pooled * (1 - pooled)).sum()
    chance = mean + sigma * np.sqrt(np.log(n_columns / 0.05) / 2)
    return float(np.abs(p - q).sum() / 2), float(min(chance, 1.0))


def _kolmogorov_smirnov(
    real: Values, new: Values, n_columns: int
) -> tuple[float, float]:
    if not (real.size and new.size):
        return np.nan, np.nan
    distance = ks_2samp(real, new, method="asymp").statistic
    sigma = np.sqrt(1 / real.size + 1 / new.size)
    chance = sigma * np.sqrt(np.log(2 * n_columns / 0.05) / 2)
    return float(distance), float(min(chance, 1.0))


def _std_ratio(real: Values, new: Values) -> float:
    if min(real.size, new.size) < 2:
        return np.nan
    largest = max(np.abs(real).max(), np.abs(new).max()) or 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.std(new / largest, ddof=1) / np.std(real / largest, ddof=1)
    return float(ratio)


def correlation_difference(real: Values, new: Values) -> float:
    """Mean absolute difference of correlations; a missing value is the mean."""
    if min(len(real), len(new)) < 3:
        return np.nan
    filled = []
    for table in (real, new):
        there = ~np.isnan(table)
        mean = np.where(there, table, 0.0).sum(axis=0) / np.maximum(
            there.sum(axis=0), 1
        )
        filled.append(np.where(there, table, mean))
    varies = np.all([np.ptp(table, axis=0) > 0 for table in filled], axis=0)
    if varies.sum() < 2:
        return np.nan
    real, new = (np.corrcoef(table[:, varies], rowvar=False) for table in filled)
    upper = np.triu_indices(int(varies.sum()), 1)
    return float(np.abs(new - real)[upper].mean())


def discriminator_auc(
    real: Values,
    new: Values,
    real_points: Any,
    new_points: Any,
    seed: int,
    n_jobs: int | None,
) -> float:
    """AUC of trees that tell synthetic rows from real ones in cells not seen.

    ``real`` and ``new`` are what the trees see, the points what is cut into cells.
    """
    if min(len(real), len(new)) < MIN_CLASSIFIED:
        return np.nan
    values = np.vstack([real, new])
    is_new = np.repeat([False, True], [len(real), len(new)])
    scores = np.empty(len(values))
    for train, test in _folds(_stack(real_points, new_points), is_new, seed):
        trees = ExtraTreesClassifier(
            n_estimators=50,
            min_samples_leaf=5,
            class_weight="balanced",
            random_state=seed,
            n_jobs=n_jobs,
        )
        scores[test] = trees.fit(values[train], is_new[train]).predict_proba(
            values[test]
        )[:, 1]
    # Threads add up the votes of the trees in any order.
    return float(roc_auc_score(is_new, scores.round(9)))


def _folds(
    points: Any, is_new: NDArray[np.bool_], seed: int
) -> list[tuple[Rows, Rows]]:
    """Cut the points into cells, and deal whole cells to folds."""
    weights = np.where(is_new, 1 / is_new.sum(), 1 / (~is_new).sum())
    with warnings.catch_warnings():
        # Fewer distinct points than cells make fewer cells.
        warnings.simplefilter("ignore", ConvergenceWarning)
        means = KMeans(N_CELLS, n_init=1, random_state=seed)
        cells = means.fit(points, sample_weight=weights / weights.mean()).labels_
    n_folds = min(N_FOLDS, np.unique(cells).size)
    if n_folds > 1:
        splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
        folds = list(splitter.split(points, is_new, cells))
        if all(np.unique(is_new[train]).size == 2 for train, _ in folds):
            return folds
    # One kind is all in one place, so the folds need not keep places apart.
    splitter = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    return list(splitter.split(points, is_new))
