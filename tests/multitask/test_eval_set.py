# SPDX-License-Identifier: BSD-3-Clause
"""Rows that are given to stop by."""

from typing import Any

import numpy as np
import pytest

from skx.multitask import MTGBClassifier, MTGBRegressor, RMTGBRegressor

pytestmark = pytest.mark.slow  # whole boosters, of seconds each uncompiled


def rows(n: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X, tasks = rng.normal(size=(n, 2)), np.array(["a", "b", "c"])[np.arange(n) % 3]
    y = X[:, 0] + (tasks == "b") * X[:, 1] + rng.normal(size=n)
    return X, y, tasks


def mean_loss(model: Any, X: np.ndarray, y: np.ndarray, tasks: np.ndarray) -> float:
    return float(0.5 * np.mean((y - model.predict(X, tasks)) ** 2))


def test_losses_and_rounds_are_those_of_the_rows_given() -> None:
    train, valid = rows(), rows(60, seed=1)
    model = RMTGBRegressor(n_iter_shared=80, n_iter_outlier=3, n_iter_task=0)
    model.set_params(task_intercept=False, learning_rate=0.3)
    model.fit(*train, eval_set=valid)
    losses = model.validation_score_["shared"]
    best = int(np.argmin(losses))
    assert 0 < best < 80
    assert model.n_iter_shared_ == best
    stages = list(model.staged_predict(valid[0], valid[2]))
    found = [0.5 * np.mean((valid[1] - stage) ** 2) for stage in stages[:best]]
    np.testing.assert_allclose(losses[1 : best + 1], found)


def test_model_is_grown_on_the_rows_of_fit_alone() -> None:
    train, valid = rows(), rows(60, seed=1)
    model = MTGBRegressor(n_iter_shared=80, n_iter_task=30, learning_rate=0.3)
    stopped = model.fit(*train, eval_set=valid)
    by_hand = MTGBRegressor(
        n_iter_shared=stopped.n_iter_shared_,
        n_iter_task=0,
        early_stopping=False,
        learning_rate=0.3,
    )
    by_hand.fit(*train)
    np.testing.assert_array_equal(
        stopped.predict_blocks(train[0], train[2])["shared"],
        by_hand.predict_blocks(train[0], train[2])["shared"],
    )
    # Without rows to stop by there is too little for that.
    assert model.fit(*train).n_iter_shared_ == 80


def test_a_task_without_rows_to_stop_by_follows_the_others() -> None:
    X, y, tasks = rows(200)
    valid = rows(90, seed=1)
    some = valid[2] != "c"
    model = MTGBRegressor(n_iter_shared=5, n_iter_task=40, learning_rate=0.5)
    model.fit(X, y, tasks, eval_set=tuple(part[some] for part in valid))
    assert 0 <= model.n_iter_task_[2] < 40


def test_column_of_tasks() -> None:
    (X, y, tasks), valid = rows(), rows(60, seed=1)
    ids = np.searchsorted(["a", "b", "c"], tasks)
    ids_valid = np.searchsorted(["a", "b", "c"], valid[2])
    model = MTGBRegressor(n_iter_shared=30, n_iter_task=10, learning_rate=0.3)
    expected = model.fit(X, y, tasks, eval_set=valid).predict(X, tasks)
    model.set_params(task_feature=2)
    model.fit(
        np.column_stack([X, ids]),
        y,
        eval_set=(np.column_stack([valid[0], ids_valid]), valid[1]),
    )
    np.testing.assert_array_equal(model.predict(np.column_stack([X, ids])), expected)


def test_class_weight_holds_for_the_rows_given() -> None:
    (X, y, tasks), valid = rows(), rows(60, seed=1)
    labels, labels_valid = y > 1.0, valid[1] > 1.0
    model = MTGBClassifier(n_iter_shared=5, n_iter_task=0, task_intercept=False)
    model.set_params(class_weight={False: 1.0, True: 7.0}, learning_rate=0.01)
    model.fit(X, labels, tasks, eval_set=(valid[0], labels_valid, valid[2]))
    p = model.predict_proba(valid[0], valid[2])[:, 1]
    losses = -np.log(np.where(labels_valid, p, 1.0 - p))
    expected = np.average(losses, weights=np.where(labels_valid, 7.0, 1.0))
    assert model.n_iter_shared_ == 5
    assert model.validation_score_["shared"][-1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("eval_set", "message"),
    [
        (rows()[0], "eval_set must be a tuple .* got ndarray of length 120"),
        (rows()[:1], "eval_set must be a tuple .* got tuple of length 1"),
        (rows()[:2], "eval_set and fit must both come with tasks.*; fit has them"),
        ((*rows()[:2], ["a"] * 119 + ["z"]), "tasks that fit was not given: 'z'"),
        ((*rows()[:2], ["a"] * 9), "tasks has 9 entries but X has 120 rows"),
        ((rows()[0][:, :1], *rows()[1:]), "X has 1 features"),
        ((rows()[0][:9], *rows()[1:]), "inconsistent numbers of samples"),
    ],
)
def test_rows_that_do_not_fit(eval_set: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MTGBRegressor().fit(*rows(), eval_set=eval_set)


def test_targets_that_do_not_fit() -> None:
    X, y, tasks = rows()
    with pytest.raises(ValueError, match=r"least of y of eval_set is -"):
        MTGBRegressor("poisson").fit(X, np.abs(y), tasks, eval_set=(X, y, tasks))
    valid = X, np.full(len(y), 2), tasks
    with pytest.raises(ValueError, match=r"y of eval_set holds the class .*2"):
        MTGBClassifier().fit(X, y > 0, tasks, eval_set=valid)


def test_rows_to_stop_by_without_stopping() -> None:
    with pytest.raises(ValueError, match="eval_set was given although early_stopping"):
        MTGBRegressor(early_stopping=False).fit(*rows(), eval_set=rows())


def test_tasks_of_rows_to_stop_by_alone() -> None:
    X, y, tasks = rows()
    with (
        pytest.warns(UserWarning, match="no tasks"),
        pytest.raises(ValueError, match="eval_set has them"),
    ):
        MTGBRegressor().fit(X, y, eval_set=(X, y, tasks))
