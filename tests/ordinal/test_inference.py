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
from skx.ordinal import PRESTO, OrdinalRegression

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
            [W[GROUPS == g] @ observed[GROUPS == g] for g in np.unique(GROUPS)]
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
    dense = model.fit(X, Y, W, groups=groups)
    expected, limits = (
        dense.covariance_,
        dense.conf_int(method="profile", X=X, y=Y, sample_weight=W),
    )
    thin = sparse.csr_array(X)
    model.fit(thin, Y, W, groups=groups)
    np.testing.assert_allclose(model.covariance_, expected, rtol=1e-7)
    pd.testing.assert_frame_equal(
        model.conf_int(method="profile", X=thin, y=Y, sample_weight=W), limits
    )


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
