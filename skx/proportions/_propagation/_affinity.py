# SPDX-License-Identifier: BSD-3-Clause
"""Graphs of nearest neighbours."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.utils import check_array

from skx._backend import is_device_array
from skx._base.sklearn import Interval, StrOptions, validate_params
from skx._neighbors import nearest_rows
from skx._numba import map_pieces
from skx.proportions._device import read_rows
from skx.proportions._propagation import _device, _kernels

PIECE_ROWS = 16_384

Array = NDArray[np.float64]


@validate_params(
    {
        "X": ["array-like"],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "metric": [StrOptions({"cosine", "euclidean"})],
        "kernel": [StrOptions({"laplacian", "rbf", "constant"})],
        "length_scale": [
            Interval(Real, 0, None, closed="neither"),
            StrOptions({"median"}),
        ],
        "max_distance": [Interval(Real, 0, None, closed="left"), None],
        "n_jobs": [Integral, None],
    },
    prefer_skip_nested_validation=True,
)
def neighbor_affinity(
    X: ArrayLike,
    *,
    n_neighbors: int = 5,
    metric: str = "cosine",
    kernel: str = "laplacian",
    length_scale: float | str = 1.0,
    max_distance: float | None = None,
    n_jobs: int | None = None,
) -> sparse.csr_array:
    """Build the graph of rows and their nearest neighbours, weighted by a kernel.

    Two rows have an edge if either is among the nearest of the other. The graph is what
    `propagate_labels` smooths over; it helps where neighbours tend to share their
    label. Scale columns before: distances add them up as they are.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Rows; finite numbers.
    n_neighbors : int >= 1, default=5
        Neighbours to look for, below n_samples. More edges smooth more.
    metric : {"cosine", "euclidean"}, default="cosine"
        By what rows are near. A row of zeros has no direction, and so no neighbours by
        cosine.
    kernel : {"laplacian", "rbf", "constant"}, default="laplacian"
        Affinity at Euclidean distance d, whatever the metric: exp(-d / length_scale),
        exp(-(d / length_scale)**2 / 2) or 1.
    length_scale : float > 0 or "median", default=1.0
        Distance at which affinity falls; "median" takes the median distance along the
        edges. Smaller leaves only the edges between close rows.
    max_distance : float >= 0 or None, default=None
        Longest distance of neighbours, in the metric: 1 - cosine, or Euclidean.
    n_jobs : int or None, default=None
        Threads of the search, in scikit-learn's meaning.

    Returns
    -------
    affinity : csr_array of shape (n_samples, n_samples), float64
        Symmetric, with sorted indices and without a diagonal.

    See Also
    --------
    propagate_labels : What the graph is for.
    sklearn.neighbors.kneighbors_graph : Directed, with distances.

    Notes
    -----
    Nearest by cosine is nearest by Euclidean distance of rows of unit length, which
    trees find. Equal distances are ordered by row number, so that the graph depends on
    the data alone.

    Of CuPy arrays neighbours and distances are found on the device, by comparing all
    pairs of rows; the graph, which is small beside them, is made on the host.

    Examples
    --------
    >>> from skx.proportions import neighbor_affinity
    >>> X = [[1.0, 0.0], [2.0, 0.1], [0.0, 1.0], [0.1, 1.0]]
    >>> neighbor_affinity(X, n_neighbors=1).toarray().round(2)
    array([[0.  , 0.37, 0.  , 0.  ],
           [0.37, 0.  , 0.  , 0.  ],
           [0.  , 0.  , 0.  , 0.9 ],
           [0.  , 0.  , 0.9 , 0.  ]])
    """
    table = _read(X)
    n_rows = table.shape[0]
    if n_neighbors >= n_rows:
        raise ValueError(
            f"n_neighbors is {n_neighbors}, but there are {n_rows} rows; expected at "
            f"most {n_rows - 1}."
        )
    is_there = is_device_array(table)
    rows = np.arange(n_rows)
    points = table
    if metric == "cosine":
        points, rows = (_device.unit_rows if is_there else _unit_rows)(table)
    neighbors = np.full((n_rows, n_neighbors), -1, np.int64)
    wanted = min(n_neighbors, rows.shape[0] - 1)
    if wanted > 0:
        if is_there:
            found, lengths = _device.nearest_rows(points, wanted)
        else:
            found = nearest_rows(points, wanted, n_jobs=n_jobs)
        if max_distance is not None:
            if not is_there:
                distances = _distances(points, found, metric)
            elif metric == "cosine":
                distances = lengths**2 / 2
            else:
                distances = lengths
            found[distances > max_distance] = -1
        neighbors[rows, :wanted] = np.where(found < 0, -1, rows[found])
    indptr, indices = _kernels.join_neighbors(neighbors)
    data = np.ones(indices.shape[0])
    if kernel != "constant":
        if is_there:
            data = _device.edge_distances(table, indptr, indices)
        else:
            write_distances(table, indptr, indices, data)
        scale = length_scale
        if length_scale == "median":
            scale = (np.median(data) if data.shape[0] else 0.0) or 1.0
        data /= scale
        np.exp(-data if kernel == "laplacian" else -0.5 * data**2, out=data)
    if indices.shape[0] < 2**31:
        indptr = indptr.astype(np.int32)
    affinity = sparse.csr_array((data, indices, indptr), shape=(n_rows, n_rows))
    affinity.has_canonical_format = True
    return affinity


def _read(X: Any) -> Any:
    if not is_device_array(X):
        return check_array(
            X, dtype=np.float64, input_name="X", order="C", ensure_min_samples=2
        )
    table = read_rows(X)
    if table.shape[0] < 2:
        raise ValueError("X has 1 row; a graph needs 2 at least.")
    return table


def _unit_rows(table: Array) -> tuple[Array, NDArray[np.intp]]:
    """Return rows of length 1, and which rows of the table they are: all but zeros."""
    # Scaled first, so that squares neither overflow nor vanish.
    largest = np.abs(table).max(axis=1)
    rows = np.flatnonzero(largest)
    points = table[rows] / largest[rows, None]
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points, rows


def _distances(points: Array, found: NDArray[np.int64], metric: str) -> Array:
    """Return the distances of rows to those found, in the metric."""
    out = np.empty(found.shape)
    for h in range(found.shape[1]):
        squares = np.square(points - points[found[:, h]]).sum(axis=1)
        out[:, h] = squares / 2 if metric == "cosine" else np.sqrt(squares)
    return out


def write_distances(
    X: NDArray[np.float64],
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    out: NDArray[np.float64],
) -> None:
    """Write the Euclidean distances of the ends of the edges of a graph."""
    pieces = [
        slice(start, min(start + PIECE_ROWS, X.shape[0]))
        for start in range(0, X.shape[0], PIECE_ROWS)
    ]

    def call(piece: slice) -> None:
        _kernels.edge_distances(X, indptr, indices, piece.start, piece.stop, out)

    map_pieces(call, pieces)
