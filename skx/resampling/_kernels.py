# SPDX-License-Identifier: BSD-3-Clause
# shared-kernels: ad3a8180
"""Kernels of the over-samplers: draws, new rows, votes on categories."""

import math

import numpy as np

from skx._numba import kernel
from skx._random import random_below, random_bits, random_uniform


@kernel
def draw_bits(seed, stream, draw, out):
    """Write random_bits(seed, stream, i, draw) to out (m,) uint64."""
    for i in range(out.shape[0]):
        out[i] = random_bits(seed, stream, i, draw)


@kernel
def draw_ranks(seed, stream, draw, bound, out):
    """Write uniform integers of 0 .. bound - 1 to out (m,) int64."""
    for i in range(out.shape[0]):
        out[i] = random_below(seed, stream, i, draw, bound)


@kernel
def draw_uniforms(seed, stream, draw, out):
    """Write uniforms of [0, 1) to out (m,) float64."""
    for i in range(out.shape[0]):
        out[i] = random_uniform(seed, stream, i, draw)


@kernel
def interpolate_rows(X, parents, weights, out):
    """Write weights[s, 0] * X[base] + weights[s, 1] * X[partner] for each pair s.

    X (n, d) and weights (m, 2) of one float type, parents (m, 2) int64 rows of X, out
    (m, d) written in place. Results are clamped between the parents, so that rounding
    never leaves the segment. A missing base value stays missing; where only the
    partner's is missing, the base value is taken.
    """
    for s in range(parents.shape[0]):
        base = X[parents[s, 0]]
        partner = X[parents[s, 1]]
        for j in range(X.shape[1]):
            a = base[j]
            b = partner[j] if partner[j] == partner[j] else a
            value = weights[s, 0] * a + weights[s, 1] * b
            low = min(a, b)
            high = max(a, b)
            value = low if value < low else value
            out[s, j] = high if value > high else value


@kernel
def count_union(indices, indptr, parents, counts):
    """Write the number of columns stored in either parent row to counts (m,) int64.

    indices, indptr: CSR pattern with sorted columns; parents (m, 2) int64.
    """
    for s in range(parents.shape[0]):
        i, i_stop = indptr[parents[s, 0]], indptr[parents[s, 0] + 1]
        j, j_stop = indptr[parents[s, 1]], indptr[parents[s, 1] + 1]
        count = i_stop - i + j_stop - j
        while i < i_stop and j < j_stop:
            if indices[i] < indices[j]:
                i += 1
            elif indices[j] < indices[i]:
                j += 1
            else:
                count -= 1
                i += 1
                j += 1
        counts[s] = count


@kernel
def interpolate_csr(data, indices, indptr, parents, weights, out, columns, starts):
    """Interpolate CSR rows as interpolate_rows does, on the union of the patterns.

    data and weights (m, 2) of one float type, parents (m, 2) int64; starts (m,): where
    each new row begins in out and columns, which are written in place.
    """
    zero = data.dtype.type(0)
    for s in range(parents.shape[0]):
        i, i_stop = indptr[parents[s, 0]], indptr[parents[s, 0] + 1]
        j, j_stop = indptr[parents[s, 1]], indptr[parents[s, 1] + 1]
        place = starts[s]
        while i < i_stop or j < j_stop:
            a = zero
            b = zero
            if j >= j_stop or (i < i_stop and indices[i] <= indices[j]):
                column = indices[i]
            else:
                column = indices[j]
            if i < i_stop and indices[i] == column:
                a = data[i]
                i += 1
            if j < j_stop and indices[j] == column:
                b = data[j]
                j += 1
            value = weights[s, 0] * a + weights[s, 1] * b
            out[place] = min(max(value, min(a, b)), max(a, b))
            columns[place] = column
            place += 1


@kernel
def draw_normals(seed, stream, index, draw, out):
    """Write independent standard normals to out (k,), by Box and Muller (1958).

    They take the random numbers ``draw`` to ``draw`` + k of ``index``.
    """
    for j in range(0, out.shape[0], 2):
        share = random_uniform(seed, stream, index, draw + j)
        angle = 2.0 * math.pi * random_uniform(seed, stream, index, draw + j + 1)
        radius = math.sqrt(-2.0 * math.log1p(-share))
        out[j] = radius * math.cos(angle)
        if j + 1 < out.shape[0]:
            out[j + 1] = radius * math.sin(angle)


@kernel
def draw_gaussian_shares(scale, seed, stream, draw, start, out):
    """Write shares 1/k + sqrt(scale/k) (z_j - mean z) with standard normals z_1 .. z_k.

    out (m, k) float64, its row s by the random numbers of index start + s. A row sums
    to 1. The sum of k points by it is normally distributed, with the mean of the points
    and scale times their covariance (of divisor k).
    """
    k = out.shape[1]
    spread = math.sqrt(scale / k)
    for s in range(out.shape[0]):
        shares = out[s]
        draw_normals(seed, stream, start + s, draw, shares)
        total = 0.0
        for j in range(k):
            total += shares[j]
        for j in range(k):
            shares[j] = 1.0 / k + spread * (shares[j] - total / k)


@kernel
def mix_rows(X, parents, shares, out):
    """Write the sums of shares[s, j] * X[parents[s, j]] over j, for each s.

    X (n, d) float, parents (m, k) int64 rows of X, shares (m, k) float64 summing to 1,
    out (m, d) of the type of X. Differences to the first parent are summed in float64,
    so that nothing is lost far from the origin.
    """
    total = np.empty(X.shape[1])
    for s in range(parents.shape[0]):
        base = X[parents[s, 0]]
        total[:] = 0.0
        for j in range(1, parents.shape[1]):
            row = X[parents[s, j]]
            share = shares[s, j]
            for i in range(X.shape[1]):
                total[i] += share * (np.float64(row[i]) - base[i])
        for i in range(X.shape[1]):
            out[s, i] = base[i] + total[i]


@kernel
def square_distances(X, pairs, out):
    """Write squared Euclidean distances of pairs (m, 2) of rows of X to out (m,)."""
    for s in range(pairs.shape[0]):
        total = 0.0
        for i in range(X.shape[1]):
            gap = np.float64(X[pairs[s, 0], i]) - X[pairs[s, 1], i]
            total += gap * gap
        out[s] = total


@kernel
def place_in_balls(X, parents, truncation, deformation, seed, stream, draw, start, out):
    """Write a random row of the ball round X[centre] whose surface X[surface] is on.

    X (n, d) float, parents (m, 2) int64: centre and surface; out (m, d) of the type of
    X. Row s takes the random numbers of index start + s from ``draw`` on. A uniform
    point b of the unit ball has the part p along the unit vector from centre to
    surface. Where abs(truncation - p) > 1, p changes its sign. The part of b across is
    multiplied by 1 - deformation. The row is centre + radius * b.
    """
    d = X.shape[1]
    axis = np.empty(d)
    point = np.empty(d)
    for s in range(parents.shape[0]):
        centre = X[parents[s, 0]]
        surface = X[parents[s, 1]]
        square = 0.0
        for i in range(d):
            axis[i] = np.float64(surface[i]) - centre[i]
            square += axis[i] * axis[i]
        if square == 0.0:
            out[s] = centre
            continue
        radius = math.sqrt(square)
        draw_normals(seed, stream, start + s, draw + 1, point)
        length = 0.0
        along = 0.0
        for i in range(d):
            axis[i] /= radius
            length += point[i] * point[i]
            along += point[i] * axis[i]
        share = random_uniform(seed, stream, start + s, draw)
        reach = share ** (1.0 / d) / math.sqrt(length) if length > 0.0 else 0.0
        along *= reach
        across = (1.0 - deformation) * reach
        # The point is along * axis + (reach * point - along * axis).
        kept = -along if abs(truncation - along) > 1.0 else along
        kept -= (1.0 - deformation) * along
        for i in range(d):
            out[s, i] = centre[i] + radius * (kept * axis[i] + across * point[i])


@kernel
def vote_codes(
    codes, n_levels, voters, position, start, seed, stream, draw, keep_first, out
):
    """Write the most frequent code among each new row's voters, column by column.

    codes (n, c) int32 of 0 .. n_levels - 1; voters (q, k) int64 rows of it, -1 for none
    (but not first); position (m,) int64: which of the q each new row asks; out (m, c)
    int32 is written in place. Of equally frequent codes the first voter's wins if
    ``keep_first``, else one of them by random number ``draw`` + column of the new row,
    whose index is ``start`` + its place.
    """
    k = voters.shape[1]
    votes = np.zeros(n_levels, np.int64)
    for s in range(position.shape[0]):
        rows = voters[position[s]]
        for j in range(codes.shape[1]):
            most = 0
            for a in range(k):
                if rows[a] >= 0:
                    votes[codes[rows[a], j]] += 1
                    most = max(most, votes[codes[rows[a], j]])
            n_tied = 0
            for a in range(k):
                # A code that has been seen to be tied is marked by its sign.
                if rows[a] >= 0 and votes[codes[rows[a], j]] == most:
                    votes[codes[rows[a], j]] = -most
                    n_tied += 1
            chosen = 0
            first = codes[rows[0], j]
            if n_tied > 1 and not (keep_first and votes[first] == -most):
                chosen = random_below(seed, stream, start + s, draw + j, n_tied)
            for a in range(k):
                if rows[a] >= 0:
                    code = codes[rows[a], j]
                    if votes[code] == -most:
                        if chosen == 0:
                            out[s, j] = code
                        chosen -= 1
                    votes[code] = 0


@kernel
def column_deviations(X, out):
    """Write the standard deviation (divisor n) of each column of X (n, d) to out (d,).

    Missing values (NaN) are left out; a column without any value has deviation NaN, a
    constant one 0.
    """
    for j in range(X.shape[1]):
        n = 0
        first = 0.0
        total = 0.0
        for i in range(X.shape[0]):
            if X[i, j] == X[i, j]:
                first = X[i, j] if n == 0 else first
                total += X[i, j] - first
                n += 1
        if n == 0:
            out[j] = np.nan
            continue
        mean = first + total / n
        total = 0.0
        squares = 0.0
        for i in range(X.shape[0]):
            if X[i, j] == X[i, j]:
                gap = X[i, j] - mean
                total += gap
                squares += gap * gap
        out[j] = np.sqrt(max(squares - total * total / n, 0.0) / n)


@kernel
def insert_rows(distance, members, start, stop, distances, rows):
    """Insert members[start:stop], ascending, at one distance into sorted (k,) lists.

    Equal distances are ordered by row; the lists are changed in place.
    """
    for a in range(start, stop):
        row = members[a]
        place = distances.shape[0] - 1
        if distance > distances[place] or (
            distance == distances[place] and row > rows[place]
        ):
            return
        while place > 0 and (
            distance < distances[place - 1]
            or (distance == distances[place - 1] and row < rows[place - 1])
        ):
            distances[place] = distances[place - 1]
            rows[place] = rows[place - 1]
            place -= 1
        distances[place] = distance
        rows[place] = row


@kernel
def query_profiles(
    values, shared, profiles, columns, unit, groups, members, edges, out
):
    """Find the nearest rows of groups of equal rows by value difference, nearest first.

    values (u, f) int64, its rows sorted: rows of profiles (p, c) float64, which belong
    to columns (p,) int64; shared (u,) int64: how many columns from the first on each
    row shares with the one before. The squared distance is the sum over columns of (sum
    over c of |difference of profiles|)^2, each square rounded to a multiple of
    ``unit``, so that the order of columns is of no account. groups (q,) int64: the
    groups that ask; members[edges[g] : edges[g + 1]]: the rows of group g, ascending.
    out (q, k) int64 is written in place: rows of all groups, the own one included,
    equal distances by row.
    """
    n_groups, n_columns = values.shape
    last = out.shape[1] - 1
    distances = np.empty(out.shape[1], np.int64)
    deltas = np.empty(profiles.shape[0], np.int64)
    sums = np.zeros(n_columns + 1, np.int64)  # of the first columns
    for q in range(groups.shape[0]):
        own = groups[q]
        for v in range(profiles.shape[0]):
            mine = values[own, columns[v]]
            gap = 0.0
            for c in range(profiles.shape[1]):
                gap += abs(profiles[v, c] - profiles[mine, c])
            deltas[v] = np.int64(np.rint(gap * gap / unit))
        rows = out[q]
        distances[:] = np.iinfo(np.int64).max
        rows[:] = members.shape[0]
        # Those sorted next to it are near, so that the rest is soon seen to be too far.
        low, high = max(own - 16, 0), min(own + 17, n_groups)
        for g in range(low, high):
            total = 0
            for j in range(n_columns):
                total += deltas[values[g, j]]
            insert_rows(total, members, edges[g], edges[g + 1], distances, rows)
        n_summed = 0  # columns that the sums of the last group cover
        for g in range(n_groups):
            j = min(n_summed, shared[g])
            n_summed = j
            if sums[j] > distances[last] or low <= g < high:
                continue
            while j < n_columns and sums[j] <= distances[last]:
                sums[j + 1] = sums[j] + deltas[values[g, j]]
                j += 1
            n_summed = j
            if sums[j] <= distances[last]:
                insert_rows(sums[j], members, edges[g], edges[g + 1], distances, rows)


@kernel
def measure_distances(X, row, out):
    """Write the Euclidean distances of one row of X to all to out (n,) float64.

    X (n, d) float64 with NaN for missing values: a squared distance is then that of the
    columns known on both sides, times d over their number; inf if there are none.
    """
    n_columns = X.shape[1]
    for i in range(X.shape[0]):
        total = 0.0
        n_known = 0
        for j in range(n_columns):
            gap = X[i, j] - X[row, j]
            if gap == gap:
                total += gap * gap
                n_known += 1
        out[i] = np.sqrt(total * n_columns / n_known) if n_known else np.inf
