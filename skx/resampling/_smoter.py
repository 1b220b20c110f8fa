# SPDX-License-Identifier: BSD-3-Clause
"""SMOTER and SMOGN: synthetic rows where a numeric target is rare."""

from collections.abc import Mapping
from math import lcm
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import ndtri
from sklearn.utils.validation import check_consistent_length, validate_data

from skx._base.estimator import SkxEstimator
from skx._base.sklearn import Interval, StrOptions, fit_context
from skx._numba import for_each_chunk
from skx._random import draw_seed
from skx.resampling import _kernels
from skx.resampling._apportion import apportion
from skx.resampling._base import (
    ClassDraw,
    ClassTask,
    Rows,
    Weights,
    check_weights,
    choose_rows,
    mix_weights,
)
from skx.resampling._relevance import (
    box_plot_points,
    check_points,
    check_target,
    interpolate_relevance,
)
from skx.resampling._rows import drop_index
from skx.resampling._smote import EXTRA_BASES, Pairs, sample_between
from skx.resampling._tables import Table, read_table

# What the draws of a bin are for, after those of its pairs; noise takes one number for
# the target and one for each column.
KEPT = EXTRA_BASES + 1
NOISE = KEPT + 1
# The largest float64 below 1.
BELOW_ONE = 1.0 - 2.0**-53


class SMOTER(SkxEstimator):
    """SMOTE for regression: synthetic rows where a numeric target is rare.

    The values of y are cut into bins of rare and of common ones. Bins with few rows get
    synthetic rows between neighbours, whose target lies between theirs; bins with many
    rows lose some. ``noise="gaussian"`` makes it SMOGN. Use it where errors at rare
    values of the target cost more and the regressor takes no ``sample_weight``; if it
    does, try :func:`dense_weight` first. Expect larger errors at common values, and
    predictions that lie too far towards the rare ones. Distances are those of the raw
    columns: put a scaler first.

    Parameters
    ----------
    sampling_strategy : {"balance", "extreme", "oversample"} or dict, \
            default="balance"
        How many rows the bins have afterwards.

        - "balance": all bins as many, and as many rows in all as before.
        - "extreme": as many in all as before, shared among the bins in inverse
          proportion to their sizes.
        - "oversample": rare bins as many as the largest bin; common bins keep theirs.
        - dict: factors on the number of rows, under the keys "rare" and "common"; a
          missing one is 1.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. The same int gives the same rows for any ``n_jobs``, memory
        layout and container.
    threshold : float in (0, 1], default=0.8
        Relevance from which a value of y is rare; a lower one makes more of y rare.
    kind : {"both", "high", "low"}, default="both"
        Which extremes of y are rare, as in :func:`relevance`.
    coef : float >= 0, default=1.5
        How many interquartile ranges beyond the quartiles of y its extremes begin, as
        in :func:`relevance`.
    control_points : array-like of shape (n_points, 2), default=None
        Values of y and their relevances, instead of ``kind`` and ``coef``, as in
        :func:`relevance`.
    k_neighbors : int >= 1, default=5
        Number of neighbours, within the bin, that a partner is drawn from.
    noise : {"gaussian"} or None, default=None
        What to do where the partner is further from the base than half the median
        distance from the base to the rows of its bin. None: interpolate all the same.
        "gaussian": put the new row beside its base instead, by Gaussian noise on all
        columns and on the target. Not for sparse X.
    noise_scale : float > 0, default=0.02
        Standard deviation of the noise, in standard deviations within the bin.
    small_class : {"raise", "shrink"}, default="raise"
        What to do with a bin that should grow and has at most ``k_neighbors`` rows:
        raise an error, or use all its other rows as neighbours. A bin of one row always
        raises.
    n_jobs : int or None, default=None
        Number of threads for the search and the interpolation; None means 1, -1 all.

    Attributes
    ----------
    control_points_ : ndarray of shape (n_points, 2), float64
        Values of y and their relevances. With them :func:`relevance` rates other values
        as this sampler does, those of a test set for one.
    bin_limits_ : ndarray of shape (n_bins, 2), float64
        Smallest and largest value of y in each bin, in ascending order.
    bin_is_rare_ : ndarray of shape (n_bins,), bool
        Whether the values of the bin are rare.
    bin_counts_ : ndarray of shape (n_bins, 2), int64
        Number of rows of each bin before and after.
    kept_indices_ : ndarray of shape (n_kept,), int64
        Row numbers in X of the rows that stay, ascending.
    parents_ : ndarray of shape (n_new, 2), int64
        Row numbers in X of base and partner of each new row, in output order.
    parent_weights_ : ndarray of shape (n_new, 2), float64
        Shares of base and partner in row and target: (1, 0) where noise was added.
    is_noisy_ : ndarray of shape (n_new,), bool
        Whether a new row is its base plus noise.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    dense_weight : Weights instead of rows.
    ResampledRegressor : Resample inside ``fit`` of a scikit-learn estimator.
    SMOTE : The same for classes.

    Notes
    -----
    The output holds first the rows that stay, in their order, then the new rows, bin by
    bin. Within a bin, new rows are made as by :class:`SMOTE`: balanced bases, one share
    for all columns, neighbours by distance and then row number. Rows to remove are
    drawn without replacement. Row numbers of the output are not those of X, so there is
    no ``sample_indices_``.

    The papers weight the targets of the parents by the distance of the new row to the
    other parent. As the new row lies on the segment between them, that is the share of
    the row itself, which is used here; it also covers parents that coincide, where the
    papers take the mean.

    Integer columns and targets are rounded half to even. Missing values and sparse X
    are as in :class:`SMOTE`. Noise leaves missing values missing and does not lead out
    of the range that a column of X, or y, has; the papers have no such bound, and they
    limit its scale to half the median distance, which mixes units. A row's distance to
    itself is no part of the median.

    With ``sample_weight``, rows of weight 0 are no parents; a new row's weight is the
    mean of its parents', weighted as the row itself. Bins are cut and counted without
    weights.

    Cost: that of SMOTE for each growing bin, plus O(n log n) to sort y; noise takes
    O(n_b^2 d) for a bin of n_b rows.

    References
    ----------
    L. Torgo, R. P. Ribeiro, B. Pfahringer, P. Branco, 2013, "SMOTE for Regression",
    EPIA, Lecture Notes in Computer Science 8154, 378-389, algorithms 1 and 2.

    P. Branco, L. Torgo, R. P. Ribeiro, 2017, "SMOGN: a Pre-processing Approach for
    Imbalanced Regression", Proceedings of Machine Learning Research 74, 36-50,
    algorithms 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.resampling import SMOTER
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(300, 3))
    >>> y = np.exp(X[:, 0] + 0.1 * rng.normal(size=300))
    >>> sampler = SMOTER(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sampler.bin_counts_.tolist()
    [[261, 150], [39, 150]]
    >>> sampler.bin_limits_.round(1).tolist()
    [[0.0, 2.6], [2.6, 19.9]]
    """

    _parameter_constraints: ClassVar[dict] = {
        "sampling_strategy": [StrOptions({"balance", "extreme", "oversample"}), dict],
        "random_state": ["random_state"],
        "threshold": [Interval(Real, 0, 1, closed="right")],
        "kind": [StrOptions({"both", "high", "low"})],
        "coef": [Interval(Real, 0, None, closed="left")],
        "control_points": ["array-like", None],
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "noise": [StrOptions({"gaussian"}), None],
        "noise_scale": [Interval(Real, 0, None, closed="neither")],
        "small_class": [StrOptions({"raise", "shrink"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: str | Mapping[str, float] = "balance",
        random_state: int | np.random.RandomState | None = None,
        threshold: float = 0.8,
        kind: str = "both",
        coef: float = 1.5,
        control_points: ArrayLike | None = None,
        k_neighbors: int = 5,
        noise: str | None = None,
        noise_scale: float = 0.02,
        small_class: str = "raise",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.threshold = threshold
        self.kind = kind
        self.coef = coef
        self.control_points = control_points
        self.k_neighbors = k_neighbors
        self.noise = noise
        self.noise_scale = noise_scale
        self.small_class = small_class
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, **params: Any) -> "SMOTER":
        """Check the data and cut y into bins; ``fit_resample`` does the whole job.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows.
        y : array-like of shape (n_samples,)
            Target values.
        **params : dict
            Accepted for scikit-learn's protocol and not used.

        Returns
        -------
        self : object
            The sampler with ``bin_counts_`` and the other attributes of bins set.
        """
        _, target = self._read(X, y)
        self._cut(target)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        """Add synthetic rows to bins of y with few rows; remove rows from the others.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Training rows: NumPy array, list, scipy.sparse array or matrix, pandas or
            polars frame, of float, integer or bool type. Dense data may hold NaN.
        y : array-like of shape (n_samples,)
            Target values, finite.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, for the result; one of weight 0 is no
            parent of any synthetic row.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_kept + n_new, n_features)
            The rows of X that stay, in their order, then the synthetic rows, bin by
            bin.
        y_resampled : same kind as y, of shape (n_kept + n_new,)
            Their targets.
        sample_weight_resampled : ndarray of shape (n_kept + n_new,)
            Only if ``sample_weight`` is given: a synthetic row's weight is the mean of
            its parents' weights, weighted as the row itself.

        Raises
        ------
        ValueError
            If no value of y is rare or all are, if a bin that should grow has too few
            rows, or if the input or a parameter is not as above; the text says which
            value is wrong and what to do.
        """
        table, target = self._read(X, y)
        weights = check_weights(sample_weight, target)
        codes = self._cut(target)
        seed = draw_seed(self.random_state)
        self.kept_indices_ = self._draw_kept(codes, seed)
        born = self._synthesise(table, target, codes, weights, seed)
        self.parents_, self.parent_weights_ = born.parents, born.shares
        self.is_noisy_ = born.is_noisy
        n_samples, n_new = codes.shape[0], born.parents.shape[0]
        rows = np.concatenate([self.kept_indices_, n_samples + np.arange(n_new)])
        if weights is not None:
            mixed = mix_weights(weights, born.parents, born.shares)
            weights = np.concatenate([weights, mixed])
        X_out = table.append(born.values, np.empty((n_new, 0), np.int32))
        y_out = _append_target(y, born.target, self)
        if rows.shape[0] == n_samples + n_new:
            return (X_out, y_out) if weights is None else (X_out, y_out, weights)
        X_out, y_out, *rest = choose_rows(X_out, y_out, weights, rows)
        return drop_index(X_out), drop_index(y_out), *rest

    def _read(self, X: Any, y: Any) -> tuple[Table, NDArray[np.float64]]:
        table = read_table(X, self)
        validate_data(self, X, skip_check_array=True)
        if y is None:
            raise ValueError(
                "This SMOTER estimator requires y to be passed, but the target y is "
                "None."
            )
        target = check_target(y)
        check_consistent_length(table.values, target)
        if target.shape[0] == 1:
            raise ValueError("X has 1 sample; SMOTER needs at least 2.")
        if self.noise is not None and sparse.issparse(table.values):
            raise ValueError(
                f"X is sparse, but noise={self.noise!r} would leave no zero in the new "
                "rows. Use noise=None, or convert X with toarray()."
            )
        return table, target

    def _cut(self, target: NDArray[np.float64]) -> Rows:
        """Cut the sorted target where it becomes rare or common; number the bins."""
        if self.control_points is None:
            points = box_plot_points(target, self.coef, self.kind)
        else:
            points = check_points(self.control_points)
        is_rare = interpolate_relevance(target, points) >= self.threshold
        if is_rare.all() or not is_rare.any():
            raise ValueError(
                f"{'Every' if is_rare.all() else 'No'} value of y has a relevance of "
                f"at least threshold={self.threshold}, but SMOTER needs rare and "
                "common values; change threshold or control_points."
            )
        order = np.argsort(target, kind="stable")
        rare = is_rare[order]
        starts = np.concatenate([[0], 1 + np.flatnonzero(rare[1:] != rare[:-1])])
        sizes = np.diff(starts, append=target.shape[0])
        codes = np.empty(target.shape[0], np.int64)
        codes[order] = np.repeat(np.arange(starts.shape[0]), sizes)
        ends = starts + sizes - 1
        self.control_points_ = points
        self.bin_limits_ = target[order[np.column_stack([starts, ends])]]
        self.bin_is_rare_ = rare[starts]
        after = _sizes_after(self.sampling_strategy, sizes, self.bin_is_rare_)
        self.bin_counts_ = np.column_stack([sizes, after])
        return codes

    def _draw_kept(self, codes: Rows, seed: np.uint64) -> Rows:
        """Choose the rows that stay: all of a bin, or a random subset."""
        is_kept = np.ones(codes.shape[0], np.bool_)
        for code, (before, after) in enumerate(self.bin_counts_):
            if after < before:
                keys = ClassDraw(seed, code).bits(KEPT, before)
                removed = np.argsort(keys, kind="stable")[after:]
                is_kept[np.flatnonzero(codes == code)[removed]] = False
        return np.flatnonzero(is_kept)

    def _synthesise(
        self,
        table: Table,
        target: NDArray[np.float64],
        codes: Rows,
        weights: Weights | None,
        seed: np.uint64,
    ) -> "Born":
        """Make the new rows of the bins that grow, bin by bin."""
        n_new = np.maximum(self.bin_counts_[:, 1] - self.bin_counts_[:, 0], 0)
        stops = np.cumsum(n_new)
        is_sparse = sparse.issparse(table.values)
        room: Any = None if is_sparse else table.room(int(stops[-1]))
        eligible = np.arange(codes.shape[0])
        if weights is not None:
            eligible = np.flatnonzero(weights > 0)
        litters = [_none_born(table.values)]
        for code in np.flatnonzero(n_new).tolist():
            task = ClassTask(
                table=table,
                codes=codes,
                eligible=eligible,
                code=code,
                label=self.bin_limits_[code],
                n_new=int(n_new[code]),
                draw=ClassDraw(seed, code),
            )
            out = None if is_sparse else room[stops[code] - n_new[code] : stops[code]]
            litters.append(self._sample_bin(task, target, out))
        values, *rest = zip(*litters, strict=True)
        if is_sparse:
            room = sparse.vstack(values, format="csr")
        return Born(room, *map(np.concatenate, rest))

    def _sample_bin(
        self, task: ClassTask, target: NDArray[np.float64], out: Any
    ) -> "Born":
        """Make the new rows of one bin, in ``out`` unless X is sparse."""
        values, pairs = sample_between(task, self._n_neighbors(task), out, self.n_jobs)
        shares = pairs.shares
        parents = target[pairs.parents]
        born = (shares * parents).sum(axis=1).clip(parents.min(1), parents.max(1))
        is_noisy = np.zeros(task.n_new, np.bool_)
        if self.noise is not None:
            is_noisy = self._is_far(task, pairs)
            values[is_noisy], born[is_noisy] = self._add_noise(
                task, target, pairs.parents[:, 0], is_noisy
            )
            shares = np.where(is_noisy[:, np.newaxis], [1.0, 0.0], shares)
        return Born(values, born, pairs.parents, shares, is_noisy)

    def _is_far(self, task: ClassTask, pairs: Pairs) -> NDArray[np.bool_]:
        """Tell whose partner is beyond half the median distance of the bin's rows."""
        X = _scaled(task.X[task.rows])
        bases = np.searchsorted(task.rows, pairs.bases)
        neighbors = np.searchsorted(task.rows, pairs.neighbors)
        is_far = np.empty(neighbors.shape, np.bool_)

        def compare(start: int, stop: int) -> None:
            distances = np.empty(X.shape[0])
            for i in range(start, stop):
                _kernels.measure_distances(X, bases[i], distances)
                reach = 0.5 * np.median(np.delete(distances, bases[i]))
                is_far[i] = distances[neighbors[i]] >= reach

        for_each_chunk(compare, bases.shape[0], self.n_jobs, grain=64)
        return is_far[pairs.position, pairs.rank]

    def _add_noise(
        self,
        task: ClassTask,
        target: NDArray[np.float64],
        bases: Rows,
        chosen: NDArray[np.bool_],
    ) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
        """Put the chosen new rows and their targets beside their bases."""
        columns = []
        for j in range(-1, task.X.shape[1]):
            column = target if j < 0 else task.X[:, j]
            # Each number of each new row has its own place among the draws.
            uniforms = task.draw.uniform(NOISE + 1 + j, task.n_new)[chosen]
            normals = ndtri(np.minimum(uniforms + 2.0**-54, BELOW_ONE))
            spread = self.noise_scale * _deviation(column[task.rows])
            low, high = np.fmin.reduce(column), np.fmax.reduce(column)
            with np.errstate(over="ignore"):
                moved = column[bases[chosen]] + spread * normals
            columns.append(moved.clip(low, high))
        return np.column_stack(columns[1:]), columns[0]

    def _n_neighbors(self, task: ClassTask) -> int:
        n_rows = task.rows.shape[0]
        if n_rows > self.k_neighbors:
            return int(self.k_neighbors)
        if n_rows > 1 and self.small_class == "shrink":
            return n_rows - 1
        low, high = task.label.tolist()
        rows = "row" if n_rows == 1 else "rows"
        remedy = "lower threshold or coef so that its bin is larger"
        if n_rows > 1:
            remedy = (
                f"lower k_neighbors to {n_rows - 1}, pass small_class='shrink', or "
                f"{remedy}"
            )
        raise ValueError(
            f"y has {n_rows} {rows} (of positive weight, if there are weights) in its "
            f"bin from {low:g} to {high:g}, fewer than k_neighbors + 1 = "
            f"{self.k_neighbors + 1}; {remedy}."
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.sparse = self.noise is None
        tags.input_tags.allow_nan = True
        return tags


class Born(NamedTuple):
    """New rows, dense or CSR, their targets and whose they are."""

    values: Any
    target: NDArray[np.float64]
    parents: Rows
    shares: Weights
    is_noisy: NDArray[np.bool_]


def _none_born(X: Any) -> Born:
    nothing = np.empty((0, 2))
    return Born(
        X[:0], np.empty(0), nothing.astype(np.int64), nothing, np.empty(0, np.bool_)
    )


def _sizes_after(
    strategy: str | Mapping[str, float], sizes: Rows, is_rare: NDArray[np.bool_]
) -> Rows:
    """Work out how many rows each bin has after resampling."""
    if isinstance(strategy, Mapping):
        unknown = set(strategy) - {"rare", "common"}
        if unknown:
            raise ValueError(
                f"sampling_strategy has the keys {list(strategy)}; it takes factors on "
                "the number of rows under the keys 'rare' and 'common'."
            )
        for name, factor in strategy.items():
            if not (isinstance(factor, Real) and 0 < factor < np.inf):
                raise ValueError(
                    f"sampling_strategy[{name!r}] is {factor!r}; it must be a positive "
                    "number: 2 doubles the rows of a bin, 0.5 halves them."
                )
        factors = np.where(is_rare, strategy.get("rare", 1), strategy.get("common", 1))
        after = np.rint(sizes * factors)
    elif strategy == "oversample":
        after = np.where(is_rare, sizes.max(), sizes)
    else:
        whole, total = sizes.tolist(), int(sizes.sum())
        parts = [1] * len(whole)
        if strategy == "extreme":
            parts = [lcm(*whole) // size for size in whole]
        after = np.array(apportion([total * part for part in parts], sum(parts), total))
    return np.maximum(after, 1).astype(np.int64)


def _scaled(X: NDArray[np.floating]) -> NDArray[np.float64]:
    # A power of two: squares cannot overflow, and comparisons are as before.
    largest = np.fmax.reduce(np.abs(X), axis=None, initial=0.0)
    return np.ldexp(X.astype(np.float64), -int(np.frexp(largest)[1]))


def _deviation(values: NDArray[np.floating]) -> float:
    """Return the population standard deviation of the values that are not missing."""
    known = values[~np.isnan(values)].astype(np.float64)
    if known.shape[0] == 0:
        return 0.0
    exponent = int(np.frexp(np.abs(known).max())[1])
    return float(np.ldexp(np.ldexp(known, -exponent).std(), exponent))


def _append_target(y: Any, new: NDArray[np.float64], estimator: Any) -> Any:
    """Append new targets to ``y``: its kind and dtype survive."""
    if hasattr(y, "to_frame"):  # a series of pandas or polars
        out = _append_column(y.to_frame(), new, estimator)
        return out.iloc[:, 0].rename(y.name) if hasattr(y, "iloc") else out.to_series()
    if hasattr(y, "columns"):
        return _append_column(y, new, estimator)
    values = np.asarray(y)
    out = _append_column(values.reshape(-1, 1), new, estimator)
    out = out.reshape(-1, *values.shape[1:])
    return out.tolist() if isinstance(y, list | tuple) else out


def _append_column(column: Any, new: NDArray[np.float64], estimator: Any) -> Any:
    table = read_table(column, estimator)
    block = table.room(new.shape[0])
    block[:, 0] = new
    return table.append(block, np.empty((new.shape[0], 0), np.int32))
