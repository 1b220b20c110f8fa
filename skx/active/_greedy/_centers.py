# SPDX-License-Identifier: BSD-3-Clause
"""Rows that are far from each other and from those that are there."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.preprocessing import normalize

from skx._backend import is_device_array, on_host
from skx._base.sklearn import Interval, StrOptions, validate_params
from skx._numba import for_each_chunk
from skx.active._greedy import _device, _kernels
from skx.active._greedy._draws import best_rows
from skx.active._greedy._reading import (
    Positions,
    read_numbers,
    read_positions,
    read_rows,
    row_nearest_to_mean,
    usable_count,
)
from skx.active._greedy._sparse import track_nearest_sparse

N_PROBES, LEAST_STEP = 512, 64
MIN_GROUPED = 64  # centres below which rows try them one after the other
BLOCK_ROWS = 512  # the least that a thread takes
GRAIN_CELLS = 2**27  # entries of rows times centres below which there is one


@validate_params(
    {
        "X": ["array-like", "sparse matrix"],
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "initial": ["array-like", None],
        "metric": [StrOptions({"euclidean", "cosine"})],
        "coverage": [Interval(Real, 0, 1, closed="right")],
    },
    prefer_skip_nested_validation=True,
)
def k_center_greedy(
    X: ArrayLike,
    n_samples: int,
    *,
    initial: ArrayLike | None = None,
    metric: str = "euclidean",
    coverage: float = 1.0,
) -> Positions:
    """Pick rows so that no row is far from all that were picked.

    Again and again the row that is farthest from the labelled ones and from those
    picked before. Use it to cover a pool before there is a model, or on embeddings of
    one (core-set approach). It goes for the edge of the data, outliers first, and
    knows nothing of classes: :func:`prob_cover_greedy` and :func:`typicality` look for
    the middle, :func:`badge_greedy` for rows that are uncertain too. Columns should be
    scaled alike.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features), float
        Rows or their embeddings; finite. Sparse rows stay sparse.
    n_samples : int, at least 1
        Number of rows to pick.
    initial : array-like of positions or bool mask, default=None
        Rows that are there already, such as the labelled ones. With None or none, the
        first pick is the row nearest to the mean.
    metric : {"euclidean", "cosine"}, default="euclidean"
        Distance of rows, or of rows that are scaled to length 1.
    coverage : float in (0, 1], default=1.0
        Share of the rows that are to be near a pick. Below 1, the farthest of the
        others count as outliers, and each pick is the farthest row but those.

    Returns
    -------
    indices : ndarray of shape (n_samples,), int64
        Positions in X in the order of picks; equally far rows by position. If fewer
        rows can be picked, all of them, with a warning.

    See Also
    --------
    greedy_distance : The same for regression, with predictions.

    Notes
    -----
    The farthest distance of any row to its nearest pick is at most twice the least that
    is possible, with ``coverage=1``. Below, ``int((1 - coverage) * n)`` of the n rows
    without those of ``initial`` are passed over, anew at each pick, and once no others
    are left, the nearest of them come first; all distances to picks are computed.

    Distances are computed directly, hence those of near copies too, in the
    precision of ``X``, and only for rows that the distance to earlier centres leaves in
    the running: the picks are those of the full search, in less time. Beyond ``X`` it
    needs three numbers per row. Of sparse rows all distances are computed, in double
    precision, from products of a sparse and a dense row.

    CuPy arrays stay on the device, where all distances to a pick are computed at once.

    References
    ----------
    T. F. Gonzalez (1985). Clustering to minimize the maximum intercluster distance.
    Theoretical Computer Science 38, 293-306.

    O. Sener, S. Savarese (2018). Active learning for convolutional neural networks: A
    core-set approach. ICLR.

    Examples
    --------
    >>> from skx.active import k_center_greedy
    >>> X = [[0.0], [1.0], [2.0], [10.0], [11.0]]
    >>> k_center_greedy(X, 2, initial=[0])
    array([4, 2])
    """
    rows = read_rows(X, accept_sparse=True)
    centres = read_positions(initial, rows.shape[0], "initial")
    if metric == "cosine":
        rows = unit_rows(rows)
    n_free = rows.shape[0] - centres.shape[0]
    n_picks = usable_count(n_samples, n_free)
    return pick_centers(rows, n_picks, centres, coverage)[0]


@on_host(positions=True)
@validate_params(
    {
        "X": ["array-like"],
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "initial": ["array-like", None],
        "y_pred": ["array-like", None],
        "y": ["array-like", None],
        "method": [StrOptions({"gsx", "gsy", "igs"})],
    },
    prefer_skip_nested_validation=True,
)
def greedy_distance(
    X: ArrayLike,
    n_samples: int,
    *,
    initial: ArrayLike | None = None,
    y_pred: ArrayLike | None = None,
    y: ArrayLike | None = None,
    method: str = "gsx",
) -> Positions:
    """Pick rows that are far from labelled ones in X, in the target or in both.

    Greedy sampling for regression. Without a model use "gsx"; with one "igs" is the
    better choice, as it also looks for targets that are not there yet. All go for the
    edge, so remove outliers first.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), float
        Rows, labelled or not; finite, columns scaled alike.
    n_samples : int, at least 1
        Number of rows to pick.
    initial : array-like of positions or bool mask, default=None
        Labelled rows. "gsy" and "igs" need at least one; without any, "gsx" begins
        with the row nearest to the mean.
    y_pred : array-like of shape (n_samples,), default=None
        What a model fitted to the labelled rows predicts for all; for "gsy" and "igs".
    y : array-like of shape (n_samples,), default=None
        Targets, of which those of labelled rows are looked at; others may be NaN. For
        "gsy" and "igs".
    method : {"gsx", "gsy", "igs"}, default="gsx"
        Which distance to the nearest labelled row is to be large: of X, between
        prediction and target, or the product of both.

    Returns
    -------
    indices : ndarray of shape (n_samples,), int64
        Positions in X in the order of picks; equally far rows by position. If fewer
        rows can be picked, all of them, with a warning.

    See Also
    --------
    k_center_greedy : The same as "gsx", in the precision of X.
    d_optimal_greedy : Rows that a linear model learns most from.

    Notes
    -----
    A row that was picked counts as labelled with its prediction. The minimum over
    labelled rows is of the product, not the product of the minima. Time is at most
    that of all distances between rows and centres, and memory linear in the rows.

    References
    ----------
    D. Wu, C.-T. Lin, J. Huang (2019). Active learning for regression using greedy
    sampling. Information Sciences 474, 90-105.

    Examples
    --------
    >>> from skx.active import greedy_distance
    >>> X, y_pred, y = [[0.0], [1.0], [4.0]], [0.0, 9.0, 1.0], [0.0, None, None]
    >>> greedy_distance(X, 1, initial=[0])
    array([2])
    >>> greedy_distance(X, 1, initial=[0], y_pred=y_pred, y=y, method="igs")
    array([1])
    """
    rows = np.asarray(read_rows(X), np.float64)
    n_rows = rows.shape[0]
    centres = read_positions(initial, n_rows, "initial")
    n_picks = usable_count(n_samples, n_rows - centres.shape[0])
    if method == "gsx":
        return pick_farthest(rows, n_picks, centres)[0]
    if y_pred is None or y is None or not centres.shape[0]:
        raise ValueError(
            f"method={method!r} compares predictions with targets of labelled rows; "
            "pass y_pred, y and at least one row in initial, or use method='gsx'."
        )
    predicted = read_numbers(y_pred, n_rows, "y_pred")
    given = np.asarray(y)
    if given.shape != (n_rows,):
        raise ValueError(
            f"y has the shape {given.shape} but X has {n_rows} rows; give one target "
            "per row, NaN where there is none."
        )
    targets = given[centres].astype(np.float64)
    if not np.isfinite(targets).all():
        row = centres[np.flatnonzero(~np.isfinite(targets))[0]]
        raise ValueError(
            f"y[{row}] is {given[row]} but row {row} is in initial; expected the "
            "target of each row in initial. Take rows without one out of it."
        )
    if method == "gsy":
        return pick_farthest(predicted[:, None], n_picks, centres, targets[:, None])[0]
    return pick_farthest(rows, n_picks, centres, rows[centres], predicted, targets)[0]


def unit_rows(X: Any) -> Any:
    """Scale rows to length 1; those of length 0 stay."""
    return _device.unit_rows(X) if is_device_array(X) else normalize(X)


def pick_centers(
    X: Any, n_picks: int, initial: Positions, coverage: float
) -> tuple[Positions, NDArray[np.float64]]:
    """Pick the farthest rows that are no outliers one by one, and their distances."""
    n_outliers = int((1.0 - coverage) * (X.shape[0] - initial.shape[0]) + 1e-9)
    if n_outliers:
        return pick_far(X, n_picks, initial, n_outliers)
    return pick_farthest(X, n_picks, initial)


def pick_farthest(
    X: Any,
    n_picks: int,
    initial: Positions,
    centres: NDArray[np.floating] | None = None,
    y: NDArray[np.float64] | None = None,
    targets: NDArray[np.float64] | None = None,
) -> tuple[Positions, NDArray[np.float64]]:
    """Pick the farthest rows one by one; return them and their distances.

    ``initial`` cannot be picked and stand for themselves, or for ``centres``. With
    ``y`` and ``targets`` distances are multiplied by those of targets.
    """
    if sparse.issparse(X) or is_device_array(X):
        return pick_far(X, n_picks, initial, 0)
    n, n_given = X.shape[0], initial.shape[0]
    bound = np.full(n, np.inf, X.dtype)
    bound[initial] = _kernels.REMOVED
    room: Any = np.empty((n_given + n_picks, X.shape[1]), X.dtype)
    room[:n_given] = X[initial] if centres is None else centres
    known = np.empty(room.shape[0] if y is not None else 0, X.dtype)
    if y is not None:
        known[:n_given] = targets
    picks, squares = np.empty(n_picks, np.int64), np.empty(n_picks)
    n_done = 0
    if not n_given and n_picks:
        picks[0], squares[0] = row_nearest_to_mean(X), np.inf
        bound[picks[0]] = _kernels.REMOVED
        room[0] = X[picks[0]]
        n_done = 1
    data = X, y, room, known
    seen = np.zeros(n, np.int32)
    step = max(LEAST_STEP, n // N_PROBES)
    # The first time has most to do: later ones go on where it stopped.
    grain = grain_of_all = GRAIN_CELLS // max(1, room.size)
    least = np.nextafter(X.dtype.type(0), X.dtype.type(1))
    groups = None
    if n_given >= MIN_GROUPED and y is None:
        groups = *_group_centres(room[:n_given]), np.full(n, -1, np.int32)
    while n_done < n_picks:
        # About as many rows as are wanted are at least as far as the last of the
        # farthest of some. Only those are measured in full, until they are picked.
        n_farthest = 1 + 3 * min(n_picks - n_done, n // 8) // (2 * step)
        limit = _kernels.farthest_of_some(
            *data,
            n_given + n_done,
            least,
            n_done % step,
            step,
            bound,
            seen,
            np.empty(n_farthest, X.dtype),
        )
        _lower_bounds(data, n_given + n_done, limit, bound, seen, groups, grain)
        grain = 8 * grain_of_all
        rows = np.flatnonzero(bound >= limit)
        if not rows.size:  # copies of centres are left
            limit = X.dtype.type(0)
            rows = np.flatnonzero(bound >= limit)
        n_done = _kernels.farthest_first(
            *data, n_given, limit, rows, bound, seen, picks, squares, n_done
        )
    return picks, np.sqrt(squares)


def _lower_bounds(
    data: tuple[Any, ...],
    n_centres: int,
    limit: Any,
    bound: Any,
    seen: Any,
    groups: tuple[Any, ...] | None,
    grain: int,
) -> None:
    """Bring bounds up to date in threads; each row's own does not depend on others."""
    n = bound.shape[0]
    X, _, room, _ = data

    def lower(first: int, last: int) -> None:
        start, stop = first * BLOCK_ROWS, min(last * BLOCK_ROWS, n)
        if groups is not None:
            pivots, halves, *members, nearest = groups
            if nearest[start] < 0:
                _kernels.find_pivots(X, pivots, halves, start, stop, nearest)
            near = *members, nearest
            _kernels.try_near_centres(X, room, *near, limit, start, stop, bound)
        _kernels.lower_bounds(*data, n_centres, limit, start, stop, bound, seen)

    for_each_chunk(lower, -(-n // BLOCK_ROWS), -1, grain=1 + grain // BLOCK_ROWS)


def _group_centres(centres: NDArray[np.floating]) -> tuple[Any, ...]:
    """Return pivots among centres and half their squared lengths, and centres by pivot.

    These begin with the pivot, at the places that come last. Most rows are below the
    limit once they have tried some of one group.
    """
    m = centres.shape[0]
    n_pivots = round(2.0 * np.sqrt(m))
    rows, owners = np.empty(n_pivots, np.int64), np.empty(m, np.int64)
    gaps = np.empty(m, centres.dtype)
    _kernels.spread_pivots(centres, rows, owners, gaps)
    pivots = centres[rows]
    members = np.lexsort((gaps, owners))
    starts = np.searchsorted(owners[members], np.arange(n_pivots + 1))
    return pivots, 0.5 * np.einsum("ij,ij->i", pivots, pivots), members, starts


def pick_far(
    X: Any, n_picks: int, initial: Positions, n_passed: int
) -> tuple[Positions, NDArray[np.float64]]:
    """Pick the farthest row but n_passed one by one; return them and their distances.

    Rows are in the order of falling distance, equal ones by position; where no more
    than n_passed are left, the last one is picked.
    """
    if is_device_array(X):
        return _pick_tracked(_device.Nearest(X), n_picks, initial, n_passed)
    nearest = Nearest(*_track_nearest(X, initial.shape[0] + n_picks))
    return _pick_tracked(nearest, n_picks, initial, n_passed)


class Nearest:
    """Squared distances of rows to the nearest centre; -1 of rows that are removed."""

    def __init__(
        self, X: Any, squares: NDArray[np.floating], add_centre: Callable[[int], None]
    ) -> None:
        self.X, self.squares, self.add_centre = X, squares, add_centre

    def remove(self, rows: Positions) -> None:
        """Leave rows out."""
        self.squares[rows] = _kernels.REMOVED

    def farthest(self, rank: int) -> tuple[int, float]:
        """Return the row of this rank, the first of equal ones, and its distance."""
        row = np.argmax(self.squares)
        if rank:
            row = best_rows(self.squares.astype(np.float64), rank + 1)[rank]
        return int(row), self.squares[row]


def _pick_tracked(
    nearest: Any, n_picks: int, initial: Positions, n_passed: int
) -> tuple[Positions, NDArray[np.float64]]:
    """Pick the farthest row but n_passed, make it a centre, and again."""
    for row in initial:
        nearest.add_centre(row)
    nearest.remove(initial)
    n_left = nearest.X.shape[0] - initial.shape[0]
    picks, squares = np.empty(n_picks, np.int64), np.empty(n_picks)
    for b in range(n_picks):
        if b == 0 and not initial.shape[0]:
            picks[0], squares[0] = row_nearest_to_mean(nearest.X), np.inf
        else:
            picks[b], squares[b] = nearest.farthest(min(n_passed, n_left - b - 1))
        nearest.add_centre(picks[b])
        nearest.remove(picks[b : b + 1])
    return picks, np.sqrt(squares)


def _track_nearest(
    X: Any, n_centres: int
) -> tuple[Any, NDArray[np.floating], Callable[[int], None]]:
    """Return X, squared distances to the nearest centre, and what adds a centre."""
    if sparse.issparse(X):
        return X, *track_nearest_sparse(X)
    nearest = np.full(X.shape[0], np.inf, X.dtype)
    owners = np.full(X.shape[0], -1, np.int32)
    room = np.empty((n_centres, X.shape[1]), X.dtype)
    places = iter(range(n_centres))

    def add_centre(row: int) -> None:
        k = next(places)
        room[k] = X[row]
        _kernels.assign_rows(X, room, k, nearest, owners)

    return X, nearest, add_centre


def pick_largest_clusters(
    X: Any, n_picks: int, initial: Positions
) -> tuple[Positions, NDArray[np.float64]]:
    """Pick the farthest row of the heaviest cluster, one by one (LCMD).

    Clusters are of the rows nearest to one of ``initial`` and of the picks; they weigh
    the sum of squared distances. Without ``initial`` the first pick is the row nearest
    to the mean. Returns the distances of picks to the nearest centre too.
    D. Holzmüller, V. Zaverkin, J. Kästner, I. Steinwart (2023), A framework and
    benchmark for deep batch active learning for regression, JMLR 24.
    """
    if is_device_array(X):
        return _pick_tracked(_device.Clusters(X), n_picks, initial, 0)
    n = X.shape[0]
    picks, squares = np.empty(n_picks, np.int64), np.empty(n_picks)
    start = 0
    if not initial.shape[0] and n_picks:
        picks[0], squares[0] = row_nearest_to_mean(X), np.inf
        start, initial = 1, picks[:1]
    room = np.empty((initial.shape[0] + n_picks - start, X.shape[1]), X.dtype)
    room[: initial.shape[0]] = X[initial]
    taken = np.zeros(n, np.bool_)
    taken[initial] = True
    _kernels.largest_cluster_first(
        X,
        room,
        initial.shape[0],
        np.full(n, np.inf, X.dtype),
        np.full(n, -1, np.int32),
        taken,
        picks[start:],
        squares[start:],
    )
    return picks, np.sqrt(squares)
