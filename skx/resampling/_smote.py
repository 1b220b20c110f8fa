# SPDX-License-Identifier: BSD-3-Clause
"""SMOTE: synthetic rows between neighbours of the same class."""

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, ClassVar, NamedTuple

import numpy as np
from sklearn.base import clone

from skx._backend import like, to_numpy
from skx._base.sklearn import HasMethods, Interval, StrOptions
from skx._neighbors import nearest_rows
from skx.resampling._apportion import apportion
from skx.resampling._base import (
    ClassDraw,
    ClassTask,
    OverSampler,
    Rows,
    Weights,
    interpolate,
)
from skx.resampling._device import searches_there
from skx.resampling._rows import copy_rows
from skx.resampling._strategy import Strategy

# What the draws of a class are for.
PARTNER, GAP, EXTRA_BASES = range(3)


class SMOTE(OverSampler):
    """Synthetic minority over-sampling: new rows between neighbours of one class.

    For each new row, a base row of the class, one of its ``k_neighbors`` nearest
    neighbours within the class and a point between the two are drawn. Use it where a
    class is rare and a classifier ignores it at its default threshold. It changes the
    class shares, so predicted probabilities need calibration afterwards (see
    :class:`ResampledClassifier`); for ranking by logistic regression or boosted trees
    it rarely helps. Distances are those of the raw columns: put a scaler first.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes grow, and how far.

        - str: every class named grows to the size of the largest one: "minority",
          "not minority", "not majority", "all"; "auto" means "not majority".
        - dict: class to number of samples after resampling, at least the present one.
        - float in (0, 1]: share of the largest class that the smaller one reaches; two
          classes only.
        - callable: takes y and returns such a dict.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. The same int gives the same rows for any ``n_jobs``, memory
        layout and container.
    k_neighbors : int or object, default=5
        Number of neighbours a partner is drawn from; more neighbours spread the new
        rows further from their bases. An object with ``kneighbors`` and
        ``kneighbors_graph``, such as :class:`sklearn.neighbors.NearestNeighbors`, is
        cloned and searched instead; its ``n_neighbors`` counts the row itself, as in
        imbalanced-learn.
    small_class : {"raise", "shrink"}, default="raise"
        What to do with a class of at most ``k_neighbors`` rows: raise an error, or use
        all its other rows as neighbours. A class of one row always raises.
    n_jobs : int or None, default=None
        Number of threads for the search and the interpolation; None means 1, -1 all.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of new rows.
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
    ResampledClassifier : Resample inside ``fit`` of a scikit-learn estimator.

    Notes
    -----
    Base rows are balanced: each serves equally often, but for a random subset that
    serves once more, as in the paper; imbalanced-learn draws them with replacement.
    Neighbours exclude the row itself by its number and break ties of distance by row
    number, so duplicates are harmless. Each class has its own random numbers.

    Integer and boolean columns are interpolated in float64, rounded half to even and
    stay between the parents. A new row is missing (NaN) where its base is; where only
    the partner is, it takes the base's value. Distances with missing values are
    nan-Euclidean. Sparse X stays sparse, with the union of the parents' patterns.
    Distances are float64: beside a column of 1e150 times its spread, another column
    does not count.

    CuPy arrays are computed on the device and stay there, with the rows that the host
    makes of the same numbers; fitted attributes are NumPy arrays. Arrays with missing
    values are copied to the host, with a warning, as are all if ``k_neighbors`` is a
    search object of another library than cuML.

    With ``sample_weight``, rows of weight 0 take no part; the others are bases equally
    often and pass their weights on, so that the weighted distribution of the class is
    kept. Drawing bases by weight as well would count the weights twice.

    Cost: a kd-tree search over each class, O(n_c log n_c) in few dimensions and
    O(n_c^2 d) at worst (always with NaN or sparse X), plus O(n_new d).

    References
    ----------
    N. V. Chawla, K. W. Bowyer, L. O. Hall, W. P. Kegelmeyer, 2002, "SMOTE: Synthetic
    Minority Over-sampling Technique", Journal of Artificial Intelligence Research 16,
    321-357, algorithm of section 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_classification
    >>> from skx.resampling import SMOTE
    >>> X, y = make_classification(n_samples=200, weights=[0.9], random_state=0)
    >>> sampler = SMOTE(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> np.bincount(y).tolist(), np.bincount(y_resampled).tolist()
    ([180, 20], [180, 180])
    >>> base, partner = sampler.parents_[0]
    >>> share = sampler.parent_weights_[0, 1]
    >>> np.allclose(X_resampled[200], X[base] + share * (X[partner] - X[base]))
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **OverSampler._parameter_constraints,
        "k_neighbors": [
            Interval(Integral, 1, None, closed="left"),
            HasMethods(["kneighbors", "kneighbors_graph"]),
        ],
        "small_class": [StrOptions({"raise", "shrink"})],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: int | np.random.RandomState | None = None,
        k_neighbors: Any = 5,
        small_class: str = "raise",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.small_class = small_class
        self.n_jobs = n_jobs

    def _runs_on_device(self, method: str) -> bool:
        return searches_there(self.k_neighbors)

    def _draw_parents(self, task: ClassTask) -> tuple[Rows, Weights]:
        n_neighbors = self._n_neighbors(task)
        pairs = draw_pairs(
            task, lambda rows: self._class_neighbors(task, rows, n_neighbors)
        )
        return pairs.parents, pairs.shares

    def _n_neighbors(self, task: ClassTask) -> int:
        asked = asked_neighbors("k_neighbors", self.k_neighbors)
        return usable_neighbors(self, "k_neighbors", asked, task)

    def _class_neighbors(self, task: ClassTask, queries: Rows, n_neighbors: int) -> Any:
        """Find the nearest rows of the class to some rows of it."""
        return find_neighbors(
            self.k_neighbors, task.X, n_neighbors, queries, task.rows, self.n_jobs
        )


def asked_neighbors(parameter: str, value: Any) -> int:
    """How many neighbours a parameter asks for: it is a number or a search object."""
    if not hasattr(value, "kneighbors"):
        return int(value)
    # imbalanced-learn's convention: the object counts the row itself.
    asked = value.n_neighbors - 1
    if asked < 1:
        raise ValueError(
            f"{parameter} searches n_neighbors={asked + 1}, which counts the "
            "row itself and leaves no neighbour; give it 2 or more."
        )
    return asked


def usable_neighbors(sampler: Any, parameter: str, asked: int, task: ClassTask) -> int:
    """How many neighbours a class can give: ``asked``, or fewer if it may shrink.

    ``parameter`` is the name of the sampler's parameter, for error texts.
    """
    require_two_rows(sampler, task)
    n_rows = task.rows.shape[0]
    if n_rows > asked:
        return int(asked)
    if sampler.small_class == "shrink":
        return n_rows - 1
    raise ValueError(
        f"Class {task.label!r} has {n_rows} samples, fewer than {parameter} + 1 = "
        f"{asked + 1}; lower {parameter} to {n_rows - 1}, pass "
        "small_class='shrink', or use RandomOverSampler for this class."
    )


def require_two_rows(sampler: Any, task: ClassTask) -> None:
    """Refuse a class of a single row, or of none that counts."""
    n_rows = task.rows.shape[0]
    if n_rows < 2:
        rows = "sample" if n_rows == 1 else "samples"
        raise ValueError(
            f"Class {task.label!r} has {n_rows} {rows} (of positive weight, if there "
            f"are weights), but {type(sampler).__name__} draws new ones between two; "
            "use RandomOverSampler for this class or leave it out of "
            "sampling_strategy."
        )


class Pairs(NamedTuple):
    """Base and partner of each of m new rows, and where the partner was found.

    parents (m, 2) int64: rows of X; shares (m, 2) float64; bases (q,) int64: the rows
    that are bases, ascending; neighbors (q, k) int64: the nearest rows of each;
    position (m,) and rank (m,) int64: the partner's place in it.
    """

    parents: Rows
    shares: Weights
    bases: Rows
    neighbors: Rows
    position: Rows
    rank: Rows


def draw_pairs(
    task: ClassTask, search: Callable[[Rows], Any], bases: Rows | None = None
) -> Pairs:
    """Draw a row of a class, a neighbour and a place between them for each new row.

    ``search`` finds the neighbours of some rows of the class; ``bases`` (m,) are
    positions among its rows, by default as :func:`draw_bases` draws them.
    """
    n_rows = task.rows.shape[0]
    if bases is None:
        bases = draw_bases(n_rows, task.n_new, task.draw)
    # Only rows that are drawn as bases are asked for their neighbours.
    is_base = np.bincount(bases, minlength=n_rows) > 0
    position = (np.cumsum(is_base) - 1)[bases]
    neighbors = to_numpy(search(task.rows[is_base]))
    rank = task.draw.below(PARTNER, task.n_new, neighbors.shape[1])
    gaps = task.draw.uniform(GAP, task.n_new)
    parents = np.column_stack([task.rows[bases], neighbors[position, rank]])
    shares = np.column_stack([1.0 - gaps, gaps])
    return Pairs(parents, shares, task.rows[is_base], neighbors, position, rank)


def sample_between(
    task: ClassTask, n_neighbors: int, out: Any, n_jobs: int | None
) -> tuple[Any, Pairs]:
    """Make rows of a class between neighbours: in ``out`` unless X is sparse."""

    def search(rows: Rows) -> Any:
        return nearest_rows(
            task.X, n_neighbors, queries=rows, among=task.rows, n_jobs=n_jobs
        )

    pairs = draw_pairs(task, search)
    shares = pairs.shares.astype(task.X.dtype, copy=False)
    values = interpolate(task.X, pairs.parents, shares, out, n_jobs)
    return values, pairs._replace(shares=shares.astype(np.float64, copy=False))


def draw_bases(n_rows: int, n_new: int, draw: ClassDraw) -> Rows:
    """Choose bases: each row n_new // n_rows times, a random subset once more."""
    keys = draw.bits(EXTRA_BASES, n_rows)
    extra = np.sort(np.argsort(keys, kind="stable")[: n_new % n_rows])
    return np.concatenate([np.tile(np.arange(n_rows), n_new // n_rows), extra])


def draw_shared_bases(
    groups: Rows, weights: Sequence[int], n_new: int, draw: ClassDraw
) -> Rows:
    """Choose bases so that groups of rows get shares of the new ones by weight.

    groups (n_rows,): number of each row's group, none without rows; weights: one for
    each group. Shares are rounded by largest remainders. Within a group each row serves
    equally often, a random subset once more.
    """
    parts = [n_new * weight for weight in weights]
    counts = np.array(apportion(parts, sum(weights), n_new))
    sizes = np.bincount(groups)
    order = np.lexsort([draw.bits(EXTRA_BASES, groups.shape[0]), groups])
    rank = np.empty_like(order)  # within the group, at random
    rank[order] = np.arange(order.shape[0]) - (np.cumsum(sizes) - sizes)[groups[order]]
    often = (counts // sizes)[groups] + (rank < (counts % sizes)[groups])
    return np.repeat(np.arange(groups.shape[0]), often)


def find_neighbors(
    search: Any,
    X: Any,
    n_neighbors: int,
    queries: Rows,
    among: Rows,
    n_jobs: int | None,
) -> Any:
    """Find the nearest rows ``among`` some to ``queries``, which are among them.

    ``search`` is a number, or the user's own search object. Returns their numbers
    (q, k) int64 where X lives.
    """
    if not hasattr(search, "kneighbors"):
        return nearest_rows(X, n_neighbors, queries=queries, among=among, n_jobs=n_jobs)
    rows, places = copy_rows(X, among), np.searchsorted(among, queries)
    asking = copy_rows(rows, places)
    found = to_numpy(
        clone(search)
        .fit(rows)
        .kneighbors(asking, n_neighbors=n_neighbors + 1, return_distance=False)
    )
    # Among duplicates the row may be anywhere, or not there at all.
    is_other = found != places[:, np.newaxis]
    is_other[is_other.all(axis=1), -1] = False
    return like(X, among[found[is_other].reshape(places.shape[0], n_neighbors)])
