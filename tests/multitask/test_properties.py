# SPDX-License-Identifier: BSD-3-Clause
"""What holds for any data: symmetries, sums, weights, layouts, threads."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor

from skx.multitask import (
    MTGBClassifier,
    MTGBRegressor,
    RMTGBClassifier,
    RMTGBRegressor,
)

pytestmark = pytest.mark.slow  # whole boosters, of seconds each uncompiled

ALL = [MTGBRegressor, MTGBClassifier, RMTGBRegressor, RMTGBClassifier]
LOSSES = ["squared_error", "absolute_error", "huber", "quantile", "poisson"]


def small(cls: type, **params: Any) -> Any:
    """Return a booster of few rounds without any draw."""
    model = cls(n_iter_shared=4, n_iter_task=3, max_leaf_nodes=4)
    if hasattr(model, "n_iter_outlier"):
        model.set_params(n_iter_outlier=4)
    model.set_params(early_stopping=False, random_state=0)
    return model.set_params(**params)


def table(cls: type, n: int = 120, seed: int = 0) -> tuple:
    """Return rows of four tasks, of which the last is unlike the others."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 12, (n, 3)).astype(float)
    X[rng.random(X.shape) < 0.05] = np.nan
    tasks = np.concatenate([np.arange(4), rng.integers(0, 4, n - 4)])
    known = np.nan_to_num(X)
    y = np.where(tasks == 3, -known[:, 0], known[:, 0]) + known[:, 1] * (tasks % 2)
    y = y + rng.normal(size=n)
    if "Classifier" in cls.__name__:
        y = np.digitize(y, [0.0, 6.0]).astype(int)
    return X, y, tasks


def raw(model: Any, X: np.ndarray, tasks: Any) -> np.ndarray:
    if hasattr(model, "decision_function"):
        return model.decision_function(X, tasks)
    return model.predict(X, tasks)


@pytest.mark.parametrize("cls", ALL)
def test_blocks_add_up_to_the_score(cls: type) -> None:
    X, y, tasks = table(cls)
    model = small(cls).fit(X, y, tasks)
    blocks = model.predict_blocks(X, tasks)
    assert list(blocks) == ["baseline", "shared", "non_outlier", "outlier", "task"]
    np.testing.assert_allclose(sum(blocks.values()), raw(model, X, tasks), rtol=1e-12)
    assert blocks["task"].any()
    assert blocks["outlier"].any() == hasattr(model, "theta_")


def test_blocks_are_weighted_by_the_outlier_score() -> None:
    X, y, tasks = table(RMTGBRegressor)
    model = small(RMTGBRegressor).fit(X, y, tasks)
    # One row as each task: its trees are the same, but not what they count.
    rows = np.repeat(X[:1], 4, axis=0)
    blocks = model.predict_blocks(rows, np.arange(4))
    s = model.outlier_score_
    np.testing.assert_allclose(s, 1.0 / (1.0 + np.exp(-model.theta_)))
    outlier = blocks["outlier"] / s
    np.testing.assert_allclose(outlier, outlier[0])
    common = blocks["non_outlier"] / (1.0 - s)
    np.testing.assert_allclose(common, common[0])


@pytest.mark.parametrize("cls", ALL)
def test_the_order_of_rows_does_not_matter(cls: type) -> None:
    X, y, tasks = table(cls)
    expected = raw(small(cls).fit(X, y, tasks), X, tasks)
    order = np.random.default_rng(1).permutation(len(y))
    found = raw(small(cls).fit(X[order], y[order], tasks[order]), X, tasks)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_order_of_rows_does_not_matter_to_any_loss(loss: str) -> None:
    X, y, tasks = table(RMTGBRegressor)
    y = np.abs(y)
    model = small(RMTGBRegressor, loss=loss, quantile=0.3)
    expected = model.fit(X, y, tasks).predict(X, tasks)
    order = np.random.default_rng(1).permutation(len(y))
    model = clone(model).fit(X[order], y[order], tasks[order])
    np.testing.assert_allclose(model.predict(X, tasks), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cls", ALL)
def test_the_names_of_tasks_do_not_matter(cls: type) -> None:
    X, y, tasks = table(cls)
    model = small(cls).fit(X, y, tasks)
    expected = raw(model, X, tasks)
    names = np.array(["d", "b", "a", "c"])
    renamed = small(cls).fit(X, y, names[tasks])
    assert renamed.tasks_.tolist() == ["a", "b", "c", "d"]
    found = raw(renamed, X, names[tasks])
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    if hasattr(model, "theta_"):
        np.testing.assert_allclose(renamed.theta_, model.theta_[[2, 1, 3, 0]])


@pytest.mark.parametrize("cls", ALL)
def test_predictions_do_not_depend_on_other_rows(cls: type) -> None:
    X, y, tasks = table(cls)
    model = small(cls).fit(X, y, tasks)
    whole = raw(model, X, tasks)
    for t in range(4):
        here = tasks == t
        np.testing.assert_array_equal(raw(model, X[here], tasks[here]), whole[here])
    for i in (0, 77):
        one = raw(model, X[i : i + 1], tasks[i : i + 1])
        np.testing.assert_array_equal(one[0], whole[i])


@pytest.mark.parametrize(
    ("cls", "params"),
    [
        *((cls, {}) for cls in ALL),
        *((cls, {"task_weight": "balanced"}) for cls in ALL[2:]),
        *((cls, {"leaf_update": "gradient"}) for cls in ALL[2:]),
        (RMTGBRegressor, {"theta_update": "gradient"}),
        (RMTGBRegressor, {"theta_update": "gradient", "theta_reduction": "sum"}),
        (RMTGBRegressor, {"block2_scheme": "gauss_seidel"}),
        (RMTGBRegressor, {"unseen_task": "mean"}),
        *((RMTGBRegressor, {"loss": loss}) for loss in LOSSES[1:]),
    ],
    ids=str,
)
def test_weights_are_repetitions(cls: type, params: dict[str, Any]) -> None:
    X, y, tasks = table(cls)
    if params.get("loss") == "poisson":
        y = np.abs(y)
    if params.get("loss") == "quantile":
        params = {**params, "quantile": 0.3}
    # Block 3 bins the rows of a task: more than max_bins of them in the whole table.
    X = X + np.random.default_rng(2).random(X.shape).round(1)
    weights = np.random.default_rng(1).integers(0, 4, len(y))
    model = small(cls, min_samples_leaf=1, max_bins=20, **params)
    repeated = [np.repeat(a, weights, axis=0) for a in (X, y, tasks)]
    expected = clone(model).fit(*repeated)
    found = model.fit(X, y, tasks, sample_weight=weights)
    np.testing.assert_allclose(
        raw(found, X, tasks), raw(expected, X, tasks), rtol=1e-8, atol=1e-10
    )
    with pytest.warns(UserWarning, match="not seen: 9"):
        left = raw(found, X, np.full(len(y), 9))
    with pytest.warns(UserWarning, match="not seen: 9"):
        right = raw(expected, X, np.full(len(y), 9))
    np.testing.assert_allclose(left, right, rtol=1e-8, atol=1e-10)


def test_weights_of_tasks_are_weights_of_rows_but_for_their_own_trees() -> None:
    X, y, tasks = table(RMTGBRegressor)
    factors = np.array([0.5, 1.0, 2.0, 3.0])
    params = {"n_iter_task": 0, "task_intercept": False, "theta_regularization": 0.0}
    by_rows = small(RMTGBRegressor, theta_init=[-0.1, 0.0, 0.1, 0.2], **params)
    by_task = clone(by_rows).set_params(task_weight=dict(enumerate(factors)))
    by_rows.fit(X, y, tasks, sample_weight=factors[tasks])
    by_task.fit(X, y, tasks)
    np.testing.assert_allclose(by_task.predict(X, tasks), by_rows.predict(X, tasks))
    # Where nothing is shared, they change nothing.
    own = small(MTGBRegressor, n_iter_shared=0, init="zero")
    expected = own.fit(X, y, tasks).predict(X, tasks)
    own.set_params(task_weight="balanced").fit(X, y, tasks)
    np.testing.assert_array_equal(own.predict(X, tasks), expected)


def test_balanced_tasks_count_alike() -> None:
    X, tasks = np.zeros((40, 1)), np.repeat([0, 1], [30, 10])
    y = tasks.astype(float)
    model = small(MTGBRegressor, n_iter_task=0, task_intercept=False)
    assert model.fit(X, y, tasks).baseline_prediction_[0] == pytest.approx(0.25)
    model.set_params(task_weight="balanced").fit(X, y, tasks)
    assert model.baseline_prediction_[0] == pytest.approx(0.5)
    model.set_params(task_weight={1: 6.0}).fit(X, y, tasks)
    assert model.baseline_prediction_[0] == pytest.approx(60 / 90)


@pytest.mark.slow
def test_without_tasks_it_is_plain_boosting() -> None:
    X, y, _ = table(MTGBRegressor, n=300)
    params: dict[str, Any] = {"max_leaf_nodes": 6, "l2_regularization": 0.7}
    peer = HistGradientBoostingRegressor(
        max_iter=12, min_samples_leaf=9, early_stopping=False, **params
    ).fit(X, y)
    model = MTGBRegressor(
        n_iter_shared=12, min_samples_leaf=9, min_child_weight=1e-3, **params
    ).set_params(early_stopping=False)
    with pytest.warns(UserWarning, match="was given no tasks"):
        model.fit(X, y)
    # The peer keeps sums of gradients in single precision.
    np.testing.assert_allclose(model.predict(X), peer.predict(X), atol=1e-4)
    one = clone(model).set_params(n_iter_task=0, task_intercept=False)
    one.fit(X, y, np.zeros(300, dtype=int))
    np.testing.assert_array_equal(
        one.predict(X, np.zeros(300, dtype=int)), model.predict(X)
    )
    # The trees of the only task are those that would be shared.
    own = clone(one).set_params(
        n_iter_shared=0, n_iter_task=12, l2_task_regularization=0.7
    )
    own.fit(X, y, np.zeros(300, dtype=int))
    np.testing.assert_allclose(
        own.predict(X, np.zeros(300, dtype=int)), model.predict(X), rtol=1e-9
    )


def test_sides_of_the_second_block_may_be_swapped() -> None:
    X, y, tasks = table(RMTGBRegressor)
    theta = np.array([-0.3, 0.1, 0.2, 0.7])
    model = small(RMTGBRegressor, orient=False, theta_init=theta).fit(X, y, tasks)
    mirrored = clone(model).set_params(theta_init=-theta).fit(X, y, tasks)
    np.testing.assert_allclose(mirrored.theta_, -model.theta_, rtol=1e-9)
    one, other = (m.predict_blocks(X, tasks) for m in (model, mirrored))
    np.testing.assert_allclose(other["outlier"], one["non_outlier"], atol=1e-10)
    np.testing.assert_allclose(other["task"], one["task"], atol=1e-10)
    # Oriented, both are the same model, and most tasks are ordinary.
    oriented = [
        clone(m).set_params(orient=True).fit(X, y, tasks) for m in (model, mirrored)
    ]
    np.testing.assert_allclose(
        oriented[0].outlier_score_, oriented[1].outlier_score_, rtol=1e-9
    )
    assert oriented[0].outlier_score_.sum() <= 2.0


@pytest.mark.parametrize("learning_rate", [0.1, 1.0])
def test_the_training_loss_never_rises(learning_rate: float) -> None:
    X, y, tasks = table(RMTGBRegressor)
    model = small(
        RMTGBRegressor,
        n_iter_shared=10,
        n_iter_outlier=10,
        learning_rate=learning_rate,
        leaf_update="gradient",
        # So small that theta stands still.
        theta_learning_rate=1e-12,
    ).fit(X, y, tasks)
    for block in ("shared", "outlier"):
        assert len(model.train_score_[block]) == 11
        assert (np.diff(model.train_score_[block]) <= 1e-12).all()
    assert model.train_score_["outlier"][-1] < 0.9 * model.train_score_["shared"][0]
    final = 0.5 * np.mean((y - model.predict(X, tasks)) ** 2)
    assert final <= model.train_score_["outlier"][-1]


@pytest.mark.parametrize("loss", [*LOSSES, "log_loss", "softmax"])
def test_train_scores_are_those_of_the_blocks(loss: str) -> None:
    cls = RMTGBClassifier if loss in ("log_loss", "softmax") else RMTGBRegressor
    X, y, tasks = table(cls)
    model = small(cls, n_iter_task=0)
    if loss == "log_loss":
        y = y > 0
    if cls is RMTGBRegressor:
        y = np.abs(y)
        model.set_params(loss=loss, quantile=0.3)
    model.set_params(task_intercept=False).fit(X, y, tasks)
    scores = model.train_score_
    assert scores["shared"][-1] < scores["shared"][0]
    assert scores["outlier"][-1] < scores["outlier"][0]
    assert (scores["shared"] >= 0.0).all()
    if loss == "squared_error":
        expected = 0.5 * np.mean((y - model.predict(X, tasks)) ** 2)
        assert scores["outlier"][-1] == pytest.approx(expected)
    if loss == "softmax":
        p = model.predict_proba(X, tasks)[np.arange(len(y)), y]
        assert scores["outlier"][-1] == pytest.approx(-np.log(p).mean())


@pytest.mark.parametrize("cls", ALL)
@pytest.mark.parametrize("subsample", [1.0, 0.6])
def test_threads_do_not_matter(cls: type, subsample: float) -> None:
    X, y, tasks = table(cls)
    model = small(cls, subsample=subsample, max_features=0.6, early_stopping=True)
    expected = clone(model).fit(X, y, tasks)
    found = model.set_params(n_jobs=2).fit(X, y, tasks)
    np.testing.assert_array_equal(raw(found, X, tasks), raw(expected, X, tasks))


def test_a_subsample_is_drawn_from_each_task() -> None:
    X, y, tasks = table(RMTGBRegressor)
    whole = small(RMTGBRegressor).fit(X, y, tasks)
    half = small(RMTGBRegressor, subsample=0.5).fit(X, y, tasks)
    assert (half.predict(X, tasks) != whole.predict(X, tasks)).any()
    root = half._blocks.shared.nodes[0]
    counts = np.bincount(tasks)
    assert root["weight"] == np.ceil(0.5 * counts).sum()
    own = half._blocks.own
    for t in range(4):
        first = own.roots[half._blocks.own_starts[t]]
        assert own.nodes[first]["weight"] == np.ceil(0.5 * counts[t])


@pytest.mark.parametrize("cls", ALL)
def test_layouts_do_not_matter(
    cls: type, layout: Callable, float_dtype: type[np.floating]
) -> None:
    X, y, tasks = table(cls)
    expected = raw(small(cls).fit(X, y, tasks), X, tasks)
    laid_out = layout(X.astype(float_dtype))
    before = laid_out.copy()
    model = small(cls).fit(laid_out, layout(y[:, None])[:, 0], tasks)
    np.testing.assert_array_equal(raw(model, laid_out, tasks), expected)
    np.testing.assert_array_equal(laid_out, before)


@pytest.mark.parametrize("cls", ALL)
def test_models_can_be_stored_and_cloned(cls: type) -> None:
    X, y, tasks = table(cls)
    model = small(cls).fit(X, y, tasks)
    expected = raw(model, X, tasks)
    stored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(raw(stored, X, tasks), expected)
    again = clone(model).fit(X, y, tasks)
    np.testing.assert_array_equal(raw(again, X, tasks), expected)


@pytest.mark.parametrize(
    "loss", ["squared_error", "absolute_error", "huber", "quantile"]
)
@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_the_unit_of_the_target_does_not_matter(loss: str, factor: float) -> None:
    X, y, tasks = table(RMTGBRegressor)
    model = small(RMTGBRegressor, loss=loss, quantile=0.3, n_iter_outlier=10)
    model.set_params(early_stopping=loss in ("squared_error", "huber"))
    one = clone(model).fit(X, y, tasks)
    other = model.fit(X, factor * y, tasks)
    np.testing.assert_allclose(
        other.predict(X, tasks), factor * one.predict(X, tasks), rtol=1e-7
    )
    np.testing.assert_allclose(other.outlier_score_, one.outlier_score_, rtol=1e-7)
    assert np.ptp(one.theta_path_, axis=0).max() > 0.01


def test_importances_tell_which_columns_matter() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 3, 200), rng.normal(size=(200, 3))])
    y = X[:, 2] + 0.5 * (X[:, 0] == 1) * X[:, 3]
    model = small(RMTGBRegressor, task_feature=0).fit(X, y)
    importances = model.feature_importances_
    assert importances.shape == (4,)
    assert importances.sum() == pytest.approx(1.0)
    assert importances[0] == 0.0
    assert importances.argmax() == 2
    assert importances[3] > importances[1]


def test_a_task_with_one_class_keeps_its_scores_finite() -> None:
    X, y, tasks = table(MTGBClassifier)
    y = (y > 0).astype(int)
    y[tasks == 2] = 1
    for params in ({}, {"l2_task_regularization": 0.0, "min_child_weight": 0.0}):
        model = small(MTGBClassifier, n_iter_task=40, **params).fit(X, y, tasks)
        scores = model.decision_function(X, tasks)
        assert np.abs(scores).max() < 50.0
        assert (model.predict(X, tasks)[tasks == 2] == 1).all()


def test_a_task_of_another_rate_does_not_overshoot() -> None:
    # Half of a task is positive where one in fifty of all rows is.
    rng = np.random.default_rng(0)
    X, tasks = rng.normal(size=(1020, 2)), np.repeat([0, 1], [1000, 20])
    y = np.r_[np.arange(1000) % 50 == 0, np.arange(20) % 2 == 0].astype(int)
    model = small(MTGBClassifier, n_iter_shared=1, n_iter_task=0).fit(X, y, tasks)
    shares = model.predict_proba(X, tasks)[tasks == 1, 1]
    assert 0.1 < shares.mean() < 0.5
    counts = np.r_[rng.poisson(1.0, 1000), rng.poisson(20.0, 20)]
    model = small(MTGBRegressor, loss="poisson", n_iter_shared=1, n_iter_task=0)
    means = model.fit(X, counts, tasks).predict(X, tasks)
    assert 10.0 < means[tasks == 1].mean() < 21.0
