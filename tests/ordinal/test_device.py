# SPDX-License-Identifier: BSD-3-Clause
"""Rows on a device: likelihoods, fits and predictions are those of the host."""

import pickle
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skx import _backend
from skx.ordinal import (
    PRESTO,
    PRESTOCV,
    OrdinalMetaClassifier,
    OrdinalRegression,
    OrdinalRegressionCV,
    _device,
    metrics,
    presto_path,
)
from skx.ordinal._base import OrdinalModel
from skx.ordinal._device_links import DeviceLikelihood
from skx.ordinal._links import FAMILIES, LINKS, Likelihood

N_BOUNDARIES = 3
STARTS = np.array([0, 10, 20, 30, 40])
SHIFTS = [0.0, -3.0, 3.0, -30.0, 30.0, -300.0, 300.0, -680.0, 680.0]
COPIED = "computes on the host"


@pytest.fixture(autouse=True)
def _no_warning() -> Iterator[None]:
    """Let every warning fail that a test does not expect."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def grades(
    n: int = 400, p: int = 4, n_classes: int = 4, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1.0, 1.0, size=(n, p)) * np.linspace(0.5, 2.0, p) + 1.0
    latent = X @ rng.normal(size=p) * 0.4 + rng.logistic(size=n)
    cuts = np.quantile(latent, np.arange(1, n_classes) / n_classes)
    return X, np.digitize(latent, cuts)


def predictors(shift: float, family: str) -> np.ndarray:
    """(n_boundaries, n_rows) about a point; in order where they have to be."""
    rng = np.random.default_rng(abs(int(shift)))
    if family == "cumulative":
        gaps = rng.uniform(0.05, 9.0, size=(N_BOUNDARIES, STARTS[-1]))
        return np.ascontiguousarray(shift + np.cumsum(gaps, axis=0) - 10.0)
    return shift + rng.uniform(-9.0, 9.0, size=(N_BOUNDARIES, STARTS[-1]))


# Likelihoods


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_rows_have_the_likelihood_of_the_host(
    device: Any, family: str, link: str, shift: float
) -> None:
    eta, weights = predictors(shift, family), np.linspace(0.5, 2.0, STARTS[-1])
    host, there = Likelihood(family, link), DeviceLikelihood(family, link)
    moved, w = device.put(eta), device.put(weights)
    for expected in (False, True):
        loss, scores, pairs = host.rows(eta, STARTS, weights, 2, expected)
        found = there.rows(moved, STARTS, w, 2, expected)
        assert found[0] == pytest.approx(loss, rel=1e-13)
        assert there.rows(moved, STARTS, w, 0)[0] == found[0]
        written = device.get(found[1])
        for k in range(N_BOUNDARIES):
            rows = host.touched(STARTS, k)
            assert_allclose(written[k, rows], scores[k, rows], rtol=1e-11, atol=1e-15)
            written[k, rows] = 0.0
        assert not written.any()
        assert_array_equal(
            device.get(there.rows(moved, STARTS, w, 1)[1]), device.get(found[1])
        )
        # `Pair` is sorted by its boundaries.
        other_pairs = sorted(found[2], key=lambda pair: pair[:2])
        pairs.sort(key=lambda pair: pair[:2])
        for pair, other in zip(pairs, other_pairs, strict=True):
            assert pair[:3] == other[:3]
            # Of seconds that cancel, rounding leaves so much on the host, too.
            size = 1e-13 * np.abs(pair.values).max()
            got = device.get(other.values)
            assert_allclose(got, pair.values, rtol=2e-11, atol=max(size, 1e-15))
    assert_allclose(
        device.get(there.log_probabilities(moved)),
        host.log_probabilities(eta),
        rtol=1e-12,
        atol=1e-15,
    )


@pytest.mark.parametrize("link", LINKS)
def test_boundaries_that_touch_or_cross(device: Any, link: str) -> None:
    eta = np.array([[0.0, 1.0, 5.0, -1e120], [0.0, -1.0, 7.0, 1e120]])
    there = DeviceLikelihood("cumulative", link)
    found = device.get(there.log_probabilities(device.put(eta)))
    expected = Likelihood("cumulative", link).log_probabilities(eta)
    assert np.isnan(found[1, 1])
    assert np.isneginf(found[0, 1])
    assert_allclose(found, expected, rtol=1e-12, atol=1e-300)
    starts, weights = np.array([0, 0, 4, 4]), device.put(np.ones(4))
    assert there.rows(device.put(eta), starts, weights, 2)[0] == np.inf


# Problems


SETTINGS = {
    "parallel": {},
    "free": {"nonparallel": "all"},
    "partial": {"nonparallel": [1, 3]},
}


def problems(
    model: OrdinalModel, device: Any, X: np.ndarray, y: np.ndarray
) -> tuple[Any, Any]:
    weights = np.random.default_rng(1).integers(0, 3, len(y)).astype(float)
    pair = []
    for rows in (X, device.put(X)):
        problem = model._problem(model._read(rows, y, weights))
        pair.append(problem)
    return pair[0], pair[1]


@pytest.mark.parametrize("slopes", SETTINGS)
@pytest.mark.parametrize("link", ["logit", "cauchit"])
@pytest.mark.parametrize("family", FAMILIES)
def test_objective_and_derivatives_are_those_of_the_host(
    device: Any, family: str, link: str, slopes: str, float_dtype: type
) -> None:
    X, y = grades()
    model = OrdinalRegression(
        family=family, link=link, standardize=True, **SETTINGS[slopes]
    )
    host, there = problems(model, device, X.astype(float_dtype), y)
    rng = np.random.default_rng(0)
    z = host.start() + 0.02 * rng.normal(size=host.effects.n_unknowns)
    assert there.loss(z) == pytest.approx(host.loss(z), rel=1e-13)
    assert there.reach(z) == pytest.approx(host.reach(z), rel=1e-12)
    for name in ("scale", "center", "deviation", "extent_at_most"):
        assert_allclose(
            getattr(there.design, name), getattr(host.design, name), rtol=1e-13
        )
    assert_allclose(there.design.extent(), host.design.extent(), rtol=1e-12)
    for expected in (False, True):
        found = there.curvature(z, expected=expected)
        loss, gradient, hessian = host.curvature(z, expected=expected)
        assert found[0] == pytest.approx(loss, rel=1e-13)
        assert_allclose(found[1], gradient, rtol=1e-12, atol=1e-14)
        assert_allclose(found[2], hessian, rtol=1e-12, atol=1e-14)
    assert_array_equal(there.gradient(z)[1], found[1])
    assert_allclose(
        there.score_products(z), host.score_products(z), rtol=1e-11, atol=1e-13
    )
    columns = np.array([True, False, True, True])
    part = np.ones(len(z), dtype=bool) & host.effects.unknowns_of(columns)
    assert_allclose(
        there.restrict(columns).gradient(z[part])[1],
        host.restrict(columns).gradient(z[part])[1],
        rtol=1e-12,
        atol=1e-14,
    )
    sample = there.design.sample(40)
    assert_allclose(
        there.with_(design=sample).gradient(z)[1],
        host.with_(design=host.design.sample(40)).gradient(z)[1],
        rtol=1e-12,
        atol=1e-14,
    )


@pytest.mark.parametrize("keep", [0, 10**9])
@pytest.mark.parametrize("slopes", SETTINGS)
def test_rows_in_slabs_make_the_same_sums(
    device: Any, slopes: str, keep: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = grades()
    monkeypatch.setattr(_backend, "BLOCK_BYTES", 8 * 2500)
    monkeypatch.setattr(_device, "KEEP", keep)
    model = OrdinalRegression(**SETTINGS[slopes])
    host, there = problems(model, device, X, y)
    assert len(list(there.design.slabs())) > 2
    z = host.start() + 0.02 * np.arange(host.effects.n_unknowns)
    for found, value in zip(there.curvature(z), host.curvature(z), strict=True):
        assert_allclose(found, value, rtol=1e-12, atol=1e-14)
    assert there.reach(z) == pytest.approx(host.reach(z), rel=1e-12)
    assert_allclose(there.design.extent(), host.design.extent(), rtol=1e-12)
    kept = np.array([True, False, True, True])
    part = host.effects.unknowns_of(kept)
    assert_allclose(
        there.restrict(kept).gradient(z[part])[1],
        host.restrict(kept).gradient(z[part])[1],
        rtol=1e-12,
        atol=1e-14,
    )
    fitted = model.fit(device.put(X), y)
    proba = device.get(fitted.predict_proba(device.put(X)))
    assert_allclose(proba, fitted.predict_proba(X), rtol=1e-12)


# Fits

FITTED = ("thresholds_", "coef_")
FITS = [
    OrdinalRegression(),
    OrdinalRegression(link="probit", solver="lbfgs"),
    OrdinalRegression(link="cauchit"),
    OrdinalRegression(family="cratio", link="cloglog", nonparallel=[0]),
    OrdinalRegression(family="acat", link="loglog", alpha=0.05),
    OrdinalRegression(alpha=0.02, l1_ratio=0.5, standardize=True, positive=True),
    OrdinalRegression(nonparallel="all", cov_type="HC0"),
    OrdinalRegression(family="sratio", nonparallel="all", cov_type="expected"),
    PRESTO(alpha=0.01),
    PRESTO(alpha=0.005, l1_ratio=0.5, fusion="reference", base_penalty=0.0),
    PRESTO(alpha=0.02, l1_ratio=0.0, fusion="semiparallel", link="probit"),
    PRESTO(alpha=0.01, family="acat"),
]


def ids(model: Any) -> str:
    return re.sub(r"\s+", "", repr(model))


@pytest.mark.parametrize("model", FITS, ids=ids)
def test_fits_are_those_of_the_host(device: Any, model: Any) -> None:
    X, y = grades()
    weights = np.linspace(0.0, 2.0, len(y))
    model.fit(X, y, weights)
    host = {name: value for name, value in vars(model).items() if name.endswith("_")}
    model.fit(device.put(X), device.put(y), device.put(weights))
    there = vars(model)
    assert {name for name in there if name.endswith("_")} == set(host)
    for name in FITTED:
        assert_allclose(there[name], host[name], rtol=1e-8, atol=1e-9, err_msg=name)
    assert there["loglik_"] == pytest.approx(host["loglik_"], rel=1e-12)
    assert abs(there["n_iter_"] - host["n_iter_"]) <= 1
    if "covariance_" in host:
        assert_allclose(there["covariance_"], host["covariance_"], rtol=1e-6)
    for value in there.values():
        assert not _device.is_device_array(value)


def test_columns_that_come_in_one_by_one(device: Any) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 150))  # more unknowns than are solved for at once
    y = np.digitize(X[:, 0] + rng.logistic(size=200), [-1.0, 0.0, 1.0])
    model = PRESTO(alpha=0.1).fit(X, y)
    host = model.coef_
    assert 0 < np.count_nonzero(host) < 30
    assert_allclose(model.fit(device.put(X), y).coef_, host, rtol=1e-7, atol=1e-10)


PREDICTIONS = ["linear_predictor", "predict_log_proba", "predict_proba"]
PREDICTIONS += ["predict_cumproba", "predict"]


@pytest.mark.parametrize("decision", ["mode", "median", "mean", "cost"])
@pytest.mark.parametrize("model", FITS[::3], ids=ids)
def test_predictions_of_a_model_of_the_host(
    device: Any, model: Any, decision: str, float_dtype: type
) -> None:
    X, y = grades()
    costs = np.abs(np.subtract.outer(np.arange(4), np.arange(4))) ** 1.5
    model.set_params(decision=decision, cost_matrix=costs).fit(X, y)
    X = X.astype(float_dtype)
    there = device.put(X)
    tolerance = 1e-12 if float_dtype is np.float64 else 1e-5
    for name in PREDICTIONS:
        found = device.get(getattr(model, name)(there))
        assert_allclose(
            found, getattr(model, name)(X), rtol=tolerance, atol=1e-14, err_msg=name
        )
    assert_allclose(
        device.get(model.predict_exceedance(there, 1)),
        model.predict_exceedance(X, 1),
        rtol=tolerance,
    )
    assert_array_equal(
        device.get(model.sample(there, random_state=3)), model.sample(X, random_state=3)
    )
    assert model.crossing_rate(there) == model.crossing_rate(X)
    weights = np.linspace(0.0, 1.0, len(y))
    score = model.score(there, device.put(y), device.put(weights))
    assert score == pytest.approx(model.score(X, y, weights))
    assert model.score(X, device.put(y)) == model.score(X, y)


def test_models_of_a_device_predict_on_the_host(device: Any) -> None:
    X, y = grades()
    model = PRESTO().fit(device.put(X), y)
    again = pickle.loads(pickle.dumps(model))
    assert isinstance(again.predict(X), np.ndarray)
    assert_allclose(
        device.get(again.predict_proba(device.put(X))),
        model.predict_proba(X),
        rtol=1e-12,
    )


def test_labels_may_be_elsewhere_than_rows(device: Any) -> None:
    X, y = grades()
    there = device.put(y), device.put(np.ones(len(y)))
    for model in (PRESTO(), OrdinalRegressionCV(n_alphas=2, cv=2)):
        host = model.fit(X, y).coef_
        assert_array_equal(model.fit(X, *there).coef_, host)
        assert model.score(X, *there) == model.score(X, y)
        assert isinstance(model.predict(X), np.ndarray)


def test_labels_of_text_stay_on_the_host(device: Any) -> None:
    X, y = grades()
    levels = np.array(["d", "c", "b", "a"])
    model = OrdinalRegression(categories=levels).fit(device.put(X), levels[y])
    found = model.predict(device.put(X))
    assert isinstance(found, np.ndarray)
    assert_array_equal(found, model.predict(X))


def test_columns_that_others_determine_are_dropped(device: Any) -> None:
    X, y = grades()
    X = np.column_stack([X, X[:, 0] + X[:, 1], np.ones(len(X))])
    message = "Coefficients without penalty are not determined"
    with pytest.warns(UserWarning, match=message):
        host = OrdinalRegression().fit(X, y)
    with pytest.warns(UserWarning, match=message):
        there = OrdinalRegression().fit(device.put(X), y)
    assert_allclose(there.coef_, host.coef_, rtol=1e-8)


def test_boundaries_are_held_apart(device: Any) -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(80, 2))
    y = np.digitize(X @ [2.0, -1.0] + rng.logistic(size=80), [-1.0, -0.6, 0.2])
    model = OrdinalRegression(nonparallel="all", alpha=1e-3)
    with pytest.warns(UserWarning, match="The boundaries of .* rows touch"):
        model.fit(X, y)
    host = model.coef_
    n_touching = model.feasibility_active_
    with pytest.warns(UserWarning, match=f"The boundaries of {n_touching} rows touch"):
        model.fit(device.put(X), y)
    assert_allclose(model.coef_, host, rtol=1e-6)
    assert model.feasibility_active_ == n_touching > 0


def test_separated_classes_are_told(device: Any) -> None:
    X = np.arange(30.0).reshape(-1, 1)
    y = np.repeat([0, 1, 2], 10)
    with pytest.warns(UserWarning, match="classes are separated by column 0"):
        OrdinalRegression(cov_type=None).fit(device.put(X), y)


@pytest.mark.parametrize("crossing", ["isotonic", "clip", "raise"])
def test_rows_that_cross_are_mended(device: Any, crossing: str) -> None:
    X, y = grades()
    model = OrdinalRegression(nonparallel="all", crossing=crossing).fit(X, y)
    model.coef_ = model.coef_ * np.array([[3.0], [1.0], [-1.0]])
    assert 0.0 < model.crossing_rate(X) < 1.0
    assert model.crossing_rate(device.put(X)) == model.crossing_rate(X)
    message = "The boundaries cross for [0-9]+ of 400 rows"
    if crossing == "raise":
        with pytest.raises(ValueError, match=message):
            model.predict_proba(device.put(X))
        return
    with pytest.warns(UserWarning, match=message):
        host = model.predict_proba(X)
    with pytest.warns(UserWarning, match=message):
        there = model.predict_proba(device.put(X))
    assert_allclose(device.get(there), host, rtol=1e-12, atol=1e-300)


def test_warm_start_begins_at_the_last_fit(device: Any) -> None:
    X, y = grades()
    model = OrdinalRegression(warm_start=True).fit(device.put(X), y)
    first = model.n_iter_
    assert model.fit(device.put(X), y).n_iter_ < first


@pytest.mark.slow
def test_tests_of_equal_slopes_read_the_device(device: Any) -> None:
    X, y = grades()
    model = OrdinalRegression().fit(X, y)
    there = device.put(X)
    for name in ("parallel_score_test", "parallel_lr_test"):
        host = getattr(model, name)(X, y)
        found = getattr(model, name)(there, device.put(y))
        assert_allclose(found.to_numpy(), host.to_numpy(), rtol=1e-6)
    assert_allclose(
        model.conf_int(method="profile", X=there, y=y).to_numpy(),
        model.conf_int(method="profile", X=X, y=y).to_numpy(),
        rtol=1e-6,
    )
    with pytest.warns(UserWarning, match=f"OrdinalRegression {COPIED}"):
        found = model.brant_test(there, y)
    assert_allclose(found.to_numpy(), model.brant_test(X, y).to_numpy(), rtol=1e-12)


def test_sums_over_groups_are_taken_on_the_host(device: Any) -> None:
    X, y = grades()
    groups = np.arange(len(y)) // 8
    model = OrdinalRegression(cov_type="cluster").fit(X, y, groups=groups)
    host = model.covariance_
    with pytest.warns(UserWarning, match=f"OrdinalRegression {COPIED}"):
        model.fit(device.put(X), y, groups=device.put(groups))
    assert_array_equal(model.covariance_, host)


# Paths


@pytest.mark.parametrize("scoring", ["neg_log_loss", "rare_brier", "mae", "rps"])
@pytest.mark.parametrize(
    "model",
    [
        PRESTOCV(n_alphas=3, cv=2),
        OrdinalRegressionCV(n_alphas=3, cv=2, l1_ratio=[0.5, 1.0], random_state=0),
    ],
    ids=ids,
)
def test_searches_choose_what_the_host_chooses(
    device: Any, model: Any, scoring: str
) -> None:
    X, y = grades()
    weights = np.linspace(0.0, 2.0, len(y))
    model.set_params(scoring=scoring).fit(X, y, weights)
    host = dict(vars(model))
    model.fit(device.put(X), device.put(y), device.put(weights))
    for name in ("alpha_", "alphas_", "scores_path_", "coefs_path_", "coef_"):
        assert_allclose(
            getattr(model, name), host[name], rtol=1e-7, atol=1e-9, err_msg=name
        )
    score = model.score(device.put(X), device.put(y), device.put(weights))
    assert score == pytest.approx(model.score(X, y, weights), rel=1e-12)
    assert_allclose(
        device.get(model.predict_proba(device.put(X))),
        model.predict_proba(X),
        rtol=1e-12,
    )


@pytest.mark.parametrize("criterion", ["aic", "ebic"])
def test_criteria_are_those_of_the_host(device: Any, criterion: str) -> None:
    X, y = grades()
    model = PRESTOCV(n_alphas=4, criterion=criterion, l1_ratio=0.5, scoring="accuracy")
    host = model.fit(X, y).criterion_path_
    there = model.fit(device.put(X), y).criterion_path_
    # At the first strength a coefficient is about to leave 0.
    assert_allclose(there[1:], host[1:], rtol=1e-8)


def test_scorers_of_others_are_given_the_host(device: Any) -> None:
    X, y = grades()
    model = OrdinalRegressionCV(n_alphas=2, cv=2, scoring="accuracy").fit(X, y)
    host = model.scores_path_
    with pytest.warns(UserWarning, match=f"OrdinalRegressionCV {COPIED}"):
        model.fit(device.put(X), y)
    assert_array_equal(model.scores_path_, host)
    with pytest.warns(UserWarning, match=f"OrdinalRegressionCV {COPIED}"):
        assert model.score(device.put(X), device.put(y)) == model.score(X, y)


def test_paths_are_those_of_the_host(device: Any) -> None:
    X, y = grades()
    weights = np.linspace(0.5, 2.0, len(y))
    host = presto_path(X, y, n_alphas=5, sample_weight=weights)
    there = presto_path(
        device.put(X), device.put(y), n_alphas=5, sample_weight=device.put(weights)
    )
    for found, value in zip(there[:3], host[:3], strict=True):
        assert isinstance(found, np.ndarray)
        assert_allclose(found, value, rtol=1e-7, atol=1e-9)
    # At the first strength a coefficient is about to leave 0.
    assert_array_equal(there[3]["n_nonzero"][1:], host[3]["n_nonzero"][1:])


# What is refused


@pytest.mark.parametrize(
    ("rows", "labels", "weights"),
    [
        (slice(1, None), None, None),  # one row too few
        (slice(None), 0, None),
        (slice(None), None, 0.0),
        (slice(None), None, -1.0),
        (slice(None), "none", None),
    ],
)
def test_bad_labels_are_refused_as_on_the_host(
    device: Any, rows: slice, labels: Any, weights: Any
) -> None:
    X, y = grades()
    target = y if labels is None else (None if labels == "none" else 0 * y)
    given = None if weights is None else np.full(len(y), weights)
    model = OrdinalRegression()
    with pytest.raises(ValueError, match=r"\w") as host:
        model.fit(X[rows], target, given)
    there = [None if array is None else device.put(array) for array in (target, given)]
    with pytest.raises(ValueError, match=re.escape(str(host.value))):
        model.fit(device.put(X[rows]), *there)


def test_bad_rows_are_refused(device: Any) -> None:
    X, y = grades()
    bad = X.copy()
    bad[3, 1] = np.nan
    model = OrdinalRegression()
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.fit(device.put(bad), y)
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        model.fit(device.put(y), y)
    bad[3, 1] = 1e200
    message = "column 1 of X holds values whose squares overflow"
    with pytest.raises(ValueError, match=message):
        model.fit(device.put(bad), y)
    model.fit(X, y)
    for name in PREDICTIONS:
        with pytest.raises(ValueError, match="X has 3 features, but OrdinalRegression"):
            getattr(model, name)(device.put(X[:, 1:]))
        bad[3, 1] = np.inf
        with pytest.raises(ValueError, match="Input X contains infinity"):
            getattr(model, name)(device.put(bad))


# What stays on the host


def test_other_estimators_and_metrics_copy(device: Any) -> None:
    X, y = grades()
    host = OrdinalRegression().fit(X, y)
    proba = host.predict_proba(X)
    with pytest.warns(UserWarning, match=f"multiclass_log_loss {COPIED}"):
        found = metrics.multiclass_log_loss(device.put(y), device.put(proba))
    assert found == metrics.multiclass_log_loss(y, proba)
    for name in metrics.__all__:
        if name in ("get_scorer", "get_scorer_names", "expected_cost"):
            continue
        function = getattr(metrics, name)
        given = y if "y_pred" in function.__wrapped__.__annotations__ else proba
        with pytest.warns(UserWarning, match=f"{name} {COPIED}"):
            function(device.put(y), device.put(given))
    meta = OrdinalMetaClassifier(OrdinalRegression())
    with pytest.warns(UserWarning, match=f"OrdinalMetaClassifier {COPIED}"):
        meta.fit(device.put(X), y)
    with pytest.warns(UserWarning, match=f"OrdinalMetaClassifier {COPIED}"):
        assert_allclose(
            device.get(meta.predict_cumproba(device.put(X))), meta.predict_cumproba(X)
        )


def test_scorers_by_name_read_the_device(device: Any) -> None:
    X, y = grades()
    model = OrdinalRegression().fit(X, y)
    for name in ("brier", "mae", "rare_log_loss", "qwk"):
        scorer = metrics.get_scorer(name)
        there = scorer(model, device.put(X), y)
        assert there == pytest.approx(scorer(model, X, y), rel=1e-12)
