# SPDX-License-Identifier: BSD-3-Clause
"""When blocks and the trees of tasks stop, and what is kept to tell."""

from typing import Any

import numpy as np
import pytest

from skx.multitask import MTGBClassifier, MTGBRegressor, RMTGBRegressor
from skx.multitask._boosting import Monitor, is_better
from skx.multitask._table import Given
from skx.multitask._task_trees import best_rounds


def table(n: int = 600, noise: float = 1.0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    X, tasks = rng.normal(size=(n, 2)), rng.integers(0, 4, n)
    y = X[:, 0] + (tasks == 3) * X[:, 1] + noise * rng.normal(size=n)
    return X, y, tasks


def small(cls: type = RMTGBRegressor, **params: Any) -> Any:
    model = cls(n_iter_shared=60, n_iter_task=30, learning_rate=0.3)
    if hasattr(model, "n_iter_outlier"):
        model.set_params(n_iter_outlier=40)
    return model.set_params(n_iter_no_change=5, random_state=0, **params)


def test_a_monitor_waits_for_progress() -> None:
    monitor = Monitor(9.0, patience=3, tol=0.0)
    losses = [5.0, 6.0, 4.0, 4.5, 4.2]
    assert not any(monitor.stops(loss) for loss in losses)
    assert monitor.stops(4.0)
    assert monitor.best == 3
    patient = Monitor(1.0, patience=2, tol=0.1)
    assert not patient.stops(0.95)
    assert patient.stops(0.93)  # less than a tenth of the first in two rounds


def test_few_rows_are_judged_with_those_of_all_tasks() -> None:
    falls = np.linspace(1.0, 0.0, 6)[:, None] * np.ones(10)
    rises, one = 1.0 - falls, np.ones(10)
    n_iter = np.full(3, 5)
    # Each alone.
    assert best_rounds([falls], [one], n_iter[:1]).tolist() == [5]
    assert best_rounds([rises], [one], n_iter[:1]).tolist() == [0]
    # A task with little to say follows the others, one of heavy rows does not.
    both = [np.tile(falls, 40), rises, None]
    weights = [np.ones(400), one, one[:0]]
    assert best_rounds(both, weights, n_iter).tolist() == [5, 5, 5]
    weights[1] = 30.0 * one
    assert best_rounds(both, weights, n_iter).tolist() == [5, 0, 5]
    weights[1] = one
    # Some have fewer rounds than the others.
    assert best_rounds(both, weights, np.array([5, 5, 2])).tolist() == [5, 5, 2]


def test_one_standard_error_decides() -> None:
    losses, others = np.zeros(4), np.array([1.0, 2.0, 3.0, 4.0])
    assert is_better(losses, others, np.ones(4))
    assert not is_better(others, losses, np.ones(4))
    # Means of 1 and of 0.5, errors of 0.91 and of 1.04.
    assert is_better(losses, np.array([-1.0, 0.0, 2.0, 3.0]), np.ones(4))
    assert not is_better(losses, np.array([-2.0, -1.0, 2.0, 3.0]), np.ones(4))
    assert not is_better(losses[:1], others[:1], np.ones(1))
    light = np.array([1e-6, 1.0, 1.0, 1.0])
    assert not is_better(losses, np.array([-9.0, 1.0, 2.0, 3.0]), np.ones(4))
    assert is_better(losses, np.array([-9.0, 1.0, 2.0, 3.0]), light)


@pytest.mark.slow
@pytest.mark.parametrize("refit", [True, False])
def test_a_second_block_that_does_not_pay_is_dropped(refit: bool) -> None:
    X, _, tasks = table()
    # Each task has a function of its own.
    y = np.where(tasks % 2, 2.0, -2.0) * X[np.arange(600), tasks // 2]
    model = small(refit=refit).fit(X, y, tasks)
    assert len(model.validation_score_["outlier"]) > 5
    assert model.n_iter_outlier_ == 0
    assert model.outlier_score_.tolist() == [0.5] * 4
    assert model.theta_path_.tolist() == [[0.0] * 4]
    assert not model.predict_blocks(X, tasks)["outlier"].any()


@pytest.mark.slow
@pytest.mark.parametrize("refit", [True, False])
def test_tasks_with_nothing_in_common_are_learned_apart(refit: bool) -> None:
    rng = np.random.default_rng(0)
    X, tasks = rng.normal(size=(1600, 8)), np.arange(1600) % 8
    noise = 0.1 * rng.normal(size=1600)
    # One step each, in a column of its own: all of them together help the pooled loss.
    y = 3.0 * (X[np.arange(1600), tasks] > 0.0) + noise
    for cls in (MTGBRegressor, RMTGBRegressor):
        model = small(cls, refit=refit).fit(X, y, tasks)
        assert model.validation_score_["shared"].argmin() > 0
        assert model.n_iter_shared_ == 0
        assert not model.predict_blocks(X, tasks)["shared"].any()
        with pytest.warns(UserWarning, match="not seen"):
            assert np.ptp(model.predict(X[:9], np.full(9, 8))) == 0.0
    # With much in common they are not.
    y = 0.1 * y + np.sin(3.0 * X[:, 0])
    assert small(MTGBRegressor, refit=refit).fit(X, y, tasks).n_iter_shared_ > 5


@pytest.mark.slow
def test_blocks_stop_where_the_validation_loss_is_least() -> None:
    X, y, tasks = table()
    y -= 2.0 * (tasks == 3) * X[:, 0]
    model = small(refit=False, n_iter_task=5).fit(X, y, tasks)
    assert model.n_iter_outlier_ > 0
    scores = model.validation_score_
    for block, n_iter in (
        ("shared", model.n_iter_shared_),
        ("outlier", model.n_iter_outlier_),
    ):
        losses = scores[block]
        assert n_iter == losses.argmin()
        assert len(losses) - 1 <= max(n_iter + 5, 5)
    assert 0 < model.n_iter_shared_ < 60
    assert (model.n_iter_task_ <= 5).all()
    # The last is what the validation rows leave of it.
    assert len(model.theta_path_) == model.n_iter_outlier_ + 2
    np.testing.assert_array_equal(model.theta_path_[-1], model.theta_)
    assert np.diff(model._blocks.own_starts).tolist() == model.n_iter_task_.tolist()


@pytest.mark.slow
def test_the_model_is_grown_again_on_all_rows() -> None:
    X, y, tasks = table()
    stopped = small(refit=False).fit(X, y, tasks)
    model = small().fit(X, y, tasks)
    assert model.n_iter_shared_ == stopped.n_iter_shared_
    assert model.n_iter_outlier_ == stopped.n_iter_outlier_
    np.testing.assert_array_equal(model.n_iter_task_, stopped.n_iter_task_)
    assert model._blocks.shared.nodes["weight"][0] == 600.0
    assert 530.0 < stopped._blocks.shared.nodes["weight"][0] < 550.0
    np.testing.assert_array_equal(model.theta_, stopped.theta_)
    # Counts alone of the shared block come from the first fit.
    again = small(early_stopping=False).set_params(
        n_iter_shared=model.n_iter_shared_, n_iter_outlier=0, n_iter_task=0
    )
    np.testing.assert_array_equal(
        model.predict_blocks(X, tasks)["shared"],
        again.fit(X, y, tasks).predict_blocks(X, tasks)["shared"],
    )


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["absolute_error", "huber", "quantile", "poisson"])
def test_other_losses_stop_too(loss: str) -> None:
    X, y, tasks = table()
    y = np.exp(y) if loss == "poisson" else y
    model = small(MTGBRegressor, loss=loss, quantile=0.3, learning_rate=0.1)
    model.fit(X, y, tasks)
    assert model.n_iter_shared_ > 5
    scores = model.validation_score_["shared"]
    assert scores.min() < 0.9 * scores[0]


@pytest.mark.slow
def test_noise_alone_is_not_learned() -> None:
    rng = np.random.default_rng(0)
    X, y, tasks = rng.normal(size=(800, 3)), rng.normal(size=800), np.arange(800) % 8
    model = small(MTGBRegressor).fit(X, y, tasks)
    fixed = small(MTGBRegressor, early_stopping=False).fit(X, y, tasks)
    test = rng.normal(size=(800, 3))
    stopped = np.square(model.predict(test, tasks)).mean()
    assert stopped < 0.25 * np.square(fixed.predict(test, tasks)).mean()


@pytest.mark.slow
def test_auto_counts_rows() -> None:
    X, y, tasks = table()
    assert (
        small(early_stopping="auto")
        .fit(X[:499], y[:499], tasks[:499])
        .validation_score_
        == {}
    )
    assert (
        small(early_stopping="auto")
        .fit(X[:500], y[:500], tasks[:500])
        .validation_score_
    )


def split(model: Any, X: np.ndarray, y: np.ndarray, tasks: np.ndarray) -> tuple:
    model._has_tasks = True
    return model._split(model._read(Given(X), y, tasks, None))


def test_validation_rows_come_from_each_task_and_class() -> None:
    tasks = np.repeat([0, 1, 2], [400, 200, 9])
    y = np.where(np.arange(609) % 4 == 0, 1.0, 0.0)
    X = np.arange(609.0)[:, None]
    model = MTGBClassifier(early_stopping=True, random_state=0)
    train, valid = split(model, X, y, tasks)
    assert np.diff(valid.offsets).tolist() == [40, 20, 0]
    assert np.diff(train.offsets).tolist() == [360, 180, 9]
    assert valid.y[:40].sum() == 10
    assert valid.y[40:].sum() == 5
    everyone = np.sort(np.r_[train.X.X[:, 0], valid.X.X[:, 0]])
    np.testing.assert_array_equal(everyone, X[:, 0])


def test_each_task_and_class_keeps_a_row_to_learn_from() -> None:
    tasks = np.repeat(np.arange(20), 10)
    y = (np.arange(200) % 10 == 0).astype(float)
    model = MTGBClassifier(
        early_stopping=True, validation_fraction=0.99, random_state=0
    )
    train, valid = split(model, np.zeros((200, 1)), y, tasks)
    assert np.diff(train.offsets).tolist() == [2] * 20
    assert np.add.reduceat(train.y, train.offsets[:-1]).tolist() == [1.0] * 20
    assert valid.y.sum() == 0.0


def test_tasks_that_are_all_tiny_leave_nothing_to_stop_by() -> None:
    X, y, _ = table()
    tasks = np.arange(600) // 9
    model = small(MTGBRegressor, early_stopping=True, n_iter_shared=3, n_iter_task=3)
    with pytest.warns(UserWarning, match="found no rows to stop by"):
        model.fit(X, y, tasks)
    assert model.validation_score_ == {}
    assert model.n_iter_shared_ == 3
    assert (model.n_iter_task_ == 3).all()
