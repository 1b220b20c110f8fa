# SPDX-License-Identifier: BSD-3-Clause
"""Kernels of scores: one pass over the rows, which also tells rows that are wrong."""

import math

from skx._numba import kernel

CHECK, LEAST_CONFIDENCE, MARGIN, ENTROPY = range(4)
CONSENSUS, KL_MEAN, KL_MAX = range(3)
TOLERANCE = 1e-3


@kernel(fastmath={"reassoc", "nsz"})  # a sum, of which NaN and infinity are no less
def is_distribution(proba, i):
    """Tell whether row i (C,) is finite, non-negative and sums to 1 within 1e-3."""
    total = 0.0
    n_negative = 0
    for c in range(proba.shape[1]):
        total += proba[i, c]
        n_negative += proba[i, c] < 0.0
    return abs(total - 1.0) <= TOLERANCE and not n_negative


@kernel
def score_rows(proba, measure, start, stop, out):
    """Write 1 - p1, 1 - (p1 - p2) or -sum p log p of rows start..stop to out (n,).

    p1 >= p2 are the largest of a row of proba (n, C). CHECK writes nothing. Returns the
    first row that is no distribution, or -1.
    """
    n_classes = proba.shape[1]
    for i in range(start, stop):
        if not is_distribution(proba, i):
            return i
        if measure == ENTROPY:
            total = 0.0
            for c in range(n_classes):
                p = float(proba[i, c])
                if p > 0.0:
                    total -= p * math.log(p)
            out[i] = max(total, 0.0)
        elif measure != CHECK:
            first, second = 0.0, 0.0
            for c in range(n_classes):
                p = float(proba[i, c])
                if p > first:
                    first, second = p, first
                elif p > second:
                    second = p
            if measure == LEAST_CONFIDENCE:
                out[i] = 1.0 - first
            else:
                out[i] = 1.0 - (first - second) if n_classes > 1 else 0.0
    return -1


@kernel
def score_committees(proba, measure, start, stop, out):
    """Write how the members of a committee disagree on rows start..stop to out (n,).

    proba is (n, K, C). CONSENSUS is the entropy of the members' mean q, KL_MEAN and
    KL_MAX are of sum_c p_c log(p_c / q_c) over members. Returns the first row with a
    member whose probabilities are no distribution, or -1.
    """
    n_members, n_classes = proba.shape[1], proba.shape[2]
    each = proba.reshape(proba.shape[0] * n_members, n_classes)
    for i in range(start, stop):
        for k in range(n_members):
            if not is_distribution(each, i * n_members + k):
                return i
        total, largest = 0.0, 0.0
        if measure == CONSENSUS:
            for c in range(n_classes):
                q = 0.0
                for k in range(n_members):
                    q += proba[i, k, c]
                q /= n_members
                if q > 0.0:
                    total -= q * math.log(q)
        else:
            for k in range(n_members):
                divergence = 0.0
                for c in range(n_classes):
                    p = float(proba[i, k, c])
                    if p > 0.0:
                        q = 0.0
                        for other in range(n_members):
                            q += proba[i, other, c]
                        divergence += p * math.log(p * n_members / q)
                total += divergence / n_members
                largest = max(largest, divergence)
        out[i] = max(largest if measure == KL_MAX else total, 0.0)
    return -1
