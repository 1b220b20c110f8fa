# SPDX-License-Identifier: BSD-3-Clause
"""Multivariate Gaussian SMOTE: new rows from normal distributions of neighbourhoods."""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skx._base.sklearn import Interval, StrOptions
from skx._neighbors import nearest_rows
from skx._numba import for_each_chunk
from skx.resampling import _kernels
from skx.resampling._base import (
    ClassTask,
    Offspring,
    OverSampler,
    Rows,
    Weights,
    open_complete,
    settle_outside,
)
from skx.resampling._smote import draw_bases, require_two_rows, usable_neighbors
from skx.resampling._strategy import Strategy
from skx.resampling._tables import Table

# What the draws of a class are for, beside those of SMOTE.
CATEGORIES, NORMALS = 3, 4


class MultivariateGaussianSMOTE(OverSampler):
    """Multivariate Gaussian SMOTE (MGS): new rows from local normal distributions.

    For each new row, a base row of the class is taken, and a point is drawn from the
    normal distribution with the mean and the covariance of the base and its nearest
    neighbours in the class. SMOTE's rows are on segments between two rows; these fill
    the room round several, and may lie outside of the class. Use it where a class is
    very rare and its columns are continuous. Where values have bounds (no negative
    prices), where rows lie on thin structures, or where the class is in pieces smaller
    than the neighbourhood, SMOTE does less harm. Distances are those of the raw
    columns: put a scaler first.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes grow, and how far; see :class:`SMOTE`.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. The same int gives the same rows for any ``n_jobs``, memory
        layout and container.
    n_neighbors : int or None, default=None
        Number of neighbours whose mean and covariance are taken, besides the base.
        None means one more than there are numeric columns, or all other rows of a
        smaller class. More neighbours blur the class, fewer than there are columns give
        flat clouds.
    scale : float >= 0, default=1.0
        Factor of the covariance. More than 1 spreads the new rows further; 0 puts them
        at the means of neighbourhoods.
    categorical_features : {"auto", "all"}, array-like or None, default=None
        Columns that hold categories: positions, names or a mask of bools; "auto" means
        columns of categories, strings, objects and bools. They take no part in
        distances. A new row has the categories of one row of its neighbourhood.
    small_class : {"raise", "shrink"}, default="raise"
        What to do with a class of at most ``n_neighbors`` rows, if that is an int:
        raise an error, or use all its other rows. A class of one row always raises.
    n_jobs : int or None, default=None
        Number of threads for the search and the new rows; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of new rows.
    parents_ : ndarray of shape (n_new, n_neighbors + 1), int64
        Row numbers in X of the neighbourhood of each new row, the base first; -1 fills
        up where a smaller class has fewer neighbours.
    parent_weights_ : ndarray of shape (n_new, n_neighbors + 1), float64
        Shares of these rows, which sum to 1 and may be negative: before integers are
        rounded, the numbers of a new row are
        ``(parent_weights_[s, :, None] * X[parents_[s]]).sum(axis=0)``.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTE : New rows between two neighbours.
    GeometricSMOTE : New rows in balls around rows of the class.

    Notes
    -----
    Let m be the mean of the base and its K neighbours x_0, ..., x_K and z_0, ..., z_K
    independent standard normals. A new row is m + sqrt(scale / (K + 1)) times the sum
    of z_j (x_j - m). Its law is the paper's: normal with mean m and ``scale`` times the
    covariance of divisor K + 1. No matrix is formed or factorised, and K may be smaller
    than the number of columns. With ``scale=1`` the covariance is K / (K + 1) times
    the unbiased estimate, and the class as a whole gets narrower, as with SMOTE: its
    outermost rows are in few neighbourhoods.

    Departures from the paper: bases are balanced as in :class:`SMOTE`, where it draws
    them with replacement. For categories, MGS-GRF (Sakho et al., 2025) grows a forest
    on the numeric columns of the class and draws an original row through it. Here one
    row of the neighbourhood lends all its categories, so that no combination arises
    that the class does not have, either; no forest is grown.

    Integer and boolean columns are rounded half to even and stay between the least and
    the greatest value of their class. Missing values and sparse matrices are refused; a
    pandas frame of sparse columns is computed densely. With ``sample_weight``, rows of
    weight 0 take no part, and a new row's weight is the mean of its parents' by their
    shares, negative shares counting 0.

    Cost: the search for neighbours, O(n_c log n_c) in few dimensions and O(n_c^2 d) at
    worst, and O(n_new K d). ``parents_`` and ``parent_weights_`` take 16 (K + 1) bytes
    for each new row: with the default, twice the memory of the new rows.

    References
    ----------
    A. Sakho, E. Malherbe, E. Scornet, 2024, "Do we need rebalancing strategies? A
    theoretical and empirical study around SMOTE and its variants", arXiv:2402.03819
    (MGS).

    A. Sakho, E. Malherbe, C.-E. Gauthier, E. Scornet, 2025, "Harnessing Mixed Features
    for Imbalance Data Oversampling: Application to Bank Customers Scoring",
    arXiv:2503.22730 (MGS-GRF).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_classification
    >>> from skx.resampling import MultivariateGaussianSMOTE
    >>> X, y = make_classification(n_samples=200, weights=[0.9], random_state=0)
    >>> sampler = MultivariateGaussianSMOTE(n_neighbors=10, random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> np.bincount(y_resampled).tolist()
    [180, 180]
    >>> mixed = sampler.parent_weights_[:, :, None] * X[sampler.parents_]
    >>> np.allclose(X_resampled[200:], mixed.sum(axis=1))
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **OverSampler._parameter_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), None],
        "scale": [Interval(Real, 0, None, closed="left")],
        "categorical_features": [StrOptions({"auto", "all"}), "array-like", None],
        "small_class": [StrOptions({"raise", "shrink"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: int | np.random.RandomState | None = None,
        n_neighbors: int | None = None,
        scale: float = 1.0,
        categorical_features: Any = None,
        small_class: str = "raise",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.n_neighbors = n_neighbors
        self.scale = scale
        self.categorical_features = categorical_features
        self.small_class = small_class
        self.n_jobs = n_jobs

    def _open(self, X: Any) -> Table:
        table = open_complete(X, self, self.categorical_features)
        if table.values.shape[1] == 0:
            raise ValueError(
                "All columns of X are categorical, but MultivariateGaussianSMOTE needs "
                "numeric ones; use SMOTEN for categories alone."
            )
        return table

    def _sample_class(self, task: ClassTask, out: Any) -> Offspring:
        rows = np.ascontiguousarray(task.X[task.rows])
        members = self._draw_neighborhoods(task, rows)
        shares = np.empty(members.shape)
        self._place(task, rows, members, shares, out)
        settle_outside(task, out)
        parents = task.rows[members]
        lenders = task.draw.below(CATEGORIES, task.n_new, members.shape[1])
        codes = task.table.codes[parents[np.arange(task.n_new), lenders]]
        return Offspring(out, parents, shares, codes)

    def _draw_neighborhoods(self, task: ClassTask, rows: NDArray[np.floating]) -> Rows:
        """Draw the bases; return each with its neighbours, as positions in ``rows``."""
        n_neighbors = self._n_neighbors(task)
        bases = draw_bases(rows.shape[0], task.n_new, task.draw)
        queries, place = np.unique(bases, return_inverse=True)
        found = nearest_rows(rows, n_neighbors, queries=queries, n_jobs=self.n_jobs)
        return np.column_stack([queries, found])[place]

    def _n_neighbors(self, task: ClassTask) -> int:
        if self.n_neighbors is not None:
            return usable_neighbors(self, "n_neighbors", self.n_neighbors, task)
        require_two_rows(self, task)
        return min(task.X.shape[1] + 1, task.rows.shape[0] - 1)

    def _place(
        self,
        task: ClassTask,
        rows: NDArray[np.floating],
        members: Rows,
        shares: Weights,
        out: NDArray[np.floating],
    ) -> None:
        """Draw the shares of the members and write the new rows."""
        seed, stream = task.draw.seed, task.draw.stream

        def place(start: int, stop: int) -> None:
            mine = shares[start:stop]
            with np.errstate(over="ignore"):
                _kernels.draw_gaussian_shares(
                    float(self.scale), seed, stream, NORMALS, start, mine
                )
                _kernels.mix_rows(rows, members[start:stop], mine, out[start:stop])

        for_each_chunk(place, task.n_new, self.n_jobs, grain=1000)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.allow_nan = False
        tags.input_tags.categorical = self.categorical_features is not None
        return tags
