# SPDX-License-Identifier: BSD-3-Clause
"""Kernels of streams: rules that ask or pass on row by row, and windows that adapt.

State is in arrays that are changed in place, so that calls with one row each do what a
call with all rows does.
"""

import math

import numpy as np

from skx._numba import kernel
from skx._random import random_uniform

# shared-kernels: ad3a8180

# Entries of the state of a rule.
SPENT, THETA, SEEN, ASKED = range(4)


@kernel
def standard_normal(seed, stream, index):
    """Return a standard normal number for the coordinates of random_uniform."""
    u = 1.0 - random_uniform(seed, stream, index, 0)
    angle = 2.0 * math.pi * random_uniform(seed, stream, index, 1)
    return math.sqrt(-2.0 * math.log(u)) * math.cos(angle)


@kernel
def ask_below(
    utilities,
    is_dense,
    budget,
    window,
    fixed,
    step,
    deviation,
    random_share,
    seed,
    state,
    asked,
    drawn,
):
    """Ask where confidence, 1 - utility, is below a threshold and budget is left.

    The threshold is ``fixed``, or state[THETA] if that is NaN, which falls by the
    share ``step`` when a row is asked and else rises; times 1 + deviation * normal.
    A ``random_share`` of the rows is asked with probability ``budget`` instead, and
    marked in ``drawn``. Rows that are not dense are passed on (empty: all are).
    """
    for i in range(utilities.shape[0]):
        t = np.int64(state[SEEN])
        ask = False
        if state[SPENT] / window < budget:
            if random_share > 0.0 and random_uniform(seed, 0, t, 0) < random_share:
                drawn[i] = True
                ask = random_uniform(seed, 0, t, 1) < budget
            elif is_dense.shape[0] == 0 or is_dense[i]:
                confidence = 1.0 - utilities[i]
                if math.isnan(fixed):
                    limit = state[THETA]
                    if deviation > 0.0:
                        limit *= 1.0 + deviation * standard_normal(seed, 1, t)
                    ask = confidence < limit
                    state[THETA] *= 1.0 - step if ask else 1.0 + step
                else:
                    ask = confidence <= fixed
        state[SPENT] = state[SPENT] * (window - 1.0) / window
        state[SEEN] += 1.0
        if ask:
            state[SPENT] += 1.0
            state[ASKED] += 1.0
        asked[i] = ask


@kernel
def is_due(value, ranked, n_ranked, budget, patience, state):
    """Tell whether a value is among the largest share ``budget`` of a sorted window.

    The quantile is moved by the range times (budget * seen - asked) / patience, with
    state[SEEN] counting this row; a window of equal values asks when it is behind.
    """
    behind = budget * state[SEEN] - state[ASKED]
    spread = ranked[n_ranked - 1] - ranked[0]
    if spread <= 0.0:
        return behind > 0.0
    place = (1.0 - budget) * (n_ranked - 1)
    low = np.int64(place)
    high = min(low + 1, n_ranked - 1)
    quantile = ranked[low] + (place - low) * (ranked[high] - ranked[low])
    return value >= quantile - spread * behind / patience


@kernel
def ask_largest(utilities, budget, patience, recent, ranked, state, asked):
    """Ask the largest share ``budget`` of utilities, among the ``recent`` ones.

    ``recent`` is a ring, ``ranked`` holds the same sorted.
    """
    window = recent.shape[0]
    for i in range(utilities.shape[0]):
        t = np.int64(state[SEEN])
        n_ranked = min(t, window)
        if n_ranked == window:
            gone = 0
            while ranked[gone] != recent[t % window]:
                gone += 1
            for k in range(gone, window - 1):
                ranked[k] = ranked[k + 1]
            n_ranked -= 1
        k = n_ranked
        while k > 0 and ranked[k - 1] > utilities[i]:
            ranked[k] = ranked[k - 1]
            k -= 1
        ranked[k] = utilities[i]
        recent[t % window] = utilities[i]
        state[SEEN] += 1.0
        asked[i] = is_due(utilities[i], ranked, n_ranked + 1, budget, patience, state)
        if asked[i]:
            state[ASKED] += 1.0


@kernel
def ask_levered(X, budget, patience, inverse, recent, leverages, state, asked, values):
    """Ask rows of the largest leverage, given the rows that were asked before.

    ``inverse`` (d, d) is that of ridge times identity plus their cross product;
    ``recent`` (window, d) and ``leverages`` (window,) are rings. Writes the leverage
    of each row as it came to ``values``.
    """
    window, d = recent.shape
    moved = np.empty(d)
    for i in range(X.shape[0]):
        t = np.int64(state[SEEN])
        h = 0.0
        for j in range(d):
            moved[j] = 0.0
            for k in range(d):
                moved[j] += inverse[j, k] * X[i, k]
            h += moved[j] * X[i, j]
        h = max(h, 0.0)
        values[i] = h
        at = t % window
        leverages[at] = h
        for j in range(d):
            recent[at, j] = X[i, j]
        n_ranked = min(t + 1, window)
        ranked = np.sort(leverages[:n_ranked])
        state[SEEN] += 1.0
        asked[i] = is_due(h, ranked, n_ranked, budget, patience, state)
        if not asked[i]:
            continue
        state[ASKED] += 1.0
        for k in range(n_ranked):
            product = 0.0
            for j in range(d):
                product += recent[k, j] * moved[j]
            leverages[k] = max(leverages[k] - product * product / (1.0 + h), 0.0)
        for j in range(d):
            for k in range(d):
                inverse[j, k] -= moved[j] * moved[k] / (1.0 + h)


@kernel
def count_closer(X, recent, nearest, n_seen, density):
    """Count rows of the window that a new row is closer to than all since they came.

    ``recent`` (window, d) is a ring, and ``nearest`` holds squared distances.
    """
    window, d = recent.shape
    for i in range(X.shape[0]):
        t = n_seen + i
        own, count = math.inf, 0
        for k in range(min(t, window)):
            square = 0.0
            for j in range(d):
                gap = X[i, j] - recent[k, j]
                square += gap * gap
            own = min(own, square)
            if square < nearest[k]:
                nearest[k] = square
                count += 1
        density[i] = count
        at = t % window
        nearest[at] = own
        for j in range(d):
            recent[at, j] = X[i, j]


# Entries of the state of an adaptive window.
LENGTH, TOTAL, SQUARES = range(3)


@kernel
def adapt(values, delta, sums, squares, sizes, state, changed):
    """Append values to a window, and drop its oldest part where means differ.

    Level k holds ``sizes[k]`` buckets of 2**k values each, oldest first, with their sum
    and their squared deviations from their own mean; a full level hands its two oldest
    on as one. ``state`` holds length, sum and squared deviations of the window.
    """
    most = sums.shape[1] - 1
    for i in range(values.shape[0]):
        n, x = state[LENGTH], values[i]
        if n > 0.0:
            gap = x - state[TOTAL] / n
            state[SQUARES] += gap * gap * n / (n + 1.0)
        state[LENGTH] += 1.0
        state[TOTAL] += x
        sums[0, sizes[0]] = x
        squares[0, sizes[0]] = 0.0
        sizes[0] += 1
        k = 0
        while sizes[k] > most:
            half = 2.0**k
            gap = (sums[k, 0] - sums[k, 1]) / half
            at = sizes[k + 1]
            sums[k + 1, at] = sums[k, 0] + sums[k, 1]
            squares[k + 1, at] = squares[k, 0] + squares[k, 1] + gap * gap * half / 2.0
            sizes[k + 1] += 1
            sizes[k] -= 2
            for b in range(sizes[k]):
                sums[k, b] = sums[k, b + 2]
                squares[k, b] = squares[k, b + 2]
            k += 1
        changed[i] = False
        while has_cut(delta, sums, sizes, state):
            changed[i] = True
            drop_oldest(sums, squares, sizes, state)


@kernel
def has_cut(delta, sums, sizes, state):
    """Tell whether the means of two parts of the window differ by more than chance."""
    n = state[LENGTH]
    if n < 2.0:
        return False
    variance = state[SQUARES] / n
    level = math.log(2.0 * math.log(n) / delta)
    n_old = total_old = 0.0
    for k in range(sums.shape[0] - 1, -1, -1):
        for b in range(sizes[k]):
            n_old += 2.0**k
            total_old += sums[k, b]
            n_new = n - n_old
            if n_new < 1.0:
                return False
            inverse = 1.0 / n_old + 1.0 / n_new
            bound = math.sqrt(2.0 * inverse * variance * level)
            bound += 2.0 / 3.0 * inverse * level
            if abs(total_old / n_old - (state[TOTAL] - total_old) / n_new) >= bound:
                return True
    return False


@kernel
def drop_oldest(sums, squares, sizes, state):
    """Drop the oldest bucket of the window."""
    k = sums.shape[0] - 1
    while sizes[k] == 0:
        k -= 1
    gone = 2.0**k
    left = state[LENGTH] - gone
    gap = sums[k, 0] / gone - (state[TOTAL] - sums[k, 0]) / left
    state[SQUARES] -= squares[k, 0] + gap * gap * gone * left / state[LENGTH]
    state[SQUARES] = max(state[SQUARES], 0.0)
    state[LENGTH] = left
    state[TOTAL] -= sums[k, 0]
    sizes[k] -= 1
    for b in range(sizes[k]):
        sums[k, b] = sums[k, b + 1]
        squares[k, b] = squares[k, b + 1]
