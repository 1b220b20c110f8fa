# SPDX-License-Identifier: BSD-3-Clause
"""Rows whose gradients are long and differ."""

from typing import Any, ClassVar

import numpy as np
from numpy.random import RandomState
from scipy import sparse

from skx._backend import like, to_numpy
from skx._base.sklearn import HasMethods
from skx.active._device import joined, take_rows
from skx.active._greedy import badge_greedy
from skx.active._greedy._reading import Positions
from skx.active._greedy._sparse import squared_lengths
from skx.active._samplers._base import PoolSampler
from skx.active._samplers._pool import Pool, Scores
from skx.active._samplers._uncertainty import require_proba


class BadgeSampler(PoolSampler):
    """Asks about rows that a classifier is not sure of and that differ.

    Use it for batches of more than a few rows, of which `UncertaintySampler` may make
    copies of the same question. It needs probabilities one can believe, and rows in
    which the classifier is linear: a linear model itself, or embeddings from a network.

    Parameters
    ----------
    estimator : classifier with ``predict_proba``
        Fitted to the rows with a label. Gradients are those of rows as the last step
        of a pipeline sees them, so put a scaler before it.
    intercept : bool, default=False
        Whether the last layer has an intercept, which adds a column of 1 to the rows.
        Rows near 0 are then asked about too.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws; an int gives the same rows every time.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.
    n_labeled_ : int
        Number of rows with a label.
    classes_ : ndarray of shape (n_classes,)
        Classes.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    badge_greedy : The function behind it, for arrays.
    StochasticBatchSampler : Spreads the rows of any sampler at no cost.

    Notes
    -----
    Scores are lengths of gradients; the first row has the longest, and further ones are
    drawn by their distance from those before, so scores need not fall. Draws depend on
    the seed and on the number of rows with a label.

    CuPy arrays stay on the device, where distances are computed: the first row is that
    of the host, and further ones are other draws of the same law. An estimator that
    takes NumPy arrays only gets copies, with a warning.

    References
    ----------
    J. T. Ash, C. Zhang, A. Krishnamurthy, J. Langford, A. Agarwal (2020). Deep batch
    active learning by diverse, uncertain gradient lower bounds. ICLR.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import BadgeSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> y[np.arange(150) % 10 > 0] = -1
    >>> sampler = BadgeSampler(LogisticRegression(), random_state=0).fit(X, y)
    >>> sampler.query(n_samples=5).shape
    (5,)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict"])],
        "intercept": ["boolean"],
        "random_state": ["random_state"],
    }

    _takes_sparse: ClassVar[bool] = True
    _keeps_device: ClassVar[bool] = True

    def __init__(
        self,
        estimator: Any,
        *,
        intercept: bool = False,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.intercept = intercept
        self.random_state = random_state

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        super()._fit_wrapped(y, params)
        require_proba(self)

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        shown = pool.shown_to(self.estimator_)
        proba = joined([self.estimator_.predict_proba(X) for X in shown.chunks()])
        rows = self._embed_candidates(pool)
        picks = badge_greedy(
            proba,
            rows,
            n_picks,
            intercept=self.intercept,
            random_state=self._draw_seed(),
        )
        errors = to_numpy(take_rows(proba, picks))
        errors[np.arange(n_picks), errors.argmax(axis=1)] -= 1.0
        squares = _squared_lengths(like(None, take_rows(rows, picks))) + self.intercept
        lengths = np.sqrt(np.square(errors).sum(axis=1) * squares)
        return pool.candidates[picks], lengths


def _squared_lengths(rows: Any) -> Scores:
    if sparse.issparse(rows):
        return squared_lengths(rows)
    return np.square(rows, dtype=np.float64).sum(axis=1)
