# SPDX-License-Identifier: BSD-3-Clause
"""Stages, leaves, importances and losses of fitted boosters."""

import ast
import inspect
import re
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from skx.multitask import (
    MTGBClassifier,
    MTGBRegressor,
    RMTGBClassifier,
    RMTGBRegressor,
)

ROUNDS: dict[str, Any] = {"n_iter_shared": 3, "n_iter_task": 4, "random_state": 0}
MODELS = {
    "regression": RMTGBRegressor(n_iter_outlier=2, **ROUNDS),
    "poisson": MTGBRegressor("poisson", **ROUNDS),
    "binary": RMTGBClassifier(n_iter_outlier=2, **ROUNDS),
    "classes": MTGBClassifier(**ROUNDS),
    "vectors": RMTGBClassifier(n_iter_outlier=2, leaf_update="gradient", **ROUNDS),
}


def rows(name: str, n: int = 160) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X, tasks = rng.normal(size=(n, 3)), np.arange(n) % 4
    score = X[:, 0] + np.where(tasks == 3, -2.0, 1.0) * X[:, 1] + 0.2 * tasks
    if name in ("regression", "poisson"):
        return X, np.exp(0.5 * score), tasks
    cuts = [0.0] if name == "binary" else [-1.0, 1.0]
    return X, np.array(["a", "b", "c"])[np.digitize(score, cuts)], tasks


def fitted(name: str, **parameters: Any) -> tuple[Any, np.ndarray, np.ndarray]:
    X, y, tasks = rows(name)
    return clone(MODELS[name]).set_params(**parameters).fit(X, y, tasks), X, tasks


def n_rounds(model: Any) -> int:
    n = model.n_iter_shared_ + model.n_iter_task_.max()
    return int(n + getattr(model, "n_iter_outlier_", 0))


@pytest.mark.parametrize("name", MODELS)
def test_last_stage_is_the_prediction(name: str) -> None:
    model, X, tasks = fitted(name)
    staged = list(model.staged_predict(X, tasks))
    assert len(staged) == n_rounds(model)
    assert (staged[0] != staged[-1]).any()
    np.testing.assert_array_equal(staged[-1], model.predict(X, tasks))
    raw = list(model.staged_raw_predict(X, tasks))[-1]
    np.testing.assert_array_equal(raw, sum(model.predict_blocks(X, tasks).values()))
    if hasattr(model, "classes_"):
        proba = list(model.staged_predict_proba(X, tasks))
        scores = list(model.staged_decision_function(X, tasks))
        np.testing.assert_array_equal(proba[-1], model.predict_proba(X, tasks))
        np.testing.assert_array_equal(scores[-1], model.decision_function(X, tasks))
        assert len(proba) == len(scores) == n_rounds(model)


def test_stages_are_models_of_fewer_rounds() -> None:
    X, y, tasks = rows("regression")
    none = {"orient": False, "task_intercept": False, "random_state": 0}
    whole = RMTGBRegressor(n_iter_outlier=2, **(ROUNDS | none))
    stages = list(whole.fit(X, y, tasks).staged_predict(X, tasks))
    for stage, (shared, outlier) in {
        0: (1, 0),
        2: (3, 0),
        3: (3, 1),
        4: (3, 2),
    }.items():
        part = RMTGBRegressor(
            n_iter_shared=shared, n_iter_outlier=outlier, n_iter_task=0, **none
        )
        found = part.fit(X, y, tasks).predict(X, tasks)
        np.testing.assert_array_equal(stages[stage], found)
    for n in range(1, 5):
        part = RMTGBRegressor(n_iter_outlier=2, **(ROUNDS | none))
        part.set_params(n_iter_task=n).fit(X, y, tasks)
        # Trees are keyed by task and number of rounds; here none are drawn.
        np.testing.assert_array_equal(stages[4 + n], part.predict(X, tasks))


@pytest.mark.parametrize("unseen", ["shared", "mean"])
def test_last_stage_of_unseen_tasks(unseen: str) -> None:
    model, X, _ = fitted("regression", unseen_task=unseen)
    tasks = np.where(np.arange(len(X)) < 9, 7, 1)
    with pytest.warns(UserWarning, match="9 rows") as seen:
        last = list(model.staged_predict(X, tasks))[-1]
    assert seen[0].filename == __file__
    with pytest.warns(UserWarning, match="9 rows"):
        np.testing.assert_allclose(last, model.predict(X, tasks), rtol=1e-14)


def test_constants_of_tasks_are_a_stage_if_there_are_no_rounds() -> None:
    X, y, tasks = rows("regression")
    model = MTGBRegressor(n_iter_shared=2, n_iter_task=0).fit(X, y, tasks)
    stages = list(model.staged_predict(X, tasks))
    assert len(stages) == 3
    assert (stages[1] != stages[2]).all()
    np.testing.assert_array_equal(stages[2], model.predict(X, tasks))


def test_stages_are_checked_when_they_are_asked_for() -> None:
    model, X, tasks = fitted("regression")
    with pytest.raises(ValueError, match="tasks has 3 entries but X has 160 rows"):
        model.staged_predict(X, tasks[:3])


def test_rows_as_if_of_another_task() -> None:
    model, X, _ = fitted("classes")
    for task in (0, 3):
        found = model.predict_for_task(X, task)
        np.testing.assert_array_equal(found, model.predict(X, np.full(len(X), task)))
    assert (model.predict_for_task(X, 0) != model.predict_for_task(X, 3)).any()
    with pytest.warns(UserWarning, match="not seen: 8") as seen:
        model.predict_for_task(X, 8)
    assert seen[0].filename == __file__


def test_rows_as_if_of_another_task_whatever_their_column_says() -> None:
    X, y, tasks = rows("regression")
    X = np.column_stack([X, tasks])
    model = MTGBRegressor(task_feature=3, **ROUNDS).fit(X, y)
    other = X.copy()
    other[:, 3] = 2
    np.testing.assert_array_equal(model.predict_for_task(X, 2), model.predict(other))


@pytest.mark.parametrize("name", ["regression", "classes", "vectors"])
def test_leaves_hold_the_values_that_scores_are_sums_of(name: str) -> None:
    model, X, tasks = fitted(name)
    leaves, blocks = model.apply(X, tasks), model.predict_blocks(X, tasks)
    forest = model._blocks.shared
    assert leaves["shared"].shape == (len(X), forest.n_trees)
    total = np.zeros((len(X), model._blocks.n_outputs))
    for tree, found in enumerate(leaves["shared"].T):
        values = forest.values[forest.roots[tree] + found]
        column = forest.columns[tree]
        total[:, column : column + values.shape[1]] += values
    np.testing.assert_allclose(total.squeeze(), blocks["shared"], atol=1e-14)


def test_leaves_of_tasks_with_fewer_trees() -> None:
    X, y, tasks = rows("regression")
    y = np.where(tasks == 1, X[:, 2] > 0, 1.0)
    valid = tasks == 1
    model = MTGBRegressor(n_iter_shared=0, n_iter_task=5, task_intercept=False)
    model.set_params(min_samples_leaf=1, learning_rate=0.5)
    model.fit(X, y, tasks, eval_set=(X, np.where(valid, y, 9.0), tasks))
    leaves = model.apply(X, tasks)["task"]
    assert leaves.shape == (len(X), model.n_iter_task_.max())
    n_trees = (leaves >= 0).sum(axis=1)
    np.testing.assert_array_equal(n_trees, model.n_iter_task_[tasks])
    with pytest.warns(UserWarning, match="not seen"):
        assert (model.apply(X, tasks + 10)["task"] == -1).all()


def test_importances_of_blocks_add_up() -> None:
    model, _, _ = fitted("regression")
    parts = model.feature_importances_by_block_
    assert set(parts) == {"shared", "non_outlier", "outlier", "task"}
    total = sum(parts.values())
    np.testing.assert_allclose(total, model.feature_importances_, atol=1e-14)
    assert total.sum() == pytest.approx(1.0)
    assert all(part.sum() > 0.0 for part in parts.values())


def test_importances_of_tasks_say_what_each_depends_on() -> None:
    rng = np.random.default_rng(1)
    X, tasks = rng.normal(size=(200, 3)), np.repeat(["a", "b"], 100)
    X = np.column_stack([X[:, :1], tasks == "b", X[:, 1:]])
    y = np.where(tasks == "a", X[:, 0], X[:, 3])
    model = MTGBRegressor(n_iter_shared=0, n_iter_task=3, task_feature=1)
    found = model.fit(X, y).feature_importances_task_
    assert found.shape == (2, 4)
    assert found.argmax(axis=1).tolist() == [0, 3]
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert (found[:, 1] == 0.0).all()
    model.set_params(n_iter_shared=1, n_iter_task=0).fit(X, y)
    assert (model.feature_importances_task_ == 0.0).all()


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("refit", [False, True])
def test_loss_of_tasks_is_that_of_the_rows_of_the_fit(
    early_stopping: bool, refit: bool
) -> None:
    X, y, tasks = rows("regression")
    weights = 1.0 + np.arange(len(y)) % 3
    model = RMTGBRegressor(n_iter_outlier=5, refit=refit, **ROUNDS)
    model.set_params(early_stopping=early_stopping, n_iter_task=30, learning_rate=0.5)
    valid = X[:40], y[:40] + 3.0, tasks[:40]
    given = {"eval_set": valid} if early_stopping and not refit else {}
    model.fit(X, y, tasks, weights, **given)
    if early_stopping:
        assert model.n_iter_task_.min() < 30
    losses = 0.5 * (y - model.predict(X, tasks)) ** 2
    expected = [
        np.average(losses[tasks == t], weights=weights[tasks == t]) for t in range(4)
    ]
    np.testing.assert_allclose(model.task_loss_, expected)


@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_lines_of_progress(verbose: int, capsys: pytest.CaptureFixture) -> None:
    X, y, tasks = rows("regression")
    model = RMTGBRegressor(n_iter_shared=12, n_iter_outlier=3, n_iter_task=4)
    model.set_params(verbose=verbose, early_stopping=True, random_state=0)
    model.fit(X, y, tasks)
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("[RMTGBRegressor] ") for line in lines)
    blocks = [line.split()[1] for line in lines]
    if verbose == 0:
        assert lines == []
    if verbose == 1:
        # Every tenth round, and the last one.
        assert blocks[:6] == [*["shared"] * 3, *["outlier"] * 2, "task"]
        assert "round 10 of 12: loss " in lines[1]
        assert "round 12 of 12: loss " in lines[2]
        assert blocks[6] == "again"
        assert f" of {model.n_iter_shared_}: loss " in lines[7]
    if verbose == 2:
        assert blocks[:17] == ["shared"] * 13 + ["outlier"] * 4
    loss = model.validation_score_["shared"][0]
    if verbose:
        assert lines[0].endswith(f", of validation rows {loss:.6g}")


@pytest.mark.parametrize(
    "cls", [MTGBClassifier, MTGBRegressor, RMTGBClassifier, RMTGBRegressor]
)
def test_documented_defaults_are_the_defaults(cls: type) -> None:
    text = inspect.getdoc(cls).partition("\nAttributes\n")[0]
    found = re.findall(r"^(\w+) : [^\n]*?(?:\n +)?default=(\S+)$", text, re.MULTILINE)
    documented = {name: ast.literal_eval(value) for name, value in found}
    parameters = inspect.signature(cls).parameters.values()
    assert documented == {p.name: p.default for p in parameters}
