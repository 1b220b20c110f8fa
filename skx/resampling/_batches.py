# SPDX-License-Identifier: BSD-3-Clause
"""Row numbers for training loops: batches by temperature, and random subsets."""

from collections.abc import Callable, Iterator
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skx._backend import on_host
from skx._random import draw_seed
from skx.resampling._base import ClassDraw, Rows
from skx.resampling._temperature import (
    check_temperature,
    read_groups,
    rows_by_group,
    temperature_shares,
)

Schedule = float | Callable[[float], float]

# Draws of a batch.
ORDER_OF_GROUPS, OFFSET, ORDER_OF_ROWS = range(3)


@on_host
def temperature_batches(
    y: ArrayLike,
    batch_size: int,
    n_batches: int,
    *,
    schedule: Schedule | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> Iterator[Rows]:
    r"""Draw batches in which small groups weigh more at first and less in the end.

    For loops around ``partial_fit``, or around the training step of any other library.
    A high temperature makes the small groups learn fast and overfits them if it lasts,
    so the default schedule lowers it ("Cooldown"). For models fitted on all rows at
    once use :func:`temperature_weights` or :class:`TemperatureSampler`.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Group of each row: class, language, tenant or the like; none missing.
    batch_size : int
        Number of rows in a batch, at least 1.
    n_batches : int
        Number of batches, at least 0.
    schedule : float, callable or None, default=None
        Temperature, in (0, inf]: 1 samples groups by size, inf equally. A callable gets
        the progress, number of batches drawn so far over ``n_batches``, and returns the
        temperature of the next batch. None is 5 during the first quarter, then 1.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Yields
    ------
    rows : ndarray of shape (batch_size,), int64
        Row numbers in random order.

    Raises
    ------
    ValueError
        If y does not hold one group per row, or a number is out of its range; for the
        schedule, when its turn comes.

    See Also
    --------
    iter_subsets : Random subsets of all rows, one for each epoch.
    temperature_weights : The same expected loss by weights.

    Notes
    -----
    A batch holds :math:`b \, p_g` rows of group :math:`g`, :math:`b` the size of the
    batch and :math:`p_g` the group's share at the temperature, rounded down or up at
    random so that the mean is exact. Drawing each row on its own, as in the paper, has
    the same mean and more noise. Rows of a group come in random order, each once before
    any comes again.

    That the temperature falls is from the paper; the values 5 and 1 and the single step
    after a quarter are choices made here.

    Cost: O(n_samples log n_samples) whenever a group is used up and shuffled again, and
    O(batch_size + n_groups) for a batch, up to logarithms.

    References
    ----------
    T. Li, H. Xu, W. Tan, K. Murray, D. Khashabi, 2025, "Upsample or Upweight? Balanced
    Training on Heavily Imbalanced Datasets", Proceedings of NAACL.

    Examples
    --------
    >>> import numpy as np
    >>> from skx.resampling import temperature_batches
    >>> y = np.repeat(["de", "is"], [1000, 10])
    >>> for rows in temperature_batches(y, 100, 4, random_state=0):
    ...     print((y[rows] == "is").sum())
    28
    1
    1
    1
    """
    _check_whole(batch_size, "batch_size", 1)
    _check_whole(n_batches, "n_batches", 0)
    if not callable(schedule) and schedule is not None:
        check_temperature(schedule, "schedule")
    _, codes, counts = read_groups(y, "y")
    return _deal_batches(
        codes, counts, batch_size, n_batches, schedule, draw_seed(random_state)
    )


def _deal_batches(
    codes: Rows,
    counts: Rows,
    batch_size: int,
    n_batches: int,
    schedule: Schedule | None,
    seed: np.uint64,
) -> Iterator[Rows]:
    decks = [
        _Deck(rows, ClassDraw(seed, g))
        for g, rows in enumerate(rows_by_group(codes, counts))
    ]
    shares: dict[float, NDArray[np.float64]] = {}
    for step in range(n_batches):
        temperature = _temperature_at(schedule, step, n_batches)
        if temperature not in shares:
            shares[temperature] = np.array(
                temperature_shares(counts.tolist(), temperature), np.float64
            )
        draw = ClassDraw(seed, len(decks) + step)
        sizes = _round_at_random(batch_size * shares[temperature], batch_size, draw)
        rows = np.concatenate(
            [decks[g].deal(int(sizes[g])) for g in np.flatnonzero(sizes)]
        )
        yield rows[np.argsort(draw.bits(ORDER_OF_ROWS, batch_size), kind="stable")]


def _temperature_at(schedule: Schedule | None, step: int, n_batches: int) -> float:
    progress = step / n_batches
    if schedule is None:
        return 5.0 if progress < 0.25 else 1.0
    if not callable(schedule):
        return float(schedule)
    temperature = schedule(progress)
    check_temperature(temperature, f"schedule({progress:.6g})")
    return float(temperature)


def _round_at_random(
    quotas: NDArray[np.float64], total: int, draw: ClassDraw
) -> NDArray[np.int64]:
    """Round quotas down or up, with mean equal to them and sum equal to ``total``.

    Systematic sampling, of the groups in random order: a comb of unit teeth with a
    random offset falls on the quotas laid end to end.
    """
    order = np.argsort(draw.bits(ORDER_OF_GROUPS, quotas.size), kind="stable")
    ends = np.cumsum(quotas[order])
    whole = np.rint(ends)
    ends = np.where(np.abs(ends - whole) < 1e-9, whole, ends)  # rounding errors
    ends[-1] = total
    offset = draw.uniform(OFFSET, 1)[0]
    sizes = np.empty(quotas.size, np.int64)
    sizes[order] = np.diff(np.floor(ends + offset), prepend=0.0)
    return sizes


def iter_subsets(
    n: int,
    fraction: float,
    n_epochs: int,
    *,
    replace: bool = False,
    random_state: int | np.random.RandomState | None = None,
) -> Iterator[Rows]:
    """Draw a random subset of the rows for each epoch.

    Repeated random sampling (RS2): train each epoch on a small random part instead of
    selecting the rows that seem to matter. Use it to save time with many similar rows,
    for ``partial_fit`` loops or models with ``warm_start``, and as the baseline that a
    cleverer selection has to beat. It is blind to groups: see
    :func:`temperature_batches` where some are small.

    Parameters
    ----------
    n : int
        Number of rows, at least 1.
    fraction : float in (0, 1]
        Share of the rows in a subset; rounded to whole rows, at least one.
    n_epochs : int
        Number of subsets, at least 0.
    replace : bool, default=False
        Whether rows go back before the next subset is drawn. If not, the subsets walk
        through all rows in random order, and through a new order when they are used up:
        after any number of epochs every row has been used equally often, give or take
        one. Either way no row is twice in one subset.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.

    Yields
    ------
    rows : ndarray of shape (n_subset,), int64
        Row numbers in random order.

    Raises
    ------
    ValueError
        If a number is out of its range.

    See Also
    --------
    temperature_batches : Batches with chosen shares of groups.

    Notes
    -----
    Where an order ends within a subset, the rows that the subset already holds come
    last in the new order. Cost: O(n log n) for each order, one for each subset with
    ``replace`` and otherwise one in ``1 / fraction`` epochs.

    References
    ----------
    P. Okanovic, R. Waleffe, V. Mageirakos, K. Nikolakakis, A. Karbasi, D. Kalogerias,
    N. M. Gürel, T. Rekatsinas, 2024, "Repeated Random Sampling for Minimizing the
    Time-to-Accuracy of Learning", International Conference on Learning Representations.

    Examples
    --------
    >>> from skx.resampling import iter_subsets
    >>> for rows in iter_subsets(10, 0.4, 3, random_state=0):
    ...     print(rows.tolist())
    [3, 7, 9, 1]
    [2, 0, 6, 8]
    [5, 4, 9, 6]
    """
    _check_whole(n, "n", 1)
    _check_whole(n_epochs, "n_epochs", 0)
    if not (isinstance(fraction, Real) and 0 < fraction <= 1):
        raise ValueError(
            f"fraction is {fraction!r}; it must be above 0 and at most 1, the share of "
            "the rows that an epoch uses."
        )
    return _deal_subsets(
        int(n),
        max(1, round(fraction * n)),
        n_epochs,
        replace,
        ClassDraw(draw_seed(random_state), 0),
    )


def _deal_subsets(
    n: int, size: int, n_epochs: int, replace: bool, draw: ClassDraw
) -> Iterator[Rows]:
    deck = _Deck(np.arange(n), draw)
    for _ in range(n_epochs):
        if replace:
            deck.shuffle()
        yield deck.deal(size)


class _Deck:
    """Rows in random order, dealt until used up and then shuffled again.

    Parameters
    ----------
    rows : ndarray of shape (n_rows,), int64
        The cards.
    draw : ClassDraw
        Its draws, from 0 on, give the orders.
    """

    def __init__(self, rows: Rows, draw: ClassDraw) -> None:
        self._rows, self._draw = rows, draw
        self._n_shuffles = 0
        self._left = rows[:0]

    def shuffle(self, last: Rows | None = None) -> None:
        """Put all rows in a new order, those of ``last`` behind the others."""
        keys = self._draw.bits(self._n_shuffles, self._rows.size)
        self._n_shuffles += 1
        self._left = self._rows[np.argsort(keys, kind="stable")]
        if last is not None:
            held = np.isin(self._left, last)
            self._left = np.concatenate([self._left[~held], self._left[held]])

    def deal(self, size: int) -> Rows:
        """Take the next ``size`` rows."""
        hand = self._left[:size]
        self._left = self._left[size:]
        while hand.size < size:
            self.shuffle(last=hand)
            missing = size - hand.size
            hand = np.concatenate([hand, self._left[:missing]])
            self._left = self._left[missing:]
        return hand


def _check_whole(value: Any, name: str, least: int) -> None:
    if not isinstance(value, Integral):
        raise TypeError(f"{name} is {value!r}; it must be a whole number.")
    if value < least:
        raise ValueError(f"{name} is {value}; it must be at least {least}.")
