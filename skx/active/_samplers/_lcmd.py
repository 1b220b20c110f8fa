# SPDX-License-Identifier: BSD-3-Clause
"""Far rows of the clusters around rows that have a label."""

from typing import Any, ClassVar

import numpy as np

from skx.active._greedy._centers import pick_largest_clusters
from skx.active._greedy._reading import Positions
from skx.active._samplers._pool import Pool, Scores
from skx.active._samplers._random import ModelFreeSampler


class LCMDSampler(ModelFreeSampler):
    """Asks about the farthest row of the largest cluster, again and again.

    Each row belongs to the nearest one that has a label or was picked, and a cluster is
    large where many rows are far from their centre (largest cluster, maximum
    distance). For batches where numbers are to be predicted, and for any pool: it
    covers as `KCenterSampler` does, but first where many rows are far from a label, and
    not where a single one is. It does not look at predictions, and does not look for
    rare classes.

    Parameters
    ----------
    estimator : estimator or None, default=None
        Fitted to the rows with a label, to predict. Distances are measured between
        rows as the last step of a pipeline sees them, so put a scaler before it. None:
        there is no model, and distances are those of X or ``embeddings``, for which the
        authors take gradients of a network.

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
    KCenterSampler : The farthest row of all.
    greedy_distance : Looks at predictions too.

    Notes
    -----
    A cluster weighs the sum of squared distances to its centre. Scores are distances to
    the nearest row that has a label or was picked before, and need not fall; equal ones
    by position. Where no row has a label, the first is the one nearest to the mean, of
    infinite score, and a pipeline is not fitted either: distances are those of X. Time
    is at most that of all distances between rows and centres.

    CuPy arrays stay on the device, where distances are computed; an estimator that
    takes NumPy arrays only gets copies of the rows with a label, with a warning.

    References
    ----------
    D. Holzmüller, V. Zaverkin, J. Kästner, I. Steinwart (2023). A framework and
    benchmark for deep batch active learning for regression. JMLR 24.

    Examples
    --------
    >>> from skx.active import LCMDSampler
    >>> X, y = [[0.0], [1.0], [3.0], [3.0], [3.0], [9.0]], [None] * 6
    >>> y[0], y[5] = 0.0, 1.0
    >>> LCMDSampler().fit(X, y).query(n_samples=2)
    array([2, 1])
    """

    _keeps_device: ClassVar[bool] = True

    def __init__(self, estimator: Any = None) -> None:
        self.estimator = estimator

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        rows, n_labeled = self._embed_labeled_first(pool)
        picks, distances = pick_largest_clusters(rows, n_picks, np.arange(n_labeled))
        return pool.candidates[picks - n_labeled], distances
