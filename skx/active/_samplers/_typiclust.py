# SPDX-License-Identifier: BSD-3-Clause
"""Typical rows of clusters without a label."""

import warnings
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from scipy import sparse

from skx._base.sklearn import Interval
from skx._caller import caller_level
from skx.active._greedy._clusters import cluster_rows, pick_typical
from skx.active._greedy._reading import Positions
from skx.active._samplers._pool import Pool, Scores
from skx.active._samplers._random import ModelFreeSampler

# As published: above so many clusters, k-means takes mini-batches.
MOST_WHOLE_CLUSTERS = 50
MOST_SCALES = 1e3
SCALE_ROWS = 10_000  # rows that tell how wide columns are


class TypiClustSampler(ModelFreeSampler):
    """Asks about the most typical row of each cluster that has no label yet.

    For the first labels, on embeddings in which near rows mostly are of one class, or
    on columns that are scaled alike: a typical row stands for many, where
    `KCenterSampler` asks about outliers. It follows what is common. Where classes are
    rare, or once a classifier predicts anything worth knowing, `UncertaintySampler` is
    the better choice.

    Parameters
    ----------
    estimator : estimator or None, default=None
        Fitted to the rows with a label, to predict. Clusters are of rows as the last
        step of a pipeline sees them, so put a scaler before it. None: there is no
        model, and clusters are of X or ``embeddings``.
    n_neighbors : int, at least 1, default=20
        Neighbours that tell how typical a row is, or half of the rows of the cluster
        if those are fewer. Less finds narrow places.
    max_clusters : int, at least 1, default=500
        Most clusters; below, there is one for each row with a label and each row asked
        for.
    warm_start : bool, default=False
        Whether k-means starts, after another `fit` of the same sampler, from the
        centres of the last query before it: clusters stay where they are, as long as
        the rows do.
    random_state : int, RandomState instance or None, default=None
        Seed of k-means; an int gives the same rows every time.

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
    typicality : The score, for arrays.
    ProbCoverSampler : Typical rows without clusters.
    KCenterSampler : Rows far from all that have a label.

    Notes
    -----
    Rows with and without a label are clustered. Clusters with fewer labels come first,
    larger ones before smaller ones, and all once more when each had its turn; those of
    five rows or fewer come last. Scores are typicality,
    ``1 / (mean distance + 1e-5)`` over the nearest rows of the cluster that have no
    label; equal ones by position. The authors average squared distances, compute them
    again where a cluster has a second turn, and leave small clusters out; here the rows
    of a cluster are ranked once.

    k-means is that of scikit-learn, in one thread and from one start, and in
    mini-batches for more than 50 clusters. With ``warm_start`` further clusters start
    from rows that are drawn, and of fewer the largest go on; where rows have another
    number of columns than before, all start anew. A query is the same however often it
    is repeated before the next `fit`. A clone knows nothing of earlier rounds, and so
    neither does a `LabelCampaign`, which clones its sampler. The time within a cluster
    grows with the square of its rows; of more than 20,000, so many are drawn and stand
    for it.

    References
    ----------
    G. Hacohen, A. Dekel, D. Weinshall (2022). Active learning on a budget: Opposite
    strategies suit high and low budgets. ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from skx.active import TypiClustSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> sampler = TypiClustSampler(random_state=0).fit(X, np.full(150, np.nan))
    >>> sorted(y[sampler.query(n_samples=3)].tolist())
    [0, 1, 2]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ModelFreeSampler._parameter_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "max_clusters": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
    }

    _takes_sparse: ClassVar[bool] = True

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_neighbors: int = 20,
        max_clusters: int = 500,
        warm_start: bool = False,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.n_neighbors = n_neighbors
        self.max_clusters = max_clusters
        self.warm_start = warm_start
        self.random_state = random_state

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        super()._fit_wrapped(y, params)
        # What a query finds is for later rounds, so that it does not change this one.
        self._start = getattr(self, "_centres", None) if self.warm_start else None
        self._centres = self._start

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        rows, n_labeled = self._embed_labeled_first(pool)
        if not sparse.issparse(rows):
            _warn_of_scales(rows)
        seed = self._draw_seed()
        n_clusters = min(n_labeled + n_picks, self.max_clusters)
        start = self._start
        if start is not None and start.shape[1] != rows.shape[1]:
            start = None
        clusters, centres = cluster_rows(
            rows,
            n_clusters,
            seed,
            mini_batch=n_clusters > MOST_WHOLE_CLUSTERS,
            start=start,
        )
        if self.warm_start:
            sizes = np.bincount(clusters, minlength=len(centres))
            self._centres = centres[np.argsort(-sizes, kind="stable")]
        picks, scores = pick_typical(
            rows, n_picks, n_labeled, clusters, self.n_neighbors, seed
        )
        return pool.candidates[picks - n_labeled], scores


def _warn_of_scales(rows: NDArray[np.floating]) -> None:
    """Warn where some columns are so much wider that others do not matter."""
    some = rows[:: 1 + len(rows) // SCALE_ROWS]
    spread = some.std(axis=0, dtype=np.float64)
    varied = np.flatnonzero(spread > 0.0)
    if not len(varied):
        return
    wide = varied[spread[varied].argmax()]
    narrow = varied[spread[varied].argmin()]
    if spread[wide] > MOST_SCALES * spread[narrow]:
        warnings.warn(
            f"Column {wide} has the standard deviation {spread[wide]:.3g} and column "
            f"{narrow} {spread[narrow]:.3g}, so that clusters follow the former alone. "
            "Put a StandardScaler before the last step of a Pipeline, or pass scaled "
            "rows as embeddings.",
            UserWarning,
            stacklevel=caller_level(),
        )
