# SPDX-License-Identifier: BSD-3-Clause
"""Fits are optimal: conditions of optimality and general solvers, on an objective that
is written here anew."""

import itertools
import json
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize, sparse, stats

from skx.ordinal import PRESTO, OrdinalRegression, _solvers

LINKS = {
    "logit": stats.logistic,
    "probit": stats.norm,
    "cloglog": stats.gumbel_l,
    "loglog": stats.gumbel_r,
    "cauchit": stats.cauchy,
}
FAMILIES = ["cumulative", "sratio", "cratio", "acat"]
FUSIONS = ["adjacent", "reference", "none", "semiparallel"]
TOUCH = "The boundaries of .* rows touch"


def grades(
    n: int = 90, p: int = 3, n_classes: int = 3, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * np.linspace(0.5, 2.0, p) + 1.0
    latent = X @ rng.normal(size=p) * 0.7 + rng.logistic(size=n)
    cuts = np.quantile(latent, np.arange(1, n_classes) / n_classes)
    return X, np.digitize(latent, cuts)


def mean_loss(
    thresholds: np.ndarray,
    slopes: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    family: str,
    link: str,
) -> float:
    """Minus the mean log-likelihood; slopes (n_boundaries, p)."""
    twin = LINKS[link]
    eta = thresholds - X @ slopes.T
    ones = np.ones((len(X), 1))
    if family == "cumulative":
        edges = np.hstack([0 * ones, twin.cdf(eta), ones])
        P = np.diff(edges, axis=1)
    elif family in ("sratio", "cratio"):
        stop = twin.cdf(eta) if family == "sratio" else twin.sf(-eta)
        P = np.hstack([stop, ones])
        P[:, 1:] *= np.cumprod(1 - stop, axis=1)
    else:
        up = twin.cdf(-eta)  # P(Y = k + 1 given k or k + 1)
        P = np.cumprod(np.hstack([ones, up / (1 - up)]), axis=1)
        P /= P.sum(axis=1, keepdims=True)
    own = P[np.arange(len(y)), y]
    with np.errstate(invalid="ignore", divide="ignore"):
        return -np.log(own).mean() if (own > 0).all() else np.inf


def slopes_of(blocks: np.ndarray, fusion: str) -> np.ndarray:
    """Slopes of the boundaries from the penalised coefficients."""
    if fusion == "adjacent":
        return np.cumsum(blocks, axis=0)
    if fusion == "reference":
        return np.vstack([blocks[:1], blocks[0] + blocks[1:]])
    if fusion == "semiparallel":
        return blocks[0] + blocks[1:]
    return blocks


def net_of(
    blocks: np.ndarray, alpha: float, l1_ratio: float, factors: np.ndarray
) -> float:
    size = l1_ratio * np.abs(blocks) + (1 - l1_ratio) / 2 * blocks**2
    return alpha * float((factors * size).sum())


# --- every penalty, family and link --------------------------------------------------

PENALTIES: list[dict[str, Any]] = [
    {"alpha": 0.02, "l1_ratio": 1.0},
    {"alpha": 0.03, "l1_ratio": 0.5, "base_penalty": 0.0},
    {"alpha": 0.05, "l1_ratio": 0.0, "penalty_factor": [0.5, 1.0, 2.0]},
    {"alpha": 0.01, "l1_ratio": 1.0, "positive": [True, False, True]},
    {
        "alpha": 0.01,
        "l1_ratio": 0.7,
        "positive": True,
        "penalty_factor": [0.0, 1.0, 2.0],
        "base_penalty": 0.5,
    },
]


@pytest.mark.parametrize("penalty", PENALTIES, ids=range(len(PENALTIES)))
@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("family", FAMILIES)
def test_conditions_of_optimality(family: str, fusion: str, penalty: dict) -> None:
    X, y = grades()
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    q, p = 2, X.shape[1]
    n_blocks = q + (fusion == "semiparallel")
    factors = np.ones((n_blocks, p)) * penalty.get("penalty_factor", np.ones(p))
    if fusion != "none":
        factors[0] *= penalty.get("base_penalty", 1.0)
    l1 = (penalty["alpha"] * penalty["l1_ratio"] * factors).ravel()
    l2 = (penalty["alpha"] * (1 - penalty["l1_ratio"]) * factors).ravel()
    positive = np.zeros((n_blocks, p), dtype=bool) | penalty.get("positive", False)
    positive = positive.ravel()
    for link in LINKS:
        model = PRESTO(
            family=family, link=link, fusion=fusion, feasibility="none", **penalty
        ).fit(X, y)
        blocks = model.deviations_ * X.std(axis=0)
        assert_allclose(slopes_of(model.deviations_, fusion), model.coef_, atol=1e-12)
        thresholds = model.thresholds_ - model.coef_ @ X.mean(axis=0)

        def loss(z: np.ndarray, link: str = link) -> float:
            slopes = slopes_of(z[q:].reshape(n_blocks, p), fusion)
            return mean_loss(z[:q], slopes, Z, y, family, link)

        z = np.concatenate([thresholds, blocks.ravel()])
        net = net_of(blocks, penalty["alpha"], penalty["l1_ratio"], factors)
        assert model.objective_ == pytest.approx(loss(z) + net, abs=1e-10)
        h = 1e-5
        steps = h * np.eye(len(z))
        gradient = np.array([(loss(z + s) - loss(z - s)) / (2 * h) for s in steps])
        assert_allclose(gradient[:q], 0.0, atol=1e-6)
        b, pull = z[q:], -(gradient[q:] + l2 * z[q:])
        moved = b != 0
        assert_allclose(pull[moved], (l1 * np.sign(b))[moved], atol=1e-6)
        assert (pull[~moved] <= l1[~moved] + 1e-6).all()
        held = ~moved & ~positive
        assert (-pull[held] <= l1[held] + 1e-6).all()
        assert (b[positive] >= 0).all()
        assert model.kkt_violation_ < 1e-6
        assert model.n_iter_ < 30


@pytest.mark.parametrize("link", ["logit", "cauchit"])
@pytest.mark.parametrize("family", FAMILIES)
def test_lasso_equals_a_general_solver(family: str, link: str) -> None:
    X, y = grades(n=60, p=2)
    alpha, q, p = 0.02, 2, 2
    ones = np.ones((q, p))

    def objective(z: np.ndarray) -> float:
        blocks = (z[q : q + 4] - z[q + 4 :]).reshape(q, p)
        loss = mean_loss(z[:q], np.cumsum(blocks, axis=0), X, y, family, link)
        return loss + alpha * z[q:].sum() if np.isfinite(loss) else 1e3

    model = PRESTO(
        alpha, family=family, link=link, standardize=False, feasibility="none"
    ).fit(X, y)
    start = OrdinalRegression(family=family, link=link).fit(X, y)
    both = np.concatenate([np.maximum(start.coef_[:1], 0), np.zeros((1, p))]).ravel()
    minus = np.concatenate([np.maximum(-start.coef_[:1], 0), np.zeros((1, p))]).ravel()
    found = optimize.minimize(
        objective,
        np.concatenate([start.thresholds_, both, minus]),
        bounds=[(None, None)] * q + [(0, None)] * (2 * q * p),
        options={"ftol": 1e-14, "gtol": 1e-9, "maxfun": 100_000},
    )
    own = mean_loss(model.thresholds_, model.coef_, X, y, family, link)
    own += net_of(model.deviations_, alpha, 1.0, ones)
    assert own == pytest.approx(model.objective_, abs=1e-10)
    assert own <= found.fun + 1e-8
    if link == "logit":  # convex, so that there is no other
        assert found.fun == pytest.approx(own, abs=1e-5)


# --- boundaries that would cross -----------------------------------------------------


def crossing_grades(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """The spread of the outcome grows with the first column."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    latent = X[:, 1] * 0.5 + np.exp(0.9 * X[:, 0]) * rng.logistic(size=n)
    return X, np.digitize(latent, [-0.7, 0.0, 0.7])


def constrained_minimum(X: np.ndarray, y: np.ndarray, link: str, alpha: float) -> float:
    """Ridge on steps between boundaries, no two of which cross at a row."""
    q, p = y.max(), X.shape[1]

    def objective(z: np.ndarray) -> float:
        blocks = z[q:].reshape(q, p)
        loss = mean_loss(z[:q], np.cumsum(blocks, axis=0), X, y, "cumulative", link)
        return loss + alpha / 2 * z[q:] @ z[q:] if np.isfinite(loss) else 1e3

    rows = []
    for k in range(q - 1):
        row = np.zeros((len(X), q + q * p))
        row[:, k], row[:, k + 1] = -1.0, 1.0
        row[:, q + (k + 1) * p : q + (k + 2) * p] = -X
        rows.append(row)
    found = optimize.minimize(
        objective,
        np.concatenate([[-1.0, 0.0, 1.0], np.zeros(q * p)]),
        method="SLSQP",
        constraints=optimize.LinearConstraint(np.vstack(rows), 0.0, np.inf),
        options={"ftol": 1e-13, "maxiter": 500},
    )
    assert (np.vstack(rows) @ found.x >= -1e-7).all()
    return found.fun


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog", "loglog", "cauchit"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_crossing_is_prevented_at_the_constrained_minimum(seed: int, link: str) -> None:
    X, y = crossing_grades(seed)
    alpha = 1e-3
    options = {"l1_ratio": 0.0, "standardize": False, "link": link}
    free = PRESTO(alpha, feasibility="none", **options).fit(X, y)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", TOUCH)
        model = PRESTO(alpha, **options).fit(X, y)
    gaps = np.diff(model.linear_predictor(X), axis=1)
    assert (gaps >= 0).all()
    assert model.crossing_rate(X) == 0.0
    assert model.feasibility_active_ == (gaps < 1e-6).any(axis=1).sum()
    assert model.objective_ >= free.objective_ - 1e-10
    if free.crossing_rate(X) == 0.0:
        assert model.feasibility_active_ == 0
        assert_allclose(model.coef_, free.coef_, atol=1e-10)
    if link != "cauchit":  # not convex
        best = constrained_minimum(X, y, link, alpha)
        assert model.objective_ <= best + 1e-7
        assert model.objective_ >= best - 1e-5


def test_crossing_is_met_in_the_tests_of_it() -> None:
    crossing = 0
    for seed in range(3):
        X, y = crossing_grades(seed)
        options = {"l1_ratio": 0.0, "standardize": False, "feasibility": "none"}
        crossing += PRESTO(1e-3, **options).fit(X, y).crossing_rate(X) > 0
    assert crossing >= 2


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
def test_rows_that_touch_are_told(l1_ratio: float) -> None:
    X, y = crossing_grades(0)
    with pytest.warns(UserWarning, match="boundaries of [1-9][0-9]* rows touch"):
        model = PRESTO(1e-4, l1_ratio=l1_ratio).fit(X, y)
    assert model.feasibility_active_ > 0
    proba = model.predict_proba(X)
    assert (proba >= 0).all()
    assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-12)
    assert model.kkt_violation_ < 1e-8
    own = np.log(proba[np.arange(len(y)), y]).sum()
    assert model.loglik_ == pytest.approx(own, rel=1e-9)


def test_duplicated_dummies_that_touch() -> None:
    # Each wall stands as often as its row does, and columns say things twice.
    rng = np.random.default_rng(3)
    X = rng.integers(0, 2, size=(150, 3)).astype(float)
    latent = X[:, 0] + np.exp(2.0 * X[:, 1]) * rng.logistic(size=150)
    y = np.digitize(latent, [-2.0, -0.5, 0.5, 2.0])
    wide = np.hstack([X, X, 1 - X])
    for l1_ratio in (0.0, 1.0):
        models = []
        for columns in (X, wide):
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", TOUCH)
                # Of a lasso, twins share a coefficient in any way.
                models.append(PRESTO(1e-3, l1_ratio=l1_ratio).fit(columns, y))
        assert (np.diff(models[1].linear_predictor(wide), axis=1) >= 0).all()
        if l1_ratio == 1.0:
            assert models[1].objective_ == pytest.approx(models[0].objective_, abs=1e-7)


def test_boundary_without_rows_of_its_own() -> None:
    # No row of the middle classes has the dummy: the slope between them is free.
    rng = np.random.default_rng(4)
    X = np.column_stack([rng.normal(size=200), np.zeros(200)])
    y = np.digitize(X[:, 0] + rng.logistic(size=200), [-2.0, -0.5, 0.5, 2.0])
    outer = np.flatnonzero((y == 0) | (y == 4))
    X[outer[::3], 1] = 1.0
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", TOUCH)
        warnings.filterwarnings("ignore", "The likelihood has no maximum")
        model = OrdinalRegression(nonparallel=[1]).fit(X, y)
    assert model.coef_[0, 1] != 0.0
    assert (np.diff(model.linear_predictor(X), axis=1) >= 0).all()


@pytest.mark.slow
def test_boundary_vectors(extra_data: Any) -> None:
    folder = extra_data / "reference/ordinal"
    data = np.loadtxt(folder / "presto_boundary.csv", delimiter=",", skiprows=1)
    cases = json.loads((folder / "presto_boundary_reference.json").read_text())
    X, y = data[:, 1:], data[:, 0]
    for case in cases.values():
        for alpha, objective in zip(case["lambda_"], case["objective"], strict=True):
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", TOUCH)
                model = PRESTO(alpha, l1_ratio=case["l1_ratio"]).fit(X, y)
            # It stalls where boundaries cross, sometimes off the constraint.
            assert model.objective_ <= objective + 1e-7
            assert (np.diff(model.linear_predictor(X), axis=1) >= 0).all()


# --- working set ---------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("family", ["cumulative", "acat"])
def test_working_set_finds_the_minimum(
    family: str, is_sparse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    n, p = (150, 600) if not is_sparse else (200, 2000)
    X: Any = rng.normal(size=(n, p))
    if is_sparse:
        X *= rng.random(size=(n, p)) < 0.03
    latent = X[:, :5].sum(axis=1) * (3 if is_sparse else 1) + rng.logistic(size=n)
    y = np.digitize(latent, [-1.5, 1.5])
    columns = sparse.csr_array(X) if is_sparse else X
    options = {"alpha": 0.05, "l1_ratio": 0.9, "family": family, "standardize": True}
    model = OrdinalRegression(**options).fit(columns, y)
    b = model.coef_[0] * X.std(axis=0)
    assert 0 < np.count_nonzero(b) < 100
    gradient = scores(model, X, y, family) / np.where(
        X.std(axis=0) > 0, X.std(axis=0), 1
    )
    l1, l2 = 0.05 * 0.9, 0.05 * 0.1
    pull = -(gradient + l2 * b)
    moved = b != 0
    assert_allclose(pull[moved], l1 * np.sign(b[moved]), atol=2e-6)
    assert (np.abs(pull[~moved]) <= l1 + 2e-6).all()
    if not is_sparse:
        monkeypatch.setattr(_solvers, "ALL_AT_ONCE", 10_000)
        whole = OrdinalRegression(**options).fit(columns, y)
        assert_array_equal(whole.coef_ != 0, model.coef_ != 0)
        assert_allclose(whole.coef_, model.coef_, atol=1e-5)
        assert whole.objective_ == pytest.approx(model.objective_, abs=1e-9)


def scores(
    model: OrdinalRegression, X: np.ndarray, y: np.ndarray, family: str
) -> np.ndarray:
    """Gradient of the mean loss by the parallel slopes, for the logit."""
    P = model.predict_proba(X)
    n, q = len(y), P.shape[1] - 1
    if family == "acat":
        above = np.cumsum(P[:, ::-1], axis=1)[:, ::-1][:, 1:].sum(axis=1)
        return X.T @ (above - y) / n
    F = np.hstack([np.zeros((n, 1)), np.cumsum(P, axis=1)])
    F[:, q + 1] = 1.0
    # d log(F_u - F_l) / d location = -(f_u - f_l) / P = -(1 - F_u - F_l)
    rows = np.arange(n)
    return X.T @ (1 - F[rows, y + 1] - F[rows, y]) / n


def test_working_set_of_presto_equals_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(100, 12))
    y = np.digitize(X[:, :4].sum(axis=1) + rng.logistic(size=100), [-2, 0, 2])
    results = []
    for limit in (10, 1000):
        monkeypatch.setattr(_solvers, "ALL_AT_ONCE", limit)
        for alpha, fusion in itertools.product((0.05, 0.02), ("adjacent", "none")):
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", TOUCH)
                model = PRESTO(alpha, fusion=fusion, penalty_factor=[0] + [1] * 11)
                results.append(model.fit(X, y).objective_)
    assert_allclose(results[:4], results[4:], atol=1e-9)


# --- more columns than rows, columns twice -------------------------------------------


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
def test_more_columns_than_rows(l1_ratio: float) -> None:
    X, y = grades(n=40, p=80)
    model = OrdinalRegression(alpha=0.05, l1_ratio=l1_ratio).fit(X, y)
    assert model.kkt_violation_ < 1e-6
    assert np.isfinite(model.coef_).all()


@pytest.mark.parametrize("fusion", FUSIONS)
def test_columns_twice_change_no_lasso(fusion: str) -> None:
    X, y = grades()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", TOUCH)
        once = PRESTO(0.01, fusion=fusion).fit(X, y)
        twice = PRESTO(0.01, fusion=fusion).fit(np.hstack([X, X]), y)
    assert twice.objective_ == pytest.approx(once.objective_, abs=1e-8)
    folded = twice.coef_[:, :3] + twice.coef_[:, 3:]
    assert_allclose(folded, once.coef_, atol=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_objective_falls_at_every_step(
    family: str, capsys: pytest.CaptureFixture[str]
) -> None:
    X, y = grades()
    for model in (
        OrdinalRegression(family=family, verbose=1),
        OrdinalRegression(family=family, solver="lbfgs", verbose=1),
        OrdinalRegression(family=family, link="cauchit", verbose=1),
        PRESTO(0.005, family=family, feasibility="none", verbose=1),
    ):
        model.fit(X, y)
        lines = capsys.readouterr().out.splitlines()
        objectives = [float(s.split("objective ")[1].split(",")[0]) for s in lines]
        assert len(objectives) > 2
        assert (np.diff(objectives) <= 1e-8).all()
