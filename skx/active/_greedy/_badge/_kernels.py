# SPDX-License-Identifier: BSD-3-Clause
"""Kernels of gradients that are never built, and of draws of them by distance."""

# shared-kernels: ad3a8180
import math

import numpy as np

from skx._numba import kernel
from skx._random import random_uniform

ROUNDING = 1e-13  # of products of gradients, relative


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


@kernel(fastmath={"reassoc", "contract", "nsz"})  # a sum of squares
def squared_error(proba, i):
    """Return |p_i - e_i|^2, see write_error, without writing it."""
    largest = proba[i, 0]
    for c in range(proba.shape[1]):
        largest = max(largest, proba[i, c])
    total, n_largest = 0.0, 0
    for c in range(proba.shape[1]):
        p = float(proba[i, c])
        total += p * p if p < largest else 0.0
        n_largest += p >= largest
    top = float(largest)
    return total + (n_largest - 1) * (top * top) + (top - 1.0) * (top - 1.0)


@kernel
def write_norms(proba, X, columns, starts, intercept, start, stop, norms):
    """Write |g_i|^2 of rows start..stop to norms (n,).

    g_i = (p_i - e_i) kron h_i are gradients, see write_error and feature_product. They
    are never built, as <g_i, g_k> = <p_i - e_i, p_k - e_k> <h_i, h_k>.
    """
    for i in range(start, stop):
        features = feature_product(X, columns, starts, intercept, i, i)
        norms[i] = squared_error(proba, i) * features


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
def bound_weights(norms, norm, weights):
    """Lower weights (n,) to what they can be with a pick of this squared length."""
    length = math.sqrt(norm)
    for i in range(weights.shape[0]):
        most = math.sqrt(norms[i]) + length
        # Rounding is not to make a distance longer.
        weights[i] = min(weights[i], most * most * (1.0 + ROUNDING))


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
    shortest = norms[picks[0]]
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
        # Of short picks the lengths alone tell how near they are, and nine proposals of
        # ten are saved.
        if norms[row] < 0.5 * shortest:
            shortest = norms[row]
            bound_weights(norms, shortest, weights)
            sum_chunks(weights, chunk_rows, 0, sums.shape[0], sums)
    return n_picks
