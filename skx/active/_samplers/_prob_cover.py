# SPDX-License-Identifier: BSD-3-Clause
"""Rows that are near to as many others as possible."""

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.random import RandomState
from sklearn.utils.multiclass import type_of_target

from skx._base.sklearn import Interval
from skx._caller import caller_level
from skx.active._greedy._clusters import MINI_BATCH_ROWS, cluster_rows
from skx.active._greedy._cover import check_row_count, pick_covering, pure_radius
from skx.active._greedy._reading import Positions
from skx.active._samplers._pool import Pool, Scores
from skx.active._samplers._random import ModelFreeSampler


class ProbCoverSampler(ModelFreeSampler):
    """Asks about rows that have the most others within a radius.

    For the first labels, on embeddings in which near rows mostly are of one class. It
    asks about what is common, and never twice about the same place, so it is not for
    rare classes; once a classifier predicts anything worth knowing,
    `UncertaintySampler` is the better choice. Time grows with the square of the rows:
    put `SubsetSampler` around it beyond some 100,000.

    Parameters
    ----------
    estimator : estimator or None, default=None
        Fitted to the rows with a label, to predict. Distances are measured between
        rows as the last step of a pipeline sees them, so put a scaler before it. None:
        there is no model, and distances are those of X or ``embeddings``.
    delta : float above 0 or None, default=None
        Distance up to which a row covers others. Larger ones find what is common,
        smaller ones the densest places. None: the largest one at which ``purity`` of
        the balls hold rows of one cluster only, of as many clusters as classes.
    n_classes : int, at least 2, or None, default=None
        Number of classes, for that rule. None: as many as the labels have.
    purity : float in (0, 1], default=0.95
        Share of balls, for that rule. Larger gives smaller balls.
    max_edges : int, at least 1, default=100_000_000
        Most pairs of rows within the radius, in both directions; 100 million take about
        1 GB.
    max_rows : int, at least 1, default=250_000
        Most rows, labelled ones included, beyond which `query` refuses to begin: ten
        times the rows take a hundred times the time.
    random_state : int, RandomState instance or None, default=None
        Seed of the clusters; an int gives the same rows every time.

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
    prob_cover_greedy : The function behind it, for arrays.
    TypiClustSampler : Typical rows of clusters, for large pools too.

    Notes
    -----
    Rows near to one with a label are covered from the start. Scores are the rows that
    each pick covers first, and do not rise; equal ones by position. When all rows are
    covered they are 0, and the rest comes by position: a smaller radius is due.

    The authors try radii one after another; here the largest one is computed, from the
    nearest rows of other clusters of at most 2,000 rows that are drawn. k-means begins
    anew in every round; give ``delta`` to keep the radius.

    References
    ----------
    O. Yehuda, A. Dekel, G. Hacohen, D. Weinshall (2022). Active learning through a
    covering lens. NeurIPS.

    Examples
    --------
    >>> from skx.active import ProbCoverSampler
    >>> X, y = [[0.0], [1.0], [2.0], [7.0], [8.0]], [None, None, None, None, 1.0]
    >>> ProbCoverSampler(delta=1.0).fit(X, y).query()
    array([1])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ModelFreeSampler._parameter_constraints,
        "delta": [Interval(Real, 0, None, closed="neither"), None],
        "n_classes": [Interval(Integral, 2, None, closed="left"), None],
        "purity": [Interval(Real, 0, 1, closed="right")],
        "max_edges": [Interval(Integral, 1, None, closed="left")],
        "max_rows": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    _takes_sparse: ClassVar[bool] = True

    def __init__(
        self,
        estimator: Any = None,
        *,
        delta: float | None = None,
        n_classes: int | None = None,
        purity: float = 0.95,
        max_edges: int = 100_000_000,
        max_rows: int = 250_000,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.delta = delta
        self.n_classes = n_classes
        self.purity = purity
        self.max_edges = max_edges
        self.max_rows = max_rows
        self.random_state = random_state

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        check_row_count(self.n_labeled_ + len(pool.candidates), self.max_rows)
        rows, n_labeled = self._embed_labeled_first(pool)
        delta = self._find_radius(rows) if self.delta is None else float(self.delta)
        picks, won = pick_covering(
            rows, n_picks, delta, np.arange(n_labeled), self.max_edges
        )
        if won[0] < 2 and rows.shape[0] > 1:
            warnings.warn(
                f"No row covers another one within delta={delta:.3g} that is not "
                "covered already, so that rows are picked by position. Pass a larger "
                "delta, or a smaller one if labelled rows cover all others.",
                UserWarning,
                stacklevel=caller_level(),
            )
        return pool.candidates[picks - n_labeled], won.astype(np.float64)

    def _find_radius(self, rows: Any) -> float:
        n_classes = min(self._count_classes(), rows.shape[0])
        seed = self._draw_seed()
        clusters, _ = cluster_rows(
            rows, n_classes, seed, mini_batch=rows.shape[0] > MINI_BATCH_ROWS
        )
        return pure_radius(rows, clusters, self.purity, seed)

    def _count_classes(self) -> int:
        if self.n_classes is not None:
            return self.n_classes
        n_seen = 0
        if hasattr(self, "classes_"):
            n_seen = len(self.classes_)
        elif self.estimator is None and self.n_labeled_:
            are_numbers = "continuous" in type_of_target(self._labels)
            n_seen = 0 if are_numbers else len(np.unique(self._labels))
        if n_seen < 2:
            raise ValueError(
                "delta=None finds a radius from the number of classes, and the labels "
                f"have {n_seen} classes; expected two or more. Pass n_classes=, the "
                "number of classes there are, or delta=, a radius."
            )
        return n_seen
