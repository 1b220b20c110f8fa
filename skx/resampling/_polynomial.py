# SPDX-License-Identifier: BSD-3-Clause
"""Polynomial fitting SMOTE: new rows on lines and curves through a class."""

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from skx._base.sklearn import Interval, StrOptions
from skx.resampling._base import (
    ClassTask,
    Offspring,
    OverSampler,
    Rows,
    Weights,
    interpolate,
    open_complete,
    settle_outside,
)
from skx.resampling._smote import draw_bases, require_two_rows
from skx.resampling._strategy import Strategy
from skx.resampling._tables import Table

# What the draws of a class are for, beside those of SMOTE.
POSITION = 3
# Differences below this part of the spread are rounding errors of linear algebra.
TIED = 1e-9


class PolynomialFitSMOTE(OverSampler):
    """Polynomial fitting SMOTE: new rows on lines and curves through a class.

    New rows are on the segments from each row to the mean of the class ("star"), on the
    line that joins all rows in their order along the main direction of the class
    ("bus"), or on a smooth curve through the class ("poly"). No neighbours are
    searched, so it is fast. All three look at the class as one piece: where it consists
    of several clusters, they fill the room between these, and SMOTE is the better
    choice. Columns need a common scale for "bus" and "poly": put a scaler first.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Which classes grow, and how far; see :class:`SMOTE`.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. "star" and "bus" only draw which rows or segments get one
        new row more than others; "poly" draws the places on the curve.
    topology : {"star", "bus", "poly"}, default="star"
        The lines or curve that new rows are put on.
    degree : int >= 1, default=2
        Degree of the curve of "poly"; a class of n rows takes n - 1 at most. 1 is a
        straight line; high degrees swing widely at the ends.

    Attributes
    ----------
    sampling_strategy_ : dict
        Class to number of new rows.
    parents_ : ndarray of shape (n_new, 1) or (n_new, 2), int64
        Row numbers in X. "star": the row that the new one is moved from towards the
        mean. "bus": the two rows that it lies between. "poly": the row whose place on
        the curve is nearest.
    parent_weights_ : ndarray of shape (n_new, 2), float64
        Only for "bus": shares of the two rows in the new one.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,), object
        Column names, if X has string ones.

    See Also
    --------
    SMOTE : New rows between two neighbours.

    Notes
    -----
    Let the class have n rows. "star": a row that gets g new ones gets them at 1 / (g +
    1), ..., g / (g + 1) of the way to the class mean. "bus": so does each of the n - 1
    segments between rows that follow each other along the first principal axis. g is
    equal for all, but for a random subset that gets one more. "poly": a polynomial of
    the rank along the axis is fitted to each column by least squares; new rows are its
    values at random places between the first and the last rank, one place for all
    columns.

    The row that reaches furthest from the mean along the axis is its end. Equal places
    along the axis are ordered by row number. If several directions are principal, the
    axis is the one of them that points to the row furthest from the mean in their span.

    Departures from the paper and from smote-variants: the paper's fourth topology,
    "mesh", is left out. smote-variants joins rows in the order of the table for "bus"
    and orders them by the mean of their columns for "poly"; there it also draws a place
    for each column, so that new rows are not on the curve. It rounds the number of new
    rows to a multiple of n for "star" and of n - 1 for "bus"; here it is met exactly.

    Integer and boolean columns are rounded half to even and stay between the least and
    the greatest value of their class. Missing values and sparse matrices are refused; a
    pandas frame of sparse columns is computed densely. With ``sample_weight``, rows of
    weight 0 take no part; all others count equally for mean, axis and curve. A new row
    has the weight of its parent, or the mean of two by their shares.

    Cost: O((n_c + n_new) d) for "star"; "bus" and "poly" add O(n_c d min(n_c, d)) for
    the axis.

    References
    ----------
    S. Gazzah, N. E. B. Amara, 2008, "New Oversampling Approaches Based on Polynomial
    Fitting for Imbalanced Data Sets", 8th IAPR International Workshop on Document
    Analysis Systems, 677-684.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.resampling import PolynomialFitSMOTE
    >>> X = np.array([[0.0, 0], [4, 0], [5, 9], [9, 9], [9, 8], [8, 9], [7, 7], [8, 8]])
    >>> y = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    >>> sampler = PolynomialFitSMOTE(sampling_strategy={1: 6})
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> X_resampled[8:]  # halfway to the mean (3, 3)
    array([[1.5, 1.5],
           [3.5, 1.5],
           [4. , 6. ]])
    """

    _parameter_constraints: ClassVar[dict] = {
        **OverSampler._parameter_constraints,
        "topology": [StrOptions({"star", "bus", "poly"})],
        "degree": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: int | np.random.RandomState | None = None,
        topology: str = "star",
        degree: int = 2,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.topology = topology
        self.degree = degree

    def _open(self, X: Any) -> Table:
        return open_complete(X, self)

    def _sample_class(self, task: ClassTask, out: Any) -> Offspring:
        require_two_rows(self, task)
        rows = np.ascontiguousarray(task.X[task.rows], np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            if self.topology == "star":
                born = _move_to_mean(task, rows, out)
            elif self.topology == "bus":
                born = _join_in_order(task, rows, out)
            else:
                born = _follow_curve(task, rows, self.degree, out)
        settle_outside(task, out)
        return born

    def _join(self, litters: list[Offspring], table: Table, room: Any) -> Offspring:
        born = super()._join(litters, table, room)
        if self.topology == "bus":
            return born
        return born._replace(parents=born.parents[:, :1], shares=None)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.allow_nan = False
        return tags


def _move_to_mean(task: ClassTask, rows: NDArray[np.float64], out: Any) -> Offspring:
    bases, shares = _spread(task, rows.shape[0])
    ends = np.vstack([rows, rows.mean(axis=0)])
    pairs = np.column_stack([bases, np.full(task.n_new, rows.shape[0])])
    interpolate(ends, pairs, shares, out, None)
    return Offspring(out, task.rows[bases][:, np.newaxis])


def _join_in_order(task: ClassTask, rows: NDArray[np.float64], out: Any) -> Offspring:
    order = _order_along_axis(rows)
    segments, shares = _spread(task, rows.shape[0] - 1)
    pairs = np.column_stack([order[segments], order[segments + 1]])
    interpolate(rows, pairs, shares, out, None)
    return Offspring(out, task.rows[pairs], shares)


def _follow_curve(
    task: ClassTask, rows: NDArray[np.float64], degree: int, out: Any
) -> Offspring:
    last = rows.shape[0] - 1
    order = _order_along_axis(rows)
    places = task.draw.uniform(POSITION, task.n_new)
    middle = rows.mean(axis=0)
    curve = legendre.legfit(
        np.linspace(-1, 1, last + 1), rows[order] - middle, min(degree, last)
    )
    out[:] = legendre.legval(2 * places - 1, curve).T + middle
    nearest = np.ceil(places * last - 0.5).astype(np.int64)
    return Offspring(out, task.rows[order[nearest]][:, np.newaxis])


def _spread(task: ClassTask, n_places: int) -> tuple[Rows, Weights]:
    """Share new rows out among places: the place of each, and how far along it is.

    A place that gets g rows gets them at 1 / (g + 1), ..., g / (g + 1) of its length;
    the shares (n_new, 2) are those of its start and its end.
    """
    places = draw_bases(n_places, task.n_new, task.draw)
    gained = np.bincount(places, minlength=n_places)
    step = 1 + np.arange(task.n_new) // n_places
    along = step / (gained[places] + 1)
    return places, np.column_stack([1 - along, along])


def _order_along_axis(rows: NDArray[np.float64]) -> Rows:
    """Order rows along their first principal axis, equal ones by their number."""
    rows = _to_unit_range(rows)
    rows = rows - rows[0]  # leaves nothing of equal rows, wherever they are
    rows = _to_unit_range(rows - rows.mean(axis=0))
    if not rows.any():
        return np.arange(rows.shape[0])
    if rows.shape[0] < rows.shape[1]:
        strengths, vectors = np.linalg.eigh(rows @ rows.T)
        projected = vectors * np.sqrt(np.maximum(strengths, 0))
    else:
        strengths, vectors = np.linalg.eigh(rows.T @ rows)
        projected = rows @ vectors
    projected = projected[:, strengths >= (1 - TIED) * strengths[-1]]
    # Signs, and axes of equal strength, are settled by the row furthest out.
    reach = np.square(projected).sum(axis=1)
    end = projected[np.argmax(reach >= (1 - TIED) * reach.max())]
    along = projected @ end
    return np.argsort(np.round(along / np.abs(along).max() / TIED), kind="stable")


def _to_unit_range(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide by the largest number, so that squares are neither infinite nor 0."""
    largest = np.abs(rows).max()
    return rows / largest if largest > 0 else rows
