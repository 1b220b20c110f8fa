# SPDX-License-Identifier: BSD-3-Clause
"""Geometric SMOTE: new rows in balls around rows of the class."""

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
from skx.resampling._smote import PARTNER, draw_bases, usable_neighbors
from skx.resampling._strategy import Strategy
from skx.resampling._tables import Table

# What the draws of a class are for, from here on, beside those of SMOTE.
BALL = 3


class GeometricSMOTE(OverSampler):
    """Geometric SMOTE: new rows in a ball, half a ball or a spheroid around a row.

    For each new row, a base row of the class is the centre of a ball, and another row
    is on its surface. The new row is a random point of the ball, of the part that
    ``truncation_factor`` leaves and in the shape that ``deformation_factor`` gives.
    So a class grows in all directions, also where SMOTE finds few partners. With the
    nearest row of another class on the surface, no row of another class is inside. In
    many columns most of a ball lies near its surface and far from the line to the other
    row, so try a larger ``deformation_factor``. Distances are those of the raw columns:
    put a scaler first.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes grow, and how far; see :class:`SMOTE`.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. The same int gives the same rows for any ``n_jobs``, memory
        layout and container.
    k_neighbors : int, default=5
        Number of neighbours within the class that a row on the surface is drawn from;
        more of them make larger balls. Not used by "majority".
    truncation_factor : float in [-1, 1], default=1.0
        How much of the ball is cut off. 0 leaves the whole ball, 1 the half that faces
        the row on the surface, -1 the other half.
    deformation_factor : float in [0, 1], default=0.0
        How much the ball is narrowed across the line to the row on the surface: 0
        leaves a ball, 1 a segment.
    selection_strategy : {"combined", "minority", "majority"}, default="combined"
        Which row is on the surface: one of the ``k_neighbors`` nearest of the class
        ("minority"), the nearest of all other classes ("majority"), or the nearer of
        these two ("combined").
    small_class : {"raise", "shrink"}, default="raise"
        What to do with a class of at most ``k_neighbors`` rows: raise an error, or use
        all its other rows. A class of one row raises, except with "majority", which
        takes classes of any size.
    n_jobs : int or None, default=None
        Number of threads for the search and the new rows; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of new rows.
    parents_ : ndarray of shape (n_new, 2), int64
        Row numbers in X of the centre and of the row on the surface of each new row's
        ball. The latter may be of another class.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTE : New rows between two neighbours.
    MultivariateGaussianSMOTE : New rows from local normal distributions.

    Notes
    -----
    Let c be the centre, s the row on the surface, R their distance, u = (s - c) / R and
    b a uniform point of the unit ball with p = b'u. If abs(truncation_factor - p) > 1,
    b is replaced by b - 2 p u. Then its part across u is multiplied by 1 -
    deformation_factor, and the new row is c + R b. If R = 0, the new row equals c.

    There are no ``parent_weights_``, since a new row is not a mix of its parents; it
    has the ``sample_weight`` of its centre. Rows of weight 0 take no part. With
    ``deformation_factor=1``, ``truncation_factor=1`` and "minority", new rows are on
    SMOTE's segments. They are uniform there with one column only; with more they are
    nearer to the centre, as most of a ball is to its equator.

    Centres are balanced as in :class:`SMOTE`. Equal distances are settled by row
    number, and in favour of the class. Despite its name, "majority" looks at all other
    classes, also where there are several.

    Integer and boolean columns are rounded half to even and stay between the least and
    the greatest value of their class. Missing values and sparse matrices are refused; a
    pandas frame of sparse columns is computed densely.

    Cost: the search within the class as in :class:`SMOTE`; except with "minority", a
    search for the nearest row of all others, O(n_c log n) in few dimensions and
    O(n_c n d) at worst; O(n_new d) for the rows. G_SMOTE of smote-variants is another
    method (Sandhan and Choi, 2014).

    References
    ----------
    G. Douzas, F. Bacao, 2019, "Geometric SMOTE: a geometrically enhanced drop-in
    replacement for SMOTE", Information Sciences 501, 118-135.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_classification
    >>> from skx.resampling import GeometricSMOTE
    >>> X, y = make_classification(n_samples=200, weights=[0.9], random_state=0)
    >>> sampler = GeometricSMOTE(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> np.bincount(y_resampled).tolist()
    [180, 180]
    >>> centre, surface = X[sampler.parents_.T]
    >>> radius = np.linalg.norm(surface - centre, axis=1)
    >>> bool((np.linalg.norm(X_resampled[200:] - centre, axis=1) <= radius).all())
    True
    """

    _mixes_parents = False
    _parameter_constraints: ClassVar[dict] = {
        **OverSampler._parameter_constraints,
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "truncation_factor": [Interval(Real, -1, 1, closed="both")],
        "deformation_factor": [Interval(Real, 0, 1, closed="both")],
        "selection_strategy": [StrOptions({"combined", "minority", "majority"})],
        "small_class": [StrOptions({"raise", "shrink"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: int | np.random.RandomState | None = None,
        k_neighbors: int = 5,
        truncation_factor: float = 1.0,
        deformation_factor: float = 0.0,
        selection_strategy: str = "combined",
        small_class: str = "raise",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.truncation_factor = truncation_factor
        self.deformation_factor = deformation_factor
        self.selection_strategy = selection_strategy
        self.small_class = small_class
        self.n_jobs = n_jobs

    def _open(self, X: Any) -> Table:
        return open_complete(X, self)

    def _sample_class(self, task: ClassTask, out: Any) -> Offspring:
        parents = self._draw_balls(task)
        seed, stream = task.draw.seed, task.draw.stream

        def place(start: int, stop: int) -> None:
            with np.errstate(over="ignore", invalid="ignore"):
                _kernels.place_in_balls(
                    task.X,
                    parents[start:stop],
                    float(self.truncation_factor),
                    float(self.deformation_factor),
                    seed,
                    stream,
                    BALL,
                    start,
                    out[start:stop],
                )

        for_each_chunk(place, task.n_new, self.n_jobs, grain=1000)
        settle_outside(task, out)
        return Offspring(out, parents)

    def _draw_balls(self, task: ClassTask) -> Rows:
        """Draw centres and rows on the surface, (n_new, 2) rows of X."""
        self._check_sizes(task)
        bases = draw_bases(task.rows.shape[0], task.n_new, task.draw)
        queries, place = np.unique(task.rows[bases], return_inverse=True)
        centres = task.rows[bases]
        if self.selection_strategy == "minority":
            surfaces = self._draw_partners(task, queries, place)
        elif self.selection_strategy == "majority":
            surfaces = self._nearest_others(task, queries)[place]
        else:
            surfaces = self._draw_partners(task, queries, place)
            others = self._nearest_others(task, queries)[place]
            reach = _square_distances(task.X, centres, surfaces)
            is_nearer = _square_distances(task.X, centres, others) < reach
            surfaces[is_nearer] = others[is_nearer]
        return np.column_stack([centres, surfaces])

    def _check_sizes(self, task: ClassTask) -> None:
        if self.selection_strategy != "minority" and task.others.size == 0:
            raise ValueError(
                f"No row outside class {task.label!r} has positive weight, but "
                f"selection_strategy={self.selection_strategy!r} needs one; pass "
                "selection_strategy='minority'."
            )
        if self.selection_strategy == "majority" and task.rows.size == 0:
            raise ValueError(
                f"Class {task.label!r} has no sample of positive weight; give it "
                "weight or leave it out of sampling_strategy."
            )

    def _draw_partners(self, task: ClassTask, queries: Rows, place: Rows) -> Rows:
        """Draw a near row of the class for each of ``queries[place]``."""
        k = usable_neighbors(self, "k_neighbors", self.k_neighbors, task)
        near = nearest_rows(
            task.X, k, queries=queries, among=task.rows, n_jobs=self.n_jobs
        )
        return near[place, task.draw.below(PARTNER, task.n_new, k)]

    def _nearest_others(self, task: ClassTask, queries: Rows) -> Rows:
        found = nearest_rows(
            task.X, 1, queries=queries, among=task.others, n_jobs=self.n_jobs
        )
        return found[:, 0]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.allow_nan = False
        return tags


def _square_distances(X: NDArray[np.floating], left: Rows, right: Rows) -> Weights:
    out = np.empty(left.shape[0])
    with np.errstate(over="ignore"):
        _kernels.square_distances(X, np.column_stack([left, right]), out)
    return out
