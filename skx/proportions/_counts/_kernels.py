# SPDX-License-Identifier: BSD-3-Clause
"""Kernels of labels given their count: tilts, walks over counts, saddle points."""

import math

import numpy as np

from skx._numba import kernel

AUTO, EXACT, SADDLEPOINT = range(3)
HARD, GAUSSIAN, LAPLACE = range(3)
# Tables of partial sums with more cells are kept in part, and made again.
MOST_CELLS = 32768


@kernel
def tilt(logits, start, stop, sign, count, noise, scale, guess, precise, p, c):
    """Shift the logits of a bag so that the probabilities add up to the count.

    Solves sum_i sigmoid(sign * logits_i + t) + v t = count for t, where v = scale^2 for
    Gaussian noise and 0 else; Laplace noise keeps |t| <= 1 / scale. Writes the shifted
    probabilities p and their complements c of the rows start..stop to the front of both
    arrays. Returns t and the variance of the shifted sum. ``guess`` may be NaN;
    ``precise`` asks for t to 1e-10 instead of for a mean within a quarter.
    """
    k = stop - start
    least, most, total = math.inf, -math.inf, 0.0
    for i in range(start, stop):
        s = sign * logits[i]
        least = min(least, s)
        most = max(most, s)
        total += s
    v = scale * scale if noise == GAUSSIAN else 0.0
    inside = 0.0 < count < k
    if noise == LAPLACE and not inside:
        low = high = 1.0 / scale if count > 0.0 else -1.0 / scale
    elif inside:
        level = math.log(count / (k - count))
        low, high = level - most, level - least
        if noise == GAUSSIAN:
            low = max(min(low, 0.0), (count - k) / v)
            high = min(max(high, 0.0), count / v)
        elif noise == LAPLACE:
            low = min(max(low, -1.0 / scale), 1.0 / scale)
            high = min(max(high, -1.0 / scale), 1.0 / scale)
    else:
        low, high = (count - k) / v, count / v
    if math.isnan(guess):
        near = min(max(count, 0.5), k - 0.5)
        guess = math.log(near / (k - near)) - total / k
    t = min(max(guess, low), high)
    base = math.inf
    variance = mean = 0.0
    for _ in range(200):
        # Odds of the rows at ``base``; another shift is one factor for all of them.
        if abs(t - base) > 20.0:
            base = t
            for i in range(k):
                s = sign * logits[start + i] + base
                c[i] = math.exp(min(max(s, -690.0), 690.0))
        factor = math.exp(t - base)
        variance = mean = 0.0
        for i in range(k):
            odds = c[i] * factor
            share = 1.0 / (1.0 + odds)
            mean += odds * share
            variance += odds * share * share
        gap = mean + v * t - count
        slope = variance + v
        if precise:
            if abs(gap) <= 1e-10 * slope:
                break
        elif abs(gap) <= 0.25:
            break
        if gap > 0.0:
            high = t
        else:
            low = t
        if high - low <= 1e-14 * (abs(high) + abs(low)):
            break
        step = t - gap / slope if slope > 0.0 else math.inf
        t = step if low <= step <= high and step != t else 0.5 * (low + high)
    factor = math.exp(t - base)
    for i in range(k):
        odds = c[i] * factor
        c[i] = 1.0 / (1.0 + odds)
        p[i] = odds * c[i]
    return t, variance


@kernel
def log_partition(logits, start, stop, sign, shift):
    """Return sum_i log(1 + exp(sign * logits_i + shift)) over the rows start..stop."""
    total, product = 0.0, 1.0
    for i in range(start, stop):
        s = sign * logits[i] + shift
        total += max(s, 0.0)
        product *= 1.0 + math.exp(-abs(s))
        if product > 1e290:
            total += math.log(product)
            product = 1.0
    return total + math.log(product)


@kernel
def log_weight(noise, scale, count, s):
    """Return log phi(s), what a sum s of labels says of the count."""
    gap = s - count
    if noise == GAUSSIAN:
        return -0.5 * (gap / scale) ** 2
    return -abs(gap) / scale


@kernel
def step_forward(p, c, moved, table, i):
    """Write the law of partial sums in row i + 1 of the table from that in row i.

    One more label is 1 with probability p, 0 with c; the windows of the two rows start
    ``moved`` apart.
    """
    width = table.shape[1]
    if moved:
        for x in range(width - 1):
            table[i + 1, x] = c * table[i, x + 1] + p * table[i, x]
        table[i + 1, width - 1] = p * table[i, width - 1]
    else:
        table[i + 1, 0] = c * table[i, 0]
        for x in range(1, width):
            table[i + 1, x] = c * table[i, x] + p * table[i, x - 1]


@kernel(fastmath={"reassoc", "contract", "nsz"})  # sums of positive numbers
def step_backward(p, c, moved, table, i, ends, after):
    """Undo one label in the expected weight of the final sum, given a partial sum.

    Returns the expected weights where the label is 1 and where it is 0, of which row i
    of ``table`` is the law of the partial sum without it. Reads row ``after`` of ends
    (2, width) and writes the other one.
    """
    width = table.shape[1]
    now = 1 - after
    one = zero = 0.0
    if moved:
        one = table[i, 0] * ends[after, 0]
        ends[now, 0] = p * ends[after, 0]
        for x in range(1, width):
            one += table[i, x] * ends[after, x]
            zero += table[i, x] * ends[after, x - 1]
            ends[now, x] = c * ends[after, x - 1] + p * ends[after, x]
    else:
        for x in range(width - 1):
            one += table[i, x] * ends[after, x + 1]
            zero += table[i, x] * ends[after, x]
            ends[now, x] = c * ends[after, x] + p * ends[after, x + 1]
        zero += table[i, width - 1] * ends[after, width - 1]
        ends[now, width - 1] = c * ends[after, width - 1]
    return one, zero


@kernel
def window_width(variance, top):
    """Return how many partial sums matter, of 0..top.

    Bernstein: a sum further than d from its mean has a probability below exp(-40) for
    d = 40 / 3 + sqrt((40 / 3)^2 + 80 variance).
    """
    half = int(13.4 + math.sqrt(178.0 + 80.0 * variance)) + 1
    return min(2 * half + 2, top + 1)


@kernel
def place_windows(p, k, top, width, lows):
    """Write to lows (k + 1,) the least of the sums of the first rows that matter."""
    mean = 0.0
    half = (width - 2) // 2
    lows[0] = 0
    for i in range(k):
        mean += p[i]
        lows[i + 1] = min(max(int(mean) - half, lows[i]), top + 1 - width)


@kernel
def walk(p, c, k, width, ends, lows, table, marks, block, out):
    """Write for each row the weights of label 1 and of label 0: out (2, k).

    The law of partial sums goes forward over the rows, in windows of ``width`` sums
    from ``lows``, and the weight of the final sum, ``ends`` (2, width), comes back:
    only positive numbers are added. ``marks`` (n_blocks, width) keep the law every
    ``block`` rows, from where ``table`` (block + 1, width) is filled again. Returns the
    weight of the bag.
    """
    n_blocks = marks.shape[0]
    for x in range(width):
        marks[0, x] = 0.0
    marks[0, 0] = 1.0
    for b in range(n_blocks - 1):
        for x in range(width):
            table[0, x] = marks[b, x]
        for i in range(block):
            row = b * block + i
            moved = lows[row + 1] > lows[row]
            step_forward(p[row], c[row], moved, table, i)
        for x in range(width):
            marks[b + 1, x] = table[block, x]
    after = 0
    for b in range(n_blocks - 1, -1, -1):
        first = b * block
        last = min(first + block, k)
        for x in range(width):
            table[0, x] = marks[b, x]
        for row in range(first, last - 1):
            moved = lows[row + 1] > lows[row]
            step_forward(p[row], c[row], moved, table, row - first)
        for row in range(last - 1, first - 1, -1):
            moved = lows[row + 1] > lows[row]
            out[0, row], out[1, row] = step_backward(
                p[row], c[row], moved, table, row - first, ends, after
            )
            after = 1 - after
    return p[0] * out[0, 0] + c[0] * out[1, 0]


@kernel(fastmath={"reassoc", "contract", "nsz"})  # sums of positive numbers
def walk_all(p, c, k, width, ends, table, out):
    """Do as `walk` where the windows hold all sums: half the time for small bags.

    ``ends`` (width + 1 or more,) are the weights of the final sums and a zero, and are
    overwritten; ``table`` (k width or more,) is scratch.
    """
    table[0] = 1.0
    for i in range(k - 1):
        one, zero = p[i], c[i]
        n_sums = min(i + 1, width)
        here, there = i * width, (i + 1) * width
        before = 0.0
        for x in range(n_sums):
            now = table[here + x]
            table[there + x] = zero * now + one * before
            before = now
        if n_sums < width:
            table[there + n_sums] = one * before
    for i in range(k - 1, -1, -1):
        if_one = if_zero = 0.0
        now = ends[0]
        for x in range(min(i + 1, width)):
            after = ends[x + 1]
            if_one += table[i * width + x] * after
            if_zero += table[i * width + x] * now
            ends[x] = c[i] * now + p[i] * after
            now = after
        out[0, i], out[1, i] = if_one, if_zero
    return p[0] * out[0, 0] + c[0] * out[1, 0]


@kernel
def saddle(p, c, k, variance, out):
    """Write for each row P(rest = count - 1) / P(rest = count): out (k,).

    The rest is the shifted sum without the row; its density is the normal one with a
    correction for skewness. ``variance`` may hold the variance of noise too. Returns
    the log density of the whole sum at its mean, with the next order of the expansion.
    """
    third = fourth = 0.0
    for i in range(k):
        own = p[i] * c[i]
        third += own * (c[i] - p[i])
        fourth += own * (1.0 - 6.0 * own)
    for i in range(k):
        own = p[i] * c[i]
        rest = variance - own
        skew = (third - own * (c[i] - p[i])) / (6.0 * rest * rest)
        # x^3 - 3 x at x = (p - 1) / sd and p / sd, over sd^3.
        at_one = 1.0 + skew * c[i] * (3.0 - c[i] * c[i] / rest)
        at_zero = 1.0 + skew * p[i] * (p[i] * p[i] / rest - 3.0)
        out[i] = math.exp(0.5 * (p[i] - c[i]) / rest) * at_one / at_zero
    higher = fourth / (8.0 * variance**2) - 5.0 * third**2 / (24.0 * variance**3)
    return -0.5 * math.log(2.0 * math.pi * variance) + higher


@kernel
def infer_bags(
    logits,
    indptr,
    counts,
    first,
    last,
    method,
    min_variance,
    min_size,
    noise,
    scale,
    as_messages,
    tilts,
    out,
    likelihood,
):
    """Infer the labels of the bags first..last from the counts of their bags.

    Rows indptr[b]..indptr[b + 1] are bag b. Writes out (n_rows,), q_i = P(y_i = 1 given
    the count) or, ``as_messages``, its log-odds less logits_i; tilts (n_bags,), which
    also say where to begin (NaN: anywhere); and the log-likelihood of each count, if
    ``likelihood`` has entries. Noise widens a count: phi(s) = exp(-(s - count)^2 /
    (2 scale^2)) or exp(-|s - count| / scale). ``method`` is exact, saddle point, or the
    latter for more than ``min_size`` rows and a variance of ``min_variance``.
    """
    largest = 1
    for b in range(first, last):
        largest = max(largest, indptr[b + 1] - indptr[b])
    p, c = np.empty(largest), np.empty(largest)
    weights = np.empty((2, largest))
    lows = np.empty(largest + 1, np.int64)
    final, scratch = np.empty(largest + 2), np.empty(1)
    for b in range(first, last):
        start, stop = indptr[b], indptr[b + 1]
        k = stop - start
        count = counts[b]
        if noise == HARD and (count <= 0.0 or count >= k):
            full = count >= k
            for i in range(start, stop):
                if as_messages:
                    out[i] = math.inf if full else -math.inf
                else:
                    out[i] = 1.0 if full else 0.0
            tilts[b] = math.nan
            if likelihood.shape[0]:
                sign = -1.0 if full else 1.0
                likelihood[b] = -log_partition(logits, start, stop, sign, 0.0)
            continue
        # Few ones are cheaper than many.
        flip = noise == HARD and 2.0 * count > k
        sign = -1.0 if flip else 1.0
        if flip:
            count = k - count
        guess = sign * tilts[b]
        t, variance = tilt(
            logits, start, stop, sign, count, noise, scale, guess, False, p, c
        )
        approximate = variance >= (1.0 if method == SADDLEPOINT else min_variance)
        # Where noise is narrow it matters that sums are whole numbers.
        approximate &= noise == HARD or (noise == GAUSSIAN and scale >= 1.0)
        approximate &= method != EXACT
        approximate &= method == SADDLEPOINT or k > min_size
        if approximate:
            t, variance = tilt(
                logits, start, stop, sign, count, noise, scale, t, True, p, c
            )
            spread = variance + (scale * scale if noise == GAUSSIAN else 0.0)
            level = saddle(p, c, k, spread, weights[0])
            factor = 1.0
            if noise == HARD:
                # The expansion misses the count by a little; a shift mends most of it.
                total = slope = 0.0
                for i in range(k):
                    one = p[i] * weights[0, i]
                    total += one / (one + c[i])
                    slope += one * c[i] / (one + c[i]) ** 2
                factor = math.exp((count - total) / slope)
            if as_messages:
                for i in range(k):
                    message = math.log(factor * weights[0, i]) + t
                    out[start + i] = sign * message
            else:
                for i in range(k):
                    one = p[i] * (factor * weights[0, i])
                    out[start + i] = (c[i] if flip else one) / (one + c[i])
            if noise == GAUSSIAN:
                level += 0.5 * (scale * t) ** 2
                level += 0.5 * math.log(2.0 * math.pi * scale * scale)
            level -= t * count
        else:
            top = int(count) if noise == HARD else k
            width = window_width(variance, top)
            holds_all = width == top + 1 and (k + 1) * width <= MOST_CELLS
            low = 0
            if not holds_all:
                place_windows(p, k, top, width, lows)
                low = lows[k]
            level = -t * count
            if noise == HARD:
                for x in range(width):
                    final[x] = 0.0
                final[top - low] = 1.0
            else:
                level = -math.inf
                for x in range(width):
                    s = low + x
                    final[x] = log_weight(noise, scale, count, s) - t * s
                    level = max(level, final[x])
                for x in range(width):
                    final[x] = math.exp(final[x] - level)
            if holds_all:
                final[width] = 0.0
                if scratch.shape[0] < k * width:
                    scratch = np.empty(k * width)
                total = walk_all(p, c, k, width, final, scratch, weights)
            else:
                block = k
                if (k + 1) * width > MOST_CELLS:
                    block = int(math.sqrt(k)) + 1
                n_blocks = (k + block - 1) // block
                size = (n_blocks + block + 3) * width
                if scratch.shape[0] < size:
                    scratch = np.empty(size)
                ends = scratch[: 2 * width].reshape(2, width)
                split = (n_blocks + 2) * width
                marks = scratch[2 * width : split].reshape(n_blocks, width)
                table = scratch[split:size].reshape(block + 1, width)
                for x in range(width):
                    ends[0, x] = final[x]
                total = walk(p, c, k, width, ends, lows, table, marks, block, weights)
            level += math.log(total)
            if as_messages:
                for i in range(k):
                    message = math.log(weights[0, i]) - math.log(weights[1, i]) + t
                    out[start + i] = sign * message
            else:
                for i in range(k):
                    one, zero = weights[0, i] * p[i], weights[1, i] * c[i]
                    out[start + i] = (zero if flip else one) / (one + zero)
        tilts[b] = sign * t
        if likelihood.shape[0]:
            level += log_partition(logits, start, stop, sign, t)
            level -= log_partition(logits, start, stop, sign, 0.0)
            likelihood[b] = level


@kernel
def order_by_code(codes, ends):
    """Return the rows in the order of their codes 0, 1, ..., equal ones as they come.

    ``ends`` (n_codes,) holds where each code begins, and after where it ends.
    """
    order = np.empty(codes.shape[0], np.int64)
    for i in range(codes.shape[0]):
        order[ends[codes[i]]] = i
        ends[codes[i]] += 1
    return order


@kernel
def factorise(matrix, n):
    """Replace the leading n rows and columns by a Cholesky factor; tell if one is."""
    for i in range(n):
        for j in range(i + 1):
            total = matrix[i, j]
            for h in range(j):
                total -= matrix[i, h] * matrix[j, h]
            if i > j:
                matrix[i, j] = total / matrix[j, j]
            elif total > 1e-12:
                matrix[i, i] = math.sqrt(total)
            else:
                return False
    return True


@kernel
def solve_lower(factor, n, x):
    """Replace x (n,) by the solution of factor z = x; return its squared length."""
    square = 0.0
    for i in range(n):
        for h in range(i):
            x[i] -= factor[i, h] * x[h]
        x[i] /= factor[i, i]
        square += x[i] * x[i]
    return square


@kernel
def shift_classes(logits, start, stop, count, v, t, p):
    """Write softmax(logits_i + t) to p (k, n_classes), of the rows start..stop.

    Returns sum_i logsumexp(logits_i + t) - t count + v |t|^2 / 2.
    """
    n_classes = t.shape[0]
    total = 0.0
    for i in range(start, stop):
        most = -math.inf
        for c in range(n_classes):
            most = max(most, logits[i, c] + t[c])
        mass = 0.0
        for c in range(n_classes):
            p[i - start, c] = math.exp(logits[i, c] + t[c] - most)
            mass += p[i - start, c]
        for c in range(n_classes):
            p[i - start, c] /= mass
        total += most + math.log(mass)
    for c in range(n_classes):
        if t[c] > -math.inf:
            total += 0.5 * v * t[c] * t[c] - t[c] * count[c]
    return total


@kernel
def tilt_classes(logits, start, stop, count, v, free, t, p, spread):
    """Shift the logits of a bag so that probabilities add up to the counts of classes.

    Solves sum_i softmax(logits_i + t) + v t = count by Newton steps on the classes
    ``free``, from t and into t; p (k, n_classes) as in `shift_classes`, whose value is
    minimised and returned. Writes the lower half of the covariance of the sum, plus v,
    to the front of ``spread`` and returns whether it is definite, too.
    """
    k, n_classes = stop - start, t.shape[0]
    n = free.shape[0]
    step, trial = np.empty(n), t.copy()
    matrix = np.empty((n, n))
    value = shift_classes(logits, start, stop, count, v, t, p)
    definite = False
    for _ in range(200):
        largest = 0.0
        for a in range(n):
            step[a] = count[free[a]] - v * t[free[a]]
            for b in range(a + 1):
                spread[a, b] = v if a == b else 0.0
        for i in range(k):
            for a in range(n):
                one = p[i, free[a]]
                step[a] -= one
                for b in range(a):
                    spread[a, b] -= one * p[i, free[b]]
                spread[a, a] += one * (1.0 - one)
        for a in range(n):
            largest = max(largest, abs(step[a]))
            for b in range(a + 1):
                matrix[a, b] = spread[a, b]
        definite = factorise(matrix, n)
        if largest <= 1e-10 * k:
            break
        slope = 0.0
        gradient = step.copy()
        if definite:
            solve_lower(matrix, n, step)
            for a in range(n - 1, -1, -1):
                for b in range(a + 1, n):
                    step[a] -= matrix[b, a] * step[b]
                step[a] /= matrix[a, a]
        longest = 0.0
        for a in range(n):
            longest = max(longest, abs(step[a]))
        for a in range(n):
            # Where rows are certain the model is flat, and says nothing of far away.
            step[a] *= min(1.0, 20.0 / longest)
            slope -= step[a] * gradient[a]
        size = 1.0
        for _ in range(40):
            for a in range(n):
                trial[free[a]] = t[free[a]] + size * step[a]
            new = shift_classes(logits, start, stop, count, v, trial, p)
            if new <= value + 1e-4 * size * slope + 1e-13 * abs(value):
                break
            size *= 0.5
        moved = False
        for c in range(n_classes):
            moved |= trial[c] != t[c]
            t[c] = trial[c]
        value = new
        if not moved:
            break
    return value, definite


@kernel
def walk_classes(p, k, sizes, strides, n_states, ends, table, room, q):
    """Write q (k, n_classes): weights of the classes of each row, given the counts.

    A state numbers the counts of classes so far, of all classes but the one of stride
    0; class c has counts below sizes[c]. ``ends`` (2, n_states) weighs final states,
    ``table`` (k + 1, n_states) and ``room`` (n_states, n_classes) are scratch. Returns
    the weight of the bag.
    """
    n_classes = p.shape[1]
    for s in range(n_states):
        for c in range(n_classes):
            room[s, c] = strides[c] == 0 or (s // strides[c]) % sizes[c] + 1 < sizes[c]
        table[0, s] = 0.0
    table[0, 0] = 1.0
    for i in range(k):
        for s in range(n_states):
            table[i + 1, s] = 0.0
        for s in range(n_states):
            for c in range(n_classes):
                if room[s, c]:
                    table[i + 1, s + strides[c]] += p[i, c] * table[i, s]
    after = 0
    total = 0.0
    for i in range(k - 1, -1, -1):
        for c in range(n_classes):
            q[i, c] = 0.0
        for s in range(n_states):
            weight = 0.0
            for c in range(n_classes):
                if room[s, c]:
                    share = p[i, c] * ends[after, s + strides[c]]
                    weight += share
                    q[i, c] += table[i, s] * share
            ends[1 - after, s] = weight
        after = 1 - after
        total = 0.0
        for c in range(n_classes):
            total += q[i, c]
    return total


@kernel
def correct_classes(p, k, free, spread, q):
    """Write q (k, n_classes): p times the normal density of the other rows' counts.

    ``spread`` is the covariance of the sum of all rows for the classes ``free``. A row
    without which it is not definite keeps p.
    """
    n, n_classes = free.shape[0], p.shape[1]
    matrix, x = np.empty((n, n)), np.empty(n)
    for i in range(k):
        for a in range(n):
            one = p[i, free[a]]
            for b in range(a):
                matrix[a, b] = spread[a, b] + one * p[i, free[b]]
            matrix[a, a] = spread[a, a] - one * (1.0 - one)
        definite = factorise(matrix, n)
        least = math.inf
        for c in range(n_classes):
            q[i, c] = 0.0
            if definite and p[i, c] > 0.0:
                for a in range(n):
                    x[a] = p[i, free[a]] - (1.0 if free[a] == c else 0.0)
                q[i, c] = 0.5 * solve_lower(matrix, n, x)
                least = min(least, q[i, c])
        for c in range(n_classes):
            q[i, c] = p[i, c] * (math.exp(least - q[i, c]) if definite else 1.0)


@kernel
def balance(q, k, count):
    """Rescale classes, then rows, of q (k, n_classes) until classes add up to count."""
    n_classes = count.shape[0]
    sums = np.empty(n_classes)
    for _ in range(100):
        for i in range(k):
            mass = 0.0
            for c in range(n_classes):
                mass += q[i, c]
            for c in range(n_classes):
                q[i, c] /= mass
        gap = 0.0
        for c in range(n_classes):
            sums[c] = 0.0
            for i in range(k):
                sums[c] += q[i, c]
            gap = max(gap, abs(sums[c] - count[c]))
        if gap <= 1e-9 * k:
            break
        for c in range(n_classes):
            if sums[c] > 0.0:
                for i in range(k):
                    q[i, c] *= count[c] / sums[c]


@kernel
def infer_classes(
    logits,
    indptr,
    counts,
    first,
    last,
    method,
    max_states,
    max_size,
    scale,
    as_messages,
    tilts,
    out,
    likelihood,
):
    """Infer the classes of the rows of bags first..last from their counts by class.

    As `infer_bags`, with logits and out (n_rows, n_classes), counts and tilts (n_bags,
    n_classes). Counts have Gaussian noise of deviation ``scale``, 0 for none. Auto is
    exact for bags of up to ``max_size`` rows and ``max_states`` counts.
    """
    n_classes = logits.shape[1]
    v = scale * scale
    largest = 1
    for b in range(first, last):
        largest = max(largest, indptr[b + 1] - indptr[b])
    p, q = np.empty((largest, n_classes)), np.empty((largest, n_classes))
    t = np.empty(n_classes)
    sizes = np.empty(n_classes, np.int64)
    strides = np.empty(n_classes, np.int64)
    spread = np.empty((n_classes, n_classes))
    zero = np.zeros(n_classes)
    for b in range(first, last):
        start, stop = indptr[b], indptr[b + 1]
        k = stop - start
        # The largest class is left out of states and, where counts are exact, of tilts.
        rest = 0
        for c in range(1, n_classes):
            if counts[b, c] > counts[b, rest]:
                rest = c
        n_free = 0
        n_states = 1
        for c in range(n_classes):
            sizes[c] = k + 1 if scale > 0.0 else int(counts[b, c]) + 1
            strides[c] = 0
            t[c] = tilts[b, c]
            if scale == 0.0 and counts[b, c] == 0.0:
                t[c] = -math.inf
            elif scale > 0.0 or c != rest:
                n_free += 1
            if c != rest:
                strides[c] = n_states
                n_states = min(n_states * sizes[c], max_states + 1)
        free = np.empty(n_free, np.int64)
        n_free = 0
        for c in range(n_classes):
            if scale > 0.0 or (c != rest and counts[b, c] > 0.0):
                free[n_free] = c
                n_free += 1
        value, definite = tilt_classes(
            logits, start, stop, counts[b], v, free, t, p, spread
        )
        exact = n_states <= max_states and (method == EXACT or k <= max_size)
        if n_free == 0:
            level = value
            for i in range(k):
                for c in range(n_classes):
                    q[i, c] = p[i, c]
        elif exact and method != SADDLEPOINT:
            ends = np.zeros((2, n_states))
            highest = 0.0
            if scale == 0.0:
                ends[0, n_states - 1] = 1.0
            else:
                highest = -math.inf
                for s in range(n_states):
                    left = k
                    weight = 0.0
                    for c in range(n_classes):
                        if c != rest:
                            m = (s // strides[c]) % sizes[c]
                            left -= m
                            weight += log_weight(GAUSSIAN, scale, counts[b, c], m)
                            weight -= t[c] * (m - counts[b, c])
                    if left >= 0:
                        weight += log_weight(GAUSSIAN, scale, counts[b, rest], left)
                        weight -= t[rest] * (left - counts[b, rest])
                        highest = max(highest, weight)
                    ends[0, s] = weight if left >= 0 else -math.inf
                for s in range(n_states):
                    ends[0, s] = math.exp(ends[0, s] - highest)
            table = np.empty((k + 1, n_states))
            room = np.empty((n_states, n_classes), np.bool_)
            total = walk_classes(p, k, sizes, strides, n_states, ends, table, room, q)
            level = value + highest + math.log(total)
            for c in range(n_classes):
                if scale > 0.0:
                    level -= 0.5 * v * t[c] * t[c]
        else:
            correct_classes(p, k, free, spread, q)
            if scale == 0.0:
                balance(q, k, counts[b])
            level = value
            if definite:
                factorise(spread, n_free)
                level -= 0.0 if scale > 0.0 else 0.5 * n_free * math.log(2.0 * math.pi)
                for a in range(n_free):
                    level -= math.log(spread[a, a])
                    if scale > 0.0:
                        level += math.log(scale)
        for c in range(n_classes):
            tilts[b, c] = t[c] if t[c] > -math.inf else 0.0
        if likelihood.shape[0]:
            level -= shift_classes(logits, start, stop, counts[b], 0.0, zero, p)
            likelihood[b] = level
        for i in range(k):
            total = 0.0
            for c in range(n_classes):
                total += q[i, c]
            for c in range(n_classes):
                share = q[i, c] / total
                if as_messages:
                    share = math.log(share) if share > 0.0 else -math.inf
                    share -= logits[start + i, c]
                out[start + i, c] = share
