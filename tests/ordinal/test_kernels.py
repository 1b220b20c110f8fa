# SPDX-License-Identifier: BSD-3-Clause
"""Compiled loops against NumPy and scipy; tails and intervals are in
test_likelihood.py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize, stats

from skx.ordinal import _kernels as kernels

N, Q = 24, 3
# Densities whose distribution functions are the inverse links, by scipy.
TWINS = [stats.logistic, stats.norm, stats.gumbel_l, stats.gumbel_r, stats.cauchy]
CODES = range(len(TWINS))


def rows(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Predictors in order, classes in order, first rows of the classes, weights."""
    rng = np.random.default_rng(seed)
    eta = np.cumsum(rng.uniform(0.1, 2.0, size=(Q, N)), axis=0) - 2.0
    classes = np.sort(rng.integers(0, Q + 1, size=N))
    starts = np.searchsorted(classes, np.arange(Q + 2))
    return eta, classes, starts, rng.uniform(0.5, 2.0, size=N)


def probabilities(code: int, family: int, eta: np.ndarray) -> np.ndarray:
    """(n_rows, n_classes) from the definitions of the families."""
    F = TWINS[code].cdf(eta.T)
    S = TWINS[code].sf(eta.T)
    ones = np.ones((len(F), 1))
    if family == 0:
        return np.diff(np.hstack([0 * ones, F, ones]), axis=1)
    if family == 1:
        left = np.cumprod(np.hstack([ones, S]), axis=1)
        return left * np.hstack([F, ones])
    odds = np.cumprod(np.hstack([ones, S / F]), axis=1)
    return odds / odds.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("code", CODES)
def test_kernel_of_tails_equals_scipy(code: int) -> None:
    twin = TWINS[code]
    for t in np.linspace(-4.0, 3.0, 15):
        log_f, slope, _ = kernels.lower_tail(code, t)
        assert log_f == pytest.approx(twin.logcdf(t), rel=1e-11)
        assert slope == pytest.approx(twin.pdf(t) / twin.cdf(t), rel=1e-10)
        log_s, slope, _ = kernels.upper_tail(code, t)
        assert log_s == pytest.approx(twin.logsf(t), rel=1e-11)
        assert slope == pytest.approx(-twin.pdf(t) / twin.sf(t), rel=1e-10)


@pytest.mark.parametrize("code", CODES)
def test_kernel_of_mirrored_links(code: int) -> None:
    t = np.linspace(-3.0, 3.0, 7)
    assert_allclose(TWINS[kernels.mirrored(code)].cdf(t), TWINS[code].sf(-t))


@pytest.mark.parametrize("family", [0, 1, 2])
@pytest.mark.parametrize("code", CODES)
def test_kernel_of_log_probabilities(code: int, family: int) -> None:
    eta = rows()[0]
    out = np.empty((N, Q + 1))
    kernels.log_probabilities(eta, family, code, out)
    expected = probabilities(code, family, eta)
    assert_allclose(np.exp(out), expected, rtol=1e-10, atol=1e-14)


def test_kernel_of_log_probabilities_where_boundaries_touch_or_cross() -> None:
    eta = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    out = np.empty((3, 3))
    kernels.log_probabilities(eta, 0, 0, out)
    half = np.log(0.5)
    assert_allclose(out[0], [half, -np.inf, half])
    assert np.isfinite(out[1]).all()
    assert_array_equal(np.isnan(out[2]), [False, True, False])


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("family", [0, 1, 2])
def test_kernels_of_families_sum_the_log_likelihood(code: int, family: int) -> None:
    eta, classes, starts, weights = rows()
    P = probabilities(code, family, eta)
    expected = weights @ np.log(P[np.arange(N), classes])
    nothing = np.empty((1, 1))
    if family == 0:
        got = kernels.cumulative_rows(
            eta, starts, weights, code, nothing, nothing, nothing, 0
        )
    elif family == 1:
        got = kernels.stopping_rows(eta, starts, weights, code, nothing, nothing, 0)
    else:
        got = kernels.adjacent_rows(
            eta, starts, weights, code, nothing, np.empty((1, 1, 1)), 0, False
        )
    assert got == pytest.approx(expected, rel=1e-11)


def test_kernel_of_cumulative_rows_without_probability() -> None:
    eta, classes, starts, weights = rows()
    row = np.flatnonzero(classes == 1)[0]
    eta[1, row] = eta[0, row]
    nothing = np.empty((1, 1))
    assert (
        kernels.cumulative_rows(eta, starts, weights, 0, nothing, nothing, nothing, 0)
        == -np.inf
    )


@pytest.mark.parametrize("code", CODES)
def test_kernel_that_reads_rows_once(code: int) -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(N, 3))
    classes = rng.integers(0, Q + 1, size=N)
    weights = rng.uniform(0.5, 2.0, size=N)
    center, slopes = rng.normal(size=3), rng.normal(size=3)
    thresholds = np.array([-1.0, 0.3, 1.1])

    def loss(z: np.ndarray) -> float:
        eta = z[:Q, None] - (X - center) @ z[Q:]
        P = probabilities(code, 0, eta)[np.arange(N), classes]
        return -weights @ np.log(P)

    def read(cuts: np.ndarray, order: int) -> tuple:
        edges = np.concatenate([[-np.inf], cuts, [np.inf]])
        tables = np.zeros((2, Q + 1))
        if code == kernels.LOGIT:
            kernels.logit_tables(edges, *tables)
        by_edge, by_slope = np.zeros(Q + 2), np.zeros(3)
        corner, across = np.zeros((Q + 2, Q + 2)), np.zeros((Q + 2, 3))
        bend, reach = np.empty(N), np.zeros(1)
        is_logit = code == kernels.LOGIT
        got = (kernels.logit_pass if is_logit else kernels.parallel_pass)(
            *(X, classes, weights, center, edges, *tables, slopes, code, order),
            *(by_edge, by_slope, corner, across, bend, reach, np.empty((7, 8))),
        )
        t = (X - center) @ slopes
        ends = [edges[classes + 1] - t, edges[classes] - t]
        farthest = max(np.abs(end[np.isfinite(end)]).max() for end in ends)
        assert reach[0] == pytest.approx(farthest, rel=1e-12) or got == np.inf
        # Numbers by edges come with those of the two infinite ones around them.
        by_both = np.zeros((Q + 3, Q + 3))
        by_both[:Q, :Q] = corner[1:-1, 1:-1] + np.triu(corner[1:-1, 1:-1], 1).T
        by_both[:Q, Q:] = across[1:-1]
        by_both[Q:, :Q] = across[1:-1].T
        by_both[Q:, Q:] = (X - center).T @ (bend[:, None] * (X - center))
        return got, np.concatenate([by_edge[1:-1], by_slope]), by_both

    def slope_of(z: np.ndarray, at: int) -> float:
        return float(optimize.approx_fprime(z, loss, 1e-5)[at])

    z = np.concatenate([thresholds, slopes])
    got, gradient, hessian = read(thresholds, 2)
    assert got == pytest.approx(loss(z), rel=1e-11)
    assert read(thresholds, 0)[0] == got
    assert_allclose(gradient, optimize.approx_fprime(z, loss, 1e-7), rtol=1e-4)
    numeric = [optimize.approx_fprime(z, slope_of, 1e-4, at) for at in range(Q + 3)]
    assert_allclose(hessian, numeric, rtol=1e-2, atol=1e-2 * np.abs(hessian).max())
    if code != kernels.LOGIT:  # whose tables need edges in order
        assert read(np.array([0.0, 0.0, 1.0]), 1)[0] == np.inf


def test_kernel_of_dot_rows() -> None:
    rng = np.random.default_rng(0)
    X, center, slopes = rng.normal(size=(11, 7)), rng.normal(size=7), rng.normal(size=7)
    out = np.empty(9)
    kernels.dot_rows(X, 1, 10, center, slopes, out)
    assert_allclose(out, (X[1:10] - center) @ slopes, rtol=1e-12)
    total = np.zeros(7)
    kernels.add_rows(X, 1, 10, center, out, total)
    assert_allclose(total, out @ (X[1:10] - center), rtol=1e-11)


@pytest.mark.parametrize("seed", range(6))
def test_kernel_of_descent_finds_the_minimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    m = 8
    A = rng.normal(size=(20, m))
    H, pull = A.T @ A, rng.normal(size=m) * 5
    l1 = rng.choice([0.0, 1.0, 4.0], size=m)
    l2 = rng.choice([0.0, 0.5], size=m)
    positive = rng.random(m) < 0.3
    psi, residual = np.zeros(m), pull.copy()
    sweeps = kernels.descend(H, residual, psi, l1, l2, positive, 1e-22, 10_000)
    assert 0 < sweeps < 10_000
    assert_allclose(residual, pull - H @ psi, atol=1e-10)

    def objective(both: np.ndarray) -> float:
        x = both[:m] - both[m:]
        smooth = 0.5 * x @ H @ x - pull @ x + 0.5 * l2 @ x**2
        return smooth + l1 @ both[:m] + l1 @ both[m:]

    bounds = [(0, None)] * m + [(0, 0 if p else None) for p in positive]
    found = optimize.minimize(
        objective, np.zeros(2 * m), bounds=bounds, options={"ftol": 1e-15}
    )
    both = np.concatenate([np.maximum(psi, 0), np.maximum(-psi, 0)])
    assert objective(both) <= found.fun + 1e-9
    assert (psi[positive] >= 0).all()
    assert_array_equal(psi[found.x[:m] + found.x[m:] < 1e-7], 0.0)


def test_kernel_of_descent_leaves_flat_coordinates() -> None:
    H = np.array([[2.0, 0.0], [0.0, 0.0]])
    psi, residual = np.zeros(2), np.array([2.0, 1.0])
    zeros = np.zeros(2)
    kernels.descend(H, residual, psi, zeros, zeros, np.zeros(2, bool), 1e-20, 50)
    assert_array_equal(psi, [1.0, 0.0])


def test_kernel_of_descent_stops_after_the_sweeps() -> None:
    H = np.array([[1.0, 0.999], [0.999, 1.0]])
    psi, residual = np.zeros(2), np.array([1.0, -1.0])
    zeros = np.zeros(2)
    arguments = (zeros, zeros, np.zeros(2, bool), 1e-30, 3)
    assert kernels.descend(H, residual, psi, *arguments) == 3


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=1, max_size=6)
)
def test_kernel_of_pooling_equals_isotonic_regression(table: list[list[float]]) -> None:
    cumulative = np.array(table)
    expected = np.array([optimize.isotonic_regression(row).x for row in cumulative])
    ordered = (np.diff(cumulative, axis=1) >= 0).all(axis=1)
    got = cumulative.copy()
    assert kernels.pool_rows(got) == (~ordered).sum()
    assert_allclose(got, expected, atol=1e-12)
    assert_array_equal(got[ordered], cumulative[ordered])
    assert (np.diff(got, axis=1) >= 0).all()


@pytest.mark.parametrize("code", CODES)
def test_kernel_of_log_tails(code: int) -> None:
    eta = rows()[0]
    below, above = np.empty_like(eta), np.empty_like(eta)
    kernels.log_tails(eta, code, below, above)
    assert_allclose(below, TWINS[code].logcdf(eta), rtol=1e-10)
    assert_allclose(above, TWINS[code].logsf(eta), rtol=1e-10)


def test_kernels_read_what_must_not_be_written() -> None:
    eta, _, starts, weights = rows()
    results = []
    for writeable in (True, False):
        for array in (eta, starts, weights):
            array.flags.writeable = writeable
        scores = np.zeros((Q, N))
        kernels.stopping_rows(eta, starts, weights, 0, scores, np.zeros((Q, N)), 2)
        results.append(scores)
    assert_array_equal(*results)
