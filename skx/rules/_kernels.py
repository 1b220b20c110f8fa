# SPDX-License-Identifier: BSD-3-Clause
"""Compiled loops of the rule learners.

``codes`` is (n_features, n_rows), unsigned: numbers in order 0 .. above - 1, ``above``
for larger ones, ``above + 1`` for missing, then the categories. Operators have numbers:
0 <=, 1 >, 2 ==, 3 !=. With typed comparison > is false for what is no number, with the
complementary one it is true.
"""

import math

import numpy as np

from skx._numba import kernel

LE, GT, EQ, NE = 0, 1, 2, 3
ENTROPY, GINI = 0, 1


@kernel
def code_numbers(values, numbers, missing, out):
    """Write the code of each value: the first of the ascending numbers at or above it.

    values (n,) floating, NaN gets ``missing``; numbers (2**k - 1,) float64, k >= 8, the
    rest of them infinite; out (n,). The search has no branches: those of one by halves
    cannot be foretold, and wrong guesses cost five times as much as it does.
    """
    steps = 8
    while numbers.shape[0] >> steps:
        steps += 1
    for i in range(values.shape[0]):
        value = values[i]
        low = 0
        for k in range(steps - 1, 7, -1):
            low += int(numbers[low + (1 << k) - 1] < value) << k
        low += int(numbers[low + 127] < value) << 7
        low += int(numbers[low + 63] < value) << 6
        low += int(numbers[low + 31] < value) << 5
        low += int(numbers[low + 15] < value) << 4
        low += int(numbers[low + 7] < value) << 3
        low += int(numbers[low + 3] < value) << 2
        low += int(numbers[low + 1] < value) << 1
        low += int(numbers[low] < value)
        out[i] = missing if value != value else low


@kernel
def holds(code, op, value, above, typed):
    """Whether a literal is true of a code."""
    if op == LE:
        return code <= value
    if op == GT:
        return code > value and (not typed or code <= above)
    if op == EQ:
        return code == value
    return code != value


@kernel
def entropy_score(tp, fn, tn, fp):
    """Negative conditional entropy in nats; higher is better."""
    total = tp + fn + tn + fp
    p = tp + fp
    q = tn + fn
    score = 0.0
    if tp > 0.0:
        score += tp / total * math.log(tp / p)
    if fp > 0.0:
        score += fp / total * math.log(fp / p)
    if tn > 0.0:
        score += tn / total * math.log(tn / q)
    if fn > 0.0:
        score += fn / total * math.log(fn / q)
    return score


@kernel
def gini_score(tp, fn, tn, fp):
    """Negative weighted Gini impurity, halved; higher is better."""
    score = 0.0
    if tp + fp > 0.0:
        score -= tp * fp / (tp + fp)
    if tn + fn > 0.0:
        score -= tn * fn / (tn + fn)
    return score / (tp + fn + tn + fp)


@kernel
def impurity(criterion, own, other):
    """Impurity of a node, in the unit of the scores, from the weights of its sides."""
    if criterion == ENTROPY:
        return -entropy_score(own, 0.0, 0.0, other)
    return -gini_score(own, 0.0, 0.0, other)


@kernel
def least_entropy(a, b):
    """Lower bound of (a + b) times the entropy in nats of two weights.

    With z = (a - b) / (a + b) the entropy is ln 2 less the sum over k of
    z^2k / 2k (2k - 1); terms beyond the fourth are at most z^10 times their sum at 1.
    """
    total = a + b
    if total <= 0.0:
        return 0.0
    z = (a - b) / total
    u = z * z
    tail = 0.05862305 * u
    series = u * (1 / 2 + u * (1 / 12 + u * (1 / 30 + u * (1 / 56 + tail))))
    return total * (0.69314718 - series)


@kernel
def literal_score(criterion, tp, fn, tn, fp, min_coverage, best):
    """Score a literal; -inf where it is no candidate, or not better than ``best``.

    A candidate agrees with half of the weight or more.
    """
    if tp + tn < fp + fn or tp < min_coverage:
        return -np.inf
    if criterion == GINI:
        return gini_score(tp, fn, tn, fp)
    # Most literals are seen to be worse without a logarithm.
    least = least_entropy(tp, fp) + least_entropy(tn, fn)
    if -least < (best - 1e-6) * (tp + fn + tn + fp):
        return -np.inf
    return entropy_score(tp, fn, tn, fp)


@kernel
def is_used(used, feature, op, value):
    """Whether a literal or its complement is among the used ones (n_used, 3)."""
    for k in range(used.shape[0]):
        if used[k, 0] == feature and used[k, 1] == op // 2 and used[k, 2] == value:
            return True
    return False


@kernel
def count_rows(codes, features, offsets, rows, weights, counts):
    """Add the weights of rows to the counts of their codes, four features at a time.

    features (n,) int64; offsets (n,) int64 say where their counts begin; weights
    (n_rows,) float64, or empty where all of them are 1.
    """
    plain = weights.shape[0] == 0
    n = features.shape[0] // 4 * 4
    for k in range(0, n, 4):
        codes_0, codes_1 = codes[features[k]], codes[features[k + 1]]
        codes_2, codes_3 = codes[features[k + 2]], codes[features[k + 3]]
        counts_0, counts_1 = counts[offsets[k] :], counts[offsets[k + 1] :]
        counts_2, counts_3 = counts[offsets[k + 2] :], counts[offsets[k + 3] :]
        for r in range(rows.shape[0]):
            i = rows[r]
            weight = 1.0 if plain else weights[i]
            counts_0[codes_0[i]] += weight
            counts_1[codes_1[i]] += weight
            counts_2[codes_2[i]] += weight
            counts_3[codes_3[i]] += weight
    for k in range(n, features.shape[0]):
        column = codes[features[k]]
        here = counts[offsets[k] :]
        for r in range(rows.shape[0]):
            i = rows[r]
            here[column[i]] += 1.0 if plain else weights[i]


@kernel
def best_of_feature(
    present,
    pos,
    neg,
    n_numbers,
    n_present,
    feature,
    criterion,
    typed,
    min_coverage,
    used,
    best,
):
    """Scan the literals of one feature; the first of equal scores wins.

    present holds the codes that occur, numbers first; pos and neg their weights on the
    two sides. ``best`` holds score, feature, operator and value of the best literal so
    far and is written in place.
    """
    xp = 0.0
    xn = 0.0
    for k in range(n_numbers):
        xp += pos[k]
        xn += neg[k]
    cp = 0.0
    cn = 0.0
    for k in range(n_numbers, n_present):
        cp += pos[k]
        cn += neg[k]
    a = 0.0
    b = 0.0
    for k in range(n_numbers):
        v = present[k]
        a += pos[k]
        b += neg[k]
        score = literal_score(
            criterion, a, xp - a + cp, xn - b + cn, b, min_coverage, best[0]
        )
        if score > best[0] and not is_used(used, feature, LE, v):
            best[0], best[1], best[2], best[3] = score, feature, LE, v
        if typed:
            score = literal_score(
                criterion, xp - a, a + cp, b + cn, xn - b, min_coverage, best[0]
            )
        else:
            score = literal_score(
                criterion, xp - a + cp, a, b, xn - b + cn, min_coverage, best[0]
            )
        if score > best[0] and not is_used(used, feature, GT, v):
            best[0], best[1], best[2], best[3] = score, feature, GT, v
    for k in range(n_numbers, n_present):
        v = present[k]
        p = pos[k]
        n = neg[k]
        score = literal_score(
            criterion, p, cp - p + xp, cn - n + xn, n, min_coverage, best[0]
        )
        if score > best[0] and not is_used(used, feature, EQ, v):
            best[0], best[1], best[2], best[3] = score, feature, EQ, v
        score = literal_score(
            criterion, cp - p + xp, p, n, cn - n + xn, min_coverage, best[0]
        )
        if score > best[0] and not is_used(used, feature, NE, v):
            best[0], best[1], best[2], best[3] = score, feature, NE, v


@kernel
def gather_counts(pos, neg, above, present, p, n):
    """Copy the codes that occur, and their weights; return how many numbers and all."""
    m = 0
    for v in range(above):
        if pos[v] != 0.0 or neg[v] != 0.0:
            present[m], p[m], n[m] = v, pos[v], neg[v]
            m += 1
    n_numbers = m
    for v in range(above + 1, pos.shape[0]):
        if pos[v] != 0.0 or neg[v] != 0.0:
            present[m], p[m], n[m] = v, pos[v], neg[v]
            m += 1
    return n_numbers, m


BLOCK = 16  # codes


@kernel
def count_wide(column, rows, weights, counts, seen):
    """Count the codes of one feature, and mark the blocks of codes that occur."""
    plain = weights.shape[0] == 0
    for r in range(rows.shape[0]):
        i = rows[r]
        code = column[i]
        counts[code] += 1.0 if plain else weights[i]
        seen[code // BLOCK] = True


@kernel
def gather_wide(pos, neg, seen, above, n_codes, present, p, n):
    """Do the same as `gather_counts` over marked blocks, and clear them."""
    m = 0
    n_numbers = 0
    for block in range((n_codes + BLOCK - 1) // BLOCK):
        if not seen[block]:
            continue
        seen[block] = False
        for v in range(block * BLOCK, min(block * BLOCK + BLOCK, n_codes)):
            if pos[v] != 0.0 or neg[v] != 0.0:
                present[m], p[m], n[m] = v, pos[v], neg[v]
                m += 1
                if v < above:
                    n_numbers = m
                pos[v] = 0.0
                neg[v] = 0.0
    return n_numbers, m


@kernel
def best_literal(
    codes,
    above,
    n_codes,
    offsets,
    own_counts,
    other_counts,
    own,
    other,
    weights,
    criterion,
    typed,
    min_coverage,
    used,
    best,
):
    """Scan the literals of all features over rows of two sides.

    above, n_codes, offsets (n_features,) int64; own_counts, other_counts hold the
    weights by code of a feature from its offset on, unless that is negative: then they
    are counted here, from own and other, int32 rows. weights (n_rows,) float64, or empty
    where all of them are 1. used (n_used, 3) int64: feature, 0 for ordered and 1 for
    equality literals, value. ``best`` (4,) float64 starts at -inf, -1, -1, -1.
    """
    most = n_codes.max()
    present = np.empty(most, dtype=np.int64)
    pos = np.empty(most)
    neg = np.empty(most)
    widest = 0
    for j in range(codes.shape[0]):
        if offsets[j] < 0:
            widest = max(widest, n_codes[j])
    wide_pos = np.zeros(widest)
    wide_neg = np.zeros(widest)
    seen = np.zeros(widest // BLOCK + 1, dtype=np.bool_)
    for j in range(codes.shape[0]):
        if offsets[j] < 0:
            count_wide(codes[j], own, weights, wide_pos, seen)
            count_wide(codes[j], other, weights, wide_neg, seen)
            n_numbers, n_present = gather_wide(
                wide_pos, wide_neg, seen, above[j], n_codes[j], present, pos, neg
            )
        else:
            start, stop = offsets[j], offsets[j] + n_codes[j]
            n_numbers, n_present = gather_counts(
                own_counts[start:stop],
                other_counts[start:stop],
                above[j],
                present,
                pos,
                neg,
            )
        best_of_feature(
            present,
            pos,
            neg,
            n_numbers,
            n_present,
            j,
            criterion,
            typed,
            min_coverage,
            used,
            best,
        )


@kernel
def divide(codes, rows, op, value, above, typed):
    """Return the rows of which a literal is true, and the others, in their order.

    codes is one feature's.
    """
    out = np.empty_like(rows)
    left = np.empty_like(rows)
    n = 0
    for r in range(rows.shape[0]):
        i = rows[r]
        out[n] = i
        left[r - n] = i
        n += int(holds(codes[i], op, value, above, typed))
    return out[:n].copy(), left[: rows.shape[0] - n].copy()


@kernel
def keep_rows(codes, rows, op, value, above, typed):
    """Return the rows of which a literal is true; codes is one feature's."""
    out = np.empty_like(rows)
    n = 0
    for r in range(rows.shape[0]):
        i = rows[r]
        if holds(codes[i], op, value, above, typed):
            out[n] = i
            n += 1
    return out[:n].copy()


@kernel
def sum_weights(weights, rows):
    """Return the total weight of some rows."""
    total = 0.0
    for r in range(rows.shape[0]):
        total += weights[rows[r]]
    return total


@kernel
def walk_codes(codes, above, typed, features, ops, values, yes, no, start, out):
    """Write where each row ends in a program of literals, see `_program`.

    ``out`` (n_rows,) gets -1 - target for a negative target.
    """
    for i in range(codes.shape[1]):
        node = start
        while node >= 0:
            feature = features[node]
            true = holds(
                codes[feature, i], ops[node], values[node], above[feature], typed
            )
            node = yes[node] if true else no[node]
        out[i] = -1 - node


@kernel
def walk_values(numbers, levels, features, kinds, cuts, wanted, yes, no, start, out):
    """``walk_codes`` over values as they are.

    numbers (n_rows, n_columns) floating, NaN for what is no number; levels (n_rows,
    n_leveled) int32. kinds: 0 number <= cut, 1 number > cut, 2 not (number <= cut), 3
    not (number > cut), 4 level == wanted, 5 level != wanted, 6 number is NaN, 7 it is
    not.
    """
    for i in range(out.shape[0]):
        node = start
        while node >= 0:
            kind = kinds[node]
            column = features[node]
            if kind == 0:
                true = numbers[i, column] <= cuts[node]
            elif kind == 1:
                true = numbers[i, column] > cuts[node]
            elif kind == 2:
                true = not numbers[i, column] <= cuts[node]
            elif kind == 3:
                true = not numbers[i, column] > cuts[node]
            elif kind == 4:
                true = levels[i, column] == wanted[node]
            elif kind == 5:
                true = levels[i, column] != wanted[node]
            elif kind == 6:
                true = numbers[i, column] != numbers[i, column]
            else:
                true = numbers[i, column] == numbers[i, column]
            node = yes[node] if true else no[node]
        out[i] = -1 - node
