# SPDX-License-Identifier: BSD-3-Clause
"""OrdinalRegression against clm, VGAM, scikit-learn and statistics by hand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import optimize
from sklearn.linear_model import LogisticRegression

from skx.ordinal import PRESTO, OrdinalRegression, _design

FOLDER = "reference/ordinal"


def table(extra_data: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(extra_data / FOLDER / f"{name}.csv")


def grades(
    n: int = 300, p: int = 3, n_classes: int = 4, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    latent = X @ rng.normal(size=p) + rng.logistic(size=n)
    cuts = np.quantile(latent, np.arange(1, n_classes) / n_classes)
    return X, np.digitize(latent, cuts)


# --- reference implementations -------------------------------------------------------


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_wine_equals_clm(extra_data: Path, link: str) -> None:
    path = extra_data / FOLDER / "clm_reference.json"
    case = json.loads(path.read_text())[f"wine_po_{link}"]
    wine = table(extra_data, "wine")
    model = OrdinalRegression(link=link).fit(wine[["temp", "contact"]], wine["rating"])
    assert_allclose(model.thresholds_, case["alpha_vec"], atol=1e-5)
    assert_allclose(model.coef_, np.tile(case["beta"], (4, 1)), atol=1e-5)
    assert model.loglik_ == pytest.approx(case["loglik"], abs=1e-7)
    assert model.aic_ == pytest.approx(case["aic"], abs=1e-6)
    assert model.bic_ == pytest.approx(case["bic"], abs=1e-6)
    proba = model.predict_proba(wine[["temp", "contact"]])
    own = proba[np.arange(len(wine)), wine["rating"] - 1]
    assert_allclose(own[:8], case["fitted_first"], atol=1e-6)


def test_nominal_effects_equal_clm(extra_data: Path) -> None:
    path = extra_data / FOLDER / "clm_reference.json"
    case = json.loads(path.read_text())["wine_ppo_logit_nominal_contact"]
    wine = table(extra_data, "wine")
    X = wine[["temp", "contact"]]
    model = OrdinalRegression(nonparallel=["contact"]).fit(X, wine["rating"])
    assert_allclose(model.thresholds_, case["alpha_vec"][:4], atol=1e-5)
    # A nominal effect is added to the threshold there.
    assert_allclose(-model.coef_[:, 1], case["alpha_vec"][4:], atol=1e-5)
    assert_allclose(model.coef_[:, 0], case["beta"], atol=1e-5)
    assert model.loglik_ == pytest.approx(case["loglik"], abs=1e-7)
    assert model.aic_ == pytest.approx(case["aic"], abs=1e-6)


def test_soup_equals_clm(extra_data: Path) -> None:
    path = extra_data / FOLDER / "clm_reference.json"
    case = json.loads(path.read_text())["soup_po_logit"]
    soup = table(extra_data, "soup")
    model = OrdinalRegression().fit(soup.drop(columns="sureness"), soup["sureness"])
    assert_allclose(model.thresholds_, case["alpha_vec"], atol=1e-5)
    assert_allclose(model.coef_[0], case["beta"], atol=1e-5)
    assert model.loglik_ == pytest.approx(case["loglik"], abs=1e-7)


@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
def test_frequency_weights_equal_clm_and_polr(extra_data: Path, solver: str) -> None:
    cases = json.loads((extra_data / FOLDER / "clm_reference.json").read_text())
    case, polr = cases["housing_po_logit_freqweights"], cases["housing_polr_logit"]
    housing = table(extra_data, "housing")
    X = housing.drop(columns=["sat", "freq"])
    model = OrdinalRegression(solver=solver).fit(X, housing["sat"], housing["freq"])
    assert_allclose(model.thresholds_, case["alpha_vec"], atol=1e-5)
    assert_allclose(model.coef_[0], case["beta"], atol=1e-5)
    assert model.loglik_ == pytest.approx(case["loglik"], abs=1e-7)
    assert -2 * model.loglik_ == pytest.approx(polr["deviance"], abs=1e-6)
    assert model.bic_ == pytest.approx(case["bic"], abs=1e-6)


@pytest.mark.parametrize("family", ["cumulative", "sratio", "cratio", "acat"])
def test_families_equal_vgam(extra_data: Path, family: str) -> None:
    path = extra_data / FOLDER / "vgam_reference.json"
    case = json.loads(path.read_text())[f"housing_{family}_parallel"]
    housing = table(extra_data, "housing")
    X = housing.drop(columns=["sat", "freq"])
    model = OrdinalRegression(family=family).fit(X, housing["sat"], housing["freq"])
    coef = case["coef"]
    thresholds = [coef["(Intercept):1"], coef["(Intercept):2"]]
    slopes = [coef[name] for name in X.columns]
    # There the first two model the lower classes, and the predictor is a + x'b.
    sign = 1 if family in ("cumulative", "sratio") else -1
    assert_allclose(model.thresholds_, sign * np.array(thresholds), atol=1e-5)
    assert_allclose(model.coef_[0], -sign * np.array(slopes), atol=1e-5)
    assert model.loglik_ == pytest.approx(case["loglik"], abs=1e-6)
    rows = np.array(case["fitted_first"])
    assert_allclose(model.predict_proba(X)[: len(rows)][0], rows[0], atol=1e-6)


# --- peers ---------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["cumulative", "sratio", "cratio", "acat"])
@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
def test_two_classes_equal_logistic_regression(family: str, solver: str) -> None:
    X, y = grades(n_classes=2)
    weights = np.random.default_rng(0).uniform(0.1, 2.0, size=len(y))
    peer = LogisticRegression(C=np.inf, tol=1e-10).fit(X, y, weights)
    model = OrdinalRegression(family=family, solver=solver, tol=1e-12)
    model.fit(X, y, weights)
    assert_allclose(model.coef_, peer.coef_, atol=1e-5)
    assert_allclose(-model.thresholds_, peer.intercept_, atol=1e-5)
    assert_allclose(model.predict_proba(X), peer.predict_proba(X), atol=1e-6)


def test_two_classes_with_ridge_equal_logistic_regression() -> None:
    X, y = grades(n_classes=2)
    peer = LogisticRegression(C=1 / (0.1 * len(y)), tol=1e-10).fit(X, y)
    model = OrdinalRegression(alpha=0.1).fit(X, y)
    assert_allclose(model.coef_, peer.coef_, rtol=1e-5)


def test_two_classes_with_lasso_equal_logistic_regression() -> None:
    X, y = grades(p=6, n_classes=2)
    peer = LogisticRegression(
        C=1 / (0.05 * len(y)),
        l1_ratio=1.0,
        solver="saga",
        tol=1e-9,
        max_iter=10_000,
    ).fit(X, y)
    model = PRESTO(0.05, standardize=False).fit(X, y)
    assert_allclose(model.coef_, peer.coef_, atol=1e-5)


@pytest.mark.parametrize("family", ["sratio", "cratio"])
def test_ratios_are_separate_logistic_regressions(family: str) -> None:
    X, y = grades()
    model = OrdinalRegression(family=family, nonparallel="all", tol=1e-12).fit(X, y)
    loglik = 0.0
    for k in range(3):
        at_risk = y >= k
        peer = LogisticRegression(C=np.inf, tol=1e-10).fit(X[at_risk], y[at_risk] > k)
        assert_allclose(model.coef_[k], peer.coef_[0], rtol=1e-5)
        assert_allclose(model.thresholds_[k], -peer.intercept_[0], rtol=1e-5)
        proba = peer.predict_log_proba(X[at_risk])
        loglik += proba[np.arange(len(proba)), (y[at_risk] > k).astype(int)].sum()
    assert model.loglik_ == pytest.approx(loglik, rel=1e-9)


def test_adjacent_categories_that_differ_are_multinomial() -> None:
    X, y = grades()
    model = OrdinalRegression(family="acat", nonparallel="all", tol=1e-12).fit(X, y)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(X, y)
    assert_allclose(model.predict_proba(X), peer.predict_proba(X), atol=1e-6)
    assert_allclose(model.coef_, np.diff(peer.coef_, axis=0), atol=1e-4)


def test_adjacent_categories_are_a_constrained_multinomial() -> None:
    X, y = grades()

    def loss(z: np.ndarray) -> float:
        scores = np.cumsum(
            np.column_stack([np.zeros(len(y)), (X @ z[3:])[:, None] - z[:3]]), axis=1
        )
        scores -= scores.max(axis=1, keepdims=True)
        own = scores[np.arange(len(y)), y]
        return -(own - np.log(np.exp(scores).sum(axis=1))).sum()

    found = optimize.minimize(loss, np.zeros(6), options={"gtol": 1e-7})
    model = OrdinalRegression(family="acat").fit(X, y)
    assert_allclose(model.thresholds_, found.x[:3], atol=1e-4)
    assert_allclose(model.coef_[0], found.x[3:], atol=1e-4)
    assert model.loglik_ == pytest.approx(-found.fun, rel=1e-9)


# --- solvers -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize(
    ("link", "shift"), [("logit", 0.0), ("probit", 1e3), ("cloglog", 0.0)]
)
def test_rows_read_once_give_the_optimum_of_newton(
    link: str,
    shift: float,
    standardize: bool,
    dtype: type[np.floating],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = grades(n=2000, p=5)
    X = (X * np.geomspace(0.1, 10.0, 5) + shift).astype(dtype)
    X[:, 3] = 7.0
    weights = np.random.default_rng(0).uniform(0.5, 2.0, size=len(y))
    options = {"link": link, "standardize": standardize, "alpha": 1e-3}
    newton = OrdinalRegression(solver="newton", **options).fit(X, y, weights)
    # As if the columns were too many to be copied.
    monkeypatch.setattr(_design, "KEEP", 0)
    monkeypatch.setattr(_design, "SLAB", 3500)
    for solver in ("newton", "lbfgs"):
        model = OrdinalRegression(solver=solver, **options).fit(X, y, weights)
        # Only the penalised objective is flat at its minimum.
        assert model.objective_ == pytest.approx(newton.objective_, rel=1e-10)
        assert model.loglik_ == pytest.approx(newton.loglik_, rel=1e-6)
        assert_allclose(model.coef_, newton.coef_, rtol=1e-3, atol=1e-5)
        assert model.coef_[0, 3] == 0.0
        assert model.n_iter_ < 20


@pytest.mark.slow
@pytest.mark.parametrize("nonparallel", [None, [0]])
def test_solver_for_many_rows_reaches_the_optimum(nonparallel: list[int]) -> None:
    X, y = grades(n=20_500)
    newton = OrdinalRegression(solver="newton", nonparallel=nonparallel).fit(X, y)
    auto = OrdinalRegression(nonparallel=nonparallel).fit(X, y)
    assert auto.loglik_ == pytest.approx(newton.loglik_, rel=1e-10)
    assert_allclose(auto.coef_, newton.coef_, atol=1e-5)
    assert not np.array_equal(auto.coef_, newton.coef_)  # another solver


def test_loglik_is_that_of_the_predictions() -> None:
    X, y = grades()
    X += 50.0  # centring must be taken back at every boundary
    for model in (
        OrdinalRegression(),
        OrdinalRegression(nonparallel=[0, 2], family="acat"),
        PRESTO(0.005),
        PRESTO(0.005, family="sratio", fusion="semiparallel"),
    ):
        proba = model.fit(X, y).predict_proba(X)
        own = np.log(proba[np.arange(len(y)), y])
        assert model.loglik_ == pytest.approx(own.sum(), rel=1e-10)
        null = np.bincount(y) @ np.log(np.bincount(y) / len(y))
        assert model.null_loglik_ == pytest.approx(null, rel=1e-12)
        mean = -model.loglik_ / len(y)
        assert model.objective_ >= mean - 1e-12


def test_nonparallel_columns_by_name_position_and_mask() -> None:
    X, y = grades()
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    expected = OrdinalRegression(nonparallel=["b"]).fit(frame, y).coef_
    assert np.ptp(expected[:, 1]) > 0
    assert_allclose(np.ptp(expected[:, [0, 2]], axis=0), 0.0)
    for choice in ([1], [-2], np.array([False, True, False])):
        assert_allclose(OrdinalRegression(nonparallel=choice).fit(X, y).coef_, expected)


@pytest.mark.parametrize("feasibility", ["train", "none"])
@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
def test_max_iter_is_the_most_steps_of_all_rounds(
    solver: str, feasibility: str
) -> None:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(200, 4))
    latent = 2 * X[:, 0] + X[:, 1] * rng.normal(size=200) + rng.logistic(size=200)
    y = np.digitize(latent, [-2, -1, 0, 1, 2])
    for max_iter in (1, 2):
        model = OrdinalRegression(
            nonparallel="all",
            solver=solver,
            max_iter=max_iter,
            feasibility=feasibility,
        )
        with pytest.warns(UserWarning, match="stopped after|cross"):
            model.fit(X, y)
        assert model.n_iter_ <= max_iter + 1  # a first step within the constraints


def test_verbose_prints_the_steps(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = grades()
    model = OrdinalRegression(verbose=1).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == model.n_iter_
    assert lines[0].startswith("[OrdinalRegression] step 1: objective 1.386")


@pytest.mark.parametrize("family", ["cumulative", "sratio", "cratio", "acat"])
def test_warm_start_ends_where_a_cold_one_does(family: str) -> None:
    X, y = grades()
    for make in (
        lambda **more: OrdinalRegression(family=family, tol=1e-13, **more),
        lambda **more: OrdinalRegression(
            family=family, nonparallel=[1], tol=1e-13, **more
        ),
        lambda **more: PRESTO(0.01, family=family, tol=1e-13, **more),
    ):
        cold = make().fit(X, y)
        warm = make(warm_start=True).fit(X, y)
        first = warm.n_iter_
        assert_allclose(warm.fit(X, y).coef_, cold.coef_, atol=1e-6)
        assert warm.n_iter_ < first
        # From afar: another scale, other columns, other classes.
        warm.fit(X * 1000, y)
        assert_allclose(warm.coef_ * 1000, make().fit(X * 1000, y).coef_ * 1000, 1e-4)
        warm.fit(X[:, :2], y)
        warm.fit(X, np.minimum(y, 2))
        assert warm.coef_.shape == (2, 3)
