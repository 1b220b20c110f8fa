# SPDX-License-Identifier: BSD-3-Clause
"""Links and families against arithmetic of many digits, out to predictors of 700."""

from decimal import Decimal, localcontext
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skx.ordinal import _kernels as kernels
from skx.ordinal._device_links import interval, lower_tail, upper_tail
from skx.ordinal._links import FAMILIES, LINKS, Likelihood, inverse_link_quantile

DIGITS = 200
ONE, TWO = Decimal(1), Decimal(2)
PI = Decimal(
    "3.1415926535897932384626433832795028841971693993751058209749445923078164062862089"
    "98628034825342117067982148086513282306647093844609550582231725359408128481"
)

# --- F and 1 - F, each without cancellation, as decimals of DIGITS digits ------------


def arctangent(x: Decimal) -> Decimal:
    """Of a positive number: halve the angle four times, then the power series."""
    if x > 1:
        return PI / 2 - arctangent(1 / x)
    for _ in range(4):
        x = x / (1 + (1 + x * x).sqrt())
    total, power, k = Decimal(0), x, 1
    while abs(power) > Decimal(10) ** -160 * x:
        total += power / k if k % 4 == 1 else -power / k
        power *= x * x
        k += 2
    return 16 * total


@cache
def normal_tail(t: Decimal) -> Decimal:
    """P(Z <= t) for t <= 0."""
    density = (-t * t / 2).exp() / (2 * PI).sqrt()
    if t < -20:  # the asymptotic series, to its least term
        term, total, k = ONE, ONE, 0
        while True:
            new = -term * (2 * k + 1) / (t * t)
            if abs(new) >= abs(term) or abs(new) < Decimal(10) ** -80:
                return density / -t * total
            term, total, k = new, total + new, k + 1
    term, total, k = t, t, 0
    while abs(term) > Decimal(10) ** -200:
        k += 1
        term = term * t * t / (2 * k + 1)
        total += term
    return ONE / 2 + density * total


def missing(x: Decimal) -> Decimal:
    """1 - exp(-x) for x > 0."""
    if x > Decimal("1e-25"):
        return 1 - (-x).exp()
    return x - x**2 / 2 + x**3 / 6


def below(link: str, t: Decimal) -> Decimal:
    """F(t)."""
    if link == "logit":
        return 1 / (1 + (-t).exp())
    if link == "probit":
        return normal_tail(t) if t <= 0 else 1 - normal_tail(-t)
    if link == "cloglog":
        return missing(t.exp())
    if link == "loglog":
        return (-(-t).exp()).exp()
    if t < 0:
        return arctangent(-1 / t) / PI
    return (PI / 2 + (arctangent(t) if t else 0)) / PI


def between(link: str, l: Decimal, u: Decimal) -> Decimal:
    """F(u) - F(l), by the tail in which it does not cancel."""
    if link == "cloglog":
        return (-l.exp()).exp() * missing(u.exp() - l.exp())
    if link == "loglog":
        return between("cloglog", -u, -l)
    if l + u > 0:
        return below(link, -l) - below(link, -u)
    return below(link, u) - below(link, l)


def density(link: str, t: Decimal) -> Decimal:
    if link == "logit":
        return (-abs(t)).exp() / (1 + (-abs(t)).exp()) ** 2
    if link == "probit":
        return (-t * t / 2).exp() / (2 * PI).sqrt()
    if link == "cloglog":
        return (t - t.exp()).exp()
    if link == "loglog":
        return density("cloglog", -t)
    return 1 / (PI * (1 + t * t))


def bend(link: str, t: Decimal) -> Decimal:
    """Slope of the density over the density."""
    if link == "logit":
        return 1 - 2 * below("logit", t)
    if link == "probit":
        return -t
    if link == "cloglog":
        return 1 - t.exp()
    if link == "loglog":
        return (-t).exp() - 1
    return -2 * t / (1 + t * t)


def exact_tail(link: str, t: float) -> list[float]:
    """log F and its two derivatives."""
    with localcontext(prec=DIGITS, Emin=-999999999999, Emax=999999999999):
        at = Decimal(t)
        if link == "loglog":  # F itself is beyond any exponent
            x = (-at).exp()
            return [float(-x), float(x), float(-x)]
        F = below(link, at)
        if F == 1:
            return [0.0, 0.0, 0.0]
        g = density(link, at) / F
        return [float(F.ln()), float(g), float(g * bend(link, at) - g * g)]


def exact_interval(link: str, u: float, l: float) -> list[float]:
    """log P and its derivatives by u, l, uu, ll, ul."""
    if link == "loglog":
        log_p, g_u, g_l, h_uu, h_ll, h_ul = exact_interval("cloglog", -l, -u)
        return [log_p, -g_l, -g_u, h_ll, h_uu, h_ul]
    if link == "cloglog" and l > 25.0:  # P is beyond any exponent; the upper end is far
        x = np.exp(l)
        return [-x, 0.0, -x, 0.0, -x, 0.0]
    with localcontext(prec=DIGITS, Emin=-999999999999, Emax=999999999999):
        top, low = Decimal(u), Decimal(l)
        P = between(link, low, top)
        g_u = density(link, top) / P
        g_l = -density(link, low) / P
        return [
            float(v)
            for v in (
                P.ln(),
                g_u,
                g_l,
                g_u * bend(link, top) - g_u * g_u,
                g_l * bend(link, low) - g_l * g_l,
                -g_u * g_l,
            )
        ]


SIZES = [0.0, 1e-8, 1e-3, 0.3, 1.0, 2.5, 4.9, 5.1, 6.5, 8.0, 12.0, 19.9, 20.1]
SIZES += [36.0, 38.5, 45.0, 120.0, 300.0, 450.0, 700.0]
POINTS = sorted({sign * size for size in SIZES for sign in (-1.0, 1.0)})


@pytest.mark.parametrize("link", LINKS)
def test_tails_of_kernels_are_exact(link: str) -> None:
    code = LINKS.index(link)
    mirror = LINKS[kernels.mirrored(code)]
    for t in POINTS:
        assert_allclose(
            kernels.lower_tail(code, t),
            exact_tail(link, t),
            rtol=5e-11,
            atol=1e-60,
            err_msg=f"{t}",
        )
        log_s, slope, second = exact_tail(mirror, -t)
        assert_allclose(
            kernels.upper_tail(code, t),
            (log_s, -slope, second),
            rtol=5e-11,
            atol=1e-60,
            err_msg=f"{t}",
        )


@pytest.mark.parametrize("gap", [1e-12, 1e-8, 1e-3, 0.19, 0.3, 1.0, 7.0, 40.0, 710.0])
@pytest.mark.parametrize("link", LINKS)
def test_intervals_of_kernels_are_exact(link: str, gap: float) -> None:
    code = LINKS.index(link)
    for l in POINTS:
        u = l + gap
        if u - l > 0.5 * gap:  # else the points are one number
            assert_allclose(
                kernels.interval(code, u, l),
                exact_interval(link, u, l),
                rtol=1e-10,
                atol=1e-15,
                err_msg=f"{u}, {l}",
            )


@pytest.mark.parametrize("link", LINKS)
def test_tails_on_a_device_are_exact(link: str, device: Any) -> None:
    code = LINKS.index(link)
    mirror = LINKS[kernels.mirrored(code)]
    t = device.put(POINTS)
    terms = np.stack([device.get(x) for x in lower_tail(device.xp, code, t)], 1)
    other = np.stack([device.get(x) for x in upper_tail(device.xp, code, t)], 1)
    for i, point in enumerate(POINTS):
        exact = exact_tail(link, point)
        assert_allclose(terms[i], exact, rtol=5e-11, atol=1e-60, err_msg=f"{point}")
        log_s, slope, second = exact_tail(mirror, -point)
        exact = [log_s, -slope, second]
        assert_allclose(other[i], exact, rtol=5e-11, atol=1e-60, err_msg=f"{point}")


@pytest.mark.parametrize("gap", [1e-12, 1e-8, 1e-3, 0.19, 0.3, 1.0, 7.0, 40.0, 710.0])
@pytest.mark.parametrize("link", LINKS)
def test_intervals_on_a_device_are_exact(link: str, gap: float, device: Any) -> None:
    code = LINKS.index(link)
    l = np.array(POINTS)
    l = l[l + gap - l > 0.5 * gap]  # else the points are one number
    u = l + gap
    found = interval(device.xp, code, device.put(u), device.put(l))
    terms = np.stack([device.get(x) for x in found], 1)
    for i in range(len(l)):
        exact = exact_interval(link, u[i], l[i])
        assert_allclose(
            terms[i], exact, rtol=1e-10, atol=1e-15, err_msg=f"{u[i]}, {l[i]}"
        )


# --- families ------------------------------------------------------------------------

N_BOUNDARIES = 3
STARTS = np.array([0, 10, 20, 30, 40])
SHIFTS = [0.0, -3.0, 3.0, -30.0, 30.0, -300.0, 300.0, -680.0, 680.0]


def predictors(shift: float, family: str) -> np.ndarray:
    """(n_boundaries, n_rows) about a point; in order where they have to be."""
    rng = np.random.default_rng(abs(int(shift)))
    if family == "cumulative":
        gaps = rng.uniform(0.05, 9.0, size=(N_BOUNDARIES, STARTS[-1]))
        return np.ascontiguousarray(shift + np.cumsum(gaps, axis=0) - 10.0)
    return shift + rng.uniform(-9.0, 9.0, size=(N_BOUNDARIES, STARTS[-1]))


def losses(model: Likelihood, eta: np.ndarray) -> np.ndarray:
    """Minus the log-likelihood of each row by itself."""
    return -model.log_probabilities(eta)[
        np.arange(STARTS[-1]), np.repeat(np.arange(4), 10)
    ]


def scores_of(model: Likelihood, eta: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """First derivatives by eta of all entries; 0 where a row is not touched."""
    _, written, _ = model.rows(eta, starts, np.ones(eta.shape[1]), 1)
    scores = np.zeros_like(eta)
    for k in range(len(eta)):
        rows = model.touched(starts, k)
        scores[k, rows] = written[k, rows]
    return scores


def curvature_of(model: Likelihood, eta: np.ndarray, expected: bool) -> np.ndarray:
    """Second derivatives (n_boundaries, n_boundaries, n_rows)."""
    full = np.zeros((len(eta), *eta.shape))
    weights = np.ones(eta.shape[1])
    for k, l, rows, values in model.rows(eta, STARTS, weights, 2, expected)[2]:
        full[k, l, rows] = full[l, k, rows] = values
    return full


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_derivatives_are_those_of_differences(
    family: str, link: str, shift: float
) -> None:
    model = Likelihood(family, link)
    eta = predictors(shift, family)
    weights = np.linspace(0.5, 2.0, eta.shape[1])
    value = losses(model, eta)
    loss, scores, _ = model.rows(eta, STARTS, weights, 1)
    assert loss == pytest.approx(weights @ value, rel=1e-13)
    scores = scores_of(model, eta, STARTS)
    hessian = curvature_of(model, eta, expected=False)
    h = 1e-5
    size = np.abs(model.log_probabilities(eta)).max(axis=1)  # what rounding goes by
    for k in range(N_BOUNDARIES):
        step = np.zeros((N_BOUNDARIES, 1))
        step[k] = h
        slope = (losses(model, eta + step) - losses(model, eta - step)) / (2 * h)
        off = np.abs(slope - scores[k]) - 1e-8 * np.abs(slope)
        assert (off <= 1e-9 * (1.0 + size)).all()
        if np.abs(scores).max() > 1e150:  # products of two slopes overflow
            continue
        bends = scores_of(model, eta + step, STARTS) - scores_of(
            model, eta - step, STARTS
        )
        assert_allclose(
            bends / (2 * h),
            hessian[k],
            rtol=1e-6,
            atol=1e-7 * max(1.0, np.abs(scores).max()),
        )


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_expected_information_is_the_sum_over_classes(
    family: str, link: str, shift: float
) -> None:
    model = Likelihood(family, link)
    eta = predictors(shift, family)
    n = eta.shape[1]
    proba = np.exp(model.log_probabilities(eta))
    assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-12)
    expected = np.zeros((N_BOUNDARIES, N_BOUNDARIES, n))
    for c in range(N_BOUNDARIES + 1):
        starts = np.where(np.arange(5) > c, n, 0)  # as if all rows were of class c
        scores = scores_of(model, eta, starts)
        # A class without probability takes no part, however large its slope is.
        scores *= np.sqrt(proba[:, c])
        expected += scores[:, None] * scores
    got = curvature_of(model, eta, expected=True)
    assert_allclose(got, expected, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("link", LINKS)
def test_quantile_inverts_the_link(link: str) -> None:
    p = np.array([1e-12, 1e-3, 0.2, 0.5, 0.9, 1 - 1e-9])
    t = inverse_link_quantile(link, p)
    got = [np.exp(kernels.lower_tail(LINKS.index(link), x)[0]) for x in t]
    assert_allclose(got, p, rtol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("link", LINKS)
def test_start_gives_the_frequencies(family: str, link: str) -> None:
    model = Likelihood(family, link)
    shares = np.array([0.5, 0.01, 0.3, 0.19])
    eta = model.start(shares)[:, None]
    assert_allclose(np.exp(model.log_probabilities(eta))[0], shares, rtol=1e-12)
