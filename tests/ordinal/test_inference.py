# SPDX-License-Identifier: BSD-3-Clause
"""Standard errors, limits and tests against R, and against derivatives by brute force.

The brute force knows the model as a formula for the probabilities alone: complex steps
differentiate it, exactly to rounding.
"""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, sparse, special, stats
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skx import _optional
from skx.ordinal import PRESTO, OrdinalRegression, _inference

COVARIANCES = ["nonrobust", "expected", "HC0", "cluster"]
MODELS = [
    ("cumulative", "logit"),
    ("cumulative", "probit"),
    ("cumulative", "cloglog"),
    ("cumulative", "loglog"),
    ("cumulative", "cauchit"),
    ("sratio", "logit"),
    ("sratio", "cloglog"),
    ("cratio", "cloglog"),
    ("acat", "logit"),
    ("acat", "probit"),
]


def some_data(n: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, classes 0 .. 3 and weights 0 .. 3; far from centred, of unlike scales."""
    rng = np.random.default_rng(3)
    X = np.column_stack(
        [rng.normal(5.0, 1.0, n), rng.uniform(-20.0, 20.0, n), rng.random(n) < 0.4]
    )
    latent = 0.8 * (X[:, 0] - 5.0) + 0.03 * X[:, 1] - 0.5 * X[:, 2]
    y = np.digitize(latent + rng.logistic(size=n), [-1.0, 0.3, 1.5])
    return X, y, rng.integers(0, 4, n).astype(float)


X, Y, W = some_data()
GROUPS = np.arange(len(Y)) // 5
OWN = np.array([False, True, False])  # the column with slopes of its own


def inverse_link(t: np.ndarray, link: str) -> np.ndarray:
    if link == "logit":
        return 1.0 / (1.0 + np.exp(-t))
    if link == "probit":
        return 0.5 * special.erfc(-t / np.sqrt(2.0))
    if link == "cloglog":
        return 1.0 - np.exp(-np.exp(t))
    if link == "loglog":
        return np.exp(-np.exp(-t))
    return np.arctan(t) / np.pi + 0.5


def log_probabilities(
    parameters: np.ndarray, X: np.ndarray, own: np.ndarray, family: str, link: str
) -> np.ndarray:
    """Return log P (n, 4) from thresholds, common slopes and own ones by column."""
    q, n_common = 3, int((~own).sum())
    thresholds = parameters[:q]
    slopes = np.empty((q, X.shape[1]), dtype=parameters.dtype)
    slopes[:, ~own] = parameters[q : q + n_common]
    slopes[:, own] = parameters[q + n_common :].reshape(-1, q).T
    eta = thresholds - X @ slopes.T
    if family == "cumulative":
        below = inverse_link(eta, link)
        edge = np.ones((len(X), 1))
        return _log(np.diff(np.hstack([0.0 * edge, below, edge]), axis=1))
    # Probability of staying in the lower of the classes that a boundary compares.
    stay = inverse_link(eta, link)
    if family in ("cratio", "acat"):
        stay = 1.0 - inverse_link(-eta, link)
    proba = [np.ones(len(X), dtype=stay.dtype)]
    for k in range(q):
        if family == "acat":
            proba.append(proba[k] * (1.0 - stay[:, k]) / stay[:, k])
        else:
            proba.append(proba[k] * (1.0 - stay[:, k]))
            proba[k] = proba[k] * stay[:, k]
    return _log(np.column_stack(proba) / np.sum(proba, axis=0)[:, None])


def _log(probability: np.ndarray) -> np.ndarray:
    # 0 where a class is far from a row, negative where an optimiser steps too far.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(probability)


def scores(parameters: np.ndarray, *model: Any) -> np.ndarray:
    """Return derivatives of log P (n, 4, n_parameters) by complex steps."""
    tiny = 1e-100
    steps = 1j * tiny * np.eye(len(parameters))
    return np.stack(
        [log_probabilities(parameters + s, *model).imag / tiny for s in steps], axis=-1
    )


def information(
    parameters: np.ndarray, y: np.ndarray, w: np.ndarray, *model: Any
) -> np.ndarray:
    """Return minus the second derivatives of the log-likelihood."""

    def gradient(at: np.ndarray) -> np.ndarray:
        return w @ scores(at, *model)[np.arange(len(y)), y]

    h = 1e-5
    steps = h * np.eye(len(parameters))
    return -np.array(
        [
            (
                8.0 * (gradient(parameters + s) - gradient(parameters - s))
                - gradient(parameters + 2 * s)
                + gradient(parameters - 2 * s)
            )
            / (12.0 * h)
            for s in steps
        ]
    )


def estimates(model: OrdinalRegression) -> np.ndarray:
    return model.summary()["estimate"].to_numpy()


def loglik(parameters: np.ndarray, family: str, link: str) -> float:
    rows = log_probabilities(parameters, X, OWN, family, link)
    return float(W @ rows[np.arange(len(Y)), Y])


@pytest.mark.parametrize(("family", "link"), MODELS)
@pytest.mark.parametrize("cov_type", COVARIANCES)
def test_covariance_is_that_of_brute_force(
    family: str, link: str, cov_type: str
) -> None:
    groups = GROUPS if cov_type == "cluster" else None
    fitted = OrdinalRegression(
        family=family,
        link=link,
        nonparallel=OWN,
        cov_type=cov_type,
        standardize=cov_type == "HC0",
        tol=1e-14,
    ).fit(X, Y, W, groups=groups)
    model = (X, OWN, family, link)
    at = estimates(fitted)
    rows = scores(at, *model)
    observed = rows[np.arange(len(Y)), Y]
    assert np.abs(W @ observed).max() < 1e-4  # the same maximum
    if cov_type == "expected":
        weights = W[:, None] * np.exp(log_probabilities(at, *model))
        expected = np.linalg.inv(np.einsum("ic,ica,icb->ab", weights, rows, rows))
    else:
        expected = np.linalg.inv(information(at, Y, W, *model))
    if cov_type == "HC0":
        expected = expected @ (observed.T * W) @ observed @ expected
    if cov_type == "cluster":
        sums = np.array(
            [W[rows] @ observed[rows] for rows in np.arange(len(Y)).reshape(-1, 5)]
        )
        expected = expected @ sums.T @ sums @ expected * len(sums) / (len(sums) - 1)
    scale = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(
        fitted.covariance_ / np.outer(scale, scale),
        expected / np.outer(scale, scale),
        atol=1e-6,
    )


@pytest.mark.parametrize(("family", "link"), MODELS[:6:2] + MODELS[8:9])
@pytest.mark.parametrize("at", [0, 3, 6])  # a threshold, a common slope, an own one
def test_profile_limits_have_the_deviance_of_their_level(
    family: str, link: str, at: int
) -> None:
    fitted = OrdinalRegression(family=family, link=link, nonparallel=OWN, tol=1e-14)
    fitted.fit(X, Y, W)
    limits = fitted.conf_int(0.9, "profile", X=X, y=Y, sample_weight=W)
    best = estimates(fitted)
    others = np.arange(len(best)) != at
    spread = fitted.covariance_
    tilt = spread[others, at] / spread[at, at]
    root = np.linalg.cholesky(
        spread[np.ix_(others, others)] - spread[at, at] * np.outer(tilt, tilt)
    )

    def loss(z: np.ndarray, value: float) -> tuple[float, np.ndarray]:
        there = np.empty(len(best))
        there[at] = value
        there[others] = best[others] + tilt * (value - best[at]) + root @ z
        slope = W @ scores(there, X, OWN, family, link)[np.arange(len(Y)), Y]
        return -loglik(there, family, link), -root.T @ slope[others]

    for value in limits.iloc[at]:
        found = optimize.minimize(
            loss, np.zeros(others.sum()), value, jac=True, options={"gtol": 1e-6}
        )
        deviance = 2.0 * (found.fun + loglik(best, family, link))
        assert deviance == pytest.approx(stats.chi2.isf(0.1, 1), abs=1e-5)
    assert (limits["lower"] < best).all()
    assert (limits["upper"] > best).all()


def test_profile_that_never_falls_far_enough_has_no_limit() -> None:
    # All rows at 1 are of the upper class.
    x, y = np.array([[0.0], [0.0], [1.0], [1.0], [1.0]]), np.array([0, 1, 1, 1, 1])
    model = OrdinalRegression()
    with pytest.warns(ConvergenceWarning, match="separated by column 0"):
        model.fit(x, y)
    limits = model.conf_int(method="profile", X=x, y=y)
    assert limits.loc["x0", "upper"] == np.inf

    def loss(t: float, slope: float) -> float:
        at_0, at_1 = special.expit([t, t - slope])
        return -np.log(at_0 * (1.0 - at_0) * (1.0 - at_1) ** 3)

    lower = limits.loc["x0", "lower"]
    profile = optimize.minimize_scalar(loss, args=(lower,)).fun
    deviance = 2.0 * (profile - 2.0 * np.log(2.0))
    assert deviance == pytest.approx(stats.chi2.isf(0.05, 1), abs=1e-4)


@pytest.mark.parametrize("cov_type", COVARIANCES)
def test_integer_weights_are_repeated_rows(cov_type: str) -> None:
    repeated = np.repeat(np.arange(len(Y)), W.astype(int))
    is_cluster = cov_type == "cluster"
    model = OrdinalRegression(nonparallel=OWN, cov_type=cov_type, tol=1e-14)
    weighted = model.fit(X, Y, W, groups=GROUPS if is_cluster else None).covariance_
    model.fit(X[repeated], Y[repeated], groups=GROUPS[repeated] if is_cluster else None)
    np.testing.assert_allclose(model.covariance_, weighted, rtol=1e-8)


@pytest.mark.parametrize("cov_type", COVARIANCES)
@pytest.mark.parametrize("nonparallel", [None, OWN, "all"])
def test_sparse_columns_give_the_same(cov_type: str, nonparallel: Any) -> None:
    groups = GROUPS if cov_type == "cluster" else None
    model = OrdinalRegression(
        family="sratio", nonparallel=nonparallel, cov_type=cov_type, tol=1e-14
    )
    expected = model.fit(X, Y, W, groups=groups).covariance_
    model.fit(sparse.csr_array(X), Y, W, groups=groups)
    np.testing.assert_allclose(model.covariance_, expected, rtol=1e-7)


def test_profile_of_sparse_columns_is_the_same() -> None:
    model = OrdinalRegression(nonparallel=OWN, tol=1e-14).fit(X, Y, W)
    data: dict[str, Any] = {"y": Y, "sample_weight": W}
    expected = model.conf_int(method="profile", X=X, **data)
    thin = sparse.csr_array(X)
    model.fit(thin, Y, W)
    found = model.conf_int(method="profile", X=thin, **data)
    pd.testing.assert_frame_equal(found, expected)


def test_groups_may_be_any_labels_in_any_order() -> None:
    model = OrdinalRegression(cov_type="cluster")
    expected = model.fit(X, Y, W, groups=GROUPS).covariance_
    names = np.array([f"ward {g}" for g in GROUPS])
    mixed = np.random.default_rng(0).permutation(len(Y))
    model.fit(X[mixed], Y[mixed], W[mixed], groups=pd.Series(names[mixed]))
    np.testing.assert_allclose(model.covariance_, expected, rtol=1e-8)


def test_with_two_classes_errors_are_those_of_logistic_regression() -> None:
    model = OrdinalRegression(tol=1e-14).fit(X, Y > 1, W)
    wide = np.column_stack([-np.ones(len(X)), X])
    share = model.predict_proba(X)[:, 1]
    expected = np.linalg.inv(wide.T @ (wide * (W * share * (1.0 - share))[:, None]))
    np.testing.assert_allclose(model.covariance_, expected, rtol=1e-7)
    assert list(model.summary().index) == ["False|True", "x0", "x1", "x2"]


def test_dropped_columns_have_no_errors_and_leave_the_others_theirs() -> None:
    table = pd.DataFrame(X, columns=["age", "dose", "sex"])
    expected = OrdinalRegression(nonparallel=["dose"]).fit(table, Y)
    table.insert(1, "twice", 2.0 * table["age"])
    table.insert(0, "one", 1.0)
    model = OrdinalRegression(nonparallel=["one", "dose"])
    with pytest.warns(UserWarning, match="'one' is constant; column 'twice'"):
        model.fit(table, Y)
    lost = ["one[0|1]", "one[1|2]", "one[2|3]", "twice"]
    assert model.summary()["std_error"].isna().sum() == len(lost)
    assert model.summary()["std_error"][lost].isna().all()
    assert np.isnan(model.standard_errors_["coef"][:, :1]).all()
    for ours, theirs in [
        (model.summary(), expected.summary()),
        (
            model.conf_int(method="profile", X=table, y=Y),
            expected.conf_int(method="profile", X=table[["age", "dose", "sex"]], y=Y),
        ),
    ]:
        rest = ours.drop(index=lost)
        pd.testing.assert_frame_equal(rest, theirs, rtol=1e-5)


def test_summary_names_everything() -> None:
    table = pd.DataFrame(X, columns=["age", "dose", "sex"])
    y = pd.Categorical.from_codes(Y, ["no", "mild", "bad", "worst"], ordered=True)
    model = OrdinalRegression(nonparallel=["dose"]).fit(table, y)
    summary = model.summary(level=0.9)
    assert list(summary.index) == [
        *("no|mild", "mild|bad", "bad|worst"),
        *("age", "sex"),
        *("dose[no|mild]", "dose[mild|bad]", "dose[bad|worst]"),
    ]
    expected = [*model.thresholds_, *model.coef_[0, [0, 2]], *model.coef_[:, 1]]
    np.testing.assert_array_equal(summary["estimate"], expected)
    errors = model.standard_errors_
    expected = [
        *errors["thresholds"],
        *errors["coef"][0, [0, 2]],
        *errors["coef"][:, 1],
    ]
    np.testing.assert_array_equal(summary["std_error"], expected)
    np.testing.assert_allclose(summary["z"], summary["estimate"] / summary["std_error"])
    np.testing.assert_allclose(summary["p_value"], stats.chi2.sf(summary["z"] ** 2, 1))
    np.testing.assert_allclose(
        summary["odds_ratio"][3:], np.exp(summary["estimate"][3:])
    )
    assert summary["odds_ratio"][:3].isna().all()
    limits = summary[["lower", "upper"]]
    pd.testing.assert_frame_equal(limits, model.conf_int(0.9))
    reach = 1.6448536269514722  # the normal distribution's 95 % point
    np.testing.assert_allclose(
        limits["upper"], summary["estimate"] + reach * summary["std_error"]
    )
    assert "odds_ratio" not in OrdinalRegression(link="probit").fit(table, y).summary()


def test_fit_statistics_are_their_formulas() -> None:
    model = OrdinalRegression().fit(X, Y, W)
    figures = model.fit_statistics()
    n, gain = W.sum(), model.loglik_ - model.null_loglik_
    counts = np.bincount(Y, W)
    assert figures["n_observations"] == model.n_observations_ == n
    assert figures["null_loglik"] == pytest.approx(counts @ np.log(counts / n))
    assert figures["lr_chi2"] == pytest.approx(2.0 * gain)
    assert figures["lr_df"] == 3
    assert figures["lr_p_value"] == pytest.approx(stats.chi2.sf(2.0 * gain, 3))
    cox_snell = 1.0 - np.exp(-2.0 * gain / n)
    largest = 1.0 - np.exp(2.0 * model.null_loglik_ / n)
    assert figures["nagelkerke_r2"] == pytest.approx(cox_snell / largest)
    assert figures["mcfadden_r2"] == pytest.approx(-gain / model.null_loglik_)
    penalised = OrdinalRegression(alpha=0.1).fit(X, Y, W).fit_statistics()
    assert np.isnan(penalised["lr_p_value"])
    assert 0.0 < penalised["mcfadden_r2"] < figures["mcfadden_r2"]


def grid_of_proportional_odds() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every cell of two columns and four classes, weighted by its probability."""
    cells = np.array([[a, b] for a in (-1.0, 0.0, 1.0) for b in (0.0, 1.0)])
    parameters = np.array([-1.0, 0.2, 1.0, 0.7, -0.4])
    proba = np.exp(
        log_probabilities(
            parameters, cells, np.zeros(2, dtype=bool), "cumulative", "logit"
        )
    )
    return np.repeat(cells, 4, axis=0), np.tile(np.arange(4), 6), 50.0 * proba.ravel()


@pytest.mark.parametrize(
    "test", ["brant_test", "parallel_score_test", "parallel_lr_test"]
)
def test_exact_proportional_odds_have_statistics_of_zero(test: str) -> None:
    rows, y, weights = grid_of_proportional_odds()
    model = OrdinalRegression(tol=1e-14).fit(rows, y, weights)
    np.testing.assert_allclose(estimates(model), [-1.0, 0.2, 1.0, 0.7, -0.4], atol=1e-9)
    table = getattr(model, test)(rows, y, weights)
    np.testing.assert_allclose(table["chi2"], 0.0, atol=1e-9)
    np.testing.assert_array_equal(table["df"], [4, 2, 2])
    np.testing.assert_allclose(table["p_value"], 1.0, atol=1e-6)
    assert list(table.index) == ["all columns", "x0", "x1"]


def logistic_regression(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return the coefficients of the columns of x, by Newton's method."""
    b = np.zeros(x.shape[1])
    for _ in range(30):
        share = special.expit(x @ b)
        curvature = x.T @ (x * (w * share * (1.0 - share))[:, None])
        b += np.linalg.solve(curvature, x.T @ (w * (y - share)))
    return b


def stacked_wald(
    X: np.ndarray, y: np.ndarray, w: np.ndarray, tested: list[int]
) -> float:
    """Brant's statistic from estimating equations of all boundaries, stacked.

    One row at a time, the covariance of its scores is that of the indicators of being
    above each boundary.
    """
    wide = np.column_stack([np.ones(len(X)), X])
    q, m = 3, wide.shape[1]
    fits = np.array([logistic_regression(wide, y > k, w) for k in range(q)])
    bread, meat = np.zeros((q * m, q * m)), np.zeros((q * m, q * m))
    for x, weight in zip(wide, w, strict=True):
        share = special.expit(fits @ x)
        together = np.minimum.outer(share, share) - np.outer(share, share)
        bread += weight * np.kron(np.diag(np.diag(together)), np.outer(x, x))
        meat += weight * np.kron(together, np.outer(x, x))
    spread = np.linalg.inv(bread) @ meat @ np.linalg.inv(bread)
    # Neighbouring boundaries; the statistic does not depend on the contrasts.
    steps = np.kron(np.diff(np.eye(q), axis=0), np.eye(m)[[1 + j for j in tested]])
    apart = steps @ fits.ravel()
    return float(apart @ np.linalg.solve(steps @ spread @ steps.T, apart))


def test_brant_test_is_the_wald_test_of_stacked_equations() -> None:
    model = OrdinalRegression(tol=1e-14).fit(X, Y, W)
    table = model.brant_test(X, Y, W)
    expected = [stacked_wald(X, Y, W, j) for j in ([0, 1, 2], [0], [1], [2])]
    np.testing.assert_allclose(table["chi2"], expected, rtol=1e-6)
    np.testing.assert_array_equal(table["df"], [6, 2, 2, 2])
    np.testing.assert_allclose(table["p_value"], stats.chi2.sf(expected, table["df"]))
    thin = model.brant_test(sparse.csr_array(X), Y, W)
    np.testing.assert_allclose(thin["chi2"], expected, rtol=1e-6)
    partly = OrdinalRegression(nonparallel=OWN, tol=1e-14).fit(X, Y, W)
    table = partly.brant_test(X, Y, W)
    assert table["chi2"].iloc[0] == pytest.approx(stacked_wald(X, Y, W, [0, 2]))
    assert list(table.index) == ["all columns", "x0", "x2"]


def test_brant_test_stands_binary_regressions_that_contradict_each_other() -> None:
    # Three rows far away, of several classes: two lines cross before them.
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 1))
    y = rng.integers(0, 4, 60)
    x[:3], y[:3] = 4.0, [0, 2, 3]
    wide = np.column_stack([np.ones(60), x])
    fits = np.array([logistic_regression(wide, y > k, np.ones(60)) for k in range(3)])
    assert (np.diff(wide @ fits.T, axis=1) > 0.0).any()
    table = OrdinalRegression(tol=1e-14).fit(x, y).brant_test(x, y)
    expected = stacked_wald(x, y, np.ones(60), [0])
    assert table["chi2"].iloc[0] == pytest.approx(expected, rel=1e-6)
    assert expected > 0.0


@pytest.mark.parametrize(
    ("family", "link"), [MODELS[2], MODELS[5], MODELS[7], MODELS[9]]
)
@pytest.mark.parametrize("own", [None, OWN])
def test_score_test_is_that_of_brute_force(family: str, link: str, own: Any) -> None:
    fitted = OrdinalRegression(family=family, link=link, nonparallel=own, tol=1e-14)
    fitted.fit(X, Y, W)
    table = fitted.parallel_score_test(X, Y, W)
    parallel = ~OWN if own is not None else np.ones(3, dtype=bool)
    expected = []
    for freed in [np.flatnonzero(parallel), *np.flatnonzero(parallel)[:, None]]:
        mask = ~parallel
        mask[freed] = True
        at = np.concatenate(
            [
                fitted.thresholds_,
                fitted.coef_[0, ~mask],
                fitted.coef_[:, mask].T.ravel(),
            ]
        )
        rows = scores(at, X, mask, family, link)
        slope = W @ rows[np.arange(len(Y)), Y]
        proba = np.exp(log_probabilities(at, X, mask, family, link))
        fisher = np.einsum("ic,ica,icb->ab", W[:, None] * proba, rows, rows)
        expected.append(slope @ np.linalg.solve(fisher, slope))
    np.testing.assert_allclose(table["chi2"], expected, rtol=1e-6)
    df = 2 * np.array([parallel.sum(), *[1] * parallel.sum()])
    np.testing.assert_array_equal(table["df"], df)
    thin = fitted.parallel_score_test(sparse.csr_array(X), Y, W)
    np.testing.assert_allclose(thin["chi2"], expected, rtol=1e-6)


def test_lr_test_compares_with_models_that_free_columns() -> None:
    table = pd.DataFrame(X, columns=["age", "dose", "sex"])
    model = OrdinalRegression(family="acat", nonparallel=["dose"]).fit(table, Y, W)
    found = model.parallel_lr_test(table, Y, W)
    assert list(found.index) == ["all columns", "age", "sex"]
    for row, free in [("all columns", "all"), ("age", [0, 1]), ("sex", [1, 2])]:
        larger = OrdinalRegression(family="acat", nonparallel=free).fit(X, Y, W)
        gain = 2.0 * (larger.loglik_ - model.loglik_)
        assert found["chi2"][row] == pytest.approx(gain)
        assert found["df"][row] == larger.n_parameters_ - model.n_parameters_
        assert found["p_value"][row] == stats.chi2.sf(
            found["chi2"][row], found["df"][row]
        )


def test_warnings_of_larger_fits_name_them() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"noise": rng.normal(size=60), "rare": np.arange(60) < 6})
    y = np.where(table["rare"], rng.integers(1, 3, 60), rng.integers(0, 3, 60))
    model = OrdinalRegression().fit(table, y)
    with pytest.warns(ConvergenceWarning) as caught:
        model.parallel_lr_test(table, y)
    texts = [str(warning.message) for warning in caught]
    assert [text.partition(": ")[0] for text in texts] == [
        "In the fit with separate slopes of all columns",
        "In the fit with separate slopes of column 'rare'",
    ]
    assert all("separated by column 'rare'" in text for text in texts)
    assert all(warning.filename == __file__ for warning in caught)
    with pytest.warns(
        ConvergenceWarning, match=r"regression of boundary 0\|1: .*'rare'"
    ):
        model.brant_test(table, y)


def test_slopes_that_are_not_determined_do_not_count() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 80)
    # Constant in the rows that the last boundary is about.
    x = np.column_stack([rng.normal(size=80), (y < 2) & (rng.random(80) < 0.5)])
    model = OrdinalRegression(family="sratio").fit(x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of separation
        table = model.parallel_lr_test(x, y)
    np.testing.assert_array_equal(table["df"], [3, 2, 1])


def test_later_fit_forgets_the_errors_of_an_earlier_one() -> None:
    model = OrdinalRegression().fit(X, Y)
    assert model.covariance_.shape == (6, 6)
    model.set_params(alpha=0.1).fit(X, Y)
    assert not hasattr(model, "covariance_")
    assert not hasattr(model, "standard_errors_")


def test_penalty_that_penalises_nothing_leaves_the_errors() -> None:
    expected = OrdinalRegression().fit(X, Y).covariance_
    model = OrdinalRegression(alpha=0.1, penalty_factor=[0.0] * 3).fit(X, Y)
    np.testing.assert_allclose(model.covariance_, expected, rtol=1e-6)


def ask(model: OrdinalRegression, method: str) -> Any:
    if method == "profile":
        return model.conf_int(method="profile", X=X, y=Y)
    ask = getattr(model, method)
    return ask() if method in ("summary", "conf_int") else ask(X, Y)


METHODS = [
    *("summary", "conf_int", "profile"),
    *("brant_test", "parallel_score_test", "parallel_lr_test"),
]


@pytest.mark.parametrize("method", METHODS)
def test_fits_that_are_no_free_maximum_are_refused(method: str) -> None:
    name = "conf_int" if method == "profile" else method
    cases = {
        f"^{name} needs a free maximum of the likelihood, but its penalty pulls "
        "coefficients towards 0; fit OrdinalRegression with alpha=0": {"alpha": 0.1},
        "positive holds coefficients at 0; leave out": {"positive": True},
    }
    for match, parameters in cases.items():
        model = OrdinalRegression(**parameters).fit(X, Y)
        with pytest.raises(ValueError, match=match):
            ask(model, method)


def test_boundaries_held_apart_are_refused() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 2))
    y = np.where(x[:, 0] < 0, rng.choice([0, 2, 3], 60), rng.choice([0, 1, 3], 60))
    model = OrdinalRegression(nonparallel="all")
    with pytest.warns(UserWarning, match="touch"):
        model.fit(x, y)
    assert not hasattr(model, "covariance_")
    with pytest.raises(ValueError, match=r"the boundaries of \d+ rows are held apart"):
        model.summary()


def test_singular_matrices_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        _inference.inverse(np.array([[1.0, 1.0], [1.0, 1.0 + 1e-16]]))

    model = OrdinalRegression().fit(X, Y)
    monkeypatch.setattr(_inference, "brant_statistics", fail)
    with pytest.raises(ValueError, match="brant_test has no covariance: the classes"):
        model.brant_test(X, Y)
    monkeypatch.setattr(_inference, "covariance", fail)
    model.fit(X, Y)
    assert not hasattr(model, "covariance_")
    with pytest.raises(ValueError, match="but the information is singular, as the"):
        model.summary()


def test_errors_can_be_left_out() -> None:
    model = OrdinalRegression(cov_type=None).fit(X, Y)
    assert not hasattr(model, "covariance_")
    for method in ("summary", "conf_int"):
        with pytest.raises(ValueError, match=f"^{method} needs standard errors, which"):
            ask(model, method)
    for method in METHODS[2:]:
        expected = ask(OrdinalRegression().fit(X, Y), method)
        pd.testing.assert_frame_equal(ask(model, method), expected)


def test_bad_groups_are_refused() -> None:
    model = OrdinalRegression(cov_type="cluster")
    with pytest.raises(ValueError, match="cov_type='cluster' needs groups; pass the"):
        model.fit(X, Y)
    with pytest.raises(ValueError, match="groups has 5 entries but X has 120 rows"):
        model.fit(X, Y, groups=GROUPS[:5])
    with pytest.raises(ValueError, match="groups holds one group among the rows"):
        model.fit(X, Y, GROUPS == 3, groups=np.minimum(GROUPS, 4))
    with pytest.raises(ValueError, match="groups contains NaN"):
        model.fit(X, Y, groups=np.where(GROUPS == 3, np.nan, GROUPS))
    with pytest.raises(ValueError, match="cov_type='HC0' does not read groups"):
        OrdinalRegression(cov_type="HC0").fit(X, Y, groups=GROUPS)


def test_bad_arguments_are_refused() -> None:
    model = OrdinalRegression().fit(X, Y)
    for level in (0.0, 1.0, 95):
        with pytest.raises(ValueError, match=f"level is {level}; it must lie between"):
            model.conf_int(level)
        with pytest.raises(ValueError, match=f"level is {level}; it must lie between"):
            model.summary(level=level)
    with pytest.raises(ValueError, match="method is 'exact'; use 'wald' or 'profile'"):
        model.conf_int(method="exact")
    with pytest.raises(ValueError, match="pass X and y"):
        model.conf_int(method="profile", X=X)
    for name in ("brant_test", "parallel_score_test", "parallel_lr_test"):
        test = getattr(model, name)
        with pytest.raises(
            ValueError, match=f"{name} needs the rows of the fit: the log"
        ):
            test(X[1:], Y[1:])
        with pytest.raises(ValueError, match=r"has 2 features, but .* expecting 3"):
            test(X[:, 1:], Y)


def test_tests_of_parallelism_need_something_to_test() -> None:
    binary = OrdinalRegression().fit(X, Y > 1)
    free = OrdinalRegression(nonparallel="all").fit(X, Y)
    for name in ("brant_test", "parallel_score_test", "parallel_lr_test"):
        with pytest.raises(ValueError, match=f"{name} .* needs at least 3 classes"):
            getattr(binary, name)(X, Y > 1)
        with pytest.raises(
            ValueError, match=f"{name} tests equal slopes, but no column"
        ):
            getattr(free, name)(X, Y)
    for parameters in ({"link": "probit"}, {"family": "acat"}):
        model = OrdinalRegression(**parameters).fit(X, Y)
        with pytest.raises(ValueError, match="brant_test is for family='cumulative'"):
            model.brant_test(X, Y)


def test_tables_say_that_they_need_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    model = OrdinalRegression().fit(X, Y)
    monkeypatch.setattr(_optional, "import_module", missing)
    for method in [*METHODS[:2], "fit_statistics", *METHODS[3:]]:
        with pytest.raises(ModuleNotFoundError, match=f"^{method} needs pandas"):
            model.fit_statistics() if method == "fit_statistics" else ask(model, method)


def test_groups_are_routed_through_pipelines_and_folds() -> None:
    with config_context(enable_metadata_routing=True):
        model = OrdinalRegression(cov_type="cluster").set_fit_request(groups=True)
        pipeline = make_pipeline(StandardScaler(), model).fit(X, Y, groups=GROUPS)
        assert np.isfinite(pipeline[-1].covariance_).all()
        folds = cross_val_score(model, X, Y, params={"groups": GROUPS}, cv=3)
    assert np.isfinite(folds).all()


def test_other_columns_are_covariant_with_shifts_and_scales() -> None:
    expected = OrdinalRegression(nonparallel=OWN, tol=1e-14).fit(X, Y, W)
    moved = OrdinalRegression(nonparallel=OWN, tol=1e-14)
    moved.fit(100.0 * (X + np.array([1e4, 0.0, 0.0])), Y, W)
    np.testing.assert_allclose(
        100.0 * moved.standard_errors_["coef"],
        expected.standard_errors_["coef"],
        rtol=1e-6,
    )


@pytest.fixture(scope="module")
def peers(extra_data: Path) -> dict[str, Any]:
    """Return the results of R and the tables they are of."""
    folder = extra_data / "reference" / "ordinal"
    found: dict[str, Any] = {
        name: json.loads((folder / f"{name}_reference.json").read_text())
        for name in ("clm", "vgam")
    }
    for name in ("wine", "soup", "housing"):
        found[name] = pd.read_csv(folder / f"{name}.csv")
    return found


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_covariance_of_wine_is_that_of_clm(peers: dict[str, Any], link: str) -> None:
    wine, case = peers["wine"], peers["clm"][f"wine_po_{link}"]
    model = OrdinalRegression(link=link).fit(wine[["temp", "contact"]], wine["rating"])
    np.testing.assert_allclose(model.covariance_, case["vcov"], rtol=1e-8)
    np.testing.assert_allclose(model.summary()["std_error"], case["se"], rtol=1e-8)
    assert model.loglik_ == pytest.approx(case["loglik"], rel=1e-10)
    assert model.aic_ == pytest.approx(case["aic"], rel=1e-10)
    assert model.bic_ == pytest.approx(case["bic"], rel=1e-10)


def test_covariance_of_a_nominal_effect_is_that_of_clm(peers: dict[str, Any]) -> None:
    wine, case = peers["wine"], peers["clm"]["wine_ppo_logit_nominal_contact"]
    model = OrdinalRegression(nonparallel=["contact"])
    model.fit(wine[["temp", "contact"]], wine["rating"])
    # There: thresholds, nominal effects with the opposite sign, temp.
    order, sign = [0, 1, 2, 3, 5, 6, 7, 8, 4], np.array([1] * 4 + [-1] * 4 + [1])
    expected = np.array([*case["alpha_vec"], case["beta"]]) * sign
    np.testing.assert_allclose(estimates(model)[order], expected, atol=1e-8)
    np.testing.assert_allclose(
        model.covariance_[np.ix_(order, order)] * np.outer(sign, sign),
        case["vcov"],
        rtol=1e-8,
    )


def test_errors_of_soup_are_those_of_clm(peers: dict[str, Any]) -> None:
    soup, case = peers["soup"], peers["clm"]["soup_po_logit"]
    model = OrdinalRegression().fit(soup.drop(columns="sureness"), soup["sureness"])
    np.testing.assert_allclose(model.summary()["std_error"], case["se"], rtol=1e-8)


def housing(peers: dict[str, Any]) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    table = peers["housing"]
    return table.drop(columns=["sat", "freq"]), table["sat"], table["freq"]


def test_errors_with_frequencies_are_those_of_clm_and_polr(
    peers: dict[str, Any],
) -> None:
    model = OrdinalRegression().fit(*housing(peers))
    case = peers["clm"]["housing_po_logit_freqweights"]
    np.testing.assert_allclose(model.covariance_, case["vcov"], rtol=1e-8)
    other = peers["clm"]["housing_polr_logit"]  # which stops a little short
    expected = [*other["se"][6:], *other["se"][:6]]
    np.testing.assert_allclose(model.summary()["std_error"], expected, rtol=1e-6)


@pytest.mark.parametrize("family", ["cumulative", "sratio", "cratio", "acat"])
def test_errors_by_expected_information_are_those_of_vgam(
    peers: dict[str, Any], family: str
) -> None:
    case = peers["vgam"][f"housing_{family}_parallel"]
    model = OrdinalRegression(family=family, cov_type="expected").fit(*housing(peers))
    summary = model.summary()
    np.testing.assert_allclose(
        summary["std_error"], list(case["se"].values()), rtol=1e-6
    )
    # Signs of the thresholds and of the slopes, by what the predictor stands for.
    sign = 1 if family in ("cumulative", "sratio") else -1
    signs = sign * np.array([1] * 2 + [-1] * 6)
    expected = signs * list(case["coef"].values())
    np.testing.assert_allclose(summary["estimate"], expected, atol=1e-6)


def test_limits_and_tests_of_wine_are_those_published(peers: dict[str, Any]) -> None:
    # R. H. B. Christensen, Cumulative Link Models for Ordinal Regression with the R
    # Package ordinal, sections on confidence intervals and on nominal effects.
    wine = peers["wine"]
    x, y = wine[["temp", "contact"]], wine["rating"]
    model = OrdinalRegression().fit(x, y)
    profile = model.conf_int(method="profile", X=x, y=y).loc[["temp", "contact"]]
    published = [[1.5097627, 3.595225], [0.6157925, 2.492404]]
    # There by splines through points of the profile.
    np.testing.assert_allclose(profile, published, atol=5e-5)
    published = [[1.4669081, 3.539296], [0.5936345, 2.461961]]
    wald = model.conf_int().loc[["temp", "contact"]]
    np.testing.assert_allclose(wald, published, atol=1e-6)
    with warnings.catch_warnings():
        # No warm bottle was given the lowest rating, none of the cold the highest.
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = model.parallel_lr_test(x, y).loc[["temp", "contact"]]
    np.testing.assert_allclose(found["chi2"], [3.1750, 0.5667], atol=5e-5)
    np.testing.assert_array_equal(found["df"], [3, 3])
    np.testing.assert_allclose(found["p_value"], [0.3654, 0.9040], atol=5e-5)


def test_presto_has_no_errors() -> None:
    assert not hasattr(PRESTO(alpha=0.1).fit(X, Y), "covariance_")
