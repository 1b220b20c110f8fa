# SPDX-License-Identifier: BSD-3-Clause
"""`Likelihood` of rows on a device, in functions of the array API standard.

The formulas are those of `_kernels`, all branches of a link computed and one chosen;
arguments that a branch is not made for are replaced, so that none overflows.
"""

import math
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from skx._backend import namespace_of
from skx.ordinal._kernels import (
    CAUCHIT,
    CLOGLOG,
    HUGE,
    LOG_SQRT_2PI,
    LOGIT,
    LOGLOG,
    PROBIT,
    mirrored,
)
from skx.ordinal._links import GAP_FLOOR, Likelihood, Pair

Terms = tuple[Any, ...]  # arrays of one shape
# Where the variable of `mills_ratio` is 0.
MIDDLE = 3.75


class DeviceLikelihood(Likelihood):
    """The `Likelihood` whose predictors live on a device."""

    def rows(
        self,
        eta: Any,
        starts: NDArray[np.int64],
        weights: Any,
        order: int,
        expected: bool = False,
    ) -> tuple[float, Any, list[Pair]]:
        """Return what `Likelihood.rows` does; scores are 0 where not touched."""
        read = (self._cumulative, self._stopping, self._adjacent)[self.kind]
        return read(eta, starts.tolist(), weights, order, expected)

    def _cumulative(
        self, eta: Any, starts: list[int], weights: Any, order: int, expected: bool
    ) -> tuple[float, Any, list[Pair]]:
        xp = namespace_of(eta)
        q, n = eta.shape
        runs = [slice(first, last) for first, last in pairwise(starts)]
        above = xp.concat([eta[k, runs[k]] for k in range(q)])
        below = xp.concat([eta[k, runs[k + 1]] for k in range(q)])
        # Rows of the classes that have both boundaries.
        first, n_between = starts[1], starts[q] - starts[1]
        u, l = above[first:], below[:n_between]
        ordered = u > l
        lowest = lower_tail(xp, self.code, above[:first])
        between = interval(xp, self.code, xp.where(ordered, u, apart(xp, l)), l)
        highest = upper_tail(xp, self.code, below[n_between:])
        log_p = xp.concat([lowest[0], between[0], highest[0]])
        total = xp.where(xp.all(ordered), xp.sum(weights * log_p), -xp.inf)
        loss = -float(total)
        if order == 0 or not math.isfinite(loss):
            return loss, None, []
        # By the boundary above, for rows up to starts[q], and by the one below, for
        # those from starts[1].
        to_above, to_below = weights[: starts[q]], weights[first:]
        g_u = -to_above * xp.concat([lowest[1], between[1]])
        g_l = -to_below * xp.concat([between[2], highest[1]])
        scores = xp.zeros((q, n), dtype=eta.dtype, device=eta.device)
        for k in range(q):
            scores[k, runs[k]] = g_u[runs[k]]
            scores[k, runs[k + 1]] = g_l[starts[k + 1] - first : starts[k + 2] - first]
        if order == 1:
            return loss, scores, []
        if expected:
            return loss, scores, self._cumulative_expected(eta, weights)
        h_uu = -to_above * xp.concat([lowest[2], between[3]])
        h_ll = -to_below * xp.concat([between[4], highest[2]])
        h_ul = -weights[first : starts[q]] * between[5]
        pairs = []
        for k in range(q):
            upper = slice(starts[k + 1] - first, starts[k + 2] - first)
            values = xp.concat([h_uu[runs[k]], h_ll[upper]])
            pairs.append(Pair(k, k, slice(starts[k], starts[k + 2]), values))
            if k + 1 < q:
                pairs.append(Pair(k, k + 1, runs[k + 1], h_ul[upper]))
        return loss, scores, pairs

    def _cumulative_expected(self, eta: Any, weights: Any) -> list[Pair]:
        xp = namespace_of(eta)
        q, n = eta.shape
        lowest = lower_tail(xp, self.code, eta[0, :])
        highest = upper_tail(xp, self.code, eta[q - 1, :])
        l = eta[: q - 1, :]
        between = interval(xp, self.code, xp.maximum(eta[1:, :], l + GAP_FLOOR), l)
        log_p = xp.concat([lowest[0][None, :], between[0], highest[0][None, :]])
        mass = weights * xp.exp(log_p)
        g_u = xp.concat([lowest[1][None, :], between[1]])
        g_l = xp.concat([between[2], highest[1][None, :]])
        # In this order, as a slope squared may be infinite.
        diagonal = mass[:q, :] * g_u * g_u + mass[1:, :] * g_l * g_l
        pairs = mass[1:q, :] * between[1] * between[2]
        everyone = slice(0, n)
        return [Pair(k, k, everyone, diagonal[k, :]) for k in range(q)] + [
            Pair(k, k + 1, everyone, pairs[k, :]) for k in range(q - 1)
        ]

    def _stopping(
        self, eta: Any, starts: list[int], weights: Any, order: int, expected: bool
    ) -> tuple[float, Any, list[Pair]]:
        xp = namespace_of(eta)
        q, n = eta.shape
        # Of each boundary, the rows that stop there, and those that go on.
        stop = [slice(starts[k], starts[k + 1]) for k in range(q)]
        on = [slice(starts[k + 1], n) for k in range(q)]
        at = xp.concat([eta[k, rows] for k, rows in enumerate(stop)])
        past = xp.concat([eta[k, rows] for k, rows in enumerate(on)])
        of_stops = weights[: starts[q]]
        of_ons = xp.concat([weights[rows] for rows in on])
        stopped = lower_tail(xp, self.code, at)
        gone = upper_tail(xp, self.code, past)
        loss = -float(xp.sum(of_stops * stopped[0]) + xp.sum(of_ons * gone[0]))
        if order == 0 or not math.isfinite(loss):
            return loss, None, []
        ends = np.cumsum([n - starts[k + 1] for k in range(q)]).tolist()
        places = [slice(end - (n - starts[k + 1]), end) for k, end in enumerate(ends)]
        g_stop, g_on = -of_stops * stopped[1], -of_ons * gone[1]
        scores = xp.zeros((q, n), dtype=eta.dtype, device=eta.device)
        for k in range(q):
            scores[k, stop[k]] = g_stop[stop[k]]
            scores[k, on[k]] = g_on[places[k]]
        if order == 1:
            return loss, scores, []
        if expected:
            slope = lower_tail(xp, self.code, eta)[1]
            log_s, minus, _ = upper_tail(xp, self.code, eta)
            left = sums_before(xp, log_s)[:q, :]  # log P(Y >= k)
            diagonal = -weights * xp.exp(left) * slope * minus
            return (
                loss,
                scores,
                [Pair(k, k, slice(0, n), diagonal[k, :]) for k in range(q)],
            )
        h_stop, h_on = -of_stops * stopped[2], -of_ons * gone[2]
        return (
            loss,
            scores,
            [
                Pair(
                    k,
                    k,
                    slice(starts[k], n),
                    xp.concat([h_stop[stop[k]], h_on[places[k]]]),
                )
                for k in range(q)
            ],
        )

    def _adjacent(
        self, eta: Any, starts: list[int], weights: Any, order: int, expected: bool
    ) -> tuple[float, Any, list[Pair]]:
        xp = namespace_of(eta)
        q, n = eta.shape
        log_p, slope, second = self._adjacent_terms(eta)
        own = [log_p[c, first:last] for c, (first, last) in enumerate(pairwise(starts))]
        loss = -float(xp.sum(weights * xp.concat(own)))
        if order == 0 or not math.isfinite(loss):
            return loss, None, []
        proba = xp.exp(log_p)
        lower = xp.cumulative_sum(proba, axis=0)[:q, :]  # P(Y <= k)
        upper = xp.cumulative_sum(xp.flip(proba, axis=0), axis=0)[:q, :]
        upper = xp.flip(upper, axis=0)  # P(Y > k)
        share = xp.asarray(upper, copy=True)
        for k in range(q):
            share[k, starts[k + 1] :] = -lower[k, starts[k + 1] :]
        scores = weights * share * slope
        if order == 1:
            return loss, scores, []
        pairs = []
        left, right = slope * lower, slope * upper
        for k in range(q):
            for l in range(k, q):
                # In this order, as a slope squared may be infinite.
                values = weights * left[k, :] * right[l, :]
                if k == l and not expected:
                    values += weights * share[k, :] * second[k, :]
                pairs.append(Pair(k, l, slice(0, n), values))
        return loss, scores, pairs

    def _adjacent_terms(self, eta: Any) -> Terms:
        """Return log P of each class, and the slopes of log S - log F and theirs."""
        xp = namespace_of(eta)
        log_f, g_f, h_f = lower_tail(xp, self.code, eta)
        log_s, g_s, h_s = upper_tail(xp, self.code, eta)
        level = sums_before(xp, log_s - log_f)
        level = level - xp.max(level, axis=0)
        log_p = level - xp.log(xp.sum(xp.exp(level), axis=0))
        return log_p, g_s - g_f, h_s - h_f

    def log_probabilities(self, eta: Any) -> Any:
        """Return log P (n_rows, n_classes) for eta (n_boundaries, n_rows)."""
        xp = namespace_of(eta)
        eta = xp.clip(eta, -1e100, 1e100)  # squares are taken of them
        if self.kind == 2:
            return self._adjacent_terms(eta)[0].T
        if self.kind == 1:
            left = sums_before(xp, upper_tail(xp, self.code, eta)[0])
            log_f = lower_tail(xp, self.code, eta)[0]
            return xp.concat([left[:-1, :] + log_f, left[-1:, :]]).T
        u, l = eta[1:, :], eta[:-1, :]
        ordered = u > l
        between = interval(xp, self.code, xp.where(ordered, u, apart(xp, l)), l)[0]
        touching = xp.where(u == l, xp.full_like(u, -xp.inf), xp.nan)
        parts = [
            lower_tail(xp, self.code, eta[:1, :])[0],
            xp.where(ordered, between, touching),
            upper_tail(xp, self.code, eta[-1:, :])[0],
        ]
        return xp.concat(parts).T


def sums_before(xp: Any, values: Any) -> Any:
    """Return the sums of the rows before each row (m, n), and of all; (m + 1, n)."""
    sums = xp.cumulative_sum(values, axis=0)
    return xp.concat([xp.zeros_like(sums[:1, :]), sums])


def apart(xp: Any, l: Any) -> Any:
    """Return points that lie above others, to stand in for those that do not."""
    return l + 1.0 + xp.abs(l)


def lower_tail(xp: Any, link: int, t: Any) -> Terms:
    """Return log F(t), its slope f / F and its second derivative."""
    return TAILS[link](xp, t)


def upper_tail(xp: Any, link: int, t: Any) -> Terms:
    """Return log S(t), its slope -f / S and its second derivative."""
    log_s, slope, second = lower_tail(xp, int(mirrored(link)), -t)
    return log_s, -slope, second


def _logit_tail(xp: Any, t: Any) -> Terms:
    e = xp.exp(-xp.abs(t))
    slope = xp.where(t > 0.0, e, 1.0) / (1.0 + e)
    log_f = xp.minimum(t, 0.0) - xp.log1p(e)
    return log_f, slope, -e / ((1.0 + e) * (1.0 + e))


def _probit_tail(xp: Any, t: Any) -> Terms:
    x = xp.abs(t)
    ratio = mills_ratio(xp, x)
    log_density = -0.5 * x * x - LOG_SQRT_2PI
    density = xp.exp(log_density)
    rest = density * ratio  # of the two tails the smaller one
    is_low = t <= 0.0
    log_f = xp.where(is_low, log_density + xp.log(ratio), xp.log1p(-rest))
    slope = xp.where(is_low, 1.0 / ratio, density / (1.0 - rest))
    # Far out t + slope cancels; there 1 - x * ratio is a series.
    far = xp.maximum(x, 20.0)
    z = 1.0 / (far * far)
    less = z * (1.0 - z * (3.0 - z * (15.0 - z * (105.0 - z * (945.0 - z * 10395.0)))))
    bend = xp.where(t < -20.0, slope * x * less / (1.0 - less), slope * (t + slope))
    return log_f, slope, -bend


def mills_ratio(xp: Any, x: Any) -> Any:
    """Return (1 - F) / f of the normal distribution for x >= 0.

    No function of the standard has it: a Chebyshev series, as of Shepherd and
    Laframboise (1981), summed by Clenshaw's recurrence.
    """
    y = x * math.sqrt(0.5)
    s = (y - MIDDLE) / (y + MIDDLE)
    twice = 2.0 * s
    coefficients = _mills_series()
    after, now = xp.zeros_like(s), xp.full_like(s, coefficients[-1])
    for coefficient in reversed(coefficients[1:-1]):
        after, now = now, twice * now - after + coefficient
    return (s * now - after + coefficients[0]) / (1.0 + 2.0 * y)


@cache
def _mills_series() -> list[float]:
    """Chebyshev coefficients of sqrt(pi / 2) (1 + 2y) erfcx(y)."""
    n = 64
    odd = 2 * np.arange(n) + 1
    step = np.pi / (2 * n)
    y = MIDDLE / np.square(np.tan(0.5 * step * odd))  # where s is the cosine
    values = math.sqrt(0.5 * math.pi) * (1.0 + 2.0 * y) * special.erfcx(y)
    # Cosines of small angles, as rounding grows with the angle.
    angles = step * (np.outer(np.arange(24), odd) % (4 * n))
    series = np.cos(angles) @ values * (2.0 / n)
    series[0] *= 0.5
    return series.tolist()


def _cloglog_tail(xp: Any, t: Any) -> Terms:
    x = xp.exp(xp.minimum(t, HUGE))
    x2 = x * xp.where(x < 1e-2, x, 0.0)
    w = xp.clip(x, 1e-2, HUGE)
    log_f = xp.where(
        w > 1.0, xp.log1p(-xp.exp(-xp.maximum(w, 1.0))), xp.log(-xp.expm1(-w))
    )
    slope = w / xp.expm1(w)
    second = slope * (1.0 - w - slope)
    is_small, is_huge = x < 1e-2, x > HUGE

    def chosen(value: Any, series: Any) -> Any:
        return xp.where(is_huge, 0.0, xp.where(is_small, series, value))

    return (
        chosen(log_f, t - 0.5 * x + x2 / 24.0 - x2 * x2 / 2880.0),
        chosen(slope, 1.0 - 0.5 * x + x2 / 12.0 - x2 * x2 / 720.0),
        chosen(second, -0.5 * x + x2 / 6.0 - x2 * x2 / 180.0),
    )


def _loglog_tail(xp: Any, t: Any) -> Terms:
    x = xp.exp(xp.minimum(-t, HUGE))
    return -x, x, -x


def _cauchit_tail(xp: Any, t: Any) -> Terms:
    near = xp.atan2(xp.ones_like(t), xp.abs(t)) / math.pi  # the smaller tail
    is_low = t < 0.0
    log_f = xp.where(is_low, xp.log(near), xp.log1p(-near))
    tail = xp.where(is_low, near, 1.0 - near)
    slope = 1.0 / (math.pi * (1.0 + t * t)) / tail
    return log_f, slope, slope * (-2.0 * t / (1.0 + t * t) - slope)


TAILS: dict[int, Callable[[Any, Any], Terms]] = {
    LOGIT: _logit_tail,
    PROBIT: _probit_tail,
    CLOGLOG: _cloglog_tail,
    LOGLOG: _loglog_tail,
    CAUCHIT: _cauchit_tail,
}


def interval(xp: Any, link: int, u: Any, l: Any) -> Terms:
    """Return log P for P = F(u) - F(l) > 0, and its derivatives.

    The tuple holds log P, the slopes by u and l, the second derivatives by uu, ll, ul.
    """
    if link == LOGLOG:
        return _turned(_cloglog_interval(xp, -l, -u))
    if link == PROBIT:
        high = u + l > 0.0
        found = _probit_interval(xp, xp.where(high, -l, u), xp.where(high, -u, l))
        pairs = zip(_turned(found), found, strict=True)
        return tuple(xp.where(high, turned, plain) for turned, plain in pairs)
    if link == CLOGLOG:
        return _cloglog_interval(xp, u, l)
    return (_logit_interval if link == LOGIT else _cauchit_interval)(xp, u, l)


def _turned(terms: Terms) -> Terms:
    """Return the terms of u and l from those of -l and -u for the mirrored link."""
    log_p, g_u, g_l, h_uu, h_ll, h_ul = terms
    return log_p, -g_l, -g_u, h_ll, h_uu, h_ul


def _logit_interval(xp: Any, u: Any, l: Any) -> Terms:
    # P = F(u) S(l) (1 - exp(l - u))
    e_u, e_l = xp.exp(-xp.abs(u)), xp.exp(-xp.abs(l))
    s_u = xp.where(u > 0.0, e_u, 1.0) / (1.0 + e_u)
    f_l = xp.where(l > 0.0, 1.0, e_l) / (1.0 + e_l)
    gap = u - l
    c = xp.where(gap < HUGE, 1.0 / xp.expm1(xp.minimum(gap, HUGE)), 0.0)
    both = c * (1.0 + c)
    return (
        xp.minimum(u, 0.0)
        - xp.maximum(l, 0.0)
        - xp.log1p(e_u)
        - xp.log1p(e_l)
        + xp.log(-xp.expm1(-gap)),
        s_u + c,
        -f_l - c,
        -e_u / ((1.0 + e_u) * (1.0 + e_u)) - both,
        -e_l / ((1.0 + e_l) * (1.0 + e_l)) - both,
        both,
    )


def _cloglog_interval(xp: Any, u: Any, l: Any) -> Terms:
    """`interval` for the cloglog link: exp(-e^l) - exp(-e^u)."""
    apart = u - l
    is_low = u < -300.0  # where exp(-e^t) is 1 - e^t
    x = xp.exp(xp.minimum(l, HUGE))
    gap = xp.where(
        apart < 1.0,
        x * xp.expm1(xp.minimum(apart, 1.0)),
        xp.exp(xp.minimum(u, HUGE + 8.0)) - x,
    )
    is_far = ~is_low & (gap > HUGE)  # the upper end no longer matters
    gap = xp.minimum(xp.where(is_low, apart, gap), HUGE)
    c = 1.0 / xp.expm1(gap)
    both = c * (1.0 + c)
    log_gap = xp.log(-xp.expm1(-gap))
    near = xp.where(is_low | is_far, 0.0, x)
    x_u = xp.where(is_low, 0.0, near + gap)

    def chosen(low: Any, middle: Any, far: Any) -> Any:
        return xp.where(is_low, low, xp.where(is_far, far, middle))

    return (
        chosen(u + log_gap, log_gap - near, -x),
        chosen(1.0 + c, x_u * c, 0.0),
        chosen(-c, -near * (1.0 + c), -x),
        chosen(-both, x_u * c - x_u * x_u * both, 0.0),
        chosen(-both, -near * (1.0 + c) - near * near * both, -x),
        chosen(both, x_u * near * both, 0.0),
    )


def _probit_interval(xp: Any, u: Any, l: Any) -> Terms:
    """`interval` for the probit link, where u + l <= 0."""
    h, m = u - l, 0.5 * (u + l)
    is_near = h * xp.maximum(-m, 1.0) < 0.2
    series = _probit_about(xp, xp.where(is_near, h, 0.1), xp.where(is_near, m, 0.0))
    log_u, g_u, h_u = _probit_tail(xp, u)
    log_l, g_l, h_l = _probit_tail(xp, l)
    log_ratio = xp.where(is_near, -1.0, log_l - log_u)
    rest = -xp.expm1(log_ratio)  # P over F(u)
    odds = xp.exp(log_ratio) / rest
    both = odds / rest
    apart = (
        log_u + xp.log(rest),
        g_u / rest,
        -g_l * odds,
        h_u / rest - g_u * g_u * both,
        -h_l * odds - g_l * g_l * both,
        g_u * g_l * both,
    )
    pairs = zip(series, apart, strict=True)
    return tuple(xp.where(is_near, close, wide) for close, wide in pairs)


def _probit_about(xp: Any, h: Any, m: Any) -> Terms:
    """Return the terms of points h apart from a series about their midpoint m."""
    z, h2 = m * m, h * h
    more = h2 * (
        (z - 1.0) / 24.0
        + h2
        * (
            (z * z - 6.0 * z + 3.0) / 1920.0
            + h2 * (z * z * z - 15.0 * z * z + 45.0 * z - 15.0) / 322560.0
        )
    )
    height = 1.0 / (h * (1.0 + more))  # density at the midpoint, over P
    g_u = height * xp.exp(-0.5 * h * (m + 0.25 * h))
    g_l = -height * xp.exp(0.5 * h * (m - 0.25 * h))
    u, l = m + 0.5 * h, m - 0.5 * h
    return (
        -0.5 * z - LOG_SQRT_2PI + xp.log(h) + xp.log1p(more),
        g_u,
        g_l,
        g_u * (-u - g_u),
        g_l * (-l - g_l),
        -g_u * g_l,
    )


def _cauchit_interval(xp: Any, u: Any, l: Any) -> Terms:
    angle = xp.atan2(u - l, 1.0 + u * l)  # P times pi
    g_u = 1.0 / ((1.0 + u * u) * angle)
    g_l = -1.0 / ((1.0 + l * l) * angle)
    return (
        xp.log(angle / math.pi),
        g_u,
        g_l,
        g_u * (-2.0 * u / (1.0 + u * u) - g_u),
        g_l * (-2.0 * l / (1.0 + l * l) - g_l),
        -g_u * g_l,
    )
