# SPDX-License-Identifier: BSD-3-Clause
# shared-kernels: ad3a8180
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
ENTER, END = -1, -2  # steps of a program


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
    z = (a - b) / max(total, 1e-300)
    u = z * z
    tail = 0.05862338 * u
    series = u * (1 / 2 + u * (1 / 12 + u * (1 / 30 + u * (1 / 56 + tail))))
    return total * (0.69314718 - series)


@kernel
def bound_impurities(criterion, own, other, all_own, all_other, out):
    """Bound what is left of the impurity where rows are told from the others.

    own and other (n,) are weights of the rows told. Writes to out (n,) a lower bound of
    the total weight times minus the score of a literal, without logarithms or branches,
    since most literals are worse than the best so far.
    """
    if criterion == GINI:
        for k in range(out.shape[0]):
            a, b = own[k], other[k]
            c, d = all_own - a, all_other - b
            out[k] = a * b / max(a + b, 1e-300) + c * d / max(c + d, 1e-300)
    else:
        for k in range(out.shape[0]):
            a, b = own[k], other[k]
            out[k] = least_entropy(a, b) + least_entropy(all_own - a, all_other - b)


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
def count_column(column, rows, weights, counts):
    """Add the weights of rows to the counts of their codes of one feature."""
    plain = weights.shape[0] == 0
    for r in range(rows.shape[0]):
        i = rows[r]
        counts[column[i]] += 1.0 if plain else weights[i]


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
        count_column(codes[features[k]], rows, weights, counts[offsets[k] :])


MARGIN = 1e-6  # of scores, for what rounding does to bounds


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
    scratch,
    best,
):
    """Scan the literals of one feature; the first of equal scores wins.

    present holds the codes that occur, numbers first; pos and neg their weights on the
    two sides; scratch (4, n) float64. ``best`` holds score, feature, operator and value
    of the best literal so far and is written in place.
    """
    xp = 0.0
    xn = 0.0
    for k in range(n_numbers):
        xp += pos[k]
        xn += neg[k]
        scratch[0, k] = xp
        scratch[1, k] = xn
    cp = 0.0
    cn = 0.0
    for k in range(n_numbers, n_present):
        cp += pos[k]
        cn += neg[k]
        scratch[0, k] = pos[k]
        scratch[1, k] = neg[k]
    total = xp + cp + xn + cn
    below_own, below_other = scratch[0, :n_present], scratch[1, :n_present]
    least, least_above = scratch[2, :n_present], scratch[3, :n_numbers]
    bound_impurities(criterion, below_own, below_other, xp + cp, xn + cn, least)
    is_split = typed and cp + cn > 0.0  # the complement of <= is more than >
    if is_split:
        above_own, above_other = (
            xp - below_own[:n_numbers],
            xn - below_other[:n_numbers],
        )
        bound_impurities(
            criterion, above_own, above_other, xp + cp, xn + cn, least_above
        )
    for k in range(n_numbers):
        most = (MARGIN - best[0]) * total
        is_worse = least[k] > most
        if is_worse and not (is_split and least_above[k] <= most):
            continue
        v = present[k]
        a = below_own[k]
        b = below_other[k]
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
    for k in range(n_numbers, n_present):
        if least[k] > (MARGIN - best[0]) * total:
            continue
        v = present[k]
        p = pos[k]
        n = neg[k]
        score = literal_score(criterion, p, cp - p + xp, cn - n + xn, n, min_coverage)
        if score > best[0] and not is_used(used, feature, EQ, v):
            best[0], best[1], best[2], best[3] = score, feature, EQ, v
        score = literal_score(criterion, cp - p + xp, p, n, cn - n + xn, min_coverage)
        if score > best[0] and not is_used(used, feature, NE, v):
            best[0], best[1], best[2], best[3] = score, feature, NE, v


@kernel
def gather_counts(pos, neg, above, present, p, n):
    """List the codes that occur, and their weights; return how many numbers and all."""
    m = 0
    n_numbers = 0
    for v in range(pos.shape[0]):
        present[m], p[m], n[m] = v, pos[v], neg[v]
        m += int((pos[v] != 0.0) | (neg[v] != 0.0))
        if v < above:
            n_numbers = m
    return n_numbers, m


BLOCK = 16  # codes


@kernel
def count_blocks(column, rows, weights, counts, seen):
    """Do the same as `count_column`, and mark the blocks of codes that occur."""
    plain = weights.shape[0] == 0
    for r in range(rows.shape[0]):
        i = rows[r]
        code = column[i]
        counts[code] += 1.0 if plain else weights[i]
        seen[code // BLOCK] = True


@kernel
def gather_blocks(pos, neg, seen, above, present, p, n):
    """Do the same as `gather_counts` over marked blocks, and clear them."""
    m = 0
    n_numbers = 0
    for block in range((pos.shape[0] + BLOCK - 1) // BLOCK):
        if not seen[block]:
            continue
        seen[block] = False
        for v in range(block * BLOCK, min(block * BLOCK + BLOCK, pos.shape[0])):
            if pos[v] != 0.0 or neg[v] != 0.0:
                present[m], p[m], n[m] = v, pos[v], neg[v]
                m += 1
                if v < above:
                    n_numbers = m
                pos[v] = 0.0
                neg[v] = 0.0
    return n_numbers, m


@kernel
def list_wide(column, above, own, other, weights, pos, neg, seen, present, p, n):
    """Count and list the codes of one feature that has many.

    pos and neg (n_codes,) and seen are zero before and after.
    """
    if 4 * (own.shape[0] + other.shape[0]) < pos.shape[0]:
        count_blocks(column, own, weights, pos, seen)
        count_blocks(column, other, weights, neg, seen)
        return gather_blocks(pos, neg, seen, above, present, p, n)
    count_column(column, own, weights, pos)
    count_column(column, other, weights, neg)
    found = gather_counts(pos, neg, above, present, p, n)
    pos[:] = 0.0
    neg[:] = 0.0
    return found


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
    are counted here, from own and other, int32 rows. weights (n_rows,) float64, or
    empty where all of them are 1. used (n_used, 3) int64: feature, 0 for ordered and 1
    for equality literals, value. ``best`` (4,) float64 starts at -inf, -1, -1, -1.
    """
    most = n_codes.max()
    present = np.empty(most, dtype=np.int64)
    pos = np.empty(most)
    neg = np.empty(most)
    scratch = np.empty((4, most))
    widest = 0
    for j in range(codes.shape[0]):
        if offsets[j] < 0:
            widest = max(widest, n_codes[j])
    wide_pos = np.zeros(widest)
    wide_neg = np.zeros(widest)
    seen = np.zeros(widest // BLOCK + 1, dtype=np.bool_)
    for j in range(codes.shape[0]):
        if n_codes[j] == 2:
            continue  # missing throughout
        if offsets[j] < 0:
            n_numbers, n_present = list_wide(
                codes[j],
                above[j],
                own,
                other,
                weights,
                wide_pos[: n_codes[j]],
                wide_neg[: n_codes[j]],
                seen,
                present,
                pos,
                neg,
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
            scratch,
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
def keep_inside(column, low, high, negated, mask):
    """Take the rows from a mask that are outside of low .. high, or inside if negated.

    Returns whether any is left. NaN is outside.
    """
    some = False
    for r in range(mask.shape[0]):
        inside = (column[r] >= low) & (column[r] <= high)
        kept = mask[r] & (inside != negated)
        mask[r] = kept
        some |= kept
    return some


@kernel
def take_off(mask, gone):
    """Take the rows of a mask from another one; return whether any is left."""
    some = False
    for r in range(mask.shape[0]):
        kept = mask[r] & ~gone[r]
        mask[r] = kept
        some |= kept
    return some


@kernel
def fire(values, used, columns, lows, highs, negated, steps, depth, out):
    """Run a program of rules, see `_program`, on blocks of rows.

    values (n_rows, n_columns); used are the columns that occur. Literal k is true of
    values low .. high of used column columns[k], or of all others if negated. Writes
    the position of the first rule that covers a row to out (n_rows,) int64, else -1.
    """
    n_rows = out.shape[0]
    size = min(max(n_rows, 1), 1024)
    block = np.empty((used.shape[0], size), values.dtype)
    masks = np.empty((depth + 1, size), np.bool_)
    for first in range(0, n_rows, size):
        n = min(size, n_rows - first)
        for j in range(used.shape[0]):
            for r in range(n):
                block[j, r] = values[first + r, used[j]]
        out[first : first + n] = -1
        masks[0, :n] = True
        level = 0
        step = 0
        while step < steps.shape[0]:
            action = steps[step, 0]
            if action >= 0:
                some = keep_inside(
                    block[columns[action]],
                    lows[action],
                    highs[action],
                    negated[action],
                    masks[level, :n],
                )
            elif action == ENTER:
                masks[level + 1, :n] = masks[level, :n]
                level += 1
                some = True
            else:
                if action < END:
                    for r in range(n):
                        if masks[level, r]:
                            out[first + r] = END - 1 - action
                level -= 1
                some = take_off(masks[level, :n], masks[level + 1, :n])
            step = step + 1 if some else steps[step, 1]


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
