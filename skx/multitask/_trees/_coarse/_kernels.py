# SPDX-License-Identifier: BSD-3-Clause
# shared-kernels: 3441f9f2
"""Kernels that grow trees on few rows in few bins, where most bins are scanned.

They do what `grow` does for numbers without missing values, one output, and splits
that may be anywhere. Names are as there, but a histogram (3, n_bins * n_features) has
the bins of all features side by side, entry ``code * n_features + j``, and is
cumulative: it holds gradients, hessian and numbers of rows with a code up to that. So
gains are a loop over one array, without branches and without a list of bins.
"""

import numpy as np

from skx._numba import kernel
from skx.multitask._trees._kernels import (
    LEAF,
    best_leaf,
    divide,
    gain_between,
    midpoint,
    value_leaves,
)

GRADIENT, HESSIAN, COUNT = range(3)
# Sums between this and its inverse can be multiplied four times over.
EXTREME = 1e-60


@kernel
def has_extremes(sums, l2):
    """Whether products of sums of these rows could overflow, or vanish."""
    most = total = 0.0
    for i in range(sums.shape[0]):
        most = max(most, abs(sums[i, 0]))
        total += sums[i, 1]
    n = sums.shape[0]
    return not (
        EXTREME < most * n < 1.0 / EXTREME and EXTREME < total + l2 < 1.0 / EXTREME
    )


@kernel
def add_up(sums, d):
    """Make a channel cumulative."""
    for first in range(d, sums.shape[0], d):
        here, before = sums[first : first + d], sums[first - d : first]
        for j in range(d):
            here[j] += before[j]


@kernel
def write_histogram(codes, sums, is_unit, rows, first, last, out):
    """Write the cumulative histogram of rows[first:last]; no hessian if it is unit."""
    d = codes.shape[1]
    out[GRADIENT] = 0.0
    out[COUNT] = 0.0
    if is_unit:
        for r in range(first, last):
            i = rows[r]
            g = sums[i, 0]
            for j in range(d):
                b = np.intp(codes[i, j]) * d + j
                out[GRADIENT, b] += g
                out[COUNT, b] += 1.0
    else:
        out[HESSIAN] = 0.0
        for r in range(first, last):
            i = rows[r]
            g = sums[i, 0]
            h = sums[i, 1]
            for j in range(d):
                b = np.intp(codes[i, j]) * d + j
                out[GRADIENT, b] += g
                out[HESSIAN, b] += h
                out[COUNT, b] += 1.0
        add_up(out[HESSIAN], d)
    add_up(out[GRADIENT], d)
    add_up(out[COUNT], d)


@kernel
def subtract(histogram, part, is_unit):
    """Take a part off a histogram."""
    for b in range(part.shape[1]):
        histogram[GRADIENT, b] -= part[GRADIENT, b]
        histogram[COUNT, b] -= part[COUNT, b]
    if not is_unit:
        for b in range(part.shape[1]):
            histogram[HESSIAN, b] -= part[HESSIAN, b]


@kernel
def write_gains(g, h, n, g_all, h_all, n_all, limits, out):
    """Write the gain of each split, -1 where it is not allowed."""
    l2 = limits.l2
    least, lightest = limits.min_samples_leaf, limits.min_child_weight
    for b in range(out.shape[0]):
        left, right = h[b], h_all - h[b]
        g_right = g_all - g[b]
        a, c = left + l2, right + l2
        gain = (g[b] * g[b] * c + g_right * g_right * a) / (a * c)
        fits = (n[b] >= least) & (n_all - n[b] >= least)
        fits &= (left >= lightest) & (right >= lightest)
        fits &= (a > EXTREME) & (c > EXTREME)  # less is of rows without weight
        out[b] = gain if fits else -1.0


@kernel
def largest(values):
    """Return the largest of some numbers, or -1; four at a time, as each waits."""
    a = b = c = d = -1.0
    n = values.shape[0]
    for i in range(0, n - 3, 4):
        a = max(a, values[i])
        b = max(b, values[i + 1])
        c = max(c, values[i + 2])
        d = max(d, values[i + 3])
    for i in range(n - n % 4, n):
        a = max(a, values[i])
    return max(max(a, b), max(c, d))


@kernel
def find_split(histogram, is_unit, d, limits, totals, gains, split):
    """Find the best split of a node; split is a record, its feature LEAF if none."""
    g, n = histogram[GRADIENT], histogram[COUNT]
    h = n if is_unit else histogram[HESSIAN]
    write_gains(g, h, n, totals[0], totals[1], totals[2], limits, gains)
    parent = gain_between(totals[0], totals[1], limits.l2, -np.inf, np.inf)
    wanted = parent + limits.min_split_gain
    best = largest(gains)
    split.feature = LEAF
    if not best > wanted + 1e-12 * abs(wanted):
        return
    # Of splits as good as that but for rounding, the first of the first feature.
    best -= 1e-12 * best
    at = -1
    for b in range(gains.shape[0]):
        if gains[b] >= best and (at < 0 or b % d < at % d):
            at = b
    after = at + d
    while n[after] == n[at]:
        after += d
    split.feature = at % d
    split.code = at // d
    split.next_code = after // d
    split.gain = gains[at] - parent
    split.is_categorical = False


@kernel
def grow_coarse(codes, columns, sums, is_unit, rows, limits, nodes, values, room):
    """Do as `grow` for numbers alone, whose splits need no sets.

    room (max_leaf_nodes + 1, 3, any) is a histogram for each leaf, and the gains.
    """
    d = codes.shape[1]
    n_nodes = 2 * limits.max_leaf_nodes - 1
    totals = np.zeros((n_nodes, 3))
    bounds = np.empty((n_nodes, 2))
    depth = np.zeros(n_nodes, dtype=np.int64)
    slots = np.full(n_nodes, -1)
    goes_left = np.empty(256, dtype=np.bool_)
    left_over = np.empty(rows.shape[0], dtype=np.int32)
    gains = room[limits.max_leaf_nodes, 0]
    bounds[:, 0] = -np.inf
    bounds[:, 1] = np.inf
    n_bins = room.shape[2] // d

    nodes[0].first, nodes[0].last = 0, rows.shape[0]
    nodes[0].left = LEAF
    slots[0] = 0
    n_used = n_leaves = n_slots = 1
    write_histogram(codes, sums, is_unit, rows, 0, rows.shape[0], room[0])
    end = (n_bins - 1) * d  # the last bin of the first feature
    for k in range(3):
        totals[0, k] = room[0, COUNT if is_unit and k == HESSIAN else k, end]
    opened = 0  # nodes from here on have no split yet
    while True:
        for node in range(opened, n_used):
            nodes[node].feature = LEAF
            if slots[node] >= 0:
                find_split(
                    room[slots[node]],
                    is_unit,
                    d,
                    limits,
                    totals[node],
                    gains,
                    nodes[node],
                )
        opened = n_used
        best = best_leaf(nodes, n_used)
        if best < 0 or n_leaves == limits.max_leaf_nodes:
            break
        node = nodes[best]
        j = node.feature
        slot = slots[best]
        left, right = n_used, n_used + 1
        end = node.code * d + j
        for k in range(3):
            channel = COUNT if is_unit and k == HESSIAN else k
            totals[left, k] = room[slot, channel, end]
            totals[right, k] = totals[best, k] - totals[left, k]
        # Missing values, of which there were none, go with the larger part.
        node.missing_left = 2.0 * totals[left, COUNT] > totals[best, COUNT]
        goes_left[0] = node.missing_left
        for c in range(1, n_bins):
            goes_left[c] = c <= node.code
        first = np.int64(columns.starts[j])
        node.threshold = midpoint(
            columns.highest[first + node.code], columns.lowest[first + node.next_code]
        )
        n_left_rows = divide(
            codes, j, goes_left, rows, node.first, node.last, left_over
        )
        n_used += 2
        n_leaves += 1
        node.left, node.right = left, right
        nodes[left].first = node.first
        nodes[left].last = nodes[right].first = node.first + n_left_rows
        nodes[right].last = node.last
        for child in (left, right):
            nodes[child].left = LEAF
            depth[child] = depth[best] + 1
        slots[best] = -1
        if n_leaves == limits.max_leaf_nodes:
            break
        small, big = left, right
        if n_left_rows > node.last - node.first - n_left_rows:
            small, big = right, left
        can_split = depth[small] < limits.max_depth
        if can_split and totals[big, COUNT] >= 2 * limits.min_samples_leaf:
            spare = n_slots
            write_histogram(
                codes,
                sums,
                is_unit,
                rows,
                nodes[small].first,
                nodes[small].last,
                room[spare],
            )
            subtract(room[slot], room[spare], is_unit)
            slots[big] = slot
            if totals[small, COUNT] >= 2 * limits.min_samples_leaf:
                slots[small] = spare
                n_slots += 1
    value_leaves(nodes, n_used, sums, rows, limits, bounds, values)
    return n_used, 0
