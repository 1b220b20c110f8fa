# SPDX-License-Identifier: BSD-3-Clause
"""Rows from the middle of clusters of uncertain rows."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.random import RandomState

from skx._backend import to_numpy
from skx._base.sklearn import Interval, StrOptions
from skx.active._device import take_rows
from skx.active._greedy._clusters import pick_central
from skx.active._greedy._draws import best_rows
from skx.active._greedy._reading import Positions
from skx.active._samplers._pool import Pool, Scores
from skx.active._samplers._random import ModelFreeSampler
from skx.active._samplers._uncertainty import OF_PROBA, require_proba, score_pool


class KMeansSampler(ModelFreeSampler):
    """Asks about one row from each cluster of uncertain rows.

    Rows that a classifier is not sure of are clustered into as many clusters as are
    wanted, with what they score as weights, and the row nearest to each centre is asked
    about (diverse mini-batch active learning). Use it for batches of more than a few
    rows where copies are many: a cluster is asked about once, however many rows it has.
    `BadgeSampler` needs no such cut and suits linear models better. Without a model the
    clusters are those of the pool, and the batch is a picture of it.

    Parameters
    ----------
    estimator : classifier with ``predict_proba`` or None, default=None
        Fitted to the rows with a label. Clusters are of rows as the last step of a
        pipeline sees them, so put a scaler before it. None, or no label yet: all rows
        count alike, and clusters are of X or ``embeddings``.
    measure : {"margin", "least_confidence", "entropy"}, default="margin"
        The function that scores rows, see :func:`margin` and so on.
    prefilter : int, at least 1, or None, default=10
        Only the rows of the highest scores are clustered, so many for each row asked
        for. Smaller is closer to `UncertaintySampler`, which 1 equals; larger batches
        differ more. None clusters all rows. Without scores, all are.
    random_state : int, RandomState instance or None, default=None
        Seed of k-means; an int gives the same rows every time.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier, where there are labels.
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
    BadgeSampler : Uncertain rows that differ, drawn one by one.
    TypiClustSampler : Clusters that have no label yet, for the first labels.

    Notes
    -----
    Clusters of the largest total score come first, then by position; scores are those
    of the rows, NaN without a model. Rows with a label take no part. Where copies leave
    fewer clusters than rows asked for, the others are the best of what is left.

    k-means is that of scikit-learn, in one thread and from one start, and in
    mini-batches beyond 20,000 rows. Time grows with rows times clusters.

    Rows of CuPy arrays are scored and clustered on the device, by rounds of Lloyd from
    other draws of k-means++ than on the host, never in mini-batches.

    References
    ----------
    F. Zhdanov (2019). Diverse mini-batch active learning. arXiv:1901.05954.

    V. Prabhu, A. Chandrasekaran, K. Saenko, J. Hoffman (2021). Active domain adaptation
    via clustering uncertainty-weighted embeddings. ICCV, 8505-8514.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import KMeansSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> y[np.arange(150) % 10 > 0] = -1
    >>> sampler = KMeansSampler(LogisticRegression(), random_state=0).fit(X, y)
    >>> sampler.query(n_samples=5).shape
    (5,)
    """

    _keeps_device: ClassVar[bool] = True

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ModelFreeSampler._parameter_constraints,
        "measure": [StrOptions(set(OF_PROBA))],
        "prefilter": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        measure: str = "margin",
        prefilter: int | None = 10,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.measure = measure
        self.prefilter = prefilter
        self.random_state = random_state

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        super()._fit_wrapped(y, params)
        if hasattr(self, "estimator_"):
            require_proba(self)

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        scores, weights = np.full(len(pool.candidates), np.nan), None
        if hasattr(self, "estimator_"):
            scores = score_pool(self.estimator_, pool, self.measure)
            if self.prefilter is not None:
                n_kept = min(self.prefilter * n_picks, len(pool.candidates))
                best = best_rows(scores, n_kept)
                pool = pool.among(pool.candidates[best])
                scores = take_rows(scores, np.sort(best))
            scores = to_numpy(scores)
            if scores.max() > 0.0:
                # k-means needs some weight of all rows.
                weights = np.maximum(scores, 1e-9 * scores.max())
        rows = self._embed_candidates(pool)
        picks = pick_central(rows, n_picks, self._draw_seed(), weights)
        return pool.candidates[picks], scores[picks]
