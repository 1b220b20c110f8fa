# SPDX-License-Identifier: BSD-3-Clause
"""Compiled loops of the ordinal models.

F is the inverse link, f its density, S = 1 - F. Links have numbers: 0 logit, 1 probit,
2 cloglog, 3 loglog, 4 cauchit. Rows are sorted by class where ``starts`` is taken:
those of class c are starts[c]:starts[c + 1]. ``eta`` is (n_boundaries, n_rows), C
order. Everything is computed from logarithms of F and S, so that no tail cancels.
"""

import math

import numpy as np

from skx._numba import kernel

LOGIT, PROBIT, CLOGLOG, LOGLOG, CAUCHIT = 0, 1, 2, 3, 4
HUGE = 700.0  # exp overflows soon after
LOG_SQRT_2PI = 0.9189385332046727


@kernel
def lower_tail(link, t):
    """Return log F(t), its slope f / F and its second derivative, floats.

    The last is at most 0 for every link but cauchit.
    """
    if link == LOGIT:
        e = math.exp(-abs(t))
        s = e / (1.0 + e) if t > 0.0 else 1.0 / (1.0 + e)  # S(t)
        return min(t, 0.0) - math.log1p(e), s, -e / ((1.0 + e) * (1.0 + e))
    if link == PROBIT:
        if t < -20.0:
            # F = f / -t * ratio, the asymptotic series of Mills' ratio.
            z = 1.0 / (t * t)
            less = z * (
                1.0 - z * (3.0 - z * (15.0 - z * (105.0 - z * (945.0 - z * 10395.0))))
            )
            ratio = 1.0 - less
            slope = -t / ratio
            log_f = -0.5 * t * t - LOG_SQRT_2PI - math.log(-t) + math.log1p(-less)
            return log_f, slope, slope * t * less / ratio
        if t > 0.0:
            rest = 0.5 * math.erfc(t * 0.7071067811865476)
            tail = 1.0 - rest
            log_f = math.log1p(-rest)
        else:
            tail = 0.5 * math.erfc(-t * 0.7071067811865476)
            log_f = math.log(tail)
        slope = math.exp(-0.5 * t * t - LOG_SQRT_2PI) / tail
        return log_f, slope, -slope * (t + slope)
    if link == CLOGLOG:
        x = math.exp(min(t, HUGE))
        if x > HUGE:
            return 0.0, 0.0, 0.0
        if x < 1e-2:
            x2 = x * x
            return (
                t - 0.5 * x + x2 / 24.0 - x2 * x2 / 2880.0,
                1.0 - 0.5 * x + x2 / 12.0 - x2 * x2 / 720.0,
                -0.5 * x + x2 / 6.0 - x2 * x2 / 180.0,
            )
        slope = x / math.expm1(x)
        log_f = math.log1p(-math.exp(-x)) if x > 1.0 else math.log(-math.expm1(-x))
        return log_f, slope, slope * (1.0 - x - slope)
    if link == LOGLOG:
        x = math.exp(min(-t, HUGE))
        return -x, x, -x
    # cauchit
    density = 1.0 / (math.pi * (1.0 + t * t))
    if t < 0.0:
        tail = math.atan2(1.0, -t) / math.pi
        log_f = math.log(tail)
    else:
        log_f = math.log1p(-math.atan2(1.0, t) / math.pi)
        tail = math.exp(log_f)
    slope = density / tail
    return log_f, slope, slope * (-2.0 * t / (1.0 + t * t) - slope)


@kernel
def mirrored(link):
    """Return the link whose inverse is 1 - F(-t)."""
    if link == CLOGLOG:
        return LOGLOG
    if link == LOGLOG:
        return CLOGLOG
    return link


@kernel
def upper_tail(link, t):
    """Return log S(t), its slope -f / S and its second derivative; floats."""
    log_s, slope, second = lower_tail(mirrored(link), -t)
    return log_s, -slope, second


@kernel
def cloglog_interval(u, l):
    """``interval`` for the cloglog link: exp(-e^l) - exp(-e^u)."""
    if u < -300.0:  # exp(-e^t) is 1 - e^t
        c = 1.0 / math.expm1(min(u - l, HUGE))
        both = c * (1.0 + c)
        return u + math.log(-math.expm1(l - u)), 1.0 + c, -c, -both, -both, both
    x = math.exp(min(l, HUGE))
    if u - l < 1.0:
        gap = x * math.expm1(u - l)
    else:
        gap = math.exp(min(u, HUGE + 8.0)) - x
    if gap > HUGE:  # the upper end no longer matters
        return -x, 0.0, -x, 0.0, -x, 0.0
    c = 1.0 / math.expm1(gap)
    x_u = x + gap
    both = c * (1.0 + c)
    return (
        -x + math.log(-math.expm1(-gap)),
        x_u * c,
        -x * (1.0 + c),
        x_u * c - x_u * x_u * both,
        -x * (1.0 + c) - x * x * both,
        x_u * x * both,
    )


@kernel
def probit_interval(u, l):
    """``interval`` for the probit link, where u + l <= 0."""
    h = u - l
    m = 0.5 * (u + l)
    if h * max(1.0, -m) < 0.2:
        # The integral of the density about the midpoint, as a series.
        z = m * m
        h2 = h * h
        more = h2 * (
            (z - 1.0) / 24.0
            + h2
            * (
                (z * z - 6.0 * z + 3.0) / 1920.0
                + h2 * (z * z * z - 15.0 * z * z + 45.0 * z - 15.0) / 322560.0
            )
        )
        height = 1.0 / (h * (1.0 + more))  # density at the midpoint, over P
        g_u = height * math.exp(-0.5 * h * (m + 0.25 * h))
        g_l = -height * math.exp(0.5 * h * (m - 0.25 * h))
        return (
            -0.5 * z - LOG_SQRT_2PI + math.log(h) + math.log1p(more),
            g_u,
            g_l,
            g_u * (-u - g_u),
            g_l * (-l - g_l),
            -g_u * g_l,
        )
    log_u, g_u, h_u = lower_tail(PROBIT, u)
    log_l, g_l, h_l = lower_tail(PROBIT, l)
    rest = -math.expm1(log_l - log_u)  # P over F(u)
    odds = math.exp(log_l - log_u) / rest
    both = odds / rest
    return (
        log_u + math.log(rest),
        g_u / rest,
        -g_l * odds,
        h_u / rest - g_u * g_u * both,
        -h_l * odds - g_l * g_l * both,
        g_u * g_l * both,
    )


@kernel
def interval(link, u, l):
    """Return log P for P = F(u) - F(l) > 0, and its derivatives.

    The tuple holds log P, the slopes by u and l, the second derivatives by uu, ll, ul.
    """
    if link == LOGIT:
        # P = F(u) S(l) (1 - exp(l - u))
        e_u = math.exp(-abs(u))
        e_l = math.exp(-abs(l))
        s_u = e_u / (1.0 + e_u) if u > 0.0 else 1.0 / (1.0 + e_u)
        f_l = 1.0 / (1.0 + e_l) if l > 0.0 else e_l / (1.0 + e_l)
        gap = u - l
        log_p = (
            min(u, 0.0)
            - max(l, 0.0)
            - math.log1p(e_u)
            - math.log1p(e_l)
            + math.log(-math.expm1(-gap))
        )
        c = 1.0 / math.expm1(gap) if gap < HUGE else 0.0
        both = c * (1.0 + c)
        return (
            log_p,
            s_u + c,
            -f_l - c,
            -e_u / ((1.0 + e_u) * (1.0 + e_u)) - both,
            -e_l / ((1.0 + e_l) * (1.0 + e_l)) - both,
            both,
        )
    if link == CLOGLOG:
        return cloglog_interval(u, l)
    if link == LOGLOG:
        log_p, g_u, g_l, h_uu, h_ll, h_ul = cloglog_interval(-l, -u)
        return log_p, -g_l, -g_u, h_ll, h_uu, h_ul
    if link == PROBIT:
        if u + l > 0.0:
            log_p, g_u, g_l, h_uu, h_ll, h_ul = probit_interval(-l, -u)
            return log_p, -g_l, -g_u, h_ll, h_uu, h_ul
        return probit_interval(u, l)
    angle = math.atan2(u - l, 1.0 + u * l)  # P times pi
    g_u = 1.0 / ((1.0 + u * u) * angle)
    g_l = -1.0 / ((1.0 + l * l) * angle)
    return (
        math.log(angle / math.pi),
        g_u,
        g_l,
        g_u * (-2.0 * u / (1.0 + u * u) - g_u),
        g_l * (-2.0 * l / (1.0 + l * l) - g_l),
        -g_u * g_l,
    )


@kernel
def class_terms(link, c, n_boundaries, u, l):
    """``interval`` for class c of a cumulative model: at the ends one side is open.

    u is ignored for the last class, l for the first.
    """
    if c == 0:
        log_p, slope, second = lower_tail(link, u)
        return log_p, slope, 0.0, second, 0.0, 0.0
    if c == n_boundaries:
        log_p, slope, second = upper_tail(link, l)
        return log_p, 0.0, slope, 0.0, second, 0.0
    return interval(link, u, l)


@kernel
def cumulative_rows(eta, starts, weights, link, scores, diagonal, above, order):
    """Return the weighted log-likelihood of a cumulative model.

    order 0 writes nothing; 1 writes the derivatives by eta of minus the log-likelihood
    into scores (n_boundaries, n_rows), of which row k is set for classes k and k + 1
    only; 2 writes the second derivatives too: diagonal likewise, above (n_boundaries,
    n_rows) at row k for the pair (k, k + 1) and class k + 1 only. A row whose class has
    no probability makes the result -inf.
    """
    n_boundaries = eta.shape[0]
    total = 0.0
    for c in range(n_boundaries + 1):
        for i in range(starts[c], starts[c + 1]):
            w = weights[i]
            u = eta[c, i] if c < n_boundaries else 0.0
            l = eta[c - 1, i] if c > 0 else 0.0
            if 0 < c < n_boundaries and not u > l:
                return -np.inf
            log_p, g_u, g_l, h_uu, h_ll, h_ul = class_terms(link, c, n_boundaries, u, l)
            total += w * log_p
            if order > 0:
                if c < n_boundaries:
                    scores[c, i] = -w * g_u
                if c > 0:
                    scores[c - 1, i] = -w * g_l
            if order > 1:
                if c < n_boundaries:
                    diagonal[c, i] = -w * h_uu
                if c > 0:
                    diagonal[c - 1, i] = -w * h_ll
                if 0 < c < n_boundaries:
                    above[c - 1, i] = -w * h_ul
    return total


@kernel
def cumulative_expected(eta, weights, link, floor, diagonal, above):
    """Write the expected information of a cumulative model by eta.

    diagonal and above are (n_boundaries, n_rows), every entry is set, those of above at
    row k for the pair (k, k + 1). Boundaries that touch or cross are held apart by
    floor.
    """
    n_boundaries, n_rows = eta.shape
    for i in range(n_rows):
        for k in range(n_boundaries):
            diagonal[k, i] = 0.0
            above[k, i] = 0.0
        for c in range(n_boundaries + 1):
            u = eta[c, i] if c < n_boundaries else 0.0
            l = eta[c - 1, i] if c > 0 else 0.0
            if 0 < c < n_boundaries:
                u = max(u, l + floor)
            log_p, g_u, g_l, _, _, _ = class_terms(link, c, n_boundaries, u, l)
            mass = weights[i] * math.exp(log_p)
            if c < n_boundaries:
                diagonal[c, i] += mass * g_u * g_u
            if c > 0:
                diagonal[c - 1, i] += mass * g_l * g_l
            if 0 < c < n_boundaries:
                above[c - 1, i] += mass * g_u * g_l


@kernel
def stopping_rows(eta, starts, weights, link, scores, diagonal, order):
    """Return the weighted log-likelihood of a stopping-ratio model.

    F(eta_k) is the probability of class k among the classes from k up. Derivatives as
    in cumulative_rows; row k is set for the classes from k up, and there are no pairs.
    """
    n_boundaries = eta.shape[0]
    total = 0.0
    for c in range(n_boundaries + 1):
        for k in range(min(c + 1, n_boundaries)):
            for i in range(starts[c], starts[c + 1]):
                if k == c:
                    log_p, slope, second = lower_tail(link, eta[k, i])
                else:
                    log_p, slope, second = upper_tail(link, eta[k, i])
                total += weights[i] * log_p
                if order > 0:
                    scores[k, i] = -weights[i] * slope
                if order > 1:
                    diagonal[k, i] = -weights[i] * second
    return total


@kernel
def stopping_expected(eta, weights, link, diagonal):
    """Write the expected information of a stopping-ratio model.

    diagonal is (n_boundaries, n_rows).
    """
    n_boundaries, n_rows = eta.shape
    for i in range(n_rows):
        log_left = 0.0  # log P(Y >= k)
        for k in range(n_boundaries):
            _, slope, _ = lower_tail(link, eta[k, i])
            log_s, minus, _ = upper_tail(link, eta[k, i])
            diagonal[k, i] = -weights[i] * math.exp(log_left) * slope * minus
            log_left += log_s


@kernel
def adjacent_rows(eta, starts, weights, link, scores, pairs, order, expected):
    """Return the weighted log-likelihood of an adjacent-category model.

    F(eta_k) is the probability of class k among the classes k and k + 1. scores as in
    cumulative_rows, every entry set; pairs (n_boundaries, n_boundaries, n_rows) takes
    the second derivatives at [k, l] with k <= l, or what they are on average over the
    classes where expected is true.
    """
    n_boundaries = eta.shape[0]
    level = np.empty(n_boundaries + 1)  # log P up to a constant
    slope = np.empty(n_boundaries)
    second = np.empty(n_boundaries)
    upper = np.empty(n_boundaries)  # P(Y > k)
    lower = np.empty(n_boundaries)  # P(Y <= k)
    total = 0.0
    for c in range(n_boundaries + 1):
        for i in range(starts[c], starts[c + 1]):
            level[0] = 0.0
            for k in range(n_boundaries):
                log_f, g_f, h_f = lower_tail(link, eta[k, i])
                log_s, g_s, h_s = upper_tail(link, eta[k, i])
                level[k + 1] = level[k] + log_s - log_f
                slope[k] = g_s - g_f
                second[k] = h_s - h_f
            top = level.max()
            mass = 0.0
            for k in range(n_boundaries, -1, -1):
                mass += math.exp(level[k] - top)
                if k > 0:
                    upper[k - 1] = mass
            total += weights[i] * (level[c] - top - math.log(mass))
            left = 0.0
            for k in range(n_boundaries):
                left += math.exp(level[k] - top)
                upper[k] /= mass
                lower[k] = left / mass
            if order > 0:
                for k in range(n_boundaries):
                    share = -lower[k] if c > k else upper[k]
                    scores[k, i] = weights[i] * share * slope[k]
            if order > 1:
                for k in range(n_boundaries):
                    for l in range(k, n_boundaries):
                        # In this order, as a slope squared may be infinite.
                        pairs[k, l, i] = (
                            weights[i] * (slope[k] * lower[k]) * (slope[l] * upper[l])
                        )
                    if not expected:
                        share = -lower[k] if c > k else upper[k]
                        pairs[k, k, i] += weights[i] * share * second[k]
    return total


# Sums over columns or rows may be taken in any order: what they feed is symmetric in
# them. Four rows at a time keep more of X on its way from memory.
@kernel(fastmath={"reassoc", "contract", "nsz"})
def dot_rows(X, first, last, center, slopes, out):
    """Write sum of (x - center) * slopes over each of the rows first:last of X."""
    n_features = slopes.shape[0]
    rest = last - (last - first) % 4
    for i in range(first, rest, 4):
        a = 0.0
        b = 0.0
        c = 0.0
        d = 0.0
        for j in range(n_features):
            a += (X[i, j] - center[j]) * slopes[j]
            b += (X[i + 1, j] - center[j]) * slopes[j]
            c += (X[i + 2, j] - center[j]) * slopes[j]
            d += (X[i + 3, j] - center[j]) * slopes[j]
        out[i - first] = a
        out[i - first + 1] = b
        out[i - first + 2] = c
        out[i - first + 3] = d
    for i in range(rest, last):
        a = 0.0
        for j in range(n_features):
            a += (X[i, j] - center[j]) * slopes[j]
        out[i - first] = a


@kernel(fastmath={"reassoc", "contract", "nsz"})
def add_rows(X, first, last, center, factors, out):
    """Add sum of factors * (x - center) over the rows first:last of X to out."""
    n_features = out.shape[0]
    rest = last - (last - first) % 4
    for i in range(first, rest, 4):
        a = factors[i - first]
        b = factors[i - first + 1]
        c = factors[i - first + 2]
        d = factors[i - first + 3]
        for j in range(n_features):
            out[j] += (
                a * (X[i, j] - center[j])
                + b * (X[i + 1, j] - center[j])
                + c * (X[i + 2, j] - center[j])
                + d * (X[i + 3, j] - center[j])
            )
    for i in range(rest, last):
        a = factors[i - first]
        for j in range(n_features):
            out[j] += a * (X[i, j] - center[j])


@kernel
def exp_below_zero(t):
    """Return exp(t) for -708 <= t <= 0, from operations that a loop runs several of."""
    shifted = t * 1.4426950408889634 + 6755399441055744.0  # rounds to a whole number
    k = shifted - 6755399441055744.0
    r = (t - k * 0.6931471803691238) - k * 1.9082149292705877e-10  # t - k log 2
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    exponent = (np.float64(shifted).view(np.int64) + 1023) << 52
    return p * np.int64(exponent).view(np.float64)


@kernel
def log_one_plus(t):
    """Return log(1 + t) for 0 <= t <= 3, likewise."""
    # 1 + t is 1, 2 or 4 times 1 + f, and log(1 + f) = 2 artanh(f / (2 + f)).
    f = 0.25 * (t - 3.0) if t > 1.83 else (0.5 * (t - 1.0) if t > 0.414 else t)
    base = (
        1.3862943611198906 if t > 1.83 else (0.6931471805599453 if t > 0.414 else 0.0)
    )
    s = f / (2.0 + f)
    z = s * s
    p = 2.0 / 21.0
    p = p * z + 2.0 / 19.0
    p = p * z + 2.0 / 17.0
    p = p * z + 2.0 / 15.0
    p = p * z + 2.0 / 13.0
    p = p * z + 2.0 / 11.0
    p = p * z + 2.0 / 9.0
    p = p * z + 2.0 / 7.0
    p = p * z + 2.0 / 5.0
    p = p * z + 2.0 / 3.0
    return base + (2.0 * s + s * z * p)


# Each of these loops writes one array, so that the compiler sees that what it writes is
# not what it reads, and takes several rows at once.
@kernel
def decay(t, out):
    """Write exp(-abs(t)), not below exp(-300); both (n_rows,).

    Products of smaller ones would be subnormal, which processors are slow with.
    """
    for i in range(t.shape[0]):
        out[i] = exp_below_zero(max(-abs(t[i]), -300.0))


@kernel
def log_logistic(u, v, e_u, e_v, out):
    """Write log F(u) + log F(v) of the logit link, e_u and e_v by decay; (n_rows,)."""
    for i in range(u.shape[0]):
        more = log_one_plus(e_u[i] + e_v[i] + e_u[i] * e_v[i])
        out[i] = min(u[i], 0.0) + min(v[i], 0.0) - more


@kernel
def upper_logistic(t, e):
    """Replace t by S(t) of the logit link, e by decay; both (n_rows,)."""
    for i in range(t.shape[0]):
        t[i] = (e[i] if t[i] > 0.0 else 1.0) / (1.0 + e[i])


@kernel
def place_edges(codes, t, edges, u, v):
    """Write how far the boundaries of each row's class lie above and below t."""
    for i in range(codes.shape[0]):
        u[i] = edges[codes[i] + 1] - t[i]
        v[i] = t[i] - edges[codes[i]]


@kernel
def farthest(codes, t, edges):
    """Return the largest distance of t to a boundary of its row's class."""
    n_boundaries = edges.shape[0] - 2
    most = 0.0
    for i in range(codes.shape[0]):
        c = codes[i]
        if c < n_boundaries:
            most = max(most, abs(edges[c + 1] - t[i]))
        if c > 0:
            most = max(most, abs(edges[c] - t[i]))
    return most


@kernel
def parallel_terms(codes, t, edges, link, log_p, g_u, g_v, b_u, b_v, both):
    """Write for each row class_terms, with -g_l, -h_uu - h_ul, -h_ll - h_ul and h_ul.

    Returns whether each row's class has a probability.
    """
    n_boundaries = edges.shape[0] - 2
    for i in range(codes.shape[0]):
        c = codes[i]
        u = edges[c + 1] - t[i]
        l = edges[c] - t[i]
        if not u > l:
            return False
        log_p[i], g_u[i], slope, h_uu, h_ll, both[i] = class_terms(
            link, c, n_boundaries, u, l
        )
        g_v[i] = -slope
        b_u[i] = -h_uu - both[i]
        b_v[i] = -h_ll - both[i]
    return True


@kernel
def gather_gradient(codes, weights, log_p, g_u, g_v, log_ratio, odds, gradient, step):
    """Return minus the log-likelihood of rows, add its gradient by the edges.

    log_ratio and odds (n_classes,) are added to log_p and to the slopes. gradient
    (n_classes + 1,) has a place for the open ends. The derivative by the location of
    each row is written into step.
    """
    total = 0.0
    for i in range(codes.shape[0]):
        c = codes[i]
        w = weights[i]
        total -= w * (log_p[i] + log_ratio[c])
        gradient[c + 1] -= w * (g_u[i] + odds[c])
        gradient[c] += w * (g_v[i] + odds[c])
        step[i] = w * (g_u[i] - g_v[i])
    return total


@kernel
def gather_curvature(
    X, first, codes, weights, center, link, odds, b_u, b_v, both, corner, across, bend
):
    """Add the second derivatives of the rows from first on, as parallel_pass has it.

    b_u, b_v and both (n_rows,) are those of parallel_terms; for the logit link the
    first two are decay's.
    """
    for k in range(b_u.shape[0]):
        i = first + k
        c = codes[i]
        to_u = b_u[k]
        to_v = b_v[k]
        joint = both[k]
        if link == LOGIT:
            to_u /= (1.0 + to_u) * (1.0 + to_u)
            to_v /= (1.0 + to_v) * (1.0 + to_v)
            joint = odds[c] * (1.0 + odds[c])
        to_u *= weights[i]
        to_v *= weights[i]
        joint *= weights[i]
        bend[i] = to_u + to_v
        corner[c, c] += to_v + joint
        corner[c + 1, c + 1] += to_u + joint
        corner[c, c + 1] -= joint
        for j in range(across.shape[1]):
            x = X[i, j] - center[j]
            across[c, j] -= to_v * x
            across[c + 1, j] -= to_u * x


@kernel
def logit_tables(edges, log_ratio, odds):
    """Write what the gap between the edges (n_classes + 1,) of each class decides.

    log(1 - exp(-gap)) and 1 / (exp(gap) - 1), as `interval` has them; (n_classes,).
    """
    for c in range(log_ratio.shape[0]):
        gap = edges[c + 1] - edges[c]
        log_ratio[c] = math.log(-math.expm1(-gap)) if gap < HUGE else 0.0
        odds[c] = 1.0 / math.expm1(gap) if gap < HUGE else 0.0


@kernel
def parallel_pass(
    X,
    codes,
    weights,
    center,
    edges,
    log_ratio,
    odds,
    slopes,
    link,
    order,
    grad_edges,
    grad_slopes,
    corner,
    across,
    bend,
    reach,
    work,
):
    """Return minus the weighted log-likelihood of a parallel cumulative model.

    One reading of X (n_rows, n_features), rows in any order, codes (n_rows,) int64.
    edges (n_classes + 1,) are the thresholds between -inf and inf, in order; log_ratio
    and odds (n_classes,) are 0. To zeros are added, with order 1, the gradients by
    edges and slopes; with 2, the second derivatives by edges, corner (n_classes + 1,
    n_classes + 1), upper triangle, and by edges and slopes, across (n_classes + 1,
    n_features). Those by slopes are the sum of bend * (x - center)(x - center)', bend
    (n_rows,) being written. A class without probability makes the result inf. reach
    (1,) is raised to the farthest boundary of a row's class. work (7, any) decides how
    many rows are taken at a time.
    """
    n_rows = X.shape[0]
    total = 0.0
    for first in range(0, n_rows, work.shape[1]):
        last = min(first + work.shape[1], n_rows)
        size = last - first
        c_rows = codes[first:last]
        t = work[0, :size]
        u = work[1, :size]
        v = work[2, :size]
        b_u = work[3, :size]
        b_v = work[4, :size]
        log_p = work[5, :size]
        both = work[6, :size]
        dot_rows(X, first, last, center, slopes, t)
        reach[0] = max(reach[0], farthest(c_rows, t, edges))
        if not parallel_terms(c_rows, t, edges, link, log_p, u, v, b_u, b_v, both):
            return np.inf
        total += gather_gradient(
            c_rows, weights[first:last], log_p, u, v, log_ratio, odds, grad_edges, t
        )
        if order > 0:
            add_rows(X, first, last, center, t, grad_slopes)
        if order > 1:
            gather_curvature(
                X,
                first,
                codes,
                weights,
                center,
                link,
                odds,
                b_u,
                b_v,
                both,
                corner,
                across,
                bend,
            )
    return total


# Apart from the other links, whose terms take longer to compile than all of this.
@kernel
def logit_pass(
    X,
    codes,
    weights,
    center,
    edges,
    log_ratio,
    odds,
    slopes,
    link,
    order,
    grad_edges,
    grad_slopes,
    corner,
    across,
    bend,
    reach,
    work,
):
    """parallel_pass for the logit link, with log_ratio and odds of logit_tables."""
    n_rows = X.shape[0]
    total = 0.0
    for first in range(0, n_rows, work.shape[1]):
        last = min(first + work.shape[1], n_rows)
        size = last - first
        c_rows = codes[first:last]
        t = work[0, :size]
        u = work[1, :size]
        v = work[2, :size]
        b_u = work[3, :size]
        b_v = work[4, :size]
        log_p = work[5, :size]
        both = work[6, :size]
        dot_rows(X, first, last, center, slopes, t)
        reach[0] = max(reach[0], farthest(c_rows, t, edges))
        place_edges(c_rows, t, edges, u, v)
        decay(u, b_u)
        decay(v, b_v)
        log_logistic(u, v, b_u, b_v, log_p)
        upper_logistic(u, b_u)
        upper_logistic(v, b_v)
        total += gather_gradient(
            c_rows, weights[first:last], log_p, u, v, log_ratio, odds, grad_edges, t
        )
        if order > 0:
            add_rows(X, first, last, center, t, grad_slopes)
        if order > 1:
            gather_curvature(
                X,
                first,
                codes,
                weights,
                center,
                link,
                odds,
                b_u,
                b_v,
                both,
                corner,
                across,
                bend,
            )
    return total


@kernel
def rise(gap, e, out):
    """Write 1 - exp(-gap) for gap > 0, e by decay; all (n_rows,)."""
    for i in range(gap.shape[0]):
        g = gap[i]
        p = 1.0 / 479001600.0
        p = 1.0 / 39916800.0 - g * p
        p = 1.0 / 3628800.0 - g * p
        p = 1.0 / 362880.0 - g * p
        p = 1.0 / 40320.0 - g * p
        p = 1.0 / 5040.0 - g * p
        p = 1.0 / 720.0 - g * p
        p = 1.0 / 120.0 - g * p
        p = 1.0 / 24.0 - g * p
        p = 1.0 / 6.0 - g * p
        p = 0.5 - g * p
        p = 1.0 - g * p
        out[i] = g * p if g < 0.3 else 1.0 - e[i]


@kernel
def add_log(x, out):
    """Add log(x) for 1e-300 < x <= 1 to out; both (n_rows,)."""
    for i in range(x.shape[0]):
        # x is 2**-k times m, between sqrt(2) and 1 / sqrt(2).
        bits = np.float64(x[i]).view(np.int64)
        k = ((bits >> 52) & 2047) - 1023
        m = np.int64((bits & 4503599627370495) | 4607182418800017408).view(np.float64)
        high = m > 1.4142135623730951
        m = 0.5 * m if high else m
        s = (m - 1.0) / (m + 1.0)
        z = s * s
        p = 2.0 / 21.0
        p = p * z + 2.0 / 19.0
        p = p * z + 2.0 / 17.0
        p = p * z + 2.0 / 15.0
        p = p * z + 2.0 / 13.0
        p = p * z + 2.0 / 11.0
        p = p * z + 2.0 / 9.0
        p = p * z + 2.0 / 7.0
        p = p * z + 2.0 / 5.0
        p = p * z + 2.0 / 3.0
        whole = k + 1.0 if high else k + 0.0
        out[i] += whole * 0.6931471805599453 + (2.0 * s + s * z * p)


@kernel
def logit_class(u, v, e_u, e_v, log_p, gap, odds, is_open):
    """Write the terms of a class of the logit link; all arrays (n_rows,).

    The boundaries lie u above and v below the row's location. is_open tells that one
    of them is not there, and is then 0.5 * HUGE. Writes log P, S(u) and S(v) into
    u and v, exp(-abs()) of what they were, and 1 / (exp(gap) - 1). Returns whether
    every gap is positive.
    """
    for i in range(u.shape[0]):
        gap[i] = u[i] + v[i]
        odds[i] = 0.0
    decay(u, e_u)
    decay(v, e_v)
    log_logistic(u, v, e_u, e_v, log_p)
    upper_logistic(u, e_u)
    upper_logistic(v, e_v)
    if is_open:
        return True
    for i in range(u.shape[0]):
        if not gap[i] > 0.0:
            return False
    decay(gap, odds)
    rise(gap, odds, gap)
    add_log(gap, log_p)
    for i in range(u.shape[0]):
        odds[i] /= gap[i]
    return True


@kernel
def free_terms(c, n_boundaries, link, u, v, b_u, b_v, log_p, both):
    """Write class_terms of the rows of class c, with -g_l, -h_uu - h_ul, -h_ll - h_ul.

    All arrays (n_rows,); the slopes replace u and v. Returns whether each row's class
    has a probability.
    """
    for i in range(u.shape[0]):
        if 0 < c < n_boundaries and not u[i] > -v[i]:
            return False
        log_p[i], u[i], slope, h_uu, h_ll, both[i] = class_terms(
            link, c, n_boundaries, u[i], -v[i]
        )
        v[i] = -slope
        b_u[i] = -h_uu - both[i]
        b_v[i] = -h_ll - both[i]
    return True


@kernel
def free_pass(
    X,
    starts,
    weights,
    center,
    thresholds,
    slopes,
    link,
    order,
    grad_thresholds,
    grad_slopes,
    second,
    work,
):
    """Return minus the weighted log-likelihood of a non-parallel cumulative model.

    One reading of X (n_rows, n_features), whose rows are sorted by class, slopes
    (n_boundaries, n_features). order 0 writes nothing; to zeros are added, with order
    1, the gradients by thresholds and slopes; with 2, second (3, n_rows) is written:
    the second derivatives by the predictors of the boundary above and of that below
    each row's class, and by both. A row whose class has no probability makes the
    result inf. work (7, any) decides how many rows are taken at a time.
    """
    n_boundaries = thresholds.shape[0]
    total = 0.0
    for c in range(n_boundaries + 1):
        for first in range(starts[c], starts[c + 1], work.shape[1]):
            last = min(first + work.shape[1], starts[c + 1])
            size = last - first
            u = work[0, :size]
            v = work[1, :size]
            b_u = work[2, :size]
            b_v = work[3, :size]
            log_p = work[4, :size]
            both = work[5, :size]
            room = work[6, :size]
            w = weights[first:last]
            u[:] = 0.5 * HUGE
            v[:] = 0.5 * HUGE
            if c < n_boundaries:
                dot_rows(X, first, last, center, slopes[c], u)
                for i in range(size):
                    u[i] = thresholds[c] - u[i]
            if c > 0:
                dot_rows(X, first, last, center, slopes[c - 1], v)
                for i in range(size):
                    v[i] -= thresholds[c - 1]
            if link == LOGIT:
                is_open = c == 0 or c == n_boundaries
                if not logit_class(u, v, b_u, b_v, log_p, room, both, is_open):
                    return np.inf
                for i in range(size):
                    u[i] += both[i]
                    v[i] += both[i]
            elif not free_terms(c, n_boundaries, link, u, v, b_u, b_v, log_p, both):
                return np.inf
            for i in range(size):
                total -= w[i] * log_p[i]
            if order == 0:
                continue
            if c < n_boundaries:
                for i in range(size):
                    room[i] = -w[i] * u[i]
                    grad_thresholds[c] += room[i]
                    room[i] = -room[i]
                add_rows(X, first, last, center, room, grad_slopes[c])
            if c > 0:
                for i in range(size):
                    room[i] = w[i] * v[i]
                    grad_thresholds[c - 1] += room[i]
                    room[i] = -room[i]
                add_rows(X, first, last, center, room, grad_slopes[c - 1])
            if order == 1:
                continue
            for i in range(size):
                joint = both[i]
                to_u = b_u[i]
                to_v = b_v[i]
                if link == LOGIT:
                    joint = both[i] * (1.0 + both[i])
                    to_u /= (1.0 + to_u) * (1.0 + to_u)
                    to_v /= (1.0 + to_v) * (1.0 + to_v)
                second[0, first + i] = w[i] * (to_u + joint)
                second[1, first + i] = w[i] * (to_v + joint)
                second[2, first + i] = -w[i] * joint
    return total


@kernel
def scale_rows(X, first, last, center, weights, sign, out):
    """Write sqrt(max(sign * weight, 0)) * (1, center - x) for rows first:last of X.

    weights (n_rows,), out (last - first, 1 + n_features). Returns whether a weight has
    the other sign.
    """
    other = False
    for i in range(first, last):
        w = sign * weights[i]
        if w < 0.0:
            other = True
            w = 0.0
        root = math.sqrt(w)
        out[i - first, 0] = root
        for j in range(center.shape[0]):
            out[i - first, 1 + j] = root * (center[j] - X[i, j])
    return other


@kernel
def add_sparse_product(
    starts, columns, values, weights, right_starts, right_columns, right_values, out
):
    """Add left' diag(weights) right of two CSR arrays with the same rows to out."""
    for i in range(weights.shape[0]):
        for a in range(starts[i], starts[i + 1]):
            j = columns[a]
            x = weights[i] * values[a]
            for b in range(right_starts[i], right_starts[i + 1]):
                out[j, right_columns[b]] += x * right_values[b]


@kernel
def add_moments(X, weights, shift, first, second, most):
    """Add the weighted sums of d = x - shift and of d**2 to (n_features,) arrays.

    most (n_features,) is raised to the largest abs(d).
    """
    for i in range(X.shape[0]):
        w = weights[i]
        for j in range(X.shape[1]):
            d = X[i, j] - shift[j]
            first[j] += w * d
            second[j] += w * d * d
            most[j] = max(most[j], abs(d))


@kernel
def descend(H, residual, psi, l1, l2, positive, tol, max_sweeps):
    """Minimise a quadratic plus an elastic net by coordinate descent.

    The quadratic is 0.5 d'Hd - residual'd with d = psi - psi at the start; H (m, m) C
    order, the others (m,); positive (m,) bool keeps psi >= 0. psi and residual
    (the negative gradient of the quadratic) are written in place. A sweep over all
    coordinates is followed by sweeps over the non-zero ones until they settle: no step
    changes the quadratic by more than tol. Returns the number of sweeps.
    """
    m = psi.shape[0]
    sweeps = 0
    everything = True
    while sweeps < max_sweeps:
        sweeps += 1
        largest = 0.0
        for j in range(m):
            old = psi[j]
            if not everything and old == 0.0:
                continue
            curvature = H[j, j]
            if curvature + l2[j] <= 0.0:
                continue
            pull = residual[j] + curvature * old
            if pull > l1[j]:
                new = (pull - l1[j]) / (curvature + l2[j])
            elif pull < -l1[j] and not positive[j]:
                new = (pull + l1[j]) / (curvature + l2[j])
            else:
                new = 0.0
            if new != old:
                change = new - old
                psi[j] = new
                for k in range(m):
                    residual[k] -= change * H[j, k]
                largest = max(largest, (curvature + l2[j]) * change * change)
        if largest <= tol:
            if everything:
                break
            everything = True
        else:
            everything = False
    return sweeps


@kernel
def pool_rows(cumulative):
    """Make each row of (n_rows, n_boundaries) non-decreasing, nearest in squares.

    Pool-adjacent-violators in place; rows that are in order are left as they are.
    Returns the number of rows that were not.
    """
    n_rows, n_boundaries = cumulative.shape
    level = np.empty(n_boundaries)
    size = np.empty(n_boundaries, dtype=np.int64)
    n_changed = 0
    for i in range(n_rows):
        ordered = True
        for k in range(1, n_boundaries):
            if cumulative[i, k] < cumulative[i, k - 1]:
                ordered = False
        if ordered:
            continue
        n_changed += 1
        top = 0
        for k in range(n_boundaries):
            level[top] = cumulative[i, k]
            size[top] = 1
            while top > 0 and level[top] < level[top - 1]:
                both = size[top] + size[top - 1]
                level[top - 1] += (level[top] - level[top - 1]) * size[top] / both
                size[top - 1] = both
                top -= 1
            top += 1
        k = 0
        for block in range(top):
            for _ in range(size[block]):
                cumulative[i, k] = level[block]
                k += 1
    return n_changed


@kernel
def log_probabilities(eta, family, link, out):
    """Write log P (n_rows, n_boundaries + 1) for eta (n_boundaries, n_rows).

    family: 0 cumulative, 1 stopping ratio, 2 adjacent. In a cumulative model a class
    whose boundaries cross gets nan.
    """
    n_boundaries, n_rows = eta.shape
    for i in range(n_rows):
        if family == 0:
            for c in range(n_boundaries + 1):
                u = eta[c, i] if c < n_boundaries else 0.0
                l = eta[c - 1, i] if c > 0 else 0.0
                if 0 < c < n_boundaries and not u > l:
                    out[i, c] = -np.inf if u == l else np.nan
                else:
                    out[i, c] = class_terms(link, c, n_boundaries, u, l)[0]
        elif family == 1:
            left = 0.0
            for k in range(n_boundaries):
                out[i, k] = left + lower_tail(link, eta[k, i])[0]
                left += upper_tail(link, eta[k, i])[0]
            out[i, n_boundaries] = left
        else:
            out[i, 0] = 0.0
            top = 0.0
            for k in range(n_boundaries):
                step = upper_tail(link, eta[k, i])[0] - lower_tail(link, eta[k, i])[0]
                out[i, k + 1] = out[i, k] + step
                top = max(top, out[i, k + 1])
            mass = 0.0
            for c in range(n_boundaries + 1):
                mass += math.exp(out[i, c] - top)
            for c in range(n_boundaries + 1):
                out[i, c] = out[i, c] - top - math.log(mass)


@kernel
def log_tails(eta, link, below, above):
    """Write log F(eta) and log S(eta), all of one shape (n_boundaries, n_rows)."""
    for k in range(eta.shape[0]):
        for i in range(eta.shape[1]):
            below[k, i] = lower_tail(link, eta[k, i])[0]
            above[k, i] = upper_tail(link, eta[k, i])[0]
