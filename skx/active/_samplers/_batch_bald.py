# SPDX-License-Identifier: BSD-3-Clause
"""Batches that tell most about which member of a committee is right."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.random import RandomState
from sklearn.base import is_regressor

from skx._base.sklearn import Interval
from skx.active import _scores
from skx.active._greedy import batch_bald
from skx.active._greedy._draws import best_rows
from skx.active._greedy._reading import Positions
from skx.active._samplers._members import MemberSampler
from skx.active._samplers._pool import Pool, Scores


class BatchBALDSampler(MemberSampler):
    """Asks about rows whose labels together tell which member of a committee is right.

    Where `CommitteeSampler` may ask many times for the same thing, this looks at the
    batch. Use it for batches of ten rows or less that are costly to label: beyond,
    `StochasticBatchSampler` around a `CommitteeSampler` is about as good, and free.

    Parameters
    ----------
    estimator : classifier, or list of classifiers
        The committee, all members with ``predict_proba``: a forest, a bagging or a
        voting of models, the last step of a pipeline that is one, or a list of models.
        Any other classifier: the members are copies of it.
    n_members : int, at least 2, default=20
        Number of copies, where the estimator has no members. A batch tells at most the
        logarithm of it; once it has, all rows look alike.
    max_configurations : int, at least 1, default=10_000
        Up to so many combinations of labels of a batch are enumerated; beyond, so many
        are drawn. Time grows with it, and the error of the score falls.
    max_candidates : int, at least 1, or None, default=10_000
        Number of rows, best by :func:`bald`, that are looked at. None: all.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws of members and combinations; an int gives the same rows every
        time, if the estimator does not draw.

    Attributes
    ----------
    estimator_ : estimator
        The estimator fitted to all rows with a label, which predicts.
    n_members_ : int
        Number of members.
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
    batch_bald : The function behind it, for arrays.
    CommitteeSampler : Scores rows one by one.

    Notes
    -----
    Scores are what the picks so far tell together, and do not fall while combinations
    are enumerated; ``score_samples`` is what a row tells by itself. Members come as
    those of `CommitteeSampler` do. Predictions of all members are held for a chunk of
    the pool at a time, and for the candidates. Once combinations are drawn, a pick
    takes O(max_candidates * max_configurations * n_classes * n_members): seconds, for
    the defaults and ten classes. Large batches want fewer of both, or
    :class:`StochasticBatchSampler`.

    References
    ----------
    A. Kirsch, J. van Amersfoort, Y. Gal (2019). BatchBALD: Efficient and diverse batch
    acquisition for deep Bayesian active learning. NeurIPS.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skx.active import BatchBALDSampler
    >>> X, y = load_iris(return_X_y=True)
    >>> y[np.arange(150) % 10 > 0] = -1
    >>> forest = RandomForestClassifier(20, random_state=0)
    >>> sampler = BatchBALDSampler(forest).fit(X, y)
    >>> sampler.query(n_samples=3).shape
    (3,)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **MemberSampler._parameter_constraints,
        "max_configurations": [Interval(Integral, 1, None, closed="left")],
        "max_candidates": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        n_members: int = 20,
        max_configurations: int = 10_000,
        max_candidates: int | None = 10_000,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.n_members = n_members
        self.max_configurations = max_configurations
        self.max_candidates = max_candidates
        self.random_state = random_state

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        model = self._delegate(fitted=False)
        if is_regressor(model):
            raise ValueError(
                f"BatchBALDSampler looks at classes and {type(model).__name__} "
                "predicts numbers; use CommitteeSampler with measure='variance'."
            )
        super()._fit_wrapped(y, params)
        self._check_proba(
            "BatchBALDSampler",
            "wrap it in CalibratedClassifierCV, or use CommitteeSampler with "
            "measure='vote_entropy', which looks at predicted classes.",
        )

    def _score(self, X: Any) -> Scores:
        return _scores.bald(self._ask(X, "proba"))

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        if self.max_candidates is not None:
            limit = max(self.max_candidates, n_picks)
            if limit < len(pool.candidates):
                best = best_rows(self._score_pool(pool), limit)
                pool = pool.among(pool.candidates[best])
        picks, scores = batch_bald(
            np.concatenate([self._ask(X, "proba") for X in pool.chunks()]),
            n_picks,
            max_configurations=self.max_configurations,
            max_candidates=None,
            random_state=self._draw_seed(),
        )
        return pool.candidates[picks], scores
