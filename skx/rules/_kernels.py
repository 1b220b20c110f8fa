# SPDX-License-Identifier: BSD-3-Clause
# shared-kernels: 003bd5c7
"""Compiled loops of the rule learners.

``codes`` is (n_features, n_rows), unsigned: numbers in order 0 .. above - 1, ``above``
for larger ones, ``above + 1`` for missing, then the categories. Operators have numbers:
0 <=, 1 >, 2 ==, 3 !=. With typed comparison > is false for what is no number, with the
complementary one it is true.
"""

import math

import numpy as np

from skx._numba import kernel
from skx._random import mix, random_uniform

LE, GT, EQ, NE = 0, 1, 2, 3
ENTROPY, GINI = 0, 1


@kernel
def code_numbers(values, numbers, missing, out):
    """Write the code of each value: the first of the ascending numbers at or above it.

    values (n,) float64, NaN gets ``missing``; numbers (n_numbers,) float64; out (n,).
    """
    size = numbers.shape[0]
    for i in range(values.shape[0]):
        value = values[i]
        if value != value:
            out[i] = missing
            continue
        low = 0
        length = size
        while length > 0:
            half = length // 2
            if numbers[low + half] < value:
                low += half + 1
                length -= half + 1
            else:
                length = half
        out[i] = low


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
def literal_score(criterion, tp, fn, tn, fp, min_coverage):
    """Score a literal; -inf where it agrees with less than half of the weight."""
    if tp + tn < fp + fn or tp < min_coverage:
        return -np.inf
    if criterion == ENTROPY:
        return entropy_score(tp, fn, tn, fp)
    return gini_score(tp, fn, tn, fp)


@kernel
def is_used(used, feature, op, value):
    """Whether a literal or its complement is among the used ones (n_used, 3)."""
    for k in range(used.shape[0]):
        if used[k, 0] == feature and used[k, 1] == op // 2 and used[k, 2] == value:
            return True
    return False


@kernel
def count_codes(codes, rows, weights, counts):
    """Add the weight of each row to the count of its code; codes is one feature's."""
    for r in range(rows.shape[0]):
        i = rows[r]
        counts[codes[i]] += weights[i]


@kernel
def best_of_feature(
    pos, neg, feature, above, n_codes, criterion, typed, min_coverage, used, best
):
    """Scan the literals of one feature; the first of equal scores wins.

    pos and neg (n_codes,) are weights of the two sides by code. ``best`` holds score,
    feature, operator and value of the best literal so far and is written in place.
    """
    xp = 0.0
    xn = 0.0
    for v in range(above):
        xp += pos[v]
        xn += neg[v]
    cp = 0.0
    cn = 0.0
    for v in range(above + 1, n_codes):
        cp += pos[v]
        cn += neg[v]
    a = 0.0
    b = 0.0
    for v in range(above):
        if pos[v] == 0.0 and neg[v] == 0.0:
            continue
        a += pos[v]
        b += neg[v]
        score = literal_score(criterion, a, xp - a + cp, xn - b + cn, b, min_coverage)
        if score > best[0] and not is_used(used, feature, LE, v):
            best[0], best[1], best[2], best[3] = score, feature, LE, v
        if typed:
            score = literal_score(
                criterion, xp - a, a + cp, b + cn, xn - b, min_coverage
            )
        else:
            score = literal_score(
                criterion, xp - a + cp, a, b, xn - b + cn, min_coverage
            )
        if score > best[0] and not is_used(used, feature, GT, v):
            best[0], best[1], best[2], best[3] = score, feature, GT, v
    for v in range(above + 1, n_codes):
        p = pos[v]
        n = neg[v]
        if p == 0.0 and n == 0.0:
            continue
        score = literal_score(criterion, p, cp - p + xp, cn - n + xn, n, min_coverage)
        if score > best[0] and not is_used(used, feature, EQ, v):
            best[0], best[1], best[2], best[3] = score, feature, EQ, v
        score = literal_score(criterion, cp - p + xp, p, n, cn - n + xn, min_coverage)
        if score > best[0] and not is_used(used, feature, NE, v):
            best[0], best[1], best[2], best[3] = score, feature, NE, v


@kernel
def best_literal(
    codes,
    above,
    n_codes,
    positives,
    negatives,
    weights,
    criterion,
    typed,
    min_coverage,
    used,
    first,
    last,
    best,
):
    """Scan the literals of features first .. last - 1 over rows of two sides.

    above, n_codes (n_features,) int64; positives, negatives int32 rows; weights
    (n_rows,) float64; used (n_used, 3) int64: feature, 0 for ordered and 1 for equality
    literals, value. ``best`` (4,) float64 starts at -inf, -1, -1, -1.
    """
    size = 0
    for j in range(first, last):
        size = max(size, n_codes[j])
    pos = np.empty(size)
    neg = np.empty(size)
    for j in range(first, last):
        if n_codes[j] == 2:
            continue  # missing throughout
        pos[: n_codes[j]] = 0.0
        neg[: n_codes[j]] = 0.0
        count_codes(codes[j], positives, weights, pos)
        count_codes(codes[j], negatives, weights, neg)
        best_of_feature(
            pos,
            neg,
            j,
            above[j],
            n_codes[j],
            criterion,
            typed,
            min_coverage,
            used,
            best,
        )


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


@kernel
def hash_rows(codes, labels, out):
    """Write 64 bits that depend on codes and label of a row alone.

    codes (n_features, n_rows) unsigned; labels (n_rows,) int64; out (n_rows,) uint64.
    """
    golden = np.uint64(0x9E3779B97F4A7C15)
    for i in range(out.shape[0]):
        out[i] = mix(np.uint64(labels[i]) + golden)
    for j in range(codes.shape[0]):
        for i in range(out.shape[0]):
            out[i] = mix(out[i] + golden * (np.uint64(codes[j, i]) + np.uint64(1)))


@kernel
def split_weights(rows, side, weights, share, seed, stream, grow, prune):
    """Divide the weight of rows between growing and pruning, each side in proportion.

    Rows of weight 1 go whole to one part: each side's share for pruning is a uniform
    subset. More is divided as that many rows would be, to 1 or less. rows int32; side
    (n_rows,) uint8, 1 for the rows that a rule is for; writes grow and prune (n_rows,)
    at rows.
    """
    total = np.zeros(2)
    for r in range(rows.shape[0]):
        total[side[rows[r]]] += weights[rows[r]]
    wanted = total * share
    for r in range(rows.shape[0]):
        i = rows[r]
        s = side[i]
        weight = weights[i]
        rate = min(max(wanted[s] / total[s], 0.0), 1.0) if total[s] > 0.0 else 0.0
        draw = random_uniform(seed, stream, i, 0)
        if weight <= 1.0:
            part = weight if draw < rate else 0.0
        else:
            part = math.floor(weight * rate)
            if draw < weight * rate - part:
                part = min(part + 1.0, weight)
        wanted[s] -= part
        total[s] -= weight
        prune[i] = part
        grow[i] = weight - part


@kernel
def foil_gain(own, other, own_before, other_before):
    """Bits that a condition saves in telling the rows of the own side, FOIL's gain."""
    return own * (
        math.log2(own / (own + other))
        - math.log2(own_before / (own_before + other_before))
    )


@kernel
def list_codes(column, rows, side, weights, own, other, present):
    """Add the weights of both sides by code, and list the codes in order.

    own and other (n_codes,) are zero before. Writes the codes that rows have to the
    first places of present (n_codes,), and returns how many they are.
    """
    n = 0
    is_sparse = rows.shape[0] * 16 < own.shape[0]
    if is_sparse:
        for r in range(rows.shape[0]):
            v = column[rows[r]]
            if own[v] == 0.0:
                own[v] = 1.0  # seen
                present[n] = v
                n += 1
        present[:n].sort()
        for k in range(n):
            own[present[k]] = 0.0
    for r in range(rows.shape[0]):
        i = rows[r]
        if side[i]:
            own[column[i]] += weights[i]
        else:
            other[column[i]] += weights[i]
    if not is_sparse:
        for v in range(own.shape[0]):
            if own[v] != 0.0 or other[v] != 0.0:
                present[n] = v
                n += 1
    return n


@kernel
def best_foil_of_feature(
    own, other, present, feature, above, own_before, other_before, min_weight, best
):
    """Scan the literals of one feature by FOIL's gain; the first of equals wins.

    own and other (n_codes,) are weights of the two sides by code, present the codes in
    order. ``best`` holds gain, feature, operator and value of the best literal so far
    and is written in place.
    """
    # No literal gains more per own weight than one that leaves no other.
    most = -math.log2(own_before / (own_before + other_before))
    all_own = 0.0
    all_other = 0.0
    for k in range(present.shape[0]):
        v = present[k]
        if v < above:
            all_own += own[v]
            all_other += other[v]
    a = 0.0
    b = 0.0
    for k in range(present.shape[0]):
        v = present[k]
        if v > above:
            if own[v] >= min_weight and own[v] * most > best[0]:
                gain = foil_gain(own[v], other[v], own_before, other_before)
                if gain > best[0]:
                    best[0], best[1], best[2], best[3] = gain, feature, EQ, v
            continue
        a += own[v]
        b += other[v]
        if a >= min_weight and a * most > best[0]:
            gain = foil_gain(a, b, own_before, other_before)
            if gain > best[0]:
                best[0], best[1], best[2], best[3] = gain, feature, LE, v
        p = all_own - a
        if p >= min_weight and p * most > best[0]:
            n = max(all_other - b, 0.0)
            gain = foil_gain(p, n, own_before, other_before)
            if gain > best[0]:
                best[0], best[1], best[2], best[3] = gain, feature, GT, v


@kernel
def side_weights(rows, side, weights):
    """Return the weights of the other and the own side of some rows."""
    out = np.zeros(2)
    for r in range(rows.shape[0]):
        out[side[rows[r]]] += weights[rows[r]]
    return out[0], out[1]


@kernel
def grow_rule(
    codes, above, n_codes, rows, side, weights, min_weight, max_conditions, rule
):
    """Add literals of the largest FOIL gain to a rule until no gain or no other side.

    rows int32 are those that the rule covers; rule (n_conditions, 3) int64: feature,
    operator, code. Returns the longer rule.
    """
    size = 0
    for j in range(codes.shape[0]):
        size = max(size, n_codes[j])
    own = np.zeros(size)
    other = np.zeros(size)
    present = np.empty(size, dtype=np.int64)
    best = np.empty(4)
    other_total, own_total = side_weights(rows, side, weights)
    while own_total > 0.0 and other_total > 0.0 and rule.shape[0] < max_conditions:
        best[:] = 0.0
        for j in range(codes.shape[0]):
            n = list_codes(
                codes[j],
                rows,
                side,
                weights,
                own[: n_codes[j]],
                other[: n_codes[j]],
                present,
            )
            best_foil_of_feature(
                own,
                other,
                present[:n],
                j,
                above[j],
                own_total,
                other_total,
                min_weight,
                best,
            )
            for k in range(n):
                own[present[k]] = 0.0
                other[present[k]] = 0.0
        if best[0] <= 0.0:
            break
        feature, op, value = int(best[1]), int(best[2]), int(best[3])
        longer = np.empty((rule.shape[0] + 1, 3), dtype=np.int64)
        longer[:-1] = rule
        longer[-1, 0], longer[-1, 1], longer[-1, 2] = feature, op, value
        rule = longer
        rows = keep_rows(codes[feature], rows, op, value, above[feature], True)
        other_total, own_total = side_weights(rows, side, weights)
    return rule


@kernel
def prefix_weights(codes, above, rule, rows, side, weights):
    """Return (n_conditions + 1, 2): weights that the first k conditions leave.

    Columns are the other side and the own one; rule (n_conditions, 3) int64.
    """
    out = np.zeros((rule.shape[0] + 1, 2))
    for r in range(rows.shape[0]):
        i = rows[r]
        out[0, side[i]] += weights[i]
        for k in range(rule.shape[0]):
            j = rule[k, 0]
            if not holds(codes[j, i], rule[k, 1], rule[k, 2], above[j], True):
                break
            out[k + 1, side[i]] += weights[i]
    return out


@kernel
def divide_rows(codes, above, rule, rows):
    """Return the rows that a rule covers and those that it does not, in their order."""
    inside = np.empty_like(rows)
    outside = np.empty_like(rows)
    n_inside = 0
    for r in range(rows.shape[0]):
        i = rows[r]
        covers = True
        for k in range(rule.shape[0]):
            j = rule[k, 0]
            if not holds(codes[j, i], rule[k, 1], rule[k, 2], above[j], True):
                covers = False
                break
        if covers:
            inside[n_inside] = i
            n_inside += 1
        else:
            outside[r - n_inside] = i
    return inside[:n_inside].copy(), outside[: rows.shape[0] - n_inside].copy()


@kernel
def lone_weights(rows, n_covering, side, weights):
    """Weights of the other and the own side where no second rule covers the row."""
    out = np.zeros(2)
    for r in range(rows.shape[0]):
        i = rows[r]
        if n_covering[i] == 1:
            out[side[i]] += weights[i]
    return out[0], out[1]
