# SPDX-License-Identifier: BSD-3-Clause
# shared-kernels: ad3a8180
"""Kernels that grow trees on binned columns, and read them.

Arrays that all of them share: codes (n_rows, n_features) uint8, 0 where the value is
missing, otherwise 1 + the bin; starts (n_features + 1,) int64, where the bins of a
feature begin among the bins of all; sums (n_rows, n_outputs + 1) float64, the gradients
of a row and its hessian; rows (n_rows,) int32, those of a node side by side.

A histogram (n_bins of all features, n_outputs + 2) holds gradients, hessian and number
of rows of each bin. It is good at the bins that its node lists alone: the first of each
feature, all of a feature of categories, and those that hold rows. bins (n_bins,) uint64
are these, ascending, and those of feature j are bins[ends[j] : ends[j + 1]].
"""

import numpy as np

from skx._numba import kernel
from skx._random import random_bits

LEAF = -1
# What `Growth` counts: nodes, of which those searched have their best splits, leaves,
# histograms and sets; and the last node that was split, and its child to be counted.
N_NODES, N_SEARCHED, N_LEAVES, N_SLOTS, N_SETS, N_PARENT, N_SMALL = range(7)
# Hessian that is added to a category's, so that rare ones do not come first.
SMOOTH = 10.0
# Categories that may lead one way, counted from either end of their order.
PREFIXES = 32
# Products of a few numbers between this and its inverse are exact but for rounding.
TINY = 1e-60


@kernel
def write_histogram(codes, starts, sums, is_unit, rows, first, last, bins, out):
    """Write the histogram of rows[first:last], whose bins are among those listed.

    is_unit says that all hessians are 1.
    """
    n_features = codes.shape[1]
    n_outputs = sums.shape[1] - 1
    for b in bins:
        out[b, 0] = 0.0
        out[b, 1] = 0.0
        for c in range(2, n_outputs + 2):
            out[b, c] = 0.0
    if n_outputs == 1 and is_unit and n_features * (last - first) > bins.shape[0]:
        for r in range(first, last):
            i = rows[r]
            g = sums[i, 0]
            for j in range(n_features):
                b = starts[j] + np.uint64(codes[i, j])
                out[b, 0] += g
                out[b, 2] += 1.0
        for b in bins:
            out[b, 1] = out[b, 2]
    elif n_outputs == 1:
        for r in range(first, last):
            i = rows[r]
            g = sums[i, 0]
            h = sums[i, 1]
            for j in range(n_features):
                b = starts[j] + np.uint64(codes[i, j])
                out[b, 0] += g
                out[b, 1] += h
                out[b, 2] += 1.0
    else:
        for r in range(first, last):
            i = rows[r]
            for j in range(n_features):
                b = starts[j] + np.uint64(codes[i, j])
                for k in range(n_outputs + 1):
                    out[b, k] += sums[i, k]
                out[b, n_outputs + 1] += 1.0


@kernel
def leaf_value(gradient, hessian, l2, low, high):
    """Return the Newton step of a leaf, kept between two bounds."""
    weight = hessian + l2
    value = -gradient / weight if weight > 0.0 else 0.0
    return min(max(value, low), high)


@kernel
def gain_of(totals, l2):
    """Return by how much twice the loss falls in a leaf of its own."""
    n_outputs = totals.shape[0] - 2
    weight = totals[n_outputs] + l2
    if weight <= 0.0:
        return 0.0
    gain = 0.0
    for k in range(n_outputs):
        gain += totals[k] * totals[k]
    return gain / weight


@kernel
def exceeds(gain, other):
    """Whether a gain is larger by more than the order of a sum can make it."""
    return gain > other + 1e-12 * abs(other)


@kernel
def gain_between(gradient, hessian, l2, low, high):
    """Do the same for one output and a leaf with bounds."""
    value = leaf_value(gradient, hessian, l2, low, high)
    return -value * (2.0 * gradient + (hessian + l2) * value)


@kernel
def pair_gain(g, h, n, g_right, h_right, n_right, limits, direction, low, high):
    """Return the gain of two children of one output, or -1 where not allowed."""
    if n < limits.min_samples_leaf or n_right < limits.min_samples_leaf:
        return -1.0
    if h < limits.min_child_weight or h_right < limits.min_child_weight:
        return -1.0
    l2 = limits.l2
    if direction == 0 and low == -np.inf and high == np.inf:
        a = h + l2
        b = h_right + l2
        gain = g * g / a if a > 0.0 else 0.0
        return gain + (g_right * g_right / b if b > 0.0 else 0.0)
    rise = leaf_value(g_right, h_right, l2, low, high)
    rise -= leaf_value(g, h, l2, low, high)
    if direction * rise < 0.0:
        return -1.0
    gain = gain_between(g, h, l2, low, high)
    return gain + gain_between(g_right, h_right, l2, low, high)


@kernel
def scan_numbers(
    histogram, bins, start, stop, totals, limits, direction, low, high, found
):
    """Find the best threshold of one feature, whose bins are bins[start:stop].

    found (4,): gain to beat, last bin of the left child, first bin of the right one,
    and whether missing values go left. Returns whether a better one was found.
    """
    g_all, h_all, n_all = totals[0], totals[1], totals[2]
    missing = bins[start]
    bound = found[0] + 1e-12 * abs(found[0])  # see exceeds
    # Divisions take the most time. Most gains are too low by more than rounding can
    # tell, and are known without: as products, of numbers that are not extreme.
    l2 = limits.l2
    has_bounds = direction != 0 or low != -np.inf or high != np.inf
    least = TINY if not has_bounds and h_all + l2 < 1.0 / TINY else np.inf
    surely = min(bound - 1e-9 * abs(bound), 1e150)
    better = False
    for side in range(2 if histogram[missing, 2] > 0.0 else 1):
        # First with missing values on the right.
        g = h = n = 0.0
        if side == 1:
            g, h, n = (
                histogram[missing, 0],
                histogram[missing, 1],
                histogram[missing, 2],
            )
        for p in range(start + 1, stop - 1):
            b = bins[p]
            g += histogram[b, 0]
            h += histogram[b, 1]
            n += histogram[b, 2]
            if n_all - n < limits.min_samples_leaf:
                break
            g_right = g_all - g
            h_right = h_all - h
            a = h + l2
            c = h_right + l2
            product = g * g * c + g_right * g_right * a
            if a > least and c > least and 1e-230 < product <= surely * (a * c):
                continue
            gain = pair_gain(
                g,
                h,
                n,
                g_right,
                h_right,
                n_all - n,
                limits,
                direction,
                low,
                high,
            )
            if gain > bound:
                bound = gain + 1e-12 * abs(gain)
                surely = min(bound - 1e-9 * abs(bound), 1e150)
                found[0] = gain
                found[1] = b
                found[2] = bins[p + 1]
                found[3] = side
                better = True
    return better


@kernel
def scan_missing(missing, last, totals, limits, direction, low, high, found):
    """Do the same for missing values against all others; first right bin is -1.

    missing (3,) are the sums of the missing values, last is the last bin.
    """
    gain = pair_gain(
        totals[0] - missing[0],
        totals[1] - missing[1],
        totals[2] - missing[2],
        missing[0],
        missing[1],
        missing[2],
        limits,
        direction,
        low,
        high,
    )
    if not exceeds(gain, found[0]):
        return False
    found[0] = gain
    found[1] = last
    found[2] = -1.0
    found[3] = 0.0
    return True


@kernel
def is_too_small(totals, limits):
    """Whether a child may not be."""
    m = totals.shape[0]
    return (
        totals[m - 1] < limits.min_samples_leaf
        or totals[m - 2] < limits.min_child_weight
    )


@kernel
def scan_vectors(histogram, bins, start, stop, totals, limits, found, pair):
    """scan_numbers for several outputs; pair (2, n_outputs + 2) is scratch."""
    left, right = pair[0], pair[1]
    n_channels = histogram.shape[1]
    n_missing = histogram[bins[start], n_channels - 1]
    better = False
    for side in range(2 if n_missing > 0.0 else 1):
        for c in range(n_channels):
            left[c] = histogram[bins[start], c] if side == 1 else 0.0
        # The last round is that of missing values against all others.
        for p in range(start + 1, stop - int(side == 1 or n_missing == 0.0)):
            for c in range(n_channels):
                left[c] += histogram[bins[p], c]
                right[c] = totals[c] - left[c]
            if is_too_small(left, limits) or is_too_small(right, limits):
                continue
            gain = gain_of(left, limits.l2) + gain_of(right, limits.l2)
            if exceeds(gain, found[0]):
                found[0] = gain
                found[1] = bins[p]
                found[2] = bins[p + 1] if p < stop - 1 else -1.0
                found[3] = side
                better = True
    return better


@kernel
def scan_categories(
    histogram, first, last, totals, limits, low, high, found, pair, chosen
):
    """Find the best set of categories to go left; a missing value is one of them.

    Categories are ordered by the mean of their first gradient. chosen (256,) bool is
    written where a better set than found[0] is found.
    """
    left, right = pair[0], pair[1]
    n_channels = histogram.shape[1]
    n_outputs = n_channels - 2
    order = np.empty(last - first, dtype=np.int64)
    ratio = np.empty(last - first)
    m = 0
    for b in range(first, last):
        if histogram[b, n_outputs + 1] > 0.0:
            order[m] = b - first
            ratio[m] = histogram[b, 0] / (histogram[b, n_outputs] + SMOOTH)
            m += 1
    order[:m] = order[:m][np.argsort(ratio[:m], kind="mergesort")]
    best = -1
    from_end = False
    for end in range(2 if m - 1 > PREFIXES else 1):
        left[:] = 0.0
        for p in range(min(m - 1, PREFIXES)):
            b = first + order[p if end == 0 else m - 1 - p]
            for c in range(n_channels):
                left[c] += histogram[b, c]
                right[c] = totals[c] - left[c]
            if is_too_small(left, limits) or is_too_small(right, limits):
                continue
            if n_outputs == 1:
                gain = gain_between(left[0], left[1], limits.l2, low, high)
                gain += gain_between(right[0], right[1], limits.l2, low, high)
            else:
                gain = gain_of(left, limits.l2) + gain_of(right, limits.l2)
            if exceeds(gain, found[0]):
                found[0] = gain
                best = p
                from_end = end == 1
    if best < 0:
        return False
    chosen[:] = False
    for p in range(best + 1):
        chosen[order[m - 1 - p if from_end else p]] = True
    return True


@kernel
def choose_features(allowed, n_chosen, seed, tree, node):
    """Leave n_chosen at random of the features (n_features,) bool that are allowed."""
    d = allowed.shape[0]
    keys = np.empty(d, dtype=np.uint64)
    m = 0
    for j in range(d):
        if allowed[j]:
            keys[m] = random_bits(seed, tree, node, j)
            m += 1
    if m <= n_chosen:
        return
    limit = np.sort(keys[:m])[n_chosen]
    for j in range(d):
        if allowed[j] and random_bits(seed, tree, node, j) >= limit:
            allowed[j] = False


@kernel
def subtract(histogram, part, bins):
    """Take a part off a histogram."""
    for b in bins:
        histogram[b, 0] -= part[b, 0]
        histogram[b, 1] -= part[b, 1]
        for c in range(2, histogram.shape[1]):
            histogram[b, c] -= part[b, c]


@kernel
def list_bins(histogram, is_categorical, bins, ends, kept, kept_ends):
    """Write which of some bins a node lists to kept and kept_ends, which may be those.

    Without branches: whether a bin holds rows is hard to guess.
    """
    c = histogram.shape[1] - 1
    m = 0
    last = ends[0]
    kept_ends[0] = 0
    for j in range(is_categorical.shape[0]):
        first, last = last, ends[j + 1]
        kept[m] = bins[first]
        m += 1
        for p in range(first + 1, last):
            b = bins[p]
            kept[m] = b
            m += int(is_categorical[j] or histogram[b, c] > 0.0)
        kept_ends[j + 1] = m


@kernel
def find_split(
    histogram,
    bins,
    ends,
    columns,
    limits,
    totals,
    low,
    high,
    allowed,
    split,
    chosen,
    found,
    pair,
):
    """Find the best split of a node; split is a record, its feature LEAF if none.

    chosen (256,) bool: which codes go left. found (4,) and pair (2, n_outputs + 2) are
    scratch.
    """
    starts, directions = columns.starts, columns.directions
    is_categorical = columns.is_categorical
    one = totals.shape[0] == 3
    if one:
        parent = gain_between(totals[0], totals[1], limits.l2, low, high)
    else:
        parent = gain_of(totals, limits.l2)
    found[0] = parent + limits.min_split_gain
    split.feature = LEAF
    for j in range(allowed.shape[0]):
        if not allowed[j]:
            continue
        first, last = np.int64(starts[j]), np.int64(starts[j + 1])
        if is_categorical[j]:
            better = scan_categories(
                histogram,
                first,
                last,
                totals,
                limits,
                low,
                high,
                found,
                pair,
                chosen,
            )
        elif one:
            better = scan_numbers(
                histogram,
                bins,
                ends[j],
                ends[j + 1],
                totals,
                limits,
                directions[j],
                low,
                high,
                found,
            )
            if 0.0 < histogram[first, 2] < totals[2]:
                better |= scan_missing(
                    histogram[first],
                    bins[ends[j + 1] - 1],
                    totals,
                    limits,
                    directions[j],
                    low,
                    high,
                    found,
                )
        else:
            better = scan_vectors(
                histogram,
                bins,
                ends[j],
                ends[j + 1],
                totals,
                limits,
                found,
                pair,
            )
        if better:
            split.feature = j
            split.gain = found[0] - parent
            split.is_categorical = is_categorical[j]
            if not split.is_categorical:
                split.code = int(found[1]) - first
                split.next_code = int(found[2]) - first
                split.missing_left = found[3] == 1.0


@kernel
def divide(codes, feature, goes_left, rows, first, last, room):
    """Put the rows first .. last - 1 that go left first, in order; return how many."""
    n_left = 0
    n_right = 0
    for r in range(first, last):
        i = rows[r]
        left = goes_left[codes[i, feature]]
        rows[first + n_left] = i
        room[n_right] = i
        n_left += int(left)
        n_right += int(not left)
    for r in range(n_right):
        rows[first + n_left + r] = room[r]
    return n_left


@kernel
def sum_rows(sums, rows, first, last, out):
    """Write the sums over rows first .. last - 1 to out (n_outputs + 1,)."""
    out[:] = 0.0
    for r in range(first, last):
        for k in range(out.shape[0]):
            out[k] += sums[rows[r], k]


@kernel
def midpoint(a, b):
    """Return a number from a on, below b, half way where there is one."""
    middle = a + 0.5 * (b - a)
    if middle == np.inf or middle == -np.inf:
        middle = 0.5 * a + 0.5 * b
    return middle if a <= middle < b else a


@kernel
def best_leaf(nodes, n_nodes):
    """Return the leaf with the best split, the first of equally good ones, or -1."""
    best = -1
    for node in range(n_nodes):
        if nodes[node].left == LEAF and nodes[node].feature != LEAF:
            if best < 0 or exceeds(nodes[node].gain, nodes[best].gain):
                best = node
    return best


@kernel
def value_leaves(nodes, n_nodes, sums, rows, limits, bounds, values):
    """Write values (n_nodes, n_outputs), 0 but for leaves, whose feature is erased.

    From sums over rows: those by differences of histograms are not as exact.
    """
    m = sums.shape[1]
    total = np.empty(m)
    for k in range(n_nodes):
        values[k] = 0.0
        if nodes[k].left == LEAF:
            sum_rows(sums, rows, nodes[k].first, nodes[k].last, total)
            nodes[k].feature = LEAF
            for c in range(m - 1):
                values[k, c] = leaf_value(
                    total[c], total[m - 1], limits.l2, bounds[k, 0], bounds[k, 1]
                )


@kernel
def keep_set(goes_left, n_codes, out):
    """Write which codes go left as bits (8,)."""
    out[:] = 0
    for c in range(n_codes):
        if goes_left[c]:
            out[c >> 5] |= np.uint32(1) << np.uint32(c & 31)


@kernel
def grow(codes, columns, sums, is_unit, rows, is_here, limits, seed, tree, growth):
    """Grow one tree, best gain first.

    columns, limits and growth are `Columns`, `Limits` and `Growth`; rows are put in the
    order of leaves. What is left in growth are nodes, children always behind their
    parent, values of the leaves, zeros elsewhere, sets, and their numbers.

    Where rows are not here, it is called once for each split, first with N_NODES = 0
    and the histogram of all rows in the first slot. It returns the node whose rows are
    to be divided by growth.chosen, which says what codes go left, or -1 at the end;
    values of leaves are then left to the caller, too. If N_SMALL is not -1, the caller
    writes the histogram of this child to slot N_SLOTS before the next call.
    """
    # One kernel for both: pieces would count references to all these arrays at each
    # split, which takes a tenth of the time of small trees.
    nodes, totals, bounds = growth.nodes, growth.totals, growth.bounds
    depth, slots, alive = growth.depth, growth.slots, growth.alive
    room, bins, ends = growth.room, growth.bins, growth.ends
    chosen, sets, counts = growth.chosen, growth.sets, growth.counts
    allowed, found, pair = growth.allowed, growth.found, growth.pair
    n_features = allowed.shape[0]
    m = totals.shape[1]
    left_over = np.empty(rows.shape[0] if is_here else 0, dtype=np.int32)

    if is_here or counts[N_NODES] == 0:
        nodes[0].first, nodes[0].last = 0, rows.shape[0]
        nodes[0].left = LEAF
        bounds[0, 0], bounds[0, 1] = -np.inf, np.inf
        depth[0] = 0
        slots[0] = 0
        for s in range(alive.shape[1]):
            alive[0, s] = True
        for b in range(room.shape[1]):
            bins[0, b] = b
        for j in range(n_features + 1):
            ends[0, j] = np.int64(columns.starts[j])
        if is_here:
            write_histogram(
                codes,
                columns.starts,
                sums,
                is_unit,
                rows,
                0,
                rows.shape[0],
                bins[0],
                room[0],
            )
        list_bins(room[0], columns.is_categorical, bins[0], ends[0], bins[0], ends[0])
        totals[0] = 0.0
        for b in bins[0, : ends[0, 1]]:
            for k in range(m):
                totals[0, k] += room[0, b, k]
        counts[N_NODES] = counts[N_LEAVES] = counts[N_SLOTS] = 1
        counts[N_SETS] = counts[N_SEARCHED] = 0
        counts[N_SMALL] = -1
    while True:
        small = counts[N_SMALL]
        if small >= 0:
            # Its histogram has been written; that of the other one is what is left.
            parent = counts[N_PARENT]
            big = nodes[parent].left + nodes[parent].right - small
            slot, spare = slots[parent], counts[N_SLOTS]
            kinds = columns.is_categorical
            subtract(room[slot], room[spare], bins[slot, : ends[slot, n_features]])
            if totals[small, m - 1] >= 2 * limits.min_samples_leaf:
                slots[small] = spare
                counts[N_SLOTS] += 1
                list_bins(
                    room[spare], kinds, bins[slot], ends[slot], bins[spare], ends[spare]
                )
            slots[big] = slot
            list_bins(room[slot], kinds, bins[slot], ends[slot], bins[slot], ends[slot])
        for node in range(counts[N_SEARCHED], counts[N_NODES]):
            nodes[node].feature = LEAF
            if slots[node] < 0:
                continue
            for j in range(n_features):
                allowed[j] = alive.shape[1] == 0
                for s in range(alive.shape[1]):
                    if alive[node, s] and columns.groups[s, j]:
                        allowed[j] = True
            if limits.n_features < n_features:
                choose_features(allowed, limits.n_features, seed, tree, node)
            find_split(
                room[slots[node]],
                bins[slots[node]],
                ends[slots[node]],
                columns,
                limits,
                totals[node],
                bounds[node, 0],
                bounds[node, 1],
                allowed,
                nodes[node],
                chosen[node],
                found,
                pair,
            )
        counts[N_SEARCHED] = counts[N_NODES]
        best = best_leaf(nodes, counts[N_NODES])
        if best < 0 or counts[N_LEAVES] == limits.max_leaf_nodes:
            break
        node = nodes[best]
        j = node.feature
        first = np.int64(columns.starts[j])
        slot = slots[best]
        left, right = counts[N_NODES], counts[N_NODES] + 1
        n_codes = np.int64(columns.starts[j + 1]) - first
        goes_left = chosen[best]
        if not node.is_categorical:
            goes_left[1:n_codes] = False
            goes_left[1 : node.code + 1] = True
        for k in range(m):
            totals[left, k] = 0.0
        for b in bins[slot, ends[slot, j] + 1 : ends[slot, j + 1]]:
            if goes_left[b - first]:
                for k in range(m):
                    totals[left, k] += room[slot, b, k]
        # What was not seen goes with the larger part.
        n_missing = room[slot, first, m - 1]
        left_is_larger = 2.0 * totals[left, m - 1] > totals[best, m - 1] - n_missing
        if n_missing == 0.0:
            goes_left[0] = left_is_larger
        elif not node.is_categorical:
            goes_left[0] = node.missing_left
        if node.is_categorical:
            for c in range(1, n_codes):
                if room[slot, first + c, m - 1] == 0.0:
                    goes_left[c] = left_is_larger
        node.missing_left = goes_left[0]
        if goes_left[0]:
            for k in range(m):
                totals[left, k] += room[slot, first, k]
        for k in range(m):
            totals[right, k] = totals[best, k] - totals[left, k]
        if node.is_categorical:
            node.set = counts[N_SETS]
            keep_set(goes_left, n_codes, sets[node.set])
            counts[N_SETS] += 1
        elif node.next_code < 0:
            node.threshold = np.inf
        else:
            node.threshold = midpoint(
                columns.highest[first + node.code],
                columns.lowest[first + node.next_code],
            )
        counts[N_NODES] += 2
        counts[N_LEAVES] += 1
        node.left, node.right = left, right
        nodes[left].first = node.first
        nodes[left].last = node.first + np.int64(totals[left, m - 1])
        nodes[right].first, nodes[right].last = nodes[left].last, node.last
        for child in (left, right):
            nodes[child].left = LEAF
            depth[child] = depth[best] + 1
            slots[child] = -1
            for k in range(2):
                bounds[child, k] = bounds[best, k]
            for s in range(alive.shape[1]):
                alive[child, s] = alive[best, s] and columns.groups[s, j]
        if columns.directions[j] != 0:
            low, high = bounds[best, 0], bounds[best, 1]
            a = leaf_value(totals[left, 0], totals[left, 1], limits.l2, low, high)
            b = leaf_value(totals[right, 0], totals[right, 1], limits.l2, low, high)
            rises = int(columns.directions[j] > 0)
            bounds[left, rises] = 0.5 * (a + b)
            bounds[right, 1 - rises] = 0.5 * (a + b)
        small, big = left, right
        if totals[left, m - 1] > totals[right, m - 1]:
            small, big = right, left
        if (
            counts[N_LEAVES] == limits.max_leaf_nodes
            or depth[small] >= limits.max_depth
            or totals[big, m - 1] < 2 * limits.min_samples_leaf
        ):
            small = -1
        counts[N_PARENT], counts[N_SMALL] = best, small
        if not is_here:
            return best
        divide(codes, j, goes_left, rows, node.first, node.last, left_over)
        if small >= 0:
            write_histogram(
                codes,
                columns.starts,
                sums,
                is_unit,
                rows,
                nodes[small].first,
                nodes[small].last,
                bins[slot, : ends[slot, n_features]],
                room[counts[N_SLOTS]],
            )
    if is_here:
        n = counts[N_NODES]
        value_leaves(nodes, n, sums, rows, limits, bounds, growth.values)
    return -1


@kernel
def keep_order(splits, n_nodes, directions, values):
    """Move values of leaves, one output, so that they keep to the directions.

    What is right of a split must not be below, or above, what is left of it; where they
    cross, both stop half way between. Other splits stay in order meanwhile.
    """
    for k in range(n_nodes):
        if splits[k].left == LEAF or directions[splits[k].feature] == 0:
            continue
        sign = directions[splits[k].feature]
        middle = splits[splits[k].left].last
        highest = -np.inf
        lowest = np.inf
        for leaf in range(k + 1, n_nodes):
            if splits[leaf].left == LEAF:
                if splits[k].first <= splits[leaf].first < middle:
                    highest = max(highest, sign * values[leaf, 0])
                elif middle <= splits[leaf].first < splits[k].last:
                    lowest = min(lowest, sign * values[leaf, 0])
        if highest <= lowest:
            continue
        bound = 0.5 * (highest + lowest)
        for leaf in range(k + 1, n_nodes):
            if splits[leaf].left == LEAF:
                if splits[k].first <= splits[leaf].first < middle:
                    values[leaf, 0] = sign * min(sign * values[leaf, 0], bound)
                elif middle <= splits[leaf].first < splits[k].last:
                    values[leaf, 0] = sign * max(sign * values[leaf, 0], bound)


@kernel
def add_leaves(nodes, n_nodes, values, rows, out):
    """Add the values of the leaves to out (n_rows, n_outputs) at the rows they hold."""
    for k in range(n_nodes):
        if nodes[k].left == LEAF:
            for r in range(nodes[k].first, nodes[k].last):
                for c in range(out.shape[1]):
                    out[rows[r], c] += values[k, c]


@kernel
def store(splits, n_nodes, weights, rows, out):
    """Copy what is kept of a tree to out (n_nodes,), with the weight of each node."""
    for k in range(n_nodes - 1, -1, -1):
        node, kept = splits[k], out[k]
        kept.feature = node.feature
        kept.left = node.left
        kept.set = node.set if node.left != LEAF and node.is_categorical else -1
        kept.threshold = node.threshold
        kept.missing_left = node.missing_left
        kept.gain = node.gain
        if node.left == LEAF:
            kept.gain = 0.0
            kept.weight = 0.0
            for r in range(node.first, node.last):
                kept.weight += weights[rows[r]]
        else:
            kept.weight = out[node.left].weight + out[node.right].weight


@kernel
def goes_right(x, node, sets):
    """Whether a row x (n_features,) goes right at a stored node that is no leaf."""
    value = x[node.feature]
    if value != value:
        return not node.missing_left
    if node.set >= 0:
        code = np.int64(value) + 1
        bits = sets[node.set, code >> 5] >> np.uint32(code & 31)
        return bits & np.uint32(1) == 0
    return value > node.threshold


@kernel
def find_leaf(x, nodes, sets):
    """Return the leaf of a stored tree that a row x (n_features,) falls into."""
    node = 0
    while nodes[node].left != LEAF:
        node = nodes[node].left + int(goes_right(x, nodes[node], sets))
    return node


@kernel
def add_trees(
    X, rows, nodes, values, sets, roots, set_roots, columns, first, last, out
):
    """Add trees first .. last - 1 of a forest to the rows of out (n_rows, n_outputs).

    roots and set_roots (n_trees + 1,) say where the nodes and the sets of a tree begin.
    A tree adds its values (n_nodes, any) to the columns from columns[tree] on.
    """
    block = 64
    for start in range(0, rows.shape[0], block):
        stop = min(start + block, rows.shape[0])
        for tree in range(first, last):
            here = nodes[roots[tree] : roots[tree + 1]]
            bits = sets[set_roots[tree] : set_roots[tree + 1]]
            for r in range(start, stop):
                i = rows[r]
                leaf = roots[tree] + find_leaf(X[i], here, bits)
                for c in range(values.shape[1]):
                    out[i, columns[tree] + c] += values[leaf, c]


@kernel
def apply_trees(X, nodes, sets, roots, set_roots, out):
    """Write the leaf of each row and tree to out (n_rows, n_trees)."""
    for i in range(X.shape[0]):
        for tree in range(out.shape[1]):
            here = nodes[roots[tree] : roots[tree + 1]]
            bits = sets[set_roots[tree] : set_roots[tree + 1]]
            out[i, tree] = find_leaf(X[i], here, bits)


@kernel
def code_numbers(values, highest, out):
    """Write 1 + the bin of each value of one column, 0 where it is NaN.

    highest (255,) are the largest values of the bins, infinite from the last one on. A
    search by halves without branches.
    """
    for i in range(values.shape[0]):
        value = values[i]
        low = int(highest[127] < value) << 7
        low += int(highest[low + 63] < value) << 6
        low += int(highest[low + 31] < value) << 5
        low += int(highest[low + 15] < value) << 4
        low += int(highest[low + 7] < value) << 3
        low += int(highest[low + 3] < value) << 2
        low += int(highest[low + 1] < value) << 1
        low += int(highest[low] < value)
        out[i] = 0 if value != value else low + 1


@kernel
def spread_of_bins(values, codes, lowest, highest):
    """Write the smallest and the largest value of each code (256,) of one column."""
    lowest[:] = np.inf
    highest[:] = -np.inf
    for i in range(values.shape[0]):
        b = codes[i]
        if b > 0:
            lowest[b] = min(lowest[b], values[i])
            highest[b] = max(highest[b], values[i])


@kernel
def cut_bins(values, weights, max_bins, highest):
    """Cut ascending values into at most max_bins bins of like weight; return how many.

    Writes the largest value of each bin to highest (max_bins,). Up to max_bins distinct
    values each have their own.
    """
    n = values.shape[0]
    n_distinct = 0
    total = 0.0
    for i in range(n):
        total += weights[i]
        if i == n - 1 or values[i] != values[i + 1]:
            if n_distinct < max_bins:
                highest[n_distinct] = values[i]
            n_distinct += 1
    if n_distinct <= max_bins:
        return n_distinct
    n_bins = 0
    done = 0.0
    target = total / max_bins
    for i in range(n):
        done += weights[i]
        if i == n - 1 or values[i] != values[i + 1]:
            if i == n - 1 or (done >= target and n_bins < max_bins - 1):
                highest[n_bins] = values[i]
                n_bins += 1
                # The rest is shared out anew, so that heavy values cost no bins.
                if n_bins < max_bins:
                    target = done + (total - done) / (max_bins - n_bins)
    return n_bins
