# SPDX-License-Identifier: BSD-3-Clause
"""Boosters on rows of a device are those of the host, and predict there."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skx.multitask import (
    MTGBClassifier,
    MTGBRegressor,
    RMTGBClassifier,
    RMTGBRegressor,
    TaskSimilarityDisplay,
    TaskStratifiedKFold,
    fit_partitions,
    task_report,
    task_similarity,
    transfer_report,
)

ON_HOST = "{} computes on the host: .* are copied from the CUDA device"
SIZES = [9, 40, 7, 60, 25, 52, 31, 16]
SMALL = {"n_iter_shared": 3, "n_iter_task": 3, "random_state": 0}
SMALL_R = {**SMALL, "n_iter_outlier": 3}


@contextmanager
def no_copy() -> Iterator[None]:
    """Fail where something is copied to the host with a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def table(seed: int = 0) -> tuple[np.ndarray, ...]:
    """Return rows of tasks with gaps, one of them unlike the others."""
    rng = np.random.default_rng(seed)
    tasks = rng.permutation(np.repeat(np.arange(len(SIZES)) * 10, SIZES))
    X = rng.normal(size=(len(tasks), 5))
    X[:, 3] = X[:, 3].round()
    y = np.where(tasks == 50, -1.0, 1.0) * X[:, 0] + X[:, 1] ** 2 + 0.03 * tasks
    y += 0.1 * rng.normal(size=len(y))
    X[rng.random(X.shape) < 0.05] = np.nan
    return X, y, tasks


MODELS: dict[str, Any] = {
    "regression": MTGBRegressor(**SMALL, early_stopping=False),
    "outliers": RMTGBRegressor(**SMALL_R, early_stopping=False),
    "unseen": RMTGBRegressor(**SMALL_R, early_stopping=False, unseen_task="mean"),
    "poisson": MTGBRegressor(**SMALL, loss="poisson", early_stopping=False),
    "binary": RMTGBClassifier(**SMALL_R, early_stopping=False),
    "three classes": RMTGBClassifier(**SMALL_R, early_stopping=False),
    "vectors": MTGBClassifier(**SMALL, early_stopping=False, leaf_update="gradient"),
}


def target(name: str, y: np.ndarray) -> np.ndarray:
    if name == "three classes":
        return np.digitize(y, [0.5, 2.0])
    if name == "vectors":
        return np.array(["low", "mid", "high"])[np.digitize(y, [0.5, 2.0])]
    if name == "binary":
        return y > 1.0
    return np.abs(y).round() if name == "poisson" else y


@cache
def fitted(name: str) -> Any:
    X, y, tasks = table()
    return MODELS[name].fit(X, target(name, y), tasks)


METHODS = ["predict_proba", "predict_log_proba", "decision_function", "predict"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", MODELS)
def test_predictions_are_those_of_the_host(device: Any, name: str, dtype: str) -> None:
    model = fitted(name)
    X, y, tasks = table(1)
    X = X.astype(dtype)
    tasks = np.append(tasks[:-3], [99, 99, -1]) if name == "unseen" else tasks
    for ids in (tasks, device.put(tasks), device.put(tasks.astype(np.float32))):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", message="3 rows belong to tasks that")
            raw = model._raw(device.put(X), ids)
            expected = model._raw(X, tasks)
            np.testing.assert_array_equal(device.get(raw), expected)
            blocks = model.predict_blocks(device.put(X), tasks=ids)
            for part, wanted in model.predict_blocks(X, tasks).items():
                np.testing.assert_array_equal(device.get(blocks[part]), wanted)
            for method in METHODS:
                if not hasattr(model, method):
                    continue
                found = getattr(model, method)(device.put(X), ids)
                wanted = getattr(model, method)(X, tasks)
                assert found.shape == wanted.shape
                if wanted.dtype.kind in "US":
                    np.testing.assert_array_equal(found, wanted, strict=True)
                else:
                    found = device.get(found)
                    np.testing.assert_allclose(found, wanted, rtol=1e-12)
                    assert found.dtype == wanted.dtype
            labels = target(name, y)
            if labels.dtype.kind != "U":
                labels = device.put(labels)
            weights = device.put(np.arange(len(y)))
            found = model.score(device.put(X), labels, ids, weights)
            wanted = model.score(X, target(name, y), tasks, np.arange(len(y)))
            assert found == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("name", ["outliers", "three classes"])
def test_predictions_for_one_task(device: Any, name: str) -> None:
    X, _, _ = table(1)
    expected = fitted(name).predict_for_task(X, 50)
    with no_copy():
        found = fitted(name).predict_for_task(device.put(X), 50)
    np.testing.assert_array_equal(device.get(found), expected)


@pytest.mark.parametrize("dtype", ["float64", "int64", "uint8"])
def test_tasks_may_be_a_column(device: Any, dtype: str) -> None:
    X, y, tasks = table()
    X = np.column_stack([X[:, :2], tasks, X[:, 2:]])
    if dtype != "float64":
        X = np.nan_to_num(100.0 + 10.0 * X - 90.0 * (np.arange(6) == 2)).astype(dtype)
        X[:, 2] = tasks
    model = MTGBRegressor(**SMALL, task_feature=2).fit(X, y)
    with no_copy():
        found = model.predict(device.put(X))
    np.testing.assert_array_equal(device.get(found), model.predict(X))


def test_tasks_may_be_flags_or_names(device: Any) -> None:
    X, y, tasks = table()
    model = MTGBRegressor(**SMALL).fit(X, y, tasks > 20)
    with no_copy():
        found = model.predict(device.put(X), device.put(tasks > 20))
    np.testing.assert_array_equal(device.get(found), model.predict(X, tasks > 20))
    names = np.array([f"shop {t}" for t in tasks])
    model = MTGBRegressor(**SMALL).fit(X, y, names)
    with no_copy():
        found = model.predict(device.put(X), names)
    np.testing.assert_array_equal(device.get(found), model.predict(X, names))
    with pytest.warns(UserWarning, match=r"240 rows .* not seen: \d+, \d+"):
        model.predict(device.put(X), device.put(tasks))


def test_no_tasks(device: Any) -> None:
    X, y, tasks = table()
    with pytest.warns(UserWarning, match="was given no tasks"):
        model = MTGBRegressor(**SMALL).fit(X, y)
    with no_copy():
        found = model.predict(device.put(X))
    np.testing.assert_array_equal(device.get(found), model.predict(X))
    with pytest.raises(ValueError, match="was fitted without tasks"):
        model.predict(device.put(X), device.put(tasks))


def test_tasks_of_a_device_beside_rows_of_the_host(device: Any) -> None:
    X, _, tasks = table()
    with no_copy():
        found = fitted("outliers").predict(X, device.put(tasks))
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, fitted("outliers").predict(X, tasks))


def test_bad_input(device: Any) -> None:
    X, _, tasks = table()
    model, there = fitted("outliers"), device.put(X)
    with pytest.raises(NotFittedError):
        MTGBRegressor().predict(there, tasks)
    with pytest.raises(ValueError, match="X has 4 features, but RMTGBRegressor"):
        model.predict(device.put(X[:, :4]), tasks)
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        model.predict(device.put(X[0]), tasks)
    with pytest.raises(ValueError, match="Input X contains infinity"):
        model.predict(device.put(np.where(X > 2, np.inf, X)), tasks)
    with pytest.raises(ValueError, match="pass the task of each row as tasks="):
        model.predict(there)
    for ids, message in (
        (tasks[:5], "tasks has 5 entries but X has 240 rows"),
        (tasks[:, None], "tasks must be one-dimensional, one id per row"),
        (tasks + 0.5, "ids must be strings or whole numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            model.predict(there, device.put(ids))
    missing = np.where(tasks == 10, np.nan, tasks)
    rows = (tasks == 10).sum()
    with pytest.warns(
        UserWarning, match=rf"{rows} rows belong to tasks .*: None; they"
    ):
        model.predict(there, device.put(missing))
    strict = MTGBRegressor(**SMALL, unseen_task="error").fit(*table())
    ids = np.append(tasks[:-2], [7, 5])
    with pytest.raises(ValueError, match=r"2 rows belong to tasks .* seen: 7, 5"):
        strict.predict(there, device.put(ids))


def test_what_runs_on_the_host_says_so(device: Any) -> None:
    X, y, tasks = table()
    model = fitted("outliers")
    warning = ON_HOST.format("RMTGBRegressor")
    with pytest.warns(UserWarning, match=warning):
        stages = list(model.staged_predict(device.put(X), device.put(tasks)))
    np.testing.assert_array_equal(stages[-1], model.predict(X, tasks))
    with pytest.warns(UserWarning, match=warning):
        model.apply(device.put(X), tasks)
    categories = MTGBRegressor(**SMALL, categorical_features=[3]).fit(X, y, tasks)
    with pytest.warns(UserWarning, match=ON_HOST.format("MTGBRegressor")):
        found = categories.predict(device.put(X), tasks)
    np.testing.assert_array_equal(device.get(found), categories.predict(X, tasks))


def test_functions_run_on_the_host(device: Any) -> None:
    X, y, tasks = table()
    model, there = fitted("outliers"), device.put(X)
    with pytest.warns(UserWarning, match=ON_HOST.format("task_report")):
        found = task_report(model, there, device.put(y), tasks=device.put(tasks))
    assert found.equals(task_report(model, X, y, tasks=tasks))
    with pytest.warns(UserWarning, match=ON_HOST.format("task_similarity")):
        alike = task_similarity(model, there, tasks=device.put(tasks))
    np.testing.assert_array_equal(alike, task_similarity(model, X, tasks=tasks))
    owner = "TaskSimilarityDisplay.from_estimator"
    with pytest.warns(UserWarning, match=ON_HOST.format(owner)):
        TaskSimilarityDisplay.from_estimator(model, there, tasks=tasks)
    with pytest.warns(UserWarning, match=ON_HOST.format("transfer_report")):
        transfer_report(model, there, y, tasks=tasks, cv="prefit", generic=model)


def test_folds_of_rows_on_a_device(device: Any) -> None:
    X, y, tasks = table()
    labels = y > 1.0
    with no_copy():
        folds = TaskStratifiedKFold(3).split(
            device.put(X), device.put(labels), device.put(tasks)
        )
        for found, expected in zip(
            folds, TaskStratifiedKFold(3).split(X, labels, tasks), strict=True
        ):
            np.testing.assert_array_equal(found[1], expected[1])


def test_parts_on_a_device_are_copied(device: Any) -> None:
    X, y, tasks = table()
    model = MODELS["outliers"]
    with pytest.warns(UserWarning, match=ON_HOST.format("fit_partitions")):
        found = fit_partitions(
            model, [device.put(X)], [device.put(y)], tasks_parts=[device.put(tasks)]
        )
    expected = fitted("outliers").predict(X, tasks)
    np.testing.assert_array_equal(found.predict(X, tasks), expected)
