# SPDX-License-Identifier: BSD-3-Clause
"""Borderline-SMOTE and ADASYN: new rows where rows of other classes are near."""

import warnings
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skx._backend import like, look_up, to_numpy
from skx._base.sklearn import HasMethods, Interval, StrOptions
from skx._caller import caller_level
from skx.resampling._base import ClassTask, Offspring, OverSampler, Rows, Weights
from skx.resampling._device import searches_there
from skx.resampling._smote import (
    SMOTE,
    asked_neighbors,
    draw_bases,
    draw_pairs,
    draw_shared_bases,
    find_neighbors,
    usable_neighbors,
)
from skx.resampling._strategy import Strategy
from skx.resampling._tables import Table
from skx.resampling._votes import count_foreign


class BorderlineSMOTE(SMOTE):
    r"""SMOTE from the rows in danger: those with many neighbours of other classes.

    A row is in danger if at least half of its ``m_neighbors`` nearest rows, but not all
    of them, belong to other classes. Only such rows are bases of new ones, so the class
    grows where it meets the others; rows inside the class (safe) and rows alone among
    others (noise) breed nothing. Use it where the border is what the classifier gets
    wrong, and look at the score: in the user guide's table it ranks behind
    :class:`SMOTE` by ROC AUC. Of a class much rarer than the others few rows are in
    danger, since most count as noise. Like SMOTE it spoils predicted probabilities (see
    :class:`ResampledClassifier`) and depends on the scale of the columns.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes grow, and how far; as for :class:`SMOTE`.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. The same int gives the same rows for any ``n_jobs``, memory
        layout and container.
    k_neighbors : int or object, default=5
        Number of neighbours a partner is drawn from; more neighbours spread the new
        rows further from their bases. May be a search object, as for :class:`SMOTE`.
    m_neighbors : int or object, default=10
        Number of nearest rows of all classes that tell whether a row is in danger, at
        least 2; more neighbours look further around. May be a search object.
    kind : {"borderline-1", "borderline-2"}, default="borderline-1"
        Where partners come from. "borderline-1": the nearest rows of the class.
        "borderline-2": the nearest rows of all classes; towards a row of another class
        the new row stays in the nearer half of the way.
    small_class : {"raise", "shrink"}, default="raise"
        What to do where there are too few rows for the neighbours asked for: raise an
        error, or use all other rows. A class of one row always raises.
    on_empty : {"raise", "smote"}, default="raise"
        What to do with a class that has no row in danger: raise an error, or warn and
        over-sample it by SMOTE.
    n_jobs : int or None, default=None
        Number of threads for the searches and the interpolation; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of new rows.
    danger_indices_ : dict
        Class that grows to the row numbers in X of its rows in danger, ascending.
    parents_ : ndarray of shape (n_new, 2), int64
        Row numbers in X of base and partner of each new row, in output order.
    parent_weights_ : ndarray of shape (n_new, 2), float64
        Shares of base and partner: before rounding of integers, a new row is
        ``(parent_weights_[s, :, None] * X[parents_[s]]).sum(axis=0)``.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTE : New rows from all rows of a class.
    ADASYN : The more new rows, the more neighbours of other classes.
    ProWSyn : Shares by proximity to the other classes, none left out.

    Notes
    -----
    With :math:`h_i` the number of rows of other classes among the :math:`m` nearest
    rows of row :math:`i`, it is noise if :math:`h_i = m`, in danger if
    :math:`m/2 \le h_i < m`, and safe otherwise. Of several classes, all others count
    as foreign. Rows in danger are bases equally often, but for a random subset that
    serves once more. The share of the partner is uniform on [0, 1), towards another
    class on [0, 0.5) as in the paper; imbalanced-learn multiplies two uniform numbers
    there. It also returns a class without rows in danger as it was, without a word.

    The paper's second kind pairs a row with nearest rows of its class and with its
    nearest row of the other; here, as in imbalanced-learn, partners are the nearest
    rows of all classes together.

    Neighbours exclude the row itself by its number and break ties of distance by row
    number. Integers, missing values, sparse X, CuPy arrays and sample weights are
    treated as in :class:`SMOTE`; rows of weight 0 are nobody's neighbours.

    Cost: besides that of SMOTE, a search of the class's rows in all rows, each
    O(log n) in few dimensions and O(n d) at worst (always with NaN or sparse X).

    References
    ----------
    H. Han, W.-Y. Wang, B.-H. Mao, 2005, "Borderline-SMOTE: A New Over-Sampling Method
    in Imbalanced Data Sets Learning", Advances in Intelligent Computing (ICIC),
    878-887.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_classification
    >>> from skx.resampling import BorderlineSMOTE
    >>> X, y = make_classification(n_samples=200, weights=[0.8], random_state=0)
    >>> sampler = BorderlineSMOTE(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> np.bincount(y).tolist(), np.bincount(y_resampled).tolist()
    ([160, 40], [160, 160])
    >>> sampler.danger_indices_[1].size
    30
    >>> bool(np.isin(sampler.parents_[:, 0], sampler.danger_indices_[1]).all())
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **SMOTE._parameter_constraints,
        "m_neighbors": [
            # Of one neighbour, half is all: no row would be in danger.
            Interval(Integral, 2, None, closed="left"),
            HasMethods(["kneighbors", "kneighbors_graph"]),
        ],
        "kind": [StrOptions({"borderline-1", "borderline-2"})],
        "on_empty": [StrOptions({"raise", "smote"})],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: int | np.random.RandomState | None = None,
        k_neighbors: Any = 5,
        m_neighbors: Any = 10,
        kind: str = "borderline-1",
        small_class: str = "raise",
        on_empty: str = "raise",
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(
            sampling_strategy=sampling_strategy,
            random_state=random_state,
            k_neighbors=k_neighbors,
            small_class=small_class,
            n_jobs=n_jobs,
        )
        self.m_neighbors = m_neighbors
        self.kind = kind
        self.on_empty = on_empty

    def _runs_on_device(self, method: str) -> bool:
        return searches_there(self.k_neighbors, self.m_neighbors)

    def _synthesise(
        self, table: Table, labels: NDArray[Any], weights: Weights | None
    ) -> Offspring:
        self.danger_indices_: dict[Any, Rows] = {}
        return super()._synthesise(table, labels, weights)

    def _draw_parents(self, task: ClassTask) -> tuple[Rows, Weights]:
        if self.kind == "borderline-1":
            among, n_neighbors = task.rows, self._n_neighbors(task)
        else:
            among = task.eligible
            asked = asked_neighbors("k_neighbors", self.k_neighbors)
            n_neighbors = _usable_of_all(self, "k_neighbors", asked, task)
        danger = self._find_danger(task)
        self.danger_indices_[task.label] = task.rows[danger]
        if danger.shape[0] == 0:
            return super()._draw_parents(task)
        parents, shares, *_ = draw_pairs(
            task,
            lambda rows: find_neighbors(
                self.k_neighbors, task.X, n_neighbors, rows, among, self.n_jobs
            ),
            danger[draw_bases(danger.shape[0], task.n_new, task.draw)],
        )
        is_foreign = task.codes[parents[:, 1]] != task.code
        shares[is_foreign, 1] /= 2
        shares[is_foreign, 0] = 1 - shares[is_foreign, 1]
        return parents, shares

    def _find_danger(self, task: ClassTask) -> Rows:
        """Positions among the class's rows of those in danger; none may be an error."""
        asked = asked_neighbors("m_neighbors", self.m_neighbors)
        m = _usable_of_all(self, "m_neighbors", asked, task)
        n_foreign = _count_foreign(task, self.m_neighbors, m, self.n_jobs)
        is_noise = n_foreign == m
        danger = np.flatnonzero((2 * n_foreign >= m) & ~is_noise)
        if danger.shape[0] == 0:
            n_noise = np.count_nonzero(is_noise)
            _report_empty(
                self,
                f"Class {task.label!r} has no row to start from: 0 of its rows are in "
                f"danger, {n_foreign.shape[0] - n_noise} are safe (less than half of "
                f"their {m} nearest rows are of other classes) and {n_noise} are noise "
                "(all are).",
                "change m_neighbors",
            )
        return danger


class ADASYN(OverSampler):
    r"""Adaptive synthetic sampling: more new rows where other classes are near.

    A row of the class breeds new ones in proportion to the share of other classes among
    its ``n_neighbors`` nearest rows, its hardness; a row with none breeds none. Use it
    where the class is hard to tell apart in some regions only and labels can be
    trusted: mislabelled rows and outliers lie among other classes and breed most. In
    the user guide's table it ranks behind :class:`SMOTE`, which needs no such trust, by
    ROC AUC. Like SMOTE it spoils predicted probabilities (see
    :class:`ResampledClassifier`) and depends on the scale of the columns.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes grow, and how far; as for :class:`SMOTE`. The counts are met
        exactly.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. The same int gives the same rows for any ``n_jobs``, memory
        layout and container.
    n_neighbors : int or object, default=5
        Number of nearest rows of all classes that tell how hard a row is, and of
        nearest rows of the class that a partner is drawn from; more neighbours make
        hardness smoother and spread the new rows further. An object with ``kneighbors``
        and ``kneighbors_graph``, such as :class:`sklearn.neighbors.NearestNeighbors`,
        is cloned and searched instead; its ``n_neighbors`` counts the row itself, as in
        imbalanced-learn.
    small_class : {"raise", "shrink"}, default="raise"
        What to do with a class of at most ``n_neighbors`` rows: raise an error, or use
        all its other rows as neighbours. A class of one row always raises.
    on_empty : {"raise", "smote"}, default="raise"
        What to do with a class no row of which has a neighbour of another class: raise
        an error, or warn and use all rows equally often, which is SMOTE.
    n_jobs : int or None, default=None
        Number of threads for the searches and the interpolation; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of new rows.
    hardness_ : dict
        Class that grows to the hardness of its rows (of positive weight, if there are
        weights), ascending by row number: shares of other classes, float64.
    parents_ : ndarray of shape (n_new, 2), int64
        Row numbers in X of base and partner of each new row, in output order.
    parent_weights_ : ndarray of shape (n_new, 2), float64
        Shares of base and partner: before rounding of integers, a new row is
        ``(parent_weights_[s, :, None] * X[parents_[s]]).sum(axis=0)``.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTE : All rows of a class breed equally.
    BorderlineSMOTE : Only rows near the border breed, equally.
    ProWSyn : Shares by proximity to the other classes.

    Notes
    -----
    With :math:`r_i` the hardness of row :math:`i`, its part in the :math:`m` new rows
    of the class is :math:`g_i = m \, r_i / \sum_j r_j`. It breeds :math:`g_i` rows
    rounded down or up: the rows of one hardness together get their part rounded by
    largest remainders, and a random subset of them is rounded up. Integers decide, so
    the same rows come out on every platform. imbalanced-learn rounds each
    :math:`g_i` to the nearest integer, and class counts miss the target.

    The paper's amount, ``beta`` and the threshold on imbalance, is what
    ``sampling_strategy`` says. Of several classes, all others count as foreign.

    Neighbours exclude the row itself by its number and break ties of distance by row
    number. Integers, missing values, sparse X, CuPy arrays and sample weights are
    treated as in :class:`SMOTE`; rows of weight 0 are nobody's neighbours.

    Cost: besides that of SMOTE, a search of the class's rows in all rows, each
    O(log n) in few dimensions and O(n d) at worst (always with NaN or sparse X).

    References
    ----------
    H. He, Y. Bai, E. A. Garcia, S. Li, 2008, "ADASYN: Adaptive Synthetic Sampling
    Approach for Imbalanced Learning", International Joint Conference on Neural Networks
    (IJCNN), 1322-1328.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_classification
    >>> from skx.resampling import ADASYN
    >>> X, y = make_classification(n_samples=200, weights=[0.8], random_state=0)
    >>> sampler = ADASYN(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> np.bincount(y).tolist(), np.bincount(y_resampled).tolist()
    ([160, 40], [160, 160])
    >>> bred = np.bincount(sampler.parents_[:, 0], minlength=200)[y == 1]
    >>> for share in (0.0, 0.4, 0.8):
    ...     print(share, bred[sampler.hardness_[1] == share].mean().round(1))
    0.0 0.0
    0.4 2.2
    0.8 4.4
    """

    _parameter_constraints: ClassVar[dict] = {
        **OverSampler._parameter_constraints,
        "n_neighbors": [
            Interval(Integral, 1, None, closed="left"),
            HasMethods(["kneighbors", "kneighbors_graph"]),
        ],
        "small_class": [StrOptions({"raise", "shrink"})],
        "on_empty": [StrOptions({"raise", "smote"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: int | np.random.RandomState | None = None,
        n_neighbors: Any = 5,
        small_class: str = "raise",
        on_empty: str = "raise",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.n_neighbors = n_neighbors
        self.small_class = small_class
        self.on_empty = on_empty
        self.n_jobs = n_jobs

    def _runs_on_device(self, method: str) -> bool:
        return searches_there(self.n_neighbors)

    def _synthesise(
        self, table: Table, labels: NDArray[Any], weights: Weights | None
    ) -> Offspring:
        self.hardness_: dict[Any, NDArray[np.float64]] = {}
        return super()._synthesise(table, labels, weights)

    def _draw_parents(self, task: ClassTask) -> tuple[Rows, Weights]:
        asked = asked_neighbors("n_neighbors", self.n_neighbors)
        n_partners = usable_neighbors(self, "n_neighbors", asked, task)
        n_neighbors = _usable_of_all(self, "n_neighbors", asked, task)
        n_foreign = _count_foreign(task, self.n_neighbors, n_neighbors, self.n_jobs)
        self.hardness_[task.label] = n_foreign / n_neighbors
        if not n_foreign.any():
            _report_empty(
                self,
                f"Class {task.label!r} has no row to start from: none of its "
                f"{n_foreign.shape[0]} rows has a row of another class among its "
                f"{n_neighbors} nearest.",
                "raise n_neighbors",
            )
            n_foreign[:] = 1
        values, groups = np.unique(n_foreign, return_inverse=True)
        weights = (values * np.bincount(groups)).tolist()
        pairs = draw_pairs(
            task,
            lambda rows: find_neighbors(
                self.n_neighbors, task.X, n_partners, rows, task.rows, self.n_jobs
            ),
            draw_shared_bases(groups, weights, task.n_new, task.draw),
        )
        return pairs.parents, pairs.shares


def _usable_of_all(sampler: Any, parameter: str, asked: int, task: ClassTask) -> int:
    """How many neighbours a row has in all classes: ``asked``, or fewer if allowed."""
    n_rows = task.eligible.shape[0]
    if n_rows > asked:
        return asked
    if sampler.small_class == "shrink" and n_rows > 1:
        return n_rows - 1
    raise ValueError(
        f"X has {n_rows} samples (of positive weight, if there are weights), fewer "
        f"than {parameter} + 1 = {asked + 1}; lower {parameter} to {n_rows - 1}, or "
        "pass small_class='shrink'."
    )


def _count_foreign(
    task: ClassTask, search: Any, n_neighbors: int, n_jobs: int | None
) -> Rows:
    """Count the rows of other classes among the nearest rows of each of the class."""
    neighbors = find_neighbors(
        search, task.X, n_neighbors, task.rows, task.eligible, n_jobs
    )
    own = task.codes[task.rows]
    return to_numpy(count_foreign(look_up(task.codes, neighbors), like(task.X, own)))


def _report_empty(sampler: Any, finding: str, remedy: str) -> None:
    if sampler.on_empty == "smote":
        warnings.warn(
            f"{finding} It is over-sampled by SMOTE.", stacklevel=caller_level()
        )
        return
    raise ValueError(
        f"{finding} Use SMOTE for this class by on_empty='smote', {remedy}, or leave "
        "the class out of sampling_strategy."
    )
