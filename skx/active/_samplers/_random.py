# SPDX-License-Identifier: BSD-3-Clause
"""Rows at random."""

from typing import Any, ClassVar

import numpy as np
from numpy.random import RandomState
from sklearn.frozen import FrozenEstimator

from skx._base.sklearn import HasMethods
from skx.active._greedy._reading import Positions
from skx.active._samplers._base import PoolSampler
from skx.active._samplers._pool import Pool, Scores


class ModelFreeSampler(PoolSampler):
    """Base of samplers that do not ask the model, and so work without labels."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit", "predict"]), None],
    }

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        if hasattr(self, "estimator_"):
            del self.estimator_
        fitted = isinstance(self.estimator, FrozenEstimator)
        if fitted or (self.estimator is not None and self.n_labeled_):
            super()._fit_wrapped(y, params)


class RandomSampler(ModelFreeSampler):
    """Asks about rows at random.

    What every other sampler has to beat, and the only one whose labels are a fair
    picture of the pool: use it for the rows on which models are compared, and for the
    first ones. Where classes are rare it finds few of them.

    Parameters
    ----------
    estimator : estimator or None, default=None
        Fitted to the rows with a label, to predict. None: there is no model.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws; an int gives the same rows every time.

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
    UncertaintySampler : Asks about rows that the model is not sure of.

    Notes
    -----
    Draws depend on the seed and on the number of rows with a label: the same state
    gives the same rows, and the next round others. The first of many rows are those of
    a smaller query.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.active import RandomSampler
    >>> X, y = np.arange(20.0).reshape(10, 2), np.full(10, np.nan)
    >>> RandomSampler(random_state=0).fit(X, y).query(n_samples=3).shape
    (3,)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ModelFreeSampler._parameter_constraints,
        "random_state": ["random_state"],
    }

    _keeps_device: ClassVar[bool] = True

    def __init__(
        self, estimator: Any = None, *, random_state: int | RandomState | None = None
    ) -> None:
        self.estimator = estimator
        self.random_state = random_state

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        rng = np.random.default_rng(self._draw_seed())
        return rng.permutation(pool.candidates)[:n_picks], np.full(n_picks, np.nan)
