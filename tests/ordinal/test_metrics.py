# SPDX-License-Identifier: BSD-3-Clause
"""Metrics of ordered classes against their definitions and against peers."""

import math
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import imblearn
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.metrics import macro_averaged_mean_absolute_error
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    check_scoring,
    cohen_kappa_score,
    log_loss,
    mean_absolute_error,
)
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.utils.fixes import parse_version

from skx.ordinal import PRESTO, OrdinalRegression, metrics
from skx.ordinal.metrics import (
    accuracy_within,
    expected_cost,
    get_scorer,
    get_scorer_names,
    macro_averaged_mae,
    max_mae,
    multiclass_brier_score,
    multiclass_log_loss,
    observed_calibration_error,
    ordinal_mae,
    quadratic_weighted_kappa,
    ranked_probability_score,
    rare_class_brier,
    rare_class_log_loss,
)

Metric = Callable[..., float]
LEVELS = ["low", "middle", "high"]
COSTS = np.array([[0, 1, 5, 7], [2, 0, 1, 4], [9, 3, 0, 1], [90, 40, 8, 0]])
OF_CLASSES: dict[Metric, dict[str, Any]] = {
    ordinal_mae: {},
    macro_averaged_mae: {},
    max_mae: {},
    accuracy_within: {},
    quadratic_weighted_kappa: {},
    expected_cost: {"cost_matrix": COSTS},
}
OF_PROBABILITIES = [
    ranked_probability_score,
    multiclass_brier_score,
    multiclass_log_loss,
]
OF_AN_EVENT = [rare_class_log_loss, rare_class_brier, observed_calibration_error]
OPTIONS = OF_CLASSES | {metric: {} for metric in OF_PROBABILITIES + OF_AN_EVENT}


def data(n: int = 40, n_classes: int = 4, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Truths, predictions, probabilities with ties and small whole weights."""
    rng = np.random.default_rng(seed)
    proba = rng.integers(1, 4, size=(n, n_classes)) / 1.0
    proba /= proba.sum(axis=1, keepdims=True)
    truth = rng.permutation(np.resize(np.arange(n_classes), n))
    return truth, rng.integers(0, n_classes, n), proba, rng.integers(0, 4, n)


def response_of(metric: Metric, prediction: np.ndarray, proba: np.ndarray) -> Any:
    return prediction if metric in OF_CLASSES else proba


TRUTH, PREDICTION, PROBA, WEIGHTS = data()


# Against definitions and peers


def test_mae_family_by_hand() -> None:
    truth, prediction = [0, 0, 1, 2, 2, 2], [0, 2, 0, 2, 1, 1]
    # Distances 0 2 | 1 | 0 1 1
    assert ordinal_mae(truth, prediction) == pytest.approx(5 / 6)
    assert macro_averaged_mae(truth, prediction) == pytest.approx((1 + 1 + 2 / 3) / 3)
    assert max_mae(truth, prediction) == 1
    assert accuracy_within(truth, prediction) == pytest.approx(5 / 6)
    assert accuracy_within(truth, prediction, distance=0) == pytest.approx(1 / 3)
    assert accuracy_within(truth, prediction, distance=2) == 1
    weights = [1, 3, 1, 0, 0, 0]
    assert max_mae(truth, prediction, sample_weight=weights) == 1.5
    assert macro_averaged_mae(truth, prediction, sample_weight=weights) == 1.25


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_class_metrics_are_those_of_peers(weights: Any) -> None:
    ours: Any = {"sample_weight": weights}
    kappa = cohen_kappa_score(TRUTH, PREDICTION, weights="quadratic", **ours)
    assert quadratic_weighted_kappa(TRUTH, PREDICTION, **ours) == kappa
    assert ordinal_mae(TRUTH, PREDICTION, **ours) == pytest.approx(
        mean_absolute_error(TRUTH, PREDICTION, **ours)
    )
    assert accuracy_within(TRUTH, PREDICTION, distance=0, **ours) == pytest.approx(
        accuracy_score(TRUTH, PREDICTION, **ours)
    )


@pytest.mark.skipif(
    parse_version(imblearn.__version__) < parse_version("0.14.2"),
    reason="unpacks four of five values of scikit-learn 1.8",
)
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_macro_averaged_mae_is_that_of_imbalanced_learn(weights: Any) -> None:
    assert macro_averaged_mae(
        TRUTH, PREDICTION, sample_weight=weights
    ) == pytest.approx(
        macro_averaged_mean_absolute_error(TRUTH, PREDICTION, sample_weight=weights)
    )


def test_kappa_from_its_definition() -> None:
    # Mean squared distance over that of all pairs of a truth and a prediction.
    observed = np.average((TRUTH - PREDICTION) ** 2, weights=WEIGHTS)
    pairs = np.subtract.outer(TRUTH, PREDICTION) ** 2
    chance = (np.outer(WEIGHTS, WEIGHTS) * pairs).sum() / WEIGHTS.sum() ** 2
    assert quadratic_weighted_kappa(
        TRUTH, PREDICTION, sample_weight=WEIGHTS
    ) == pytest.approx(1 - observed / chance)


def test_probability_metrics_from_their_definitions() -> None:
    rows = list(zip(TRUTH, PROBA, WEIGHTS, strict=True))
    total = WEIGHTS.sum()
    rps = brier = logs = rare = 0.0
    for y, p, w in rows:
        for k in range(4):
            brier += w * ((k == y) - p[k]) ** 2
        for k in range(3):
            rps += w * ((y <= k) - sum(p[: k + 1])) ** 2
        logs -= w * math.log(p[y])
        rare -= w * math.log(p[3] if y == 3 else 1 - p[3])
    found = [
        metric(TRUTH, PROBA, sample_weight=WEIGHTS)
        for metric in [*OF_PROBABILITIES, rare_class_log_loss]
    ]
    np.testing.assert_allclose(found, np.array([rps, brier, logs, rare]) / total)


def test_probability_metrics_are_those_of_scikit_learn_where_text_is_sorted() -> None:
    names = np.array(["a", "b", "c", "d"])
    truth = names[TRUTH]
    assert multiclass_log_loss(truth, PROBA, labels=names) == pytest.approx(
        log_loss(truth, PROBA)
    )
    assert multiclass_brier_score(truth, PROBA, labels=names) == pytest.approx(
        brier_score_loss(truth, PROBA)
    )
    for rare in names:
        column = PROBA[:, names == rare].ravel()
        assert rare_class_brier(
            truth, PROBA, labels=names, rare_class=rare
        ) == brier_score_loss(truth == rare, column)
        assert rare_class_log_loss(
            truth, PROBA, labels=names, rare_class=rare
        ) == pytest.approx(log_loss(truth == rare, column))


def test_two_classes_brier_of_all_is_twice_that_of_one() -> None:
    truth, _, proba, _ = data(n_classes=2)
    one = brier_score_loss(truth, proba[:, 1])
    assert rare_class_brier(truth, proba) == one
    assert ranked_probability_score(truth, proba) == pytest.approx(one)
    assert multiclass_brier_score(truth, proba) == pytest.approx(2 * one)


def test_certain_predictions_make_rps_the_mae() -> None:
    certain = np.eye(4)[PREDICTION]
    assert ranked_probability_score(TRUTH, certain) == ordinal_mae(TRUTH, PREDICTION)


def test_log_loss_of_the_impossible_is_finite() -> None:
    impossible = [[0.0, 1.0]]
    expected = -math.log(np.finfo(float).eps)
    for metric in (multiclass_log_loss, rare_class_log_loss):
        assert metric([0], impossible, labels=[0, 1]) == pytest.approx(expected)


def test_cost_of_distance_is_the_mae() -> None:
    distance = np.abs(np.subtract.outer(range(4), range(4)))
    assert expected_cost(TRUTH, PREDICTION, cost_matrix=distance) == ordinal_mae(
        TRUTH, PREDICTION
    )
    # Rows are truths.
    assert expected_cost([3], [0], cost_matrix=COSTS, labels=range(4)) == 90


# The calibration error


def calibration_error(happened: Any, proba: Any, bins: list[list[int]]) -> float:
    """Mean squared distance from the rates of the given bins of rows."""
    happened, proba = np.asarray(happened), np.asarray(proba)
    return sum(
        ((proba[rows] - happened[rows].mean()) ** 2).sum() for rows in bins
    ) / len(proba)


def test_bins_are_of_sorted_rows_and_compared_with_their_own() -> None:
    proba = [0.9, 0.1, 0.5, 0.3, 0.8, 0.2]
    happened = [1, 0, 0, 1, 1, 0]
    for n_bins, bins in {
        1: [[0, 1, 2, 3, 4, 5]],
        2: [[1, 5, 3], [2, 4, 0]],
        3: [[1, 5], [3, 2], [4, 0]],
        6: [[0], [1], [2], [3], [4], [5]],
        60: [[0], [1], [2], [3], [4], [5]],
    }.items():
        assert observed_calibration_error(
            happened, proba, n_bins=n_bins
        ) == pytest.approx(calibration_error(happened, proba, bins))


def test_bins_are_as_even_as_ties_allow() -> None:
    rng = np.random.default_rng(3)
    proba = rng.permutation(np.linspace(0.01, 0.99, 103))
    happened = (rng.random(103) < proba).astype(int)
    order = np.argsort(proba)
    # Row r of n, counted from 0, has its middle at (r + 1/2) / n.
    bins = [
        [int(i) for r, i in enumerate(order) if int(10 * (2 * r + 1) / 206) == b]
        for b in range(10)
    ]
    assert {len(rows) for rows in bins} == {10, 11}
    assert observed_calibration_error(happened, proba) == pytest.approx(
        calibration_error(happened, proba, bins)
    )


def test_equal_probabilities_share_a_bin_whatever_the_order() -> None:
    proba = np.array([0.2] * 5 + [0.4] * 2 + [0.6] * 3)
    happened = np.array([1, 0, 0, 0, 0, 1, 0, 1, 1, 0])
    # Middles of the groups: 2.5, 6 and 8.5 of 10.
    expected = calibration_error(happened, proba, [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]])
    for seed in range(5):
        rows = np.random.default_rng(seed).permutation(10)
        assert observed_calibration_error(
            happened[rows], proba[rows], n_bins=2
        ) == pytest.approx(expected)


def test_one_probability_for_all_is_calibrated_but_not_better() -> None:
    rng = np.random.default_rng(0)
    true = rng.beta(0.5, 5, size=500)
    happened = (rng.random(500) < true).astype(int)
    same = np.full(500, happened.mean())
    assert observed_calibration_error(happened, same) < 1e-30
    assert observed_calibration_error(happened, true) > 1e-4
    assert rare_class_log_loss(happened, true) < rare_class_log_loss(happened, same)


# Weights, order, containers


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 30))
@pytest.mark.parametrize("metric", OPTIONS)
def test_whole_weights_are_repeated_rows(metric: Metric, seed: int, n: int) -> None:
    truth, prediction, proba, weights = data(n, seed=seed)
    weights[0] = 1
    response = response_of(metric, prediction, proba)
    options = OPTIONS[metric] | {"labels": range(4)}
    rows = np.repeat(np.arange(n), weights)
    if metric is quadratic_weighted_kappa and (
        len({*truth[rows], *prediction[rows]}) == 1
    ):
        return
    expected = metric(truth[rows], response[rows], **options)
    found = metric(truth, response, sample_weight=weights, **options)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-15)


@given(seed=st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("metric", OPTIONS)
def test_order_of_rows_and_scale_of_weights_do_not_matter(
    metric: Metric, seed: int
) -> None:
    truth, prediction, proba, weights = data(seed=seed)
    weights[0] = 1
    response = response_of(metric, prediction, proba)
    options = OPTIONS[metric] | {"labels": range(4)}
    rows = np.random.default_rng(seed).permutation(len(truth))
    expected = metric(truth, response, sample_weight=weights, **options)
    shuffled = metric(
        truth[rows], response[rows], sample_weight=weights[rows] / 8, **options
    )
    assert shuffled == pytest.approx(expected, rel=1e-12, abs=1e-15)


@given(seed=st.integers(0, 2**32 - 1))
@pytest.mark.parametrize(
    "metric", [m for m in OPTIONS if m not in (expected_cost, *OF_AN_EVENT)]
)
def test_reversed_order_gives_the_same(metric: Metric, seed: int) -> None:
    truth, prediction, proba, _ = data(seed=seed)
    response = response_of(metric, prediction, proba)
    back = response if metric in OF_CLASSES else response[:, ::-1]
    assert metric(truth, back, labels=[3, 2, 1, 0]) == pytest.approx(
        metric(truth, response, labels=[0, 1, 2, 3])
    )


@given(
    rate=st.floats(0.01, 0.99),
    stated=st.floats(0.01, 0.99),
)
@pytest.mark.parametrize("metric", [rare_class_log_loss, rare_class_brier])
def test_rare_scores_are_proper(metric: Metric, rate: float, stated: float) -> None:
    weights = [rate, 1 - rate]
    assert (
        metric([1, 0], [rate] * 2, sample_weight=weights)
        <= metric([1, 0], [stated] * 2, sample_weight=weights) + 1e-12
    )


@given(seed=st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("metric", OF_PROBABILITIES)
def test_scores_of_all_classes_are_proper(metric: Metric, seed: int) -> None:
    rate, stated = np.random.default_rng(seed).dirichlet(np.ones(4), size=2)
    assert metric(range(4), np.tile(rate, (4, 1)), sample_weight=rate) <= metric(
        range(4), np.tile(stated, (4, 1)), sample_weight=rate
    )


@pytest.mark.parametrize("metric", OPTIONS)
def test_order_comes_from_labels_or_from_the_column(metric: Metric) -> None:
    names = np.array(["low", "middle", "high", "top"])
    response = response_of(metric, names[PREDICTION], PROBA)
    codes = response_of(metric, PREDICTION, PROBA)
    options = OPTIONS[metric]
    expected = metric(TRUTH, codes, **options)
    text = names[TRUTH]
    assert metric(text, response, labels=names, **options) == expected
    assert metric(list(text), response, labels=tuple(names), **options) == expected
    declared = pd.Categorical(text, categories=names, ordered=True)
    assert metric(declared, response, **options) == expected
    assert metric(pd.Series(declared), response, **options) == expected
    if metric not in OF_CLASSES:
        frame = pd.DataFrame(PROBA, columns=names)
        assert metric(pd.Series(declared), frame, **options) == expected
    enum = pl.Series(text, dtype=pl.Enum(list(names)))
    assert metric(enum, response, **options) == expected


@pytest.mark.parametrize("metric", [*OF_PROBABILITIES, *OF_AN_EVENT])
def test_containers_and_precision_do_not_matter(metric: Metric) -> None:
    expected = metric(TRUTH, PROBA)
    assert metric(TRUTH.tolist(), PROBA.tolist()) == expected
    assert metric(TRUTH.astype(float), np.asfortranarray(PROBA)) == expected
    assert metric(pl.Series(TRUTH), pl.DataFrame(PROBA)) == expected
    # Rows of float32 sum to 1 less closely.
    assert metric(TRUTH, PROBA.astype(np.float32)) == pytest.approx(expected, rel=1e-5)


def test_whole_numbers_without_labels_keep_their_distance() -> None:
    assert ordinal_mae([1, 5], [1, 1]) == 2
    assert ordinal_mae([1, 5], [1, 1], labels=[1, 5]) == 0.5
    assert ordinal_mae([1.0, 5.0], [True, True]) == 2
    # scikit-learn takes 1, 2 and 5 for neighbours.
    truth, prediction = [1, 2, 5, 5], [1, 5, 5, 2]
    assert quadratic_weighted_kappa(truth, prediction) == cohen_kappa_score(
        truth, prediction, labels=[1, 2, 3, 4, 5], weights="quadratic"
    )


def test_class_that_does_not_occur_is_left_out_of_means_over_classes() -> None:
    labels = [0, 1, 2, 3]
    assert macro_averaged_mae([0, 3], [0, 1], labels=labels) == 1
    assert max_mae([0, 3], [0, 1], labels=labels) == 2


def test_kappa_of_one_class_is_undefined() -> None:
    with pytest.warns(UndefinedMetricWarning, match="hold one class, 2, .* 0/0"):
        assert math.isnan(quadratic_weighted_kappa([2, 2], [2, 2]))


@pytest.mark.parametrize("metric", OF_AN_EVENT)
def test_probability_of_the_rare_class_alone(metric: Metric) -> None:
    expected = metric(TRUTH, PROBA)
    column = PROBA[:, 3]
    assert metric(TRUTH, column, rare_class=3) == pytest.approx(expected)
    assert metric(TRUTH, column, labels=range(4)) == pytest.approx(expected)
    assert metric(TRUTH == 3, column) == pytest.approx(expected)
    # Rows of the class need not occur.
    assert metric([0, 1], [0.1, 0.1], rare_class=2, labels=[0, 1, 2]) > 0
    assert metric([0, 0], [0.1, 0.1]) > 0


# Errors


@pytest.mark.parametrize("metric", OPTIONS)
def test_bad_truths_weights_and_labels_are_refused(metric: Metric) -> None:
    response = response_of(metric, np.array([0, 1, 2, 3]), np.eye(4))
    options = OPTIONS[metric]

    def refuse(match: str, truth: Any, **more: Any) -> None:
        with pytest.raises(ValueError, match=match):
            metric(truth, response[: len(truth)], **options, **more)

    refuse("y_true is empty", [])
    refuse("y_true holds missing values", [0, 1, 2, np.nan])
    refuse("y_true holds missing values", [0, 1, 2, None])
    refuse("y_true holds missing values", pd.Series([0, 1, 2, pd.NA], dtype="Int64"))
    refuse("1d array", np.zeros((4, 2)))
    refuse("order of classes such as 'a' is not known; pass labels", list("abcd"))
    refuse("order of classes such as 0.5", [0, 0.5, 1, 2])
    refuse("order of classes such as inf", [0, np.inf, 1, 2])
    refuse("labels are .'a'.; give at least 2", list("aaaa"), labels=["a"])
    refuse("labels hold a class twice", [0, 1, 2, 3], labels=[0, 1, 2, 2])
    refuse("y_true holds 7, 9, not among", [0, 9, 2, 7], labels=[0, 1, 2, 3])
    # scikit-learn says so from 1.9 on.
    refuse("(?i)sample.weight.*zero", [0, 1, 2, 3], sample_weight=[0] * 4)
    refuse("Negative values", [0, 1, 2, 3], sample_weight=[1, 1, 1, -1])
    refuse("sample_weight", [0, 1, 2, 3], sample_weight=[1, 1, 1, np.nan])
    refuse("sample_weight", [0, 1, 2, 3], sample_weight=[1, 1])


@pytest.mark.parametrize("metric", OF_CLASSES)
def test_bad_predictions_are_refused(metric: Metric) -> None:
    options = OF_CLASSES[metric]
    with pytest.raises(ValueError, match="y_true has 4 entries but y_pred has 3"):
        metric(range(4), range(3), **options)
    with pytest.raises(ValueError, match="y_pred is empty"):
        metric(range(4), [], **options)
    with pytest.raises(ValueError, match="y_pred holds missing values"):
        metric(range(4), [0, 1, 2, np.nan], **options)
    with pytest.raises(ValueError, match="y_pred holds 8, not among the classes"):
        metric(range(4), [0, 1, 2, 8], labels=range(4), **options)
    with pytest.raises(ValueError, match="run from 0 to 1000; if these are classes"):
        metric([0], [1000], **options)


@pytest.mark.parametrize("metric", [*OF_PROBABILITIES, *OF_AN_EVENT])
def test_bad_probabilities_are_refused(metric: Metric) -> None:
    def refuse(match: str, proba: Any, **more: Any) -> None:
        with pytest.raises(ValueError, match=match):
            metric([0, 1, 2], proba, **more)

    refuse("y_true has 3 entries but y_proba has 2 rows", np.eye(3)[:2])
    refuse("y_proba has 4 columns but there are 3 classes", np.eye(4)[:3])
    refuse("y_proba has 3 columns but there are 4 classes", np.eye(3), labels=range(4))
    refuse("y_proba has 1 column but", np.ones((3, 1)))
    for proba in (np.ones((3, 1)), np.eye(3)):
        with pytest.raises(ValueError, match="y_true holds one class, 5; pass labels"):
            metric([5, 5, 5], proba)
    refuse("Row 1 of y_proba sums to 0.9; give", [[1, 0, 0], [0.4, 0.5, 0], [0, 0, 1]])
    refuse("y_proba holds -0.1; prob", [[1, 0, 0], [0.5, 0.6, -0.1], [0, 0, 1]])
    refuse("y_proba holds 1.5; prob", [[1, 0, 0], [0, 1.5, 0], [0, 0, 1]])
    refuse("y_proba contains NaN", [[1, 0, 0], [0, 1, 0], [0, np.nan, 1]])
    refuse("y_proba contains infinity", [[1, 0, 0], [0, 1, 0], [0, np.inf, 1]])


@pytest.mark.parametrize("metric", OF_PROBABILITIES)
def test_probabilities_of_one_class_are_not_enough(metric: Metric) -> None:
    with pytest.raises(ValueError, match="y_proba has 1 column but there are 2"):
        metric([0, 1], [0.5, 0.5])


@pytest.mark.parametrize("metric", OF_AN_EVENT)
def test_unclear_rare_class_is_refused(metric: Metric) -> None:
    with pytest.raises(ValueError, match="which one is not known; pass rare_class"):
        metric([1, 2], [0.5, 0.5])
    for proba in (np.full((3, 3), 1 / 3), [0.1, 0.1, 0.1]):
        with pytest.raises(ValueError, match="rare_class holds 7, not among"):
            metric([0, 1, 2], proba, rare_class=7, labels=[0, 1, 2])
    with pytest.raises(ValueError, match="y_true holds 3, not among"):
        metric([0, 3], [0.5, 0.5], labels=[0, 1, 2])
    with pytest.raises(ValueError, match="does not hold rare_class='3'; if no row"):
        metric([0, 3], [0.5, 0.5], rare_class="3")


def test_bad_costs_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(4, 4\); for the 2 classes .0, 1."):
        expected_cost([0, 1], [0, 0], cost_matrix=COSTS)
    with pytest.raises(ValueError, match="cost_matrix holds NaN or infinity"):
        expected_cost([0, 1], [0, 0], cost_matrix=[[0, np.nan], [1, 0]])


def test_bad_numbers_are_refused() -> None:
    for distance in (-1, 0.5):
        with pytest.raises(ValueError, match="'distance' parameter of accuracy_within"):
            accuracy_within([0, 1], [0, 1], distance=distance)
    for n_bins in (0, 2.5):
        with pytest.raises(ValueError, match="'n_bins' parameter of observed_calibr"):
            observed_calibration_error([0, 1], [0, 1], n_bins=n_bins)


# Scorers


def ordered_rows(n: int = 150, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    return X, np.digitize(X[:, 0] + 0.5 * rng.logistic(size=n), [-0.5, 0.5, 1.5])


X, Y = ordered_rows()
SCORER_OPTIONS: dict[str, dict[str, Any]] = {"expected_cost": {"cost_matrix": COSTS}}
METRIC_OF = {
    "accuracy_within": accuracy_within,
    "brier": multiclass_brier_score,
    "expected_cost": expected_cost,
    "macro_mae": macro_averaged_mae,
    "mae": ordinal_mae,
    "max_mae": max_mae,
    "neg_log_loss": multiclass_log_loss,
    "qwk": quadratic_weighted_kappa,
    "rare_brier": rare_class_brier,
    "rare_log_loss": rare_class_log_loss,
    "rps": ranked_probability_score,
}


def scorer_of(name: str) -> Any:
    return get_scorer(name, **SCORER_OPTIONS.get(name, {}))


def test_names_are_complete() -> None:
    assert get_scorer_names() == sorted(METRIC_OF)
    functions = set(metrics.__all__) - {"get_scorer", "get_scorer_names"}
    scored = {metric.__name__ for metric in METRIC_OF.values()}
    assert functions - scored == {"observed_calibration_error"}


@pytest.mark.parametrize("name", METRIC_OF)
def test_scorer_is_the_metric_of_the_response(name: str) -> None:
    model = OrdinalRegression().fit(X, Y)
    metric = METRIC_OF[name]
    response = response_of(metric, model.predict(X), model.predict_proba(X))
    sign = 1 if name in ("qwk", "accuracy_within") else -1
    weights = np.resize([0, 1, 2], len(Y))
    options = SCORER_OPTIONS.get(name, {})
    scorer = scorer_of(name)
    assert scorer(model, X, Y) == sign * metric(Y, response, **options)
    expected = sign * metric(Y, response, sample_weight=weights, **options)
    assert scorer(model, X, Y, sample_weight=weights) == expected
    copy = pickle.loads(pickle.dumps(scorer))
    assert copy(model, X, Y, sample_weight=weights) == expected
    assert repr(copy).startswith(f"get_scorer({name!r}")


@pytest.mark.parametrize("name", METRIC_OF)
def test_scorer_takes_the_order_of_the_estimator(name: str) -> None:
    names = np.array(["low", "middle", "high", "top"])
    expected = scorer_of(name)(OrdinalRegression().fit(X, Y), X, Y)
    model = OrdinalRegression(categories=list(names)).fit(X, names[Y])
    assert scorer_of(name)(model, X, names[Y]) == pytest.approx(expected)


@pytest.mark.parametrize("name", METRIC_OF)
def test_labels_put_sorted_classes_in_order(name: str) -> None:
    names = np.array(["low", "middle", "high", "top"])
    expected = scorer_of(name)(LogisticRegression().fit(X, Y), X, Y)
    model = LogisticRegression().fit(X, names[Y])
    options = SCORER_OPTIONS.get(name, {})
    scorer = get_scorer(name, labels=names, **options)
    assert scorer(model, X, names[Y]) == pytest.approx(expected, rel=1e-6)
    declared = pd.Categorical(names[Y], categories=names, ordered=True)
    with pytest.raises(ValueError, match=r"holds the classes as \['high', .*get_scor"):
        scorer_of(name)(model, X, declared)


@pytest.mark.parametrize("name", METRIC_OF)
def test_two_classes_in_any_order(name: str) -> None:
    two = np.where(Y > 1, "yes", "no")
    options = SCORER_OPTIONS.get(name) and {"cost_matrix": COSTS[:2, :2]}
    for order in (["no", "yes"], ["yes", "no"]):
        model = OrdinalRegression(categories=order).fit(X, two)
        metric = METRIC_OF[name]
        response = response_of(metric, model.predict(X), model.predict_proba(X))
        score = get_scorer(name, **(options or {}))(model, X, two)
        expected = metric(two, response, labels=order, **(options or {}))
        assert abs(score) == pytest.approx(abs(expected))


@pytest.mark.parametrize("name", ["rare_log_loss", "rare_brier"])
def test_rare_class_can_be_named(name: str) -> None:
    model = OrdinalRegression().fit(X, Y)
    found = get_scorer(name, rare_class=0)(model, X, Y)
    column = model.predict_proba(X)[:, 0]
    assert found == pytest.approx(-METRIC_OF[name](Y == 0, column))


def test_searches_take_scorers() -> None:
    grid = {"alpha": [0.1, 0.001]}
    scoring = {name: scorer_of(name) for name in METRIC_OF}
    search = GridSearchCV(
        OrdinalRegression(), grid, scoring=scoring, refit="rare_log_loss", cv=3
    ).fit(X, Y)
    for name in METRIC_OF:
        alone = cross_val_score(
            OrdinalRegression(alpha=0.1), X, Y, scoring=scoring[name], cv=3
        )
        assert np.isfinite(alone).all()
        assert search.cv_results_[f"mean_test_{name}"][0] == pytest.approx(alone.mean())


def test_weights_are_routed() -> None:
    weights = np.resize([1, 2, 5], len(Y))
    folds = list(np.array_split(np.arange(len(Y)), 3))
    cv = [(np.concatenate([f for f in folds if f is not t]), t) for t in folds]
    expected = []
    for train, test in cv:
        model = PRESTO(0.1).fit(X[train], Y[train], weights[train])
        expected.append(
            -ranked_probability_score(
                Y[test],
                model.predict_proba(X[test]),
                sample_weight=weights[test],
                labels=model.classes_,
            )
        )
    with config_context(enable_metadata_routing=True):
        scorer = get_scorer("rps").set_score_request(sample_weight=True)
        model = PRESTO(0.1).set_fit_request(sample_weight=True)
        found = cross_validate(
            model, X, Y, cv=cv, scoring=scorer, params={"sample_weight": weights}
        )["test_score"]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


class Half(ClassifierMixin, BaseEstimator):
    """Two classes, each as probable as the other; counts its calls."""

    def fit(self, X: Any, y: Any) -> "Half":
        self.classes_ = np.unique(y)
        self.calls_ = 0
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        self.calls_ += 1
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


def test_several_scorers_ask_once() -> None:
    model = Half().fit(X, Y)
    scoring = {name: get_scorer(name) for name in ("rps", "brier", "rare_brier")}
    scores = check_scoring(model, scoring)(model, X, Y)
    assert scores["brier"] == -0.75
    assert model.calls_ == 1


def test_classes_in_the_order_of_the_alphabet_are_told() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 2))
    levels = ["low", "mid", "top"]
    for names, first in ((["small", "large", "huge"], "huge"), (levels, "low")):
        y = np.array(names)[np.digitize(X[:, 0] + rng.logistic(size=90), [-1, 1])]
        plain = make_pipeline(LogisticRegression()).fit(X, y)
        search = GridSearchCV(plain, {"logisticregression__C": [1.0]}).fit(X, y)
        for model in (plain, search):
            with pytest.warns(UserWarning, match=f"alphabet.* in the order .'{first}'"):
                get_scorer("rps")(model, X, y)
        ours = make_pipeline(OrdinalRegression(categories=names)).fit(X, y)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            get_scorer("rps")(ours, X, y)
            get_scorer("rps", labels=names)(plain, X, y)


def test_scorer_errors() -> None:
    with pytest.raises(ValueError, match="no ordinal scorer 'auc'; the names are acc"):
        get_scorer("auc")
    with pytest.raises(TypeError, match="'rps' does not take rare_class; it takes lab"):
        get_scorer("rps", rare_class=3)
    with pytest.raises(TypeError, match="does not take sample_weight"):
        get_scorer("rps", sample_weight=[1])
    with pytest.raises(TypeError, match="'expected_cost' needs cost_matrix"):
        get_scorer("expected_cost")
    with pytest.raises(ValueError, match="LogisticRegression has no classes_; score"):
        get_scorer("rps")(LogisticRegression(), X, Y)
    model = LogisticRegression().fit(X[Y < 3], Y[Y < 3])
    with pytest.raises(ValueError, match="y_true holds 3, not among the classes"):
        get_scorer("rps")(model, X, Y)
    with pytest.raises(ValueError, match=r"fitted with classes \[0, 1, 2\]; each"):
        get_scorer("rps", labels=[0, 1, 2, 3])(model, X, Y)
