# SPDX-License-Identifier: BSD-3-Clause
"""The ways in which large tables are read and solved, against the plain ones."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skx.ordinal import PRESTO, OrdinalRegression, _design, _kernels
from skx.ordinal._design import Design, column_moments
from skx.ordinal._links import LINKS, Likelihood
from skx.ordinal._presto import mixing_of
from skx.ordinal._problem import Effects, Problem, no_penalty

CLASSES = 4


def table(n: int, p: int = 4, seed: int = 0) -> tuple[NDArray, NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * np.resize([1.0, 10.0, 0.1, 3.0], p) + 5.0
    latent = (X - 5.0) @ np.resize([1.0, -0.1, 5.0, 0.0], p) + rng.logistic(size=n)
    edges = np.quantile(latent, [0.5, 0.8, 0.95])
    return X, np.searchsorted(edges, latent)


def problem_of(
    X: NDArray,
    y: NDArray,
    link: str,
    free: str | None,
    standardize: bool = False,
    weights: NDArray | None = None,
) -> Problem:
    weights = np.ones(len(y)) if weights is None else weights
    design = Design(X, y, weights, CLASSES, standardize=standardize)
    shared = np.full(X.shape[1], free is None)
    effects = Effects(shared, mixing_of(free or "none", CLASSES - 1))
    likelihood = Likelihood("cumulative", link)
    return Problem(design, likelihood, effects, no_penalty(effects))


@pytest.mark.parametrize("free", [None, "adjacent", "semiparallel"])
@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_reading_gives_the_derivatives_of_sorted_copies(
    monkeypatch: pytest.MonkeyPatch, dtype: type, link: str, free: str | None
) -> None:
    # Rows that are no multiple of what is read at a time; a constant column.
    X, y = table(301)
    X = np.column_stack([X, np.full(len(X), 2.0)]).astype(dtype)
    weights = np.random.default_rng(1).uniform(size=len(y))
    problem = problem_of(X, y, link, free, standardize=True, weights=weights)
    z = problem.start()
    z[3:] = np.random.default_rng(2).normal(size=len(z) - 3) * 0.05
    assert problem.reads_rows_once
    loss, gradient, hessian = problem.curvature(z)
    assert problem.loss(z) == pytest.approx(loss, rel=1e-14)
    np.testing.assert_allclose(problem.gradient(z)[1], gradient, atol=1e-14)
    monkeypatch.setattr(Problem, "reads_rows_once", False)
    expected = problem.curvature(z)
    assert loss == pytest.approx(expected[0], rel=1e-13)
    np.testing.assert_allclose(gradient, expected[1], atol=1e-13)
    np.testing.assert_allclose(hessian, expected[2], atol=1e-12)


def test_one_reading_refuses_classes_without_probability() -> None:
    X, y = table(50)
    problem = problem_of(X, y, "logit", None)
    z = problem.start()
    z[1] = z[0]
    assert problem.loss(z) == np.inf
    problem = problem_of(X, y, "probit", "none")
    z = problem.start()
    z[3 + 4] = 50.0
    assert problem.gradient(z)[0] == np.inf


def test_tails_of_the_logit_are_exact() -> None:
    t = np.concatenate([np.linspace(0.0, 40.0, 5001), np.linspace(40.0, 290.0, 501)])
    found = np.empty_like(t)
    _kernels.decay(t, found)
    np.testing.assert_allclose(found, np.exp(-t), rtol=4e-16 * 2)
    _kernels.decay(np.array([-5.0, 299.0, 2000.0, np.inf]), found[:4])
    expected = np.exp(-np.array([5.0, 299.0, 300.0, 300.0]))
    np.testing.assert_allclose(found[:4], expected, rtol=1e-15)

    small = 10.0 ** np.linspace(-250, -1, 250)
    values = np.concatenate([[0.0], small, np.linspace(0.1, 3.0, 5001)])
    found = np.array([_kernels.log_one_plus(value) for value in values])
    np.testing.assert_allclose(found, np.log1p(values), rtol=1e-15)


@pytest.mark.slow
def test_many_rows_reach_the_optimum_of_newtons_method() -> None:
    X, y = table(20_000)
    fast = OrdinalRegression(cov_type=None).fit(X, y)
    exact = OrdinalRegression(cov_type=None, solver="newton").fit(X, y)
    assert fast.loglik_ == pytest.approx(exact.loglik_, abs=1e-6)
    # A thousandth of a standard error.
    errors = OrdinalRegression(solver="newton").fit(X, y).standard_errors_
    off = np.abs(fast.coef_ - exact.coef_) / errors["coef"]
    assert off.max() < 1e-3


@pytest.mark.slow
def test_many_rows_of_two_classes_are_a_logistic_regression() -> None:
    X, y = table(8_000)
    model = OrdinalRegression(cov_type=None).fit(X, y > 0)
    peer = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
    peer.fit(X, y > 0)
    np.testing.assert_allclose(model.coef_, peer.coef_, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(-model.thresholds_, peer.intercept_, rtol=1e-4)


@pytest.mark.slow
def test_a_sample_that_lost_a_column_does_no_harm() -> None:
    X, y = table(12_000)
    X = np.column_stack([X, np.zeros(len(X))])
    X[7, 4] = 1.0
    y[7] = 1
    y[8], X[8, 4] = 2, 1.0
    fast = OrdinalRegression(cov_type=None).fit(X, y)
    exact = OrdinalRegression(cov_type=None, solver="newton").fit(X, y)
    assert fast.loglik_ == pytest.approx(exact.loglik_, abs=1e-6)


@pytest.mark.slow
def test_float32_is_read_as_it_is() -> None:
    X, y = table(9_000)
    single = X.astype(np.float32)
    model = OrdinalRegression(cov_type=None).fit(single, y)
    double = OrdinalRegression(cov_type=None).fit(single.astype(np.float64), y)
    np.testing.assert_allclose(model.coef_, double.coef_, rtol=1e-9)
    path = PRESTO(0.02).fit(single, y)
    double = PRESTO(0.02).fit(single.astype(np.float64), y)
    np.testing.assert_allclose(path.coef_, double.coef_, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("free", [None, "adjacent"])
def test_pieces_add_up_whatever_the_threads(
    monkeypatch: pytest.MonkeyPatch, free: str | None
) -> None:
    X, y = table(301)
    whole = problem_of(X, y, "logit", free)
    z = whole.start()
    expected = whole.curvature(z)
    monkeypatch.setattr(_design, "PIECE", 100)
    assert len(_design.pieces_of(*X.shape)) == 8
    found = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads, user_api="blas"):
            problem = problem_of(X, y, "logit", free)
            found.append([*problem.curvature(z), problem.reach(z)])
    for one, two, plain in zip(*found, [*expected, whole.reach(z)], strict=True):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_allclose(one, plain, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("far", [0.0, 1e6])
def test_moments_of_columns(far: float) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3)) * [1.0, 1e-3, 1e3] + [1e4, -1e3, 0.0]
    X[:, 1] = 0.1
    X[0, 0] += far  # the first row may lie far from the others
    weights = rng.uniform(size=500)
    weights /= weights.sum()
    mean, deviation, extent = column_moments(X, weights)
    assert (np.abs(X - mean) <= extent).all()
    of_sparse = column_moments(sparse.csr_array(X), weights)
    assert (np.maximum(np.abs(X), np.abs(X - mean)) <= of_sparse.extent).all()
    exact = X.astype(np.longdouble)
    centre = weights @ exact
    spread = np.sqrt(weights @ np.square(exact - centre))
    off = np.abs(mean - centre) / (spread + np.abs(centre))
    assert off.max() < 1e-13
    np.testing.assert_allclose(deviation[[0, 2]], spread[[0, 2]].astype(float), 1e-11)
    assert deviation[1] == 0.0
