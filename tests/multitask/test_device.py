# SPDX-License-Identifier: BSD-3-Clause
"""Boosters on rows of a device are those of the host, and predict there."""

import pickle
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skx._backend import is_device_array
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
from skx.multitask._trees import (
    DeviceSums,
    Forest,
    _binning,
    _kernels,
    bin_columns,
    bin_numbers,
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
    if name in ("three classes", "class weights"):
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


@contextmanager
def unseen_are_known() -> Iterator[None]:
    """Do the same, but for warnings of rows of other tasks."""
    with no_copy():
        warnings.filterwarnings("ignore", message="3 rows belong to tasks that")
        yield


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", MODELS)
def test_scores_are_those_of_the_host(device: Any, name: str, dtype: str) -> None:
    model = fitted(name)
    X, _, tasks = table(1)
    X = X.astype(dtype)
    tasks = np.append(tasks[:-3], [99, 99, -1]) if name == "unseen" else tasks
    with unseen_are_known():
        expected = model.predict_blocks(X, tasks)
        for ids in (tasks, device.put(tasks), device.put(tasks.astype(np.float32))):
            found = model.predict_blocks(device.put(X), tasks=ids)
            for part, wanted in expected.items():
                np.testing.assert_array_equal(device.get(found[part]), wanted)


@pytest.mark.parametrize("name", MODELS)
def test_predictions_are_those_of_the_host(device: Any, name: str) -> None:
    model = fitted(name)
    X, y, tasks = table(1)
    tasks = np.append(tasks[:-3], [99, 99, -1]) if name == "unseen" else tasks
    y = target(name, y)
    with unseen_are_known():
        for method in METHODS:
            if not hasattr(model, method):
                continue
            found = getattr(model, method)(device.put(X), device.put(tasks))
            wanted = getattr(model, method)(X, tasks)
            assert found.shape == wanted.shape
            if wanted.dtype.kind != "U":
                found = device.get(found)
            assert found.dtype == wanted.dtype
            if wanted.dtype.kind == "f":
                np.testing.assert_allclose(found, wanted, rtol=1e-12)
            else:
                np.testing.assert_array_equal(found, wanted)
        labels = y if y.dtype.kind == "U" else device.put(y)
        weights = device.put(np.arange(len(y)))
        found = model.score(device.put(X), labels, tasks, weights)
        wanted = model.score(X, y, tasks, np.arange(len(y)))
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
    X, y, tasks = (part[:60] for part in table())
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


FITS: dict[str, Any] = {
    **MODELS,
    "stopping": RMTGBRegressor(**SMALL_R, early_stopping=True, n_iter_no_change=3),
    "one after the other": RMTGBRegressor(
        **SMALL_R, early_stopping=False, block2_scheme="gauss_seidel", orient=False
    ),
    "subsample": RMTGBRegressor(**SMALL_R, early_stopping=True, subsample=0.6),
    "columns drawn": MTGBRegressor(**SMALL, early_stopping=False, max_features=0.5),
    "few bins": MTGBRegressor(**SMALL, early_stopping=False, max_bins=7),
    "monotonic": MTGBRegressor(
        **SMALL, early_stopping=False, monotonic_cst=[1, 0, 0, -1, 0]
    ),
    "interactions": MTGBRegressor(
        **SMALL, early_stopping=False, interaction_cst="pairwise"
    ),
    "balanced": RMTGBRegressor(**SMALL_R, early_stopping=True, task_weight="balanced"),
    "absolute": MTGBRegressor(**SMALL, loss="absolute_error", early_stopping=False),
    "class weights": RMTGBClassifier(
        **SMALL_R, early_stopping=True, class_weight="balanced"
    ),
    "shared alone": MTGBRegressor(**{**SMALL, "n_iter_task": 0}, early_stopping=True),
}


def assert_same_trees(found: Forest, expected: Forest) -> None:
    """Require the same splits, and values but for rounding."""
    is_inner = expected.nodes["left"] >= 0
    np.testing.assert_array_equal(found.nodes["left"], expected.nodes["left"])
    for name in ("feature", "threshold", "missing_left"):
        one, other = found.nodes[name], expected.nodes[name]
        np.testing.assert_array_equal(one[is_inner], other[is_inner])
    for name in ("roots", "columns"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.nodes["weight"], expected.nodes["weight"])


def assert_same(found: Any, expected: Any) -> None:
    """Require one model, all of it on the host."""
    assert set(vars(found)) == set(vars(expected))
    one, other = vars(found._blocks), vars(expected._blocks)
    for name, value in one.items():
        if isinstance(value, Forest):
            assert_same_trees(value, other[name])
            assert not any(map(is_device_array, value))
        elif isinstance(value, dict):
            assert value.keys() == other[name].keys()
            for block, losses in value.items():
                np.testing.assert_allclose(losses, other[name][block], rtol=1e-9)
        else:
            assert type(value) is np.ndarray
            np.testing.assert_allclose(value, other[name], rtol=1e-9, atol=1e-9)
    for name in ("tasks_", "task_counts_", "classes_", "n_features_in_"):
        if hasattr(expected, name):
            one, other = getattr(found, name), getattr(expected, name)
            np.testing.assert_array_equal(one, other)
    assert not any(map(is_device_array, vars(found).values()))


SLOW = "balanced", "class weights", "stopping", "subsample", "three classes"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [])
        for name in FITS
    ],
)
def test_models_are_those_of_the_host(device: Any, name: str) -> None:
    X, y, tasks = table(2)
    y, X = target(name, y), X.astype(np.float32 if name == "outliers" else np.float64)
    weights = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    for w in (None, weights):
        expected = clone(FITS[name]).fit(X, y, tasks, w)
        assert expected._blocks.own.n_trees or expected._blocks.shared.n_trees
        labels = y if y.dtype.kind == "U" or w is None else device.put(y)
        ids = tasks if w is None else device.put(tasks)
        with no_copy():
            found = clone(FITS[name]).fit(
                device.put(X), labels, ids, None if w is None else device.put(w)
            )
        assert_same(found, expected)


def test_pickles_know_no_device(device: Any) -> None:
    X, y, tasks = table()
    model = clone(MODELS["outliers"]).fit(device.put(X), y, tasks)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X, tasks), model.predict(X, tasks))


def test_fit_finds_the_bins_of_the_host(
    device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 6))
    X[:, 1] = X[:, 1].round()
    X[:, 2] = np.nan
    X[rng.random(400) < 0.3, 3] = np.nan
    X[:, 4] = 1.0
    X[:, 5] = np.where(np.arange(400) % 50, -0.0, X[:, 5])
    nothing = np.zeros(6, dtype=np.int64)
    weights = [np.ones(400), rng.random(400)]
    for sample in (1000, 100):
        monkeypatch.setattr(_binning, "SAMPLE", sample)
        for heavy in weights:
            for values in (X, X.astype(np.float32)):
                for most in (2, 7, 255):
                    wanted, expected = bin_columns(values, heavy, nothing, most)
                    codes, bins = bin_numbers(device.put(values), heavy, most)
                    np.testing.assert_array_equal(device.get(codes), wanted)
                    for part, other in zip(bins, expected, strict=True):
                        np.testing.assert_array_equal(part, other)


def test_sums_do_not_depend_on_sizes(device: Any) -> None:
    X, y, tasks = table()
    model = MTGBRegressor(**SMALL, early_stopping=False)
    for factor in (1e-100, 1e-9, 1e12, 1e100):
        expected = clone(model).fit(X, y * factor, tasks).predict(X, tasks)
        with no_copy():
            found = clone(model).fit(device.put(X), y * factor, tasks)
        np.testing.assert_allclose(found.predict(X, tasks), expected, rtol=1e-9)


def test_histograms_are_those_of_the_host(device: Any) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (300, 3)).astype(np.uint8)
    starts = np.array([0, 4, 8, 12], dtype=np.uint64)
    goes_left = np.zeros(256, dtype=bool)
    goes_left[:2] = True
    drawn = np.sort(rng.choice(300, 200, replace=False)).astype(np.int32)
    for rows in (np.arange(300, dtype=np.int32), drawn):
        for is_unit, m in ((True, 1), (False, 1), (False, 3)):
            sums = rng.normal(size=(300, m + 1))
            sums[:, -1] = 1.0 if is_unit else rng.random(300)
            X = device.put(np.zeros((300, 3)))
            source = DeviceSums(X, device.put(codes), starts)
            found = source.start(sums, is_unit, rows)
            side = goes_left[codes[rows, 1]]
            left, right = rows[side], rows[~side]
            for part, histogram in (
                (rows, found),
                (right, source.divide(0, 1, 1, goes_left, 2)),
            ):
                expected = np.empty((12, m + 2))
                bins = np.arange(12, dtype=np.uint32)
                _kernels.write_histogram(
                    codes, starts, sums, is_unit, part, 0, len(part), bins, expected
                )
                np.testing.assert_allclose(histogram, expected, rtol=1e-12, atol=1e-14)
            assert source.divide(1, 3, 0, goes_left, -1) is None
            side = goes_left[codes[left, 0]]
            wanted = np.full(300, 2)
            wanted[left[side]], wanted[left[~side]] = 3, 4
            np.testing.assert_array_equal(source.leaves(), wanted[rows])


def test_fit_with_a_column_of_tasks(device: Any) -> None:
    X, y, tasks = table()
    X = np.column_stack([X, tasks])
    model = MTGBRegressor(**SMALL, task_feature=-1, early_stopping=False)
    expected = clone(model).fit(X, y)
    with no_copy():
        found = clone(model).fit(device.put(X), device.put(y))
    assert_same(found, expected)


@pytest.mark.parametrize("there", ["rows", "validation rows", "both"])
def test_eval_set(device: Any, there: str) -> None:
    X, y, tasks = table()
    X_valid, y_valid, _ = table(1)
    model = RMTGBRegressor(**SMALL_R)
    expected = clone(model).fit(X, y, tasks, eval_set=(X_valid, y_valid, tasks))
    if there != "validation rows":
        X = device.put(X)
    valid = X_valid, y_valid, tasks
    if there != "rows":
        valid = tuple(map(device.put, valid))
    if there == "validation rows":
        with pytest.warns(UserWarning, match=ON_HOST.format("RMTGBRegressor")):
            found = clone(model).fit(X, y, tasks, eval_set=valid)
    else:
        with no_copy():
            found = clone(model).fit(X, y, tasks, eval_set=valid)
    assert_same(found, expected)


def test_fit_of_categories_is_on_the_host(device: Any) -> None:
    X, y, tasks = table()
    model = MTGBRegressor(**SMALL, categorical_features=[3])
    with pytest.warns(UserWarning, match=ON_HOST.format("MTGBRegressor")):
        found = clone(model).fit(device.put(X), y, device.put(tasks))
    assert_same(found, model.fit(X, y, tasks))


def test_bad_input_of_fit(device: Any) -> None:
    X, y, tasks = table()
    model, there = MTGBRegressor(**SMALL), device.put(X)
    with pytest.raises(ValueError, match="Input X contains infinity"):
        model.fit(device.put(np.where(X > 2, np.inf, X)), y, tasks)
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        model.fit(device.put(X[:, 0]), y, tasks)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(there, y[:9], tasks)
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(there, device.put(np.where(y > 2, np.nan, y)), tasks)
    with pytest.raises(ValueError, match="tasks has 5 entries but X has 240 rows"):
        model.fit(there, y, device.put(tasks[:5]))
    with pytest.raises(ValueError, match="The task id of row"):
        model.fit(there, y, device.put(np.where(tasks == 10, np.nan, tasks)))
    with pytest.raises(ValueError, match="is no column of X"):
        MTGBRegressor(task_feature="shop").fit(there, y)
    with pytest.raises(ValueError, match="holds one class only"):
        MTGBClassifier().fit(there, device.put(np.zeros(len(y))), tasks)
