# SPDX-License-Identifier: BSD-3-Clause
"""A part of the pool: the neighbours of labelled rows of all classes."""

from functools import partial
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.cluster import kmeans_plusplus

from skx._backend import to_numpy
from skx._base.sklearn import Interval, StrOptions
from skx.active._device import take_rows
from skx.active._greedy._anchors import (
    directions,
    inverse_lengths,
    most_similar,
    nearest_directions,
)
from skx.active._greedy._reading import Positions
from skx.active._index import PoolIndex
from skx.active._samplers._pool import Pool, Scores
from skx.active._samplers._wrapper import WrapperSampler


class AnchorSampler(WrapperSampler):
    """Shows a sampler the rows that are most similar to labelled ones.

    For pools on which predictions take too long: a few labelled rows of each class, the
    anchors, bring in their neighbours, and the sampler looks at these only. As all
    classes have as many anchors, the part holds more rows of rare classes than the
    pool. It pays for models that are slow, such as large ensembles. Use the sampler
    alone where the model is fast, linear ones above all: on tables, it found as many
    rare rows as margin on the whole pool, and models were rather worse.

    Parameters
    ----------
    sampler : sampler
        Picks rows among the neighbours.
    n_anchors : int, at least 1, default=10
        Number of anchors per class, or all rows of a class that has fewer.
    n_neighbors : int, at least 1, default=50
        Number of rows that each anchor brings in. Doubled until there are
        ``n_samples`` in all.
    subpool_size : int, at least 1, default=10_000
        Most rows to show to the sampler, or ``n_samples`` if that is more: those most
        similar to the anchors that brought them in.
    anchor_strategy : {"k-means++", "random", "all"}, default="k-means++"
        How to choose the anchors of a class: far from each other, at random, or all
        its labelled rows, whatever ``n_anchors``.
    index : PoolIndex or None, default=None
        Index of the embeddings of all rows of the pool, to search in. None: they are
        prepared in each query; rows are the same.
    random_state : int, RandomState instance or None, default=None
        Seed of the choice of anchors; an int gives the same rows every time.

    Attributes
    ----------
    sampler_ : sampler
        The fitted sampler.
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
    anchor_subpool : The search behind it, for arrays.
    SubsetSampler : Shows a sampler a random part of the pool.
    ColdStartSampler : Finds the first labels, without which there are no anchors.

    Notes
    -----
    Similarities are cosines of rows as the last step of a pipeline sees them, so put a
    scaler before it, or of ``embeddings``; the search is exact. The rows of the part
    are ranked by their mean similarity to the anchors that brought them in, so that a
    row close to one anchor comes before one fairly close to many. Without a
    classifier, labelled rows form one class. The choice of anchors depends on the seed
    and on the number of rows with a label.

    ``anchor_strategy="all"`` is the method of Coleman et al., who bring in 100
    neighbours of all labelled rows.

    Beyond the embeddings, memory for a block of similarities is enough.

    CuPy arrays stay on the device, where neighbours are searched unless there is an
    ``index``; the sampler does with them what its own page says.

    References
    ----------
    P. Lesci, A. Vlachos (2024). AnchorAL: Computationally efficient active learning for
    large and imbalanced datasets. NAACL.

    C. Coleman, E. Chou, J. Katz-Samuels, S. Culatana, P. Bailis, A. C. Berg, R. Nowak,
    R. Sumbaly, M. Zaharia, I. Z. Yalniz (2022). Similarity search for efficient active
    learning and search of rare concepts. AAAI.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import AnchorSampler, UncertaintySampler
    >>> X, y = load_iris(return_X_y=True)
    >>> y[np.arange(150) % 10 > 0] = -1
    >>> inner = UncertaintySampler(LogisticRegression())
    >>> sampler = AnchorSampler(inner, n_anchors=2, n_neighbors=9, random_state=0)
    >>> sampler.fit(X, y).query(n_samples=5).shape
    (5,)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **WrapperSampler._parameter_constraints,
        "n_anchors": [Interval(Integral, 1, None, closed="left")],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "subpool_size": [Interval(Integral, 1, None, closed="left")],
        "anchor_strategy": [StrOptions({"k-means++", "random", "all"})],
        "index": [PoolIndex, None],
        "random_state": ["random_state"],
    }

    _keeps_device: ClassVar[bool] = True

    def __init__(
        self,
        sampler: Any,
        *,
        n_anchors: int = 10,
        n_neighbors: int = 50,
        subpool_size: int = 10_000,
        anchor_strategy: str = "k-means++",
        index: PoolIndex | None = None,
        random_state: int | RandomState | None = None,
    ) -> None:
        self.sampler = sampler
        self.n_anchors = n_anchors
        self.n_neighbors = n_neighbors
        self.subpool_size = subpool_size
        self.anchor_strategy = anchor_strategy
        self.index = index
        self.random_state = random_state

    def _runs_on_device(self, method: str) -> bool:
        return self.index is None and super()._runs_on_device(method)

    def _fit_wrapped(self, y: Any, params: dict[str, Any]) -> None:
        if not self.n_labeled_:
            raise ValueError(
                f"y has no label in {len(self._labeled)} rows, and AnchorSampler "
                "searches around those that have one. Begin with ColdStartSampler "
                "around it."
            )
        super()._fit_wrapped(y, params)

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        if self.index is None:
            rows, known = self._embed_pool(pool)
            labeled = to_numpy(take_rows(rows, known))
            anchors = labeled[self._choose_anchors(labeled)]
            n_rows = rows.shape[0]
            places = np.delete(np.arange(n_rows), known)
            position = np.empty(n_rows, np.int64)
            position[places] = pool.candidates
            search = partial(
                nearest_directions,
                rows,
                inverse_lengths(rows),
                directions(anchors),
                places,
            )
        else:
            self.index.check_rows(self._embed(pool.X, pool.embeddings))
            known = np.flatnonzero(self._labeled)
            labeled = self._embed_rows(self._X, self._embeddings, known)
            labeled = to_numpy(labeled)
            anchors = labeled[self._choose_anchors(labeled)]
            position = np.arange(self.index.n_rows)
            others = np.delete(position, pool.candidates)
            search = partial(self.index.query, anchors, exclude=others)
        n_neighbors = self.n_neighbors
        while True:
            near, cosines = search(n_neighbors=n_neighbors)
            found, _ = most_similar(near, cosines, max(self.subpool_size, n_picks))
            if len(found) >= n_picks or near.shape[1] < n_neighbors:
                return self._ask(self.sampler_, pool.among(position[found]), n_picks)
            n_neighbors *= 2

    def _choose_anchors(self, labeled: NDArray[np.floating]) -> Positions:
        """Return places of labelled rows, about as many of each class."""
        if self.anchor_strategy == "all":
            return np.arange(len(labeled))
        units = directions(labeled)
        rng = RandomState(self._draw_seed())
        codes = np.zeros(len(units), np.int64)
        if is_classifier(self):
            codes = np.unique(self._labels, return_inverse=True)[1]
        chosen = []
        for code in range(codes.max() + 1):
            members = np.flatnonzero(codes == code)
            if len(members) > self.n_anchors:
                if self.anchor_strategy == "random":
                    picks = rng.choice(len(members), self.n_anchors, replace=False)
                else:
                    _, picks = kmeans_plusplus(
                        units[members], self.n_anchors, random_state=rng
                    )
                members = members[np.unique(picks)]
            chosen.append(members)
        return np.concatenate(chosen)
