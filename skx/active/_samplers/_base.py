# SPDX-License-Identifier: BSD-3-Clause
"""What samplers share: fit to rows with a label, ask about rows without."""

import warnings
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_regressor
from sklearn.utils import check_scalar, indexable
from sklearn.utils.validation import check_is_fitted

from skx._backend import is_device_array, like, namespace_of, to_host, to_numpy
from skx._base.sklearn import count_rows
from skx._caller import caller_level
from skx.active._device import joined, take_rows
from skx.active._greedy._draws import best_rows
from skx.active._greedy._reading import Positions
from skx.active._samplers._copies import Hashes, hash_rows
from skx.active._samplers._pool import Pool, PoolModel, Scores


class PoolSampler(PoolModel):
    """Base of samplers: fits a model to labelled rows, and picks others to label."""

    def query(
        self,
        X: Any = None,
        *,
        n_samples: int = 1,
        candidates: ArrayLike | None = None,
        exclude: ArrayLike | None = None,
        embeddings: ArrayLike | None = None,
        deduplicate: bool = False,
        return_scores: bool = False,
    ) -> Any:
        """Pick the rows to label next.

        Nothing of the sampler changes: the same call gives the same rows, until there
        are more labels and `fit` is called with them.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_rows, n_features) or \
None, default=None
            Rows to pick from, none of which has a label. None: those of `fit` that had
            none.
        n_samples : int, at least 1, default=1
            Number of rows to pick.
        candidates : array-like of positions or bool mask, default=None
            Rows that can be picked; all that have no label if None.
        exclude : array-like of positions or bool mask, default=None
            Rows that are not to be picked, such as those somebody is labelling now.
        embeddings : array-like of shape (n_rows, n_dimensions), default=None
            Embeddings of X, if `fit` was given some and they are looked at.
        deduplicate : bool, default=False
            Whether to leave out rows that hold the same as a row with a label, or as
            one that comes before them and can be picked: of copies, the first is asked
            about. Embeddings are not looked at.
        return_scores : bool, default=False
            Whether to return scores too.

        Returns
        -------
        indices : ndarray of shape (n_samples,), int64
            Positions in X, or in X of `fit`, best first: of pandas objects the rows
            ``iloc[indices]``. If fewer rows can be picked, all of them, with a warning.
        scores : ndarray of shape (n_samples,), float64
            What made the rows be picked, NaN for samplers that have no scores; only if
            ``return_scores``.
        """
        check_is_fitted(self)
        if isinstance(X, Integral):
            raise TypeError(
                f"X is {X}, but it holds the rows to pick from, if they are not those "
                f"of fit. For {X} rows say query(n_samples={X})."
            )
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        pool = self._open_pool(X, candidates, exclude, embeddings)
        if deduplicate:
            pool = pool.among(self._without_copies(pool))
        n_free = len(pool.candidates)
        _warn_of_few(
            n_samples,
            n_free,
            "All rows of fit have a label; none is NaN, None or NA."
            if X is None and self._labeled.all()
            else "",
        )
        rows, scores = np.empty(0, np.int64), np.empty(0)
        if n_free:
            rows, scores = self._pick(pool, min(int(n_samples), n_free))
        return (rows, like(pool.X, scores)) if return_scores else rows

    def query_blocks(
        self, blocks: Iterable[Any], *, n_samples: int = 1, return_scores: bool = False
    ) -> Any:
        """Pick the rows to label next from a pool that comes in blocks.

        For pools that are not in memory at once: parts of a file, of a table or of an
        array of another library. The rows are those of `query` for the whole pool.

        Parameters
        ----------
        blocks : iterable of {array-like, sparse matrix, dataframe}
            Rows to pick from, of shape (n_rows, n_features), none of which has a label;
            read once, from the first to the last, and one at a time.
        n_samples : int, at least 1, default=1
            Number of rows to pick.
        return_scores : bool, default=False
            Whether to return scores too.

        Returns
        -------
        indices : ndarray of shape (n_samples,), int64
            Positions of the rows, counted through all blocks, best first. If there are
            fewer rows, all of them, with a warning.
        scores : ndarray of shape (n_samples,), float64
            What made the rows be picked; only if ``return_scores``.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        rows, scores, n_rows = self._pick_from_blocks(
            ((start, self._in_place(X)) for start, X in _read_blocks(blocks)),
            int(n_samples),
        )
        _warn_of_few(n_samples, n_rows)
        return (rows, scores) if return_scores else rows

    def _pick_from_blocks(
        self, blocks: Iterator[tuple[int, Any]], n_picks: int
    ) -> tuple[Positions, Scores, int]:
        """Return positions, scores and the number of rows of blocks and their starts.

        There may be fewer rows than n_picks.
        """
        raise NotImplementedError(
            f"{type(self).__name__} looks at all rows of a pool together, and these "
            "come in blocks. Put it into SubsetSampler, which shows it a part of them, "
            "or pass the whole pool, such as a memory map, to query."
        )

    @abstractmethod
    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        """Return positions in the pool's X, and scores; 0 < n_picks <= candidates."""

    def _without_copies(self, pool: Pool) -> Positions:
        """Return candidates that are copies of no labelled row, nor of one before."""
        hashes = self._hash_rows(pool.X, pool.candidates)
        _, first = np.unique(hashes, return_index=True)
        known = self._hash_rows(self._X, np.flatnonzero(self._labeled))
        return pool.candidates[first[~np.isin(hashes[first], known)]]

    def _hash_rows(self, X: Any, rows: Positions) -> Hashes:
        X = take_rows(X, rows)
        return hash_rows(to_host(X, "deduplicate") if is_device_array(X) else X)


class PointSampler(PoolSampler):
    """Base of samplers that score rows one by one, and pick the best."""

    def score_samples(self, X: Any) -> Scores:
        """Return what a label of each row is worth.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_samples,), float64
            The higher, the earlier the row should be labelled.
        """
        self._model()
        (X,) = indexable(X)
        scores = self._score_pool(Pool(X, None, np.arange(count_rows(X)), False))
        return like(X, scores) if is_device_array(X) else scores

    @abstractmethod
    def _score(self, X: Any) -> Scores:
        """Return scores of a few rows."""

    def _score_pool(self, pool: Pool) -> Scores:
        pool = pool.shown_to(self._predictor())
        return joined([self._score(X) for X in pool.chunks()])

    def _pick_from_blocks(
        self, blocks: Iterator[tuple[int, Any]], n_picks: int
    ) -> tuple[Positions, Scores, int]:
        rows, scores, n_rows = np.empty(0, np.int64), np.empty(0), 0
        for start, X in blocks:
            n_rows = start + count_rows(X)
            found = self._score_pool(Pool(X, None, np.arange(n_rows - start), False))
            new = best_rows(found, min(n_picks, n_rows - start))
            # Of equal scores the first is the best: rows of earlier blocks come first.
            rows = np.concatenate([rows, start + new])
            scores = np.concatenate([scores, to_numpy(take_rows(found, new))])
            best = best_rows(scores, min(n_picks, len(scores)))
            rows, scores = rows[best], scores[best]
        return rows, scores, n_rows

    def _pick(self, pool: Pool, n_picks: int) -> tuple[Positions, Scores]:
        scores = self._score_pool(pool)
        best = best_rows(scores, n_picks)
        worth = to_numpy(take_rows(scores, best))
        level = float(worth[-1])
        n_level = int(namespace_of(scores).count_nonzero(scores == level))
        if n_picks < len(pool.candidates) < 2 * n_level:
            advice = (
                "StochasticBatchSampler draws among them."
                if is_regressor(self)
                else "A classifier whose probabilities are all near 0 and 1 should be "
                "calibrated first."
            )
            warnings.warn(
                f"{n_level} of {len(pool.candidates)} rows that can be picked have the "
                f"score {level:.6g}, and are picked by position. {advice}",
                UserWarning,
                stacklevel=caller_level(),
            )
        return pool.candidates[best], worth


def _read_blocks(blocks: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Yield the position of the first row of each block, and its rows."""
    if hasattr(blocks, "shape"):
        raise TypeError(
            f"blocks is a single {type(blocks).__name__}; give an iterable of them, or "
            "pass it to query."
        )
    start = 0
    for block in blocks:
        (X,) = indexable(block)
        n_rows = count_rows(X)
        if n_rows:
            yield start, X
            start += n_rows


def _warn_of_few(n_samples: int, n_rows: int, why: str = "") -> None:
    if n_samples > n_rows:
        warnings.warn(
            f"n_samples={n_samples} but only {n_rows} rows can be picked; all of them "
            f"are returned. {why}".rstrip(),
            UserWarning,
            stacklevel=caller_level(),
        )
