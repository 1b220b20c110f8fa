# SPDX-License-Identifier: BSD-3-Clause
"""Rows of a pool, made ready for searches."""

import hashlib
from numbers import Integral
from os import PathLike

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_scalar

from skx._backend import on_host
from skx.active._greedy._anchors import (
    directions,
    inverse_lengths,
    nearest_directions,
)
from skx.active._greedy._reading import Positions, read_positions, read_rows


class PoolIndex:
    """Rows of a pool, ready to be searched for the most similar.

    One index serves several samplers and all rounds of a campaign, as long as the
    embeddings of the pool stay what they are: pass it to `AnchorSampler` as ``index``.
    The search is exact and looks at all rows, so that the index saves no more than
    their preparation; without one, `AnchorSampler` finds the same rows.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_dimensions), float
        Embeddings; finite and dense. Only directions count. Kept, not copied, where
        they are an array of floats in C order.

    Attributes
    ----------
    n_rows : int
        Number of rows, removed ones included.
    n_dimensions : int
        Number of columns.
    fingerprint : str
        Hash of the rows; the same for the same numbers of the same type.

    See Also
    --------
    AnchorSampler : Shows a sampler the neighbours of labelled rows.
    anchor_subpool : The most similar rows of arrays, without an index.

    Notes
    -----
    Similarities are cosines. A search is a product of matrices over blocks of rows,
    whose closest results are computed again in double precision; equal ones are ordered
    by position. ``save`` writes the fingerprint of the rows and which were removed, and
    not the rows: ``load`` takes them again, and refuses others.

    Clones of a sampler share its index. It lives on the host, where arrays of a device
    are copied to.

    Examples
    --------
    >>> from skx.active import PoolIndex
    >>> index = PoolIndex([[1.0, 0.0], [0.0, 1.0], [2.0, 0.2], [-1.0, 0.0]])
    >>> rows, cosines = index.query([[3.0, 0.0]], n_neighbors=2)
    >>> rows, cosines.round(3)
    (array([[0, 2]]), array([[1.   , 0.995]]))
    """

    @on_host
    def __init__(self, X: ArrayLike) -> None:
        self._rows = read_rows(X)
        self._scales = inverse_lengths(self._rows)
        self._is_left = np.ones(len(self._rows), np.bool_)
        self.n_rows, self.n_dimensions = self._rows.shape

    @property
    def fingerprint(self) -> str:
        """Hash of the rows."""
        state = hashlib.blake2b(digest_size=16)
        state.update(f"{self._rows.dtype.name} {self._rows.shape}".encode())
        state.update(self._rows.data.cast("B"))
        return state.hexdigest()

    @on_host
    def query(
        self, Q: ArrayLike, n_neighbors: int, *, exclude: ArrayLike | None = None
    ) -> tuple[Positions, NDArray[np.float64]]:
        """Find the rows most similar to each of some others.

        Parameters
        ----------
        Q : array-like of shape (n_queries, n_dimensions), float
            Rows whose neighbours are wanted; in the index or not.
        n_neighbors : int, at least 1
            Number of neighbours of each.
        exclude : array-like of positions or bool mask, default=None
            Rows of the index that are not wanted, such as those of Q.

        Returns
        -------
        rows : ndarray of shape (n_queries, n_neighbors), int64
            Positions of rows, best first, equal ones by position; fewer columns where
            fewer rows are left.
        cosines : ndarray of shape (n_queries, n_neighbors), float64
            How similar they are, from -1 to 1.
        """
        check_scalar(n_neighbors, "n_neighbors", Integral, min_val=1)
        queries = read_rows(Q, "Q")
        if queries.shape[1] != self.n_dimensions:
            raise ValueError(
                f"Q has {queries.shape[1]} columns but the index has "
                f"{self.n_dimensions}; pass rows of the same embedding."
            )
        wanted = self._is_left.copy()
        wanted[read_positions(exclude, self.n_rows, "exclude")] = False
        pool = np.flatnonzero(wanted)
        if not len(pool):
            none = np.empty((len(queries), 0))
            return none.astype(np.int64), none
        return nearest_directions(
            self._rows, self._scales, directions(queries), pool, int(n_neighbors)
        )

    @on_host
    def remove(self, rows: ArrayLike) -> "PoolIndex":
        """Leave rows out of all later searches.

        Parameters
        ----------
        rows : array-like of positions or bool mask
            Rows, such as those that are no longer there; others keep their positions.

        Returns
        -------
        self : PoolIndex
            The index.
        """
        self._is_left[read_positions(rows, self.n_rows, "rows")] = False
        return self

    @on_host
    def check_rows(self, X: ArrayLike) -> None:
        """Raise unless some rows are those of the index.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_dimensions), float
            Embeddings.

        Raises
        ------
        ValueError
            If they are others.
        """
        if not np.array_equal(read_rows(X), self._rows):
            raise ValueError(
                f"The index was made of {self._rows.shape} numbers, and X holds "
                "others. Make it of the embeddings of the pool, in their order, and "
                "pass those as embeddings= where a pipeline changes them from fit to "
                "fit."
            )

    def save(self, path: str | PathLike[str]) -> None:
        """Write what tells the rows, and which were removed, to a file.

        Parameters
        ----------
        path : str or path-like
            File, which NumPy can read without pickle.
        """
        with open(path, "wb") as file:
            np.savez(file, fingerprint=self.fingerprint, is_left=self._is_left)

    @classmethod
    @on_host
    def load(cls, path: str | PathLike[str], X: ArrayLike) -> "PoolIndex":
        """Read what `save` wrote, for the same rows.

        Parameters
        ----------
        path : str or path-like
            File.
        X : array-like of shape (n_rows, n_dimensions), float
            The rows that the index was made of.

        Returns
        -------
        index : PoolIndex
            The index as it was saved, removed rows left out.
        """
        index = cls(X)
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["fingerprint"]) != index.fingerprint:
                raise ValueError(
                    f"{path} was not made of these rows, whose fingerprint is "
                    f"{index.fingerprint}; pass the same numbers of the same type, or "
                    "make a new index."
                )
            index._is_left = stored["is_left"]
        return index

    def __sklearn_clone__(self) -> "PoolIndex":
        return self

    def __repr__(self) -> str:
        return f"<PoolIndex of {self.n_rows} rows, {self.n_dimensions} columns>"
