# SPDX-License-Identifier: BSD-3-Clause
# shared-kernels: 003bd5c7
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
def vote_codes(codes, voters, position, seed, stream, draw, keep_first, out):
    """Write the most frequent code among each new row's voters, column by column.

    codes (n, c) int32; voters (q, k) int64 rows of it, -1 for none; position (m,)
    int64: which of the q each new row asks; out (m, c) int32 is written in place. Of
    equally frequent codes the first voter's wins if ``keep_first``, else one of them by
    random number ``draw`` + column of the new row.
    """
    k = voters.shape[1]
    counts = np.empty(k, np.int64)
    for s in range(position.shape[0]):
        rows = voters[position[s]]
        for j in range(codes.shape[1]):
            most = 0
            n_tied = 0
            for a in range(k):
                counts[a] = 0
                if rows[a] < 0:
                    continue
                is_new = True
                for b in range(k):
                    if rows[b] >= 0 and codes[rows[b], j] == codes[rows[a], j]:
                        counts[a] += 1
                        is_new = is_new and b >= a
                if not is_new:
                    counts[a] = 0  # counted where it came first
                elif counts[a] > most:
                    most = counts[a]
                    n_tied = 1
                elif counts[a] == most:
                    n_tied += 1
            chosen = 0
            if n_tied > 1 and not (keep_first and counts[0] == most):
                chosen = random_below(seed, stream, s, draw + j, n_tied)
            for a in range(k):
                if counts[a] == most:
                    if chosen == 0:
                        out[s, j] = codes[rows[a], j]
                        break
                    chosen -= 1


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
