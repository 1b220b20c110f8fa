# SPDX-License-Identifier: BSD-3-Clause
"""Kernels of greedy picks.

What a pick is worth only shrinks as others are made, so an old value bounds the new
one from above. Rows are therefore brought up to date only where their bound could win;
no distance is ever computed twice, and few are computed at all.
"""

import math

import numpy as np

from skx._numba import kernel

REMOVED = -1.0
TURNED_CELLS = 2**13  # of a block of rows, which stay in the nearest cache


@kernel(fastmath={"reassoc", "contract", "nsz"})  # a sum of squares
def squared_distance(X, i, C, k):
    """Return |X_i - C_k|^2 in the precision of X (n, d) and C (m, d)."""
    total = X.dtype.type(0)
    for j in range(X.shape[1]):
        gap = X[i, j] - C[k, j]
        total += gap * gap
    return total


@kernel
def lower_bounds(X, y, C, targets, n_centres, limit, start, stop, bound, seen):
    """Bring bounds of how far rows start..stop are up to date, down to the limit.

    The distance of row i is the least |X_i - C_k|^2 over the first n_centres rows of C,
    times (y_i - targets_k)^2 unless y is None. bound (n,) is at least that, being the
    distance to the first seen_i centres; those that reach the limit become exact.
    """
    for i in range(start, stop):
        value = bound[i]
        if value >= limit:
            k = seen[i]
            while k < n_centres and value >= limit:
                distance = squared_distance(X, i, C, k)
                if y is not None:
                    gap = y[i] - targets[k]
                    distance *= gap * gap
                value = min(value, distance)
                k += 1
            bound[i] = value
            seen[i] = k


@kernel
def spread_pivots(C, pivots, owners, gaps):
    """Write rows of C that are far from each other, and which of them is the nearest.

    pivots (P,) are rows of C (m, d), each the farthest from those before; owners (m,)
    are the places of the nearest pivot, gaps (m,) its squared distances.
    """
    gaps[:] = np.inf
    row = 0
    for p in range(pivots.shape[0]):
        pivots[p] = row
        for k in range(C.shape[0]):
            gap = squared_distance(C, k, C, row)
            if gap < gaps[k]:
                gaps[k] = gap
                owners[k] = p
        row = np.argmax(gaps)


@kernel(fastmath={"reassoc", "contract", "nsz"})  # sums of products
def find_pivots(X, P, halves, start, stop, nearest):
    """Write the nearest row of P (p, d), but for rounding, of rows start..stop of X.

    halves (p,) are half the squared lengths of P. Blocks of rows are turned, so that
    rows lie side by side and a product is one instruction for several of them.
    """
    d = X.shape[1]
    size = min(max(TURNED_CELLS // d, 32), stop - start)
    turned = np.zeros((d, size), X.dtype)
    gaps, least = np.empty(size, X.dtype), np.empty(size, X.dtype)
    owners = np.zeros(size, np.int32)
    for first in range(start, stop, size):
        n = min(size, stop - first)
        for r in range(n):
            for j in range(d):
                turned[j, r] = X[first + r, j]
        least[:] = np.inf
        for p in range(P.shape[0]):
            gaps[:] = halves[p]
            for j in range(0, d - 7, 8):
                for r in range(size):
                    gaps[r] -= (
                        P[p, j] * turned[j, r]
                        + P[p, j + 1] * turned[j + 1, r]
                        + P[p, j + 2] * turned[j + 2, r]
                        + P[p, j + 3] * turned[j + 3, r]
                        + P[p, j + 4] * turned[j + 4, r]
                        + P[p, j + 5] * turned[j + 5, r]
                        + P[p, j + 6] * turned[j + 6, r]
                        + P[p, j + 7] * turned[j + 7, r]
                    )
            for j in range(d - d % 8, d):
                for r in range(size):
                    gaps[r] -= P[p, j] * turned[j, r]
            for r in range(size):
                is_nearer = gaps[r] < least[r]
                owners[r] = p if is_nearer else owners[r]
                least[r] = gaps[r] if is_nearer else least[r]
        nearest[first : first + n] = owners[:n]


@kernel
def try_near_centres(X, C, members, starts, nearest, limit, start, stop, bound):
    """Lower bounds of rows start..stop by centres that are likely to be near.

    A row looks through the members of its nearest pivot, which are those of starts_p to
    starts_p + 1, until its bound is below the limit. bound (n,) stays above the
    distance to all centres.
    """
    for i in range(start, stop):
        value = bound[i]
        if value >= limit:
            m = starts[nearest[i]]
            while m < starts[nearest[i] + 1] and value >= limit:
                value = min(value, squared_distance(X, i, C, members[m]))
                m += 1
            bound[i] = value


@kernel
def farthest_of_some(
    X, y, C, targets, n_centres, least, start, step, bound, seen, farthest
):
    """Return how far the last of the farthest of rows start, start + step... is.

    farthest (k,) is filled with their distances, ascending, or with least where they
    are below it. Other arguments are as for lower_bounds. Bounds of REMOVED are those
    of no row.
    """
    farthest[:] = least
    for i in range(start, X.shape[0], step):
        if bound[i] > farthest[0]:
            limit = farthest[0]
            lower_bounds(X, y, C, targets, n_centres, limit, i, i + 1, bound, seen)
            k = 1
            while k < farthest.shape[0] and farthest[k] < bound[i]:
                farthest[k - 1] = farthest[k]
                k += 1
            farthest[k - 1] = max(farthest[k - 1], bound[i])
    return farthest[0]


@kernel
def farthest_first(
    X, y, C, targets, n_given, limit, rows, bound, seen, picks, radii, n_picks
):
    """Pick the farthest row, make it a centre, and again; stop below the limit.

    rows (r,) are those whose bound reaches the limit, ascending. C and targets have
    room for picks (B,) after those that were given; y holds what a pick adds to the
    targets. Picks and their distances, radii (B,), are written from n_picks on; returns
    how many of them there are. Other arguments are as for lower_bounds.
    """
    while n_picks < picks.shape[0]:
        n_centres = n_given + n_picks
        row, best = -1, limit
        for i in rows:
            if bound[i] > best or (bound[i] == best and row < 0):
                if bound[i] > 0.0:
                    lower_bounds(
                        X, y, C, targets, n_centres, best, i, i + 1, bound, seen
                    )
                if bound[i] > best or (bound[i] == best and row < 0):
                    row, best = i, bound[i]
        if row < 0:
            break
        picks[n_picks] = row
        radii[n_picks] = best
        bound[row] = REMOVED
        for j in range(X.shape[1]):
            C[n_centres, j] = X[row, j]
        if y is not None:
            targets[n_centres] = y[row]
        n_picks += 1
    return n_picks


@kernel
def assign_rows(X, C, k, distances, owners):
    """Give rows to centre k of C where it is nearer than their owner, in place.

    distances (n,) are squared, owners (n,) int32. A row is left alone where its owner
    is so near that the new centre, twice as far from the owner, cannot be nearer.
    """
    apart = np.empty(k)
    for other in range(k):
        apart[other] = 0.25 * (1.0 - 1e-5) * squared_distance(C, k, C, other)
    for i in range(X.shape[0]):
        owner = owners[i]
        if owner >= 0 and apart[owner] >= distances[i]:
            continue
        distance = squared_distance(X, i, C, k)
        if owner < 0 or distance < distances[i]:
            distances[i] = distance
            owners[i] = k


@kernel
def largest_cluster_first(X, C, n_centres, distances, owners, taken, picks, squares):
    """Pick the farthest row of the heaviest cluster, make it a centre, and again.

    A row is in the cluster of its nearest centre, and a cluster weighs the sum of
    squared distances. C has room for the picks (B,), whose squared distances are
    written to squares (B,); distances (n,) and owners (n,) are written, rows that are
    taken (n,) are not picked.
    """
    for k in range(n_centres):
        assign_rows(X, C, k, distances, owners)
    for b in range(picks.shape[0]):
        weights = np.zeros(n_centres)
        n_free = np.zeros(n_centres, np.int64)
        for i in range(X.shape[0]):
            weights[owners[i]] += distances[i]
            n_free[owners[i]] += not taken[i]
        heaviest = -1
        for k in range(n_centres):
            if n_free[k] and (heaviest < 0 or weights[k] > weights[heaviest]):
                heaviest = k
        row = -1
        for i in range(X.shape[0]):
            if owners[i] == heaviest and not taken[i]:
                if row < 0 or distances[i] > distances[row]:
                    row = i
        picks[b] = row
        squares[b] = distances[row]
        taken[row] = True
        for j in range(X.shape[1]):
            C[n_centres, j] = X[row, j]
        assign_rows(X, C, n_centres, distances, owners)
        n_centres += 1


@kernel
def rank_rows(X, uncertainty, C, n_centres, n_rows, bound, seen, picks, scores):
    """Pick by distance to centres and uncertainty, make it a centre, and again.

    The score is a (1 - 1 / (1 + d)) + (1 - a) uncertainty, with d the distance to the
    nearest centre and a the share of n_rows rows that are no centres. bound and seen
    are as for find_farthest, with negative bounds for rows picked; picks and scores
    (B,) are written.
    """
    for b in range(picks.shape[0]):
        share = n_rows / (n_rows + n_centres)
        best, row = -math.inf, -1
        for i in range(X.shape[0]):
            if bound[i] < 0.0:
                continue
            value = float(bound[i])
            sure = (1.0 - share) * uncertainty[i]
            score = share * (1.0 - 1.0 / (1.0 + math.sqrt(value))) + sure
            while score > best and seen[i] < n_centres:
                distance = float(squared_distance(X, i, C, seen[i]))
                seen[i] += 1
                if distance < value:
                    value = distance
                    score = share * (1.0 - 1.0 / (1.0 + math.sqrt(value))) + sure
            bound[i] = value
            if score > best:
                best, row = score, i
        picks[b] = row
        scores[b] = best
        bound[row] = REMOVED
        for j in range(X.shape[1]):
            C[n_centres, j] = X[row, j]
        n_centres += 1
        n_rows -= 1


@kernel
def count_close(products, limits, counts):
    """Write to counts (r,) how many of each row of products (r, c) reach its limit."""
    for i in range(products.shape[0]):
        limit = limits[i]
        n = 0
        for j in range(products.shape[1]):
            n += products[i, j] >= limit
        counts[i] = n


@kernel
def write_pairs(products, limits, counts, X, square, first, second, pairs):
    """Write pairs (m, 2) of rows i < j of X at most sqrt(square) apart; return m.

    products (r, c) tell which of the rows first.. and second.. may be; see count_close.
    """
    m = 0
    for a in range(products.shape[0]):
        if not counts[a]:
            continue
        i = first + a
        for b in range(products.shape[1]):
            j = second + b
            if products[a, b] >= limits[a] and j > i:
                total = 0.0
                for h in range(X.shape[1]):
                    gap = float(X[i, h]) - float(X[j, h])
                    total += gap * gap
                if total <= square:
                    pairs[m, 0] = i
                    pairs[m, 1] = j
                    m += 1
    return m


@kernel
def count_degrees(pairs, degrees):
    """Add to degrees (n,) how many of pairs (m, 2) each row is in."""
    for m in range(pairs.shape[0]):
        degrees[pairs[m, 0]] += 1
        degrees[pairs[m, 1]] += 1


@kernel
def write_neighbors(pairs, ends, indices):
    """Append both rows of pairs (m, 2) to each other's part of indices, up to ends."""
    for m in range(pairs.shape[0]):
        i, j = pairs[m, 0], pairs[m, 1]
        indices[ends[i]] = j
        ends[i] += 1
        indices[ends[j]] = i
        ends[j] += 1


@kernel
def cover_ball(centre, indptr, indices, covered, gains):
    """Cover a row and its neighbours; gains (n,) count uncovered rows of each ball."""
    for m in range(indptr[centre] - 1, indptr[centre + 1]):
        row = centre if m < indptr[centre] else indices[m]
        if not covered[row]:
            covered[row] = True
            gains[row] -= 1
            for e in range(indptr[row], indptr[row + 1]):
                gains[indices[e]] -= 1


@kernel
def cover_greedily(indptr, indices, initial, taken, covered, gains, picks, won):
    """Pick the ball with most uncovered rows, cover it, and again: picks (B,).

    Balls of ``initial`` are covered first; rows that are taken (n,) are not picked.
    won (B,) are the rows that each pick covers, the first row of equals is picked.
    """
    for m in range(initial.shape[0]):
        cover_ball(initial[m], indptr, indices, covered, gains)
    for b in range(picks.shape[0]):
        best = -1
        for i in range(gains.shape[0]):
            if not taken[i] and (best < 0 or gains[i] > gains[best]):
                best = i
        picks[b] = best
        won[b] = gains[best]
        taken[best] = True
        cover_ball(best, indptr, indices, covered, gains)


@kernel
def add_entropies(cells, weights, n_classes, entropies):
    """Add the sum of -weights_s q log q to the entropy of each candidate.

    q are cells (S, m * n_classes), the classes of a candidate side by side.
    """
    for s in range(cells.shape[0]):
        for at in range(cells.shape[1]):
            q = cells[s, at]
            if q > 0.0:
                entropies[at // n_classes] -= weights[s] * q * math.log(q)
