# SPDX-License-Identifier: BSD-3-Clause
# shared-kernels: 81a8fc1b
"""Kernels of multi-task boosting: losses, sums over tasks, and the trees of a task."""

import math

import numpy as np

from skx._numba import kernel
from skx._random import random_below
from skx.multitask._trees._coarse._kernels import grow_coarse, has_extremes
from skx.multitask._trees._kernels import (
    LEAF,
    N_NODES,
    N_SETS,
    add_leaves,
    code_numbers,
    cut_bins,
    find_leaf,
    grow,
    keep_order,
    store,
)

SQUARED, ABSOLUTE, HUBER, QUANTILE, POISSON, LOGISTIC, SOFTMAX = range(7)


@kernel
def logistic(x):
    """1 / (1 + exp(-x)), without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


@kernel
def softplus(x):
    """log(1 + exp(x)), without overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@kernel
def row_loss(loss, parameter, y, raw):
    """Return the loss of one row, 0 at best; raw (n_outputs,) are its scores."""
    if loss == LOGISTIC:
        return softplus(raw[0]) - y * raw[0]
    if loss == SOFTMAX:
        most = raw.max()
        total = 0.0
        for k in range(raw.shape[0]):
            total += math.exp(raw[k] - most)
        return math.log(total) + most - raw[int(y)]
    if loss == POISSON:
        return math.exp(raw[0]) - y * raw[0] + (y * math.log(y) - y if y > 0.0 else 0.0)
    r = y - raw[0]
    if loss == SQUARED:
        return 0.5 * r * r
    if loss == ABSOLUTE:
        return abs(r)
    if loss == QUANTILE:
        return parameter * r if r >= 0.0 else (parameter - 1.0) * r
    size = abs(r)
    if size <= parameter:
        return 0.5 * r * r
    return parameter * (size - 0.5 * parameter)


@kernel
def derive(loss, parameter, y, raw, weights, gradient, hessian):
    """Write weighted first and second derivatives, both (n_rows, n_outputs)."""
    n, m = raw.shape
    for i in range(n):
        w = weights[i]
        if loss == SOFTMAX:
            most = raw[i].max()
            total = 0.0
            for k in range(m):
                gradient[i, k] = math.exp(raw[i, k] - most)
                total += gradient[i, k]
            for k in range(m):
                p = gradient[i, k] / total
                gradient[i, k] = w * (p - 1.0 if k == int(y[i]) else p)
                hessian[i, k] = w * max(p * (1.0 - p), 1e-16)
        elif loss == LOGISTIC:
            p = logistic(raw[i, 0])
            gradient[i, 0] = w * (p - y[i])
            hessian[i, 0] = w * max(p * (1.0 - p), 1e-16)
        elif loss == POISSON:
            p = math.exp(raw[i, 0])
            gradient[i, 0] = w * (p - y[i])
            hessian[i, 0] = w * p
        else:
            r = raw[i, 0] - y[i]
            if loss == ABSOLUTE:
                r = np.sign(r)
            elif loss == HUBER:
                r = min(max(r, -parameter), parameter)
            elif loss == QUANTILE:
                r = (1.0 if r > 0.0 else 0.0) - parameter
            gradient[i, 0] = w * r
            hessian[i, 0] = w


@kernel
def write_losses(loss, parameter, y, raw, out):
    """Write the loss of each row to out (n_rows,)."""
    for i in range(out.shape[0]):
        out[i] = row_loss(loss, parameter, y[i], raw[i])


@kernel
def fit_constant(loss, parameter, stretch, y, raw, weights, l2, start):
    """Add the constant that raw (n_rows, n_outputs) lacks, and write it to start.

    It minimises the loss plus l2 / 2 times its square, by Newton's steps, cut to a
    length of 1 where curvature changes with the score.
    """
    n, m = raw.shape
    gradient = np.empty((n, m))
    hessian = np.empty((n, m))
    is_bent = loss >= POISSON
    start[:] = 0.0
    for _ in range(100 if is_bent else 1):
        derive(loss, parameter, y, raw, weights, gradient, hessian)
        longest = 0.0
        for k in range(m):
            slope = gradient[:, k].sum() + l2 * start[k]
            bend = stretch * hessian[:, k].sum() + l2
            step = -slope / bend if bend > 0.0 else 0.0
            if is_bent:
                step = min(max(step, -1.0), 1.0)
            start[k] += step
            raw[:, k] += step
            longest = max(longest, abs(step))
        if longest < 1e-6:
            break


@kernel
def sum_losses(loss, parameter, y, raw, weights, offsets, out):
    """Write the weighted loss of each task to out (n_tasks,)."""
    for t in range(out.shape[0]):
        out[t] = 0.0
        for i in range(offsets[t], offsets[t + 1]):
            out[t] += weights[i] * row_loss(loss, parameter, y[i], raw[i])


@kernel
def sum_tasks(left, right, offsets, out):
    """Write the sums of left * right over the rows of each task to out (n_tasks,)."""
    for t in range(out.shape[0]):
        out[t] = 0.0
        for i in range(offsets[t], offsets[t + 1]):
            for k in range(left.shape[1]):
                out[t] += left[i, k] * right[i, k]


@kernel
def weighted_quantile(values, weights, q):
    """Return the q-quantile, half way between two values where both would do."""
    order = np.argsort(values, kind="mergesort")
    total = 0.0
    for i in range(values.shape[0]):
        total += weights[i]
    wanted = q * total
    slack = 1e-12 * total
    done = 0.0
    last = -1
    for p in range(order.shape[0]):
        i = order[p]
        if weights[i] <= 0.0:
            continue
        if last >= 0 and done >= wanted - slack:
            if done > wanted + slack:
                return values[last]
            return 0.5 * (values[last] + values[i])
        done += weights[i]
        last = i
    return values[last] if last >= 0 else 0.0


@kernel
def set_quantiles(
    splits, n_nodes, rows, residual, weights, hessian, q, l2, directions, values
):
    """Give each leaf the quantile of the residuals (n_rows,) of its rows.

    It is shrunken by l2 as Newton's step is, by H / (H + l2) for H the sum of the
    hessian (n_rows,). Where the leaves of a split must be in order, see `keep_order`,
    they are put in it.
    """
    for k in range(n_nodes):
        if splits[k].left == LEAF:
            here = rows[splits[k].first : splits[k].last]
            total = hessian[here].sum()
            share = total / (total + l2) if total > 0.0 else 0.0
            values[k, 0] = weighted_quantile(residual[here], weights[here], q) * share
    keep_order(splits, n_nodes, directions, values)


@kernel
def draw_rows(first, last, n_drawn, seed, stream, index, out):
    """Draw n_drawn of first .. last - 1 without replacement, in order, into out.

    Returns how many. What is drawn depends on the number of rows alone.
    """
    left = n_drawn
    n = 0
    for i in range(first, last):
        if left == 0:
            break
        if random_below(seed, stream, index, i - first, last - i) < left:
            out[n] = i
            n += 1
            left -= 1
    return n


@kernel
def bin_task(
    X,
    ascending,
    weights,
    is_categorical,
    sizes,
    max_bins,
    codes,
    starts,
    lowest,
    highest,
):
    """Bin the rows of one task on their own.

    X (n_rows, n_features); ascending (n_features, n_rows) are its columns sorted, NaN
    last, and weights, of the same shape, those of the values; no weights, (0, 0), if
    all are alike. sizes (n_features,) are the numbers of codes of columns of
    categories, which keep theirs. Writes codes, starts (n_features + 1,), and lowest
    and highest (at least n_features * 256,). Returns how many codes the column of
    numbers with most has, or 0 if a value is missing.
    """
    n, d = X.shape
    most = 0
    is_complete = True
    alike = np.ones(n)
    ends = np.empty(255)
    starts[0] = 0
    for j in range(d):
        first = np.int64(starts[j])
        if is_categorical[j]:
            for i in range(n):
                value = X[i, j]
                codes[i, j] = 0 if value != value else int(value) + 1
            starts[j + 1] = first + sizes[j]
            continue
        m = n
        while m > 0 and ascending[j, m - 1] != ascending[j, m - 1]:
            m -= 1
        known = ascending[j, :m]
        heavy = alike if weights.shape[0] == 0 else weights[j]
        is_complete &= m == n
        n_bins = cut_bins(known, heavy[:m], max_bins, ends)
        most = max(most, n_bins + 1)
        starts[j + 1] = first + 1 + n_bins
        b = 0
        for p in range(m):
            if b == 0 or known[p] > ends[b - 1]:
                b += 1
                lowest[first + b] = known[p]
                highest[first + b] = ends[b - 1]
        for b in range(max(n_bins - 1, 0), 255):
            ends[b] = np.inf
        code_numbers(X[:, j], ends, codes[:, j])
    return most if is_complete else 0


@kernel
def boost_task(
    X,
    codes,
    columns,
    limits,
    loss,
    parameter,
    y,
    weights,
    raw,
    X_valid,
    y_valid,
    raw_valid,
    newton,
    stretch,
    rate,
    subsample,
    seed,
    task,
    n_iter,
    growth,
    coarse_room,
    nodes,
    leaves,
    bits,
    roots,
    set_roots,
    losses,
):
    """Grow the trees of one task, and return how many rounds were done.

    Each round adds trees to raw (n_rows, n_outputs) and raw_valid, one for each output,
    or one for all where values have a column for each. ``newton`` tells whether
    leaves divide by second derivatives; the hessian of an output is multiplied by
    ``stretch``, trees by ``rate``. growth is scratch as in `grow`, coarse_room as in
    `grow_coarse`, which does the work where that is not empty; nodes, leaves, bits,
    roots and set_roots are those of a forest, with room enough.
    losses (n_iter + 1, n_valid) gets the losses of the validation rows after each
    round.
    """
    n, m = raw.shape
    splits, values, sets = growth.nodes, growth.values, growth.sets
    width = values.shape[1]
    gradient = np.empty((n, m))
    hessian = np.empty((n, m))
    sums = np.empty((n, width + 1))
    everyone = np.arange(n).astype(np.int32)
    rows = np.empty(n, dtype=np.int32)
    residual = np.empty(n)
    n_drawn = n if subsample >= 1.0 else math.ceil(subsample * n)
    is_unit = not newton or (loss <= QUANTILE)
    for i in range(n):
        is_unit &= weights[i] == 1.0
    roots[0] = 0
    set_roots[0] = 0
    tree = 0
    for i in range(y_valid.shape[0]):
        losses[0, i] = row_loss(loss, parameter, y_valid[i], raw_valid[i])
    for r in range(n_iter):
        derive(loss, parameter, y, raw, weights, gradient, hessian)
        if n_drawn < n:
            draw_rows(0, n, n_drawn, seed, 2 + r, task, rows)
        for k in range(0, m, width):
            for i in range(n):
                for c in range(width):
                    sums[i, c] = gradient[i, k + c]
                sums[i, width] = stretch * hessian[i, k] if newton else weights[i]
            if n_drawn == n:
                rows[:] = everyone
            here = rows[:n_drawn].copy()
            if coarse_room.shape[0] and not has_extremes(sums, limits.l2):
                n_nodes, n_sets = grow_coarse(
                    codes,
                    columns,
                    sums,
                    is_unit,
                    here,
                    limits,
                    splits,
                    values,
                    coarse_room,
                )
            else:
                grow(
                    codes,
                    columns,
                    sums,
                    is_unit,
                    here,
                    True,
                    limits,
                    seed,
                    task * n_iter + r,
                    growth,
                )
                n_nodes, n_sets = growth.counts[N_NODES], growth.counts[N_SETS]
            if loss == ABSOLUTE or loss == QUANTILE:
                for i in range(n):
                    residual[i] = y[i] - raw[i, 0]
                q = 0.5 if loss == ABSOLUTE else parameter
                set_quantiles(
                    splits,
                    n_nodes,
                    here,
                    residual,
                    weights,
                    sums[:, width],
                    q,
                    limits.l2,
                    columns.directions,
                    values,
                )
            root, set_root = roots[tree], set_roots[tree]
            for a in range(n_nodes):
                for c in range(width):
                    values[a, c] *= rate
                    leaves[root + a, c] = values[a, c]
            for a in range(n_sets):
                bits[set_root + a] = sets[a]
            store(splits, n_nodes, weights, here, nodes[root : root + n_nodes])
            tree += 1
            roots[tree] = root + n_nodes
            set_roots[tree] = set_root + n_sets
            kept = nodes[root : roots[tree]]
            kept_bits = bits[set_root : set_roots[tree]]
            if n_drawn == n:
                add_leaves(splits, n_nodes, values, here, raw[:, k : k + width])
            else:
                for i in range(n):
                    leaf = root + find_leaf(X[i], kept, kept_bits)
                    for c in range(width):
                        raw[i, k + c] += leaves[leaf, c]
            for i in range(y_valid.shape[0]):
                leaf = root + find_leaf(X_valid[i], kept, kept_bits)
                for c in range(width):
                    raw_valid[i, k + c] += leaves[leaf, c]
        for i in range(y_valid.shape[0]):
            losses[r + 1, i] = row_loss(loss, parameter, y_valid[i], raw_valid[i])
    return tree


@kernel
def draw_by_task(offsets, share, seed, stream, index, out):
    """Draw a share of the rows of each task, rounded up; return how many in all."""
    n = 0
    for t in range(offsets.shape[0] - 1):
        first, last = offsets[t], offsets[t + 1]
        wanted = math.ceil(share * (last - first))
        key = index * (offsets.shape[0] - 1) + t
        n += draw_rows(first, last, wanted, seed, stream, key, out[n:])
    return n
