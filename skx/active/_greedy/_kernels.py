# SPDX-License-Identifier: BSD-3-Clause
"""Kernels of greedy picks.

What a pick is worth only shrinks as others are made, so an old value bounds the new
one from above. Rows are therefore brought up to date only where their bound could win;
no distance is ever computed twice, and few are computed at all.
"""

# shared-kernels: 003bd5c7
import math

import numpy as np

from skx._numba import kernel
from skx._random import random_uniform

REMOVED = -1.0
ROUNDING = 1e-13  # of products of gradients, relative


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
def spread_pivots(C, pivots, owners):
    """Write rows of C that are far from each other, and which of them is the nearest.

    pivots (P,) are rows of C (m, d), each the farthest from those before; owners (m,)
    are the places of the nearest pivot.
    """
    gaps = np.full(C.shape[0], np.inf)
    row = 0
    for p in range(pivots.shape[0]):
        pivots[p] = row
        for k in range(C.shape[0]):
            gap = squared_distance(C, k, C, row)
            if gap < gaps[k]:
                gaps[k] = gap
                owners[k] = p
        row = np.argmax(gaps)


@kernel
def try_near_centres(X, C, pivots, members, starts, limit, start, stop, bound, nearest):
    """Lower bounds of rows start..stop by centres that are likely to be near.

    A row looks for a pivot that is near, then through its members, which are those of
    starts_p to starts_p + 1, until the bound is below the limit. bound (n,) stays above
    the distance to all centres; nearest (n,) keeps the pivot, -1 before.
    """
    for i in range(start, stop):
        value = bound[i]
        if value < limit:
            continue
        p = nearest[i]
        if p < 0:
            p, least = 0, squared_distance(X, i, C, pivots[0])
            k = 1
            while k < pivots.shape[0] and least >= limit:
                distance = squared_distance(X, i, C, pivots[k])
                if distance < least:
                    p, least = k, distance
                k += 1
            nearest[i] = p
            value = min(value, least)
        m = starts[p]
        while m < starts[p + 1] and value >= limit:
            value = min(value, squared_distance(X, i, C, members[m]))
            m += 1
        bound[i] = value


@kernel
def farthest_of_some(X, y, C, targets, n_centres, least, start, step, bound, seen):
    """Return how far the farthest of rows start, start + step... is, or else least.

    Other arguments are as for lower_bounds. Bounds of REMOVED are those of no row.
    """
    best = least
    for i in range(start, X.shape[0], step):
        if bound[i] > best:
            lower_bounds(X, y, C, targets, n_centres, best, i, i + 1, bound, seen)
            best = max(best, bound[i])
    return best


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
def write_error(proba, i, errors, k):
    """Write p_i - e_i to errors_k (., C), e_i being 1 at the first largest of p_i."""
    top, largest = 0, proba[i, 0]
    for c in range(proba.shape[1]):
        p = proba[i, c]
        errors[k, c] = p
        if p > largest:
            top, largest = c, p
    errors[k, top] -= 1.0


@kernel(fastmath={"reassoc", "contract", "nsz"})  # a sum of products
def row_product(X, i, Z, k):
    """Return <X_i, Z_k> in double precision."""
    total = 0.0
    for j in range(X.shape[1]):
        total += float(X[i, j]) * float(Z[k, j])
    return total


@kernel
def feature_product(X, columns, starts, intercept, i, k):
    """Return <h_i, h_k> of rows of X, with ``intercept`` appended.

    X is (n, d), or the values of CSR with these columns, ascending, and starts.
    """
    product = intercept * intercept
    if X.ndim == 2:  # known when it is compiled, so that the other part is left out
        product += row_product(X, i, X, k)
    else:
        first, second = starts[i], starts[k]
        while first < starts[i + 1] and second < starts[k + 1]:
            if columns[first] == columns[second]:
                product += float(X[first]) * float(X[second])
                first += 1
                second += 1
            elif columns[first] < columns[second]:
                first += 1
            else:
                second += 1
    return product


@kernel
def write_norms(proba, X, columns, starts, intercept, start, stop, norms):
    """Write |g_i|^2 of rows start..stop to norms (n,).

    g_i = (p_i - e_i) kron h_i are gradients, see write_error and feature_product. They
    are never built, as <g_i, g_k> = <p_i - e_i, p_k - e_k> <h_i, h_k>.
    """
    own = np.empty((1, proba.shape[1]))
    for i in range(start, stop):
        write_error(proba, i, own, 0)
        features = feature_product(X, columns, starts, intercept, i, i)
        norms[i] = row_product(own, 0, own, 0) * features


@kernel
def update_weights(
    proba,
    X,
    columns,
    starts,
    intercept,
    norms,
    picks,
    errors,
    n_picks,
    start,
    stop,
    limit,
    weights,
    seen,
):
    """Bring weights start..stop, squared distances to the nearest pick, up to date.

    Weights (n,) are distances to the first seen_i of picks (B,), whose errors (B, C)
    are those of write_error. Below the limit a weight need not be up to date.
    """
    own = np.empty((1, proba.shape[1]))
    for i in range(start, stop):
        if weights[i] > 0.0:
            write_error(proba, i, own, 0)
            k = seen[i]
            while k < n_picks and weights[i] > limit:
                row = picks[k]
                product = row_product(own, 0, errors, k)
                product *= feature_product(X, columns, starts, intercept, i, row)
                both = norms[i] + norms[row]
                distance = both - 2.0 * product
                # What rounding leaves of the distance between copies is none.
                if distance <= ROUNDING * both:
                    distance = 0.0
                weights[i] = min(weights[i], distance)
                k += 1
            seen[i] = k


@kernel
def sum_in_four(values, start, stop):
    """Return the sum of values start..stop, four at once, in an order that is fixed."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    i = start
    while i + 4 <= stop:
        a += values[i]
        b += values[i + 1]
        c += values[i + 2]
        d += values[i + 3]
        i += 4
    while i < stop:
        a += values[i]
        i += 1
    return (a + b) + (c + d)


@kernel
def sum_chunks(weights, chunk_rows, first, last, sums):
    """Write the sums of weights (n,) of the chunks first..last to sums."""
    for chunk in range(first, last):
        stop = min((chunk + 1) * chunk_rows, weights.shape[0])
        sums[chunk] = sum_in_four(weights, chunk * chunk_rows, stop)


@kernel
def draw_row(weights, chunk_rows, sums, share):
    """Return the row at ``share`` of the way through the weights, or -1 if all are 0.

    ``sums`` are of chunks; share is in [0, 1).
    """
    left = share * sum_in_four(sums, 0, sums.shape[0])
    # What rounding has left over is for the last chunk, and row, with a weight.
    last = -1
    for chunk in range(sums.shape[0]):
        if sums[chunk] > 0.0:
            last = chunk
            if left < sums[chunk]:
                break
            left -= sums[chunk]
    if last < 0:
        return -1
    row = -1
    stop = min((last + 1) * chunk_rows, weights.shape[0])
    for i in range(last * chunk_rows, stop):
        if weights[i] > 0.0:
            row = i
            if left < weights[i]:
                break
            left -= weights[i]
    return row


@kernel
def draw_picks(
    proba,
    X,
    columns,
    starts,
    intercept,
    norms,
    seed,
    max_tries,
    picks,
    errors,
    n_picks,
    weights,
    seen,
    chunk_rows,
    sums,
):
    """Draw picks with probability proportional to the weight; stop if in need of help.

    A row is proposed by its old weight, which is not below the new one, and accepted
    with the ratio of both: that is the law of the new weights, whatever the old ones
    are. Returns how many of picks (B,) there are when all are drawn, when all weights
    are 0, or when max_tries proposals were in vain and update_weights is due.
    """
    while n_picks < picks.shape[0]:
        drawn = False
        for t in range(max_tries):
            share = random_uniform(seed, n_picks, t, 0)
            row = draw_row(weights, chunk_rows, sums, share)
            if row < 0:
                return n_picks
            limit = random_uniform(seed, n_picks, t, 1) * weights[row]
            update_weights(
                proba,
                X,
                columns,
                starts,
                intercept,
                norms,
                picks,
                errors,
                n_picks,
                row,
                row + 1,
                limit,
                weights,
                seen,
            )
            drawn = weights[row] > limit
            if drawn:
                weights[row] = 0.0
            chunk = row // chunk_rows
            sum_chunks(weights, chunk_rows, chunk, chunk + 1, sums)
            if drawn:
                picks[n_picks] = row
                write_error(proba, row, errors, n_picks)
                n_picks += 1
                break
        if not drawn:
            return n_picks
    return n_picks


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
