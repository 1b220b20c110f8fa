# SPDX-License-Identifier: BSD-3-Clause
# shared-kernels: 003bd5c7
"""Kernels of the over-samplers: draws, interpolation, votes on categories."""

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
