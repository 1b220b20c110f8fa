# SPDX-License-Identifier: BSD-3-Clause
"""Rows far from those that have a label."""

from numbers import Real
from typing import Any, ClassVar

import numpy as np

from skx._base.sklearn import Interval, StrOptions
from skx.active._greedy._centers import pick_centers, unit_rows
from skx.active._greedy._reading import Positions
from skx.active._samplers._pool import Pool, Scores
from skx.active._samplers._random import ModelFreeSampler


class KCenterSampler(ModelFreeSampler):
    """Asks about the rows that are farthest from all that have a label.

    Use it to cover a pool where there is no model yet, or for numbers to be predicted.
    It goes for the edge of the data, outliers first, and does not look for rare
    classes; once there is a classifier, `UncertaintySampler` and `BadgeSampler` know
    better.

    Parameters
    ----------
    estimator : estimator or None, default=None
        Fitted to the rows with a label, to predict. Distances are measured between
        rows as the last step of a pipeline sees them, so put a scaler before it. None:
        there is no model, and distances are those of X or ``embeddings``.
    metric : {"euclidean", "cosine"}, default="euclidean"
        Distance of rows, or of rows that are scaled to length 1.
    coverage : float in (0, 1], default=1.0
        Share of the rows that are to be near a label. Below 1, as 0.98, the farthest of
        the others count as outliers, and are not asked about before the rest.

    Attributes
    ----------
    estimator_ : estimator
        The fitted estimator, where there are labels.
    n_labeled_ : int
        Number of rows with a label.
    classes_ : ndarray of shape (n_classes,)
        Classes, for a classifier.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    k_center_greedy : The function behind it, for arrays.

    Notes
    -----
    Scores are distances to the nearest row that has a label or was picked before;
    equal ones by position. With ``coverage`` below 1 they need not fall. Where no row
    has a label, the first is the one nearest to the mean, of infinite score, and a
    pipeline is not fitted either: distances are those of X.

    CuPy arrays stay on the device, where distances are computed; an estimator that
    takes NumPy arrays only gets copies of the rows with a label, with a warning.

    References
    ----------
    O. Sener, S. Savarese (2018). Active learning for convolutional neural networks: A
    core-set approach. ICLR.

    Examples
    --------
    >>> from skx.active import KCenterSampler
    >>> X, y = [[0.0], [1.0], [2.0], [10.0], [11.0]], [0.0, None, None, None, None]
    >>> KCenterSampler().fit(X, y).query(n_samples=2)
    array([4, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ModelFreeSampler._parameter_constraints,
        "metric": [StrOptions({"euclidean", "cosine"})],
        "coverage": [Interval(Real, 0, 1, closed="right")],
    }

    _takes_sparse: ClassVar[bool] = True
    _keeps_device: ClassVar[bool] = True

    def __init__(
        self,
        estimator: Any = None,
        *,
        metric: str = "euclidean",
        coverage: float = 1.0,
    ) -> None:
        self.estimator = estimator
        self.metric = metric
        self.coverage = coverage

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        rows, labeled = self._embed_pool(pool)
        if self.metric == "cosine":
            rows = unit_rows(rows)
        picks, distances = pick_centers(rows, n_picks, labeled, self.coverage)
        free = np.ones(rows.shape[0], np.bool_)
        free[labeled] = False
        places = np.cumsum(free) - 1
        return pool.candidates[places[picks]], distances
