# SPDX-License-Identifier: BSD-3-Clause
"""The sampler of a campaign, fitted to what has been answered."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_regressor
from sklearn.utils import indexable

from skx._base.sklearn import count_rows
from skx.active._campaign._answers import plain_array
from skx.active._campaign._rows import RowKeys, hash_rows
from skx.active._crowd import MajorityVote
from skx.active._greedy._reading import Positions
from skx.active._samplers._copies import first_of_copies

Told = Sequence[tuple[int, str, Any]]  # row, annotator and label of each answer
Fitted = tuple[Any, Any]  # labels of rows, and the sampler that was fitted to them


class Learner:
    """Fits a sampler to answers, whoever gave them."""

    def __init__(
        self,
        sampler: Any,
        X: Any,
        embeddings: Any,
        *,
        seed: int,
        classes: list[Any] | None,
        copies: Positions | None,
    ) -> None:
        (self.X,) = indexable(X)
        self._sampler = sampler
        self._embeddings = embeddings
        self._seed = seed
        self._classes = classes
        self._copies = copies  # for each row the first that holds the same
        self.fitted: Fitted | None = None

    def settled_rows(self, taken: Positions) -> Positions:
        """Return rows that were taken, and those that are copies of any before them."""
        if self._copies is None:
            return taken
        return np.flatnonzero(
            np.isin(self._copies, self._copies[taken])
            | (self._copies != np.arange(len(self._copies)))
        )

    def labels(self, told: Told) -> tuple[Positions, NDArray[Any]]:
        """Return rows with a label, told of them or of a copy, and the labels."""
        rows, labels = self._one_each(told)
        if self._copies is None or not len(rows):
            return rows, labels
        order = np.argsort(rows)
        rows, labels = rows[order], labels[order]
        firsts, places = np.unique(self._copies[rows], return_index=True)
        copies = np.flatnonzero(np.isin(self._copies, firsts))
        source = places[np.searchsorted(firsts, self._copies[copies])]
        source[np.isin(copies, rows)] = np.arange(len(rows))
        return copies, labels[source]

    def fit(self, told: Told) -> Any:
        """Return the fitted sampler; the same one for the same answers."""
        if self.fitted is None or self.fitted[0] != _state(*self.labels(told)):
            self.fitted = self.fit_anew(told)
        return self.fitted[1]

    def fit_anew(self, told: Told) -> Fitted:
        """Return the labels of rows and a sampler fitted to them; change nothing."""
        rows, labels = self.labels(told)
        n_rows = count_rows(self.X)
        y = np.full(n_rows, np.nan)
        if len(labels):
            y = np.zeros(n_rows, labels.dtype)
            y[rows] = labels
        labeled = np.zeros(n_rows, np.bool_)
        labeled[rows] = True
        params = {} if self._embeddings is None else {"embeddings": self._embeddings}
        sampler = _with_seed(clone(self._sampler), self._seed)
        try:
            sampler.fit(self.X, y, labeled=labeled, **params)
        except ValueError as error:
            if len(set(labels.tolist())) > 1:
                raise
            told_what = "no label" if not len(labels) else "labels of one class only"
            raise ValueError(
                f"The campaign has {told_what} and {type(sampler).__name__} could "
                f"not be fitted: {error} Put it into ColdStartSampler, which begins "
                "without a model, or tell() some labels of each class first."
            ) from error
        return _state(rows, labels), sampler

    def _one_each(self, told: Told) -> tuple[Positions, NDArray[Any]]:
        """Return rows with answers, and one label of each."""
        rows = np.array([row for row, _, _ in told], np.int64)
        if not len(rows):
            return rows, np.empty(0)
        labels = [label for _, _, label in told]
        if len(np.unique(rows)) == len(rows):
            return rows, plain_array(labels)
        if is_regressor(self._sampler):
            found, places = np.unique(rows, return_inverse=True)
            return found, np.bincount(places, labels) / np.bincount(places)
        votes = MajorityVote(classes=self._classes).fit(
            labels, items=rows, annotators=[who for _, who, _ in told]
        )
        return votes.items_, votes.labels_


def _state(rows: Positions, labels: NDArray[Any]) -> tuple[bytes, list[Any]]:
    return rows.tobytes(), labels.tolist()


def find_copies(X: Any, keys: RowKeys) -> Positions:
    """Return for each row the first that holds the same, beside their ids."""
    if not keys.has_ids:
        return first_of_copies(keys.hashes)
    if keys.id_column is not None:
        X = X[[name for name in X.columns if name != keys.id_column]]
    return first_of_copies(hash_rows(X))


def _with_seed(sampler: Any, seed: int) -> Any:
    """Give a seed to whatever draws and has none."""
    open_seeds = sorted(
        name
        for name, value in sampler.get_params(deep=True).items()
        if name.split("__")[-1] == "random_state" and value is None
    )
    seeds = np.random.SeedSequence(seed).generate_state(len(open_seeds)) >> 1
    return sampler.set_params(**dict(zip(open_seeds, seeds.tolist(), strict=True)))
