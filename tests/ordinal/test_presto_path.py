# SPDX-License-Identifier: BSD-3-Clause
"""Paths of PRESTO against those of the authors' code, whose thresholds were corrected
for the centring."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from skx.ordinal import PRESTO, presto_path

VECTORS = Path(__file__).parents[1] / "vectors"
DATA = np.loadtxt(VECTORS / "ordinal_presto.csv", delimiter=",", skiprows=1)
X, Y = DATA[:, 1:], DATA[:, 0].astype(int)
PATHS = {
    name: case
    for name, case in json.loads((VECTORS / "ordinal_presto.json").read_text()).items()
    if "coefs" in case
}
BOUNDARY_DATA = np.loadtxt(
    VECTORS / "ordinal_presto_boundary.csv", delimiter=",", skiprows=1
)
BOUNDARY = json.loads((VECTORS / "ordinal_presto_boundary.json").read_text())


def arguments_of(case: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of the reference by our names."""
    given = case["args"]
    return {
        "l1_ratio": given.get("alpha", 1.0),
        "family": given.get("family", "cumulative"),
        "link": given.get("link", "logit"),
        "standardize": given.get("standardize", True),
        "penalty_factor": given.get("penaltyFactors"),
    }


def weights_of(name: str) -> np.ndarray | None:
    return np.resize([1, 2, 3], len(Y)) if name == "C_rowsrepeated123" else None


def sign_of(case: dict[str, Any]) -> int:
    family = case["args"].get("family", "cumulative")
    return -1 if family in ("cumulative", "sratio") else 1


def place(model: PRESTO, coefs: list[float], sign: int) -> PRESTO:
    """Put the thresholds and steps of the reference into a fitted model."""
    model.thresholds_ = -sign * np.array(coefs[:3])
    model.coef_ = sign * np.cumsum(np.reshape(coefs[3:], (3, -1)), axis=0)
    return model


@pytest.mark.parametrize("name", PATHS)
def test_path_is_that_of_the_reference(name: str) -> None:
    case, weights = PATHS[name], weights_of(name)
    given, sign = case["args"], sign_of(case)
    arguments = arguments_of(case)
    alphas, thresholds, coefs, info = presto_path(
        X,
        Y,
        n_alphas=given["nLambda"],
        eps=given.get("lambdaMinRatio", 0.01),
        sample_weight=weights,
        **arguments,
    )
    np.testing.assert_allclose(alphas, case["lambda"], rtol=1e-8)

    expected = np.array(case["coefs"])
    steps = np.diff(coefs, axis=1, prepend=0.0)
    # The reference stops short of the optimum by about this much.
    tolerance = 1e-4 if arguments["link"] == "cauchit" else 2e-5
    np.testing.assert_allclose(-sign * thresholds, expected[:, :3], atol=tolerance)
    np.testing.assert_allclose(
        sign * steps.reshape(len(alphas), -1), expected[:, 3:], atol=tolerance
    )
    # For the same reason; see the next test.
    np.testing.assert_allclose(info["loglik"], case["loglik"], rtol=0, atol=6e-6)
    # At the first strength of a grid a coefficient is about to leave 0.
    n_parameters = 3 + info["n_nonzero"][1:]
    np.testing.assert_array_equal(n_parameters, case["n_nonzero"][1:])
    deviance = -2 * info["loglik"][1:]
    total = len(Y) if weights is None else weights.sum()
    np.testing.assert_allclose(deviance + 2 * n_parameters, case["aic"][1:], atol=1e-4)
    np.testing.assert_allclose(
        deviance + np.log(total) * n_parameters, case["bic"][1:], atol=1e-4
    )
    assert (info["kkt_violation"] < 1e-6).all()
    assert (np.diff(info["loglik"]) > 0).all()
    assert (np.diff(info["objective"]) < 0).all()


@pytest.mark.parametrize("name", PATHS)
def test_fits_are_those_of_the_reference(name: str) -> None:
    case, weights = PATHS[name], weights_of(name)
    first = X[:6] if weights is None else np.repeat(X, weights, axis=0)[:6]
    for row, alpha in enumerate(case["lambda"]):
        model = PRESTO(alpha, **arguments_of(case)).fit(X, Y, weights)
        np.testing.assert_allclose(
            model.predict_proba(first), case["proba_first6"][row], atol=1e-6
        )
        explained = 1 - model.loglik_ / model.null_loglik_
        assert explained == pytest.approx(case["dev_pct"][row], abs=1e-7)


@pytest.mark.parametrize("name", PATHS)
def test_the_reference_stops_short_of_the_minimum(name: str) -> None:
    # Its log-likelihoods are those of its coefficients to 1e-9, and its objectives are
    # above ours: what is left between the log-likelihoods is the reference's.
    case, weights = PATHS[name], weights_of(name)
    total = len(Y) if weights is None else weights.sum()
    rows, counted = np.arange(len(Y)), np.ones(len(Y)) if weights is None else weights
    arguments = arguments_of(case)
    mean = np.average(X, axis=0, weights=counted)
    scale = np.sqrt(np.average((X - mean) ** 2, axis=0, weights=counted))
    if not arguments["standardize"]:
        scale[:] = 1.0
    factor = np.ones(X.shape[1])
    if arguments["penalty_factor"] is not None:
        factor[:] = arguments["penalty_factor"]
    for alpha, coefs, loglik in zip(
        case["lambda"], case["coefs"], case["loglik"], strict=True
    ):
        model = PRESTO(alpha, **arguments).fit(X, Y, weights)
        own = model.objective_
        place(model, coefs, sign_of(case))
        there = counted @ model.predict_log_proba(X)[rows, Y - 1]
        assert there == pytest.approx(loglik, abs=2e-9)
        steps = np.reshape(coefs[3:], (3, -1)) * scale
        ratio = model.l1_ratio
        penalty = ratio * np.abs(steps) + (1 - ratio) / 2 * steps**2
        objective = -there / total + alpha * (penalty @ factor).sum()
        assert -1e-13 < objective - own < 1e-9


@pytest.mark.filterwarnings("ignore:The boundaries of")
@pytest.mark.parametrize("name", BOUNDARY)
def test_fits_that_touch_the_boundary_beat_the_reference(name: str) -> None:
    case = BOUNDARY[name]
    rows, labels = BOUNDARY_DATA[:, 1:], BOUNDARY_DATA[:, 0]
    ratio = case["l1_ratio"]
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        alphas, thresholds, coefs, info = presto_path(
            rows, labels, alphas=case["lambda_"], l1_ratio=ratio
        )
    np.testing.assert_allclose(alphas, case["lambda_"], rtol=1e-15)
    assert (info["objective"] <= np.array(case["objective"]) + 1e-7).all()
    for row, (threshold, slopes) in enumerate(zip(thresholds, coefs, strict=True)):
        assert (np.diff(threshold - rows @ slopes.T, axis=1) > 0).all()
        # The path hands on what holds the boundaries apart; a single fit finds it.
        single = PRESTO(alphas[row], l1_ratio=ratio).fit(rows, labels)
        assert info["objective"][row] == pytest.approx(single.objective_, abs=1e-8)
        np.testing.assert_allclose(slopes, single.coef_, atol=1e-3)


def test_grid_begins_where_a_coefficient_leaves_0() -> None:
    alphas, thresholds, _, info = presto_path(X, Y, n_alphas=4, eps=0.1)
    np.testing.assert_allclose(alphas[1:] / alphas[:-1], 0.1 ** (1 / 3))
    above = PRESTO(alphas[0] * (1 + 1e-9)).fit(X, Y)
    below = PRESTO(alphas[0] * 0.999).fit(X, Y)
    assert not above.deviations_.any()
    assert below.deviations_.any()
    assert info["n_nonzero"][0] <= 1
    shares = np.cumsum(np.bincount(Y)[1:] / len(Y))[:-1]
    np.testing.assert_allclose(thresholds[0], np.log(shares / (1 - shares)), atol=1e-7)


def test_grid_without_a_penalty_on_the_base_begins_at_proportional_odds() -> None:
    _, thresholds, coefs, info = presto_path(X, Y, base_penalty=0.0, n_alphas=3)
    assert X.shape[1] <= info["n_nonzero"][0] <= X.shape[1] + 1
    np.testing.assert_allclose(coefs[0], coefs[0][[0, 0, 0]], atol=1e-8)
    alone = PRESTO(1e6, base_penalty=0.0).fit(X, Y)
    np.testing.assert_allclose(coefs[0], alone.coef_, atol=1e-7)
    np.testing.assert_allclose(thresholds[0], alone.thresholds_, atol=1e-7)


def test_path_is_that_of_single_fits_in_any_order_of_alphas() -> None:
    given = [0.002, 0.05, 0.0, 0.01]
    alphas, thresholds, coefs, info = presto_path(X, Y, alphas=given)
    np.testing.assert_array_equal(alphas, sorted(given, reverse=True))
    for row, alpha in enumerate(alphas):
        model = PRESTO(alpha).fit(X, Y)
        np.testing.assert_allclose(thresholds[row], model.thresholds_, atol=1e-6)
        np.testing.assert_allclose(coefs[row], model.coef_, atol=1e-6)
        assert info["loglik"][row] == pytest.approx(model.loglik_, abs=1e-7)
        assert info["objective"][row] == pytest.approx(model.objective_, abs=1e-12)


def test_uneven_grids_and_equal_strengths_lead_to_the_fits_of_each() -> None:
    given = [0.05, 0.05, 0.0499, 0.002, 0.002, 0.001]
    _, thresholds, coefs, info = presto_path(X, Y, alphas=given)
    for at, alpha in enumerate(given):
        alone = PRESTO(alpha).fit(X, Y)
        np.testing.assert_allclose(thresholds[at], alone.thresholds_, atol=1e-6)
        np.testing.assert_allclose(coefs[at], alone.coef_, atol=1e-6)
        np.testing.assert_array_equal(coefs[at] != 0.0, alone.coef_ != 0.0)
    assert (info["kkt_violation"] < 1e-6).all()


def test_path_of_sparse_columns_is_that_of_dense_ones() -> None:
    rows = np.where(np.abs(X) > 1, X, 0.0)
    dense = presto_path(rows, Y, n_alphas=5)
    thin = presto_path(sparse.csr_array(rows), Y, n_alphas=5)
    for one, other in zip(dense[:3], thin[:3], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)


def test_path_with_columns_that_others_determine_warns_once() -> None:
    rows = np.column_stack([X, X[:, 0] + X[:, 1], np.ones(len(X))])
    with pytest.warns(UserWarning, match="column 5 is a linear") as caught:
        coefs = presto_path(rows, Y, base_penalty=0.0, n_alphas=4)[2]
    assert len(caught) == 1
    alone = presto_path(X, Y, base_penalty=0.0, n_alphas=4)[2]
    np.testing.assert_allclose(coefs[:, :, :5], alone, atol=1e-7)
    assert not coefs[:, :, 5:].any()


def test_path_of_columns_that_say_nothing_is_a_path_of_zeros() -> None:
    alphas, _, coefs, _ = presto_path(np.ones((len(Y), 2)), Y, n_alphas=3)
    assert (alphas > 0).all()
    assert not coefs.any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alphas": []}, "alphas has shape"),
        ({"alphas": [0.1, -0.1]}, "alphas must be finite and at least 0"),
        ({"alphas": [np.nan]}, "alphas must be finite and at least 0"),
        ({"penalty_factor": 0.0}, "No coefficient has a penalty"),
        ({"n_alphas": 0}, "n_alphas"),
        ({"eps": 1.0}, "eps"),
        ({"l1_ratio": 1.5}, "l1_ratio"),
        ({"family": "ordered"}, "family"),
    ],
)
def test_path_refuses(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        presto_path(X, Y, **arguments)
