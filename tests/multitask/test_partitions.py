# SPDX-License-Identifier: BSD-3-Clause
"""The model of rows in parts is that of all rows."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression

from skx.multitask import (
    MTGBClassifier,
    MTGBRegressor,
    PerTask,
    RMTGBClassifier,
    RMTGBRegressor,
    _parted,
    _task_trees,
    fit_partitions,
)
from skx.multitask._trees import Forest, _binning

SIZES = [9, 40, 7, 60, 25, 52, 31, 16]
SMALL = {"n_iter_shared": 3, "n_iter_task": 3, "random_state": 0}
SMALL_R = {**SMALL, "n_iter_outlier": 3}


def table(seed: int = 0, gaps: float = 0.0) -> tuple[np.ndarray, ...]:
    """Return rows of tasks of different sizes, one of them unlike the others."""
    rng = np.random.default_rng(seed)
    tasks = np.repeat(np.arange(len(SIZES)) * 3 % len(SIZES), SIZES)
    X = rng.normal(size=(len(tasks), 5))
    X[:, 3] = X[:, 3].round()
    y = np.where(tasks == 5, -1.0, 1.0) * X[:, 0] + X[:, 1] ** 2 + 0.3 * tasks
    y += 0.1 * rng.normal(size=len(y))
    X[rng.random(X.shape) < gaps] = np.nan
    return X, y, tasks


def cuts(tasks: np.ndarray, n_parts: int) -> list[np.ndarray]:
    """Return rows of parts of whole tasks, whose order is not that of the tasks."""
    distinct = np.random.default_rng(n_parts).permutation(np.unique(tasks))
    of_parts = np.array_split(distinct, n_parts)
    return [np.flatnonzero(np.isin(tasks, some)) for some in of_parts]


def both(
    model: Any,
    X: Any,
    y: np.ndarray,
    tasks: np.ndarray | None,
    weights: np.ndarray | None = None,
    n_parts: int = 3,
    parts: list[np.ndarray] | None = None,
    **options: Any,
) -> tuple[Any, Any]:
    """Return the model of the parts one below the other, and that of the parts."""
    if parts is None:
        assert tasks is not None
        parts = cuts(tasks, n_parts)
    take = X.iloc.__getitem__ if hasattr(X, "iloc") else X.__getitem__
    order = np.concatenate(parts)
    ordered = [None if a is None else a[order] for a in (y, tasks, weights)]
    expected = model.fit(take(order), *ordered)
    found = fit_partitions(
        model,
        [take(rows) for rows in parts],
        [y[rows] for rows in parts],
        tasks_parts=None if tasks is None else [tasks[rows] for rows in parts],
        sample_weight_parts=None
        if weights is None
        else [weights[rows] for rows in parts],
        **options,
    )
    return expected, found


def assert_same_trees(found: Forest, expected: Forest, rtol: float) -> None:
    for name in ("left", "set", "missing_left"):
        is_inner = expected.nodes["left"] >= 0
        kept = slice(None) if name == "left" else is_inner
        np.testing.assert_array_equal(
            found.nodes[name][kept], expected.nodes[name][kept]
        )
    for name in ("feature", "threshold"):
        # Thresholds of sets of categories mean nothing.
        is_used = is_inner & ((expected.nodes["set"] < 0) | (name == "feature"))
        np.testing.assert_array_equal(
            found.nodes[name][is_used], expected.nodes[name][is_used]
        )
    np.testing.assert_array_equal(found.sets, expected.sets)
    np.testing.assert_array_equal(found.roots, expected.roots)
    np.testing.assert_array_equal(found.columns, expected.columns)
    for one, other in (
        (found.values, expected.values),
        (found.nodes["weight"], expected.nodes["weight"]),
    ):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol)


def assert_same(found: Any, expected: Any, X: Any, tasks: Any, rtol: float) -> None:
    """Compare models; rtol = 0 asks for the same bits."""
    one, other = found._blocks, expected._blocks
    for name in ("shared", "common", "outlier", "own"):
        assert_same_trees(getattr(one, name), getattr(other, name), rtol)
    close = partial(np.testing.assert_allclose, rtol=rtol, atol=rtol)
    for name in ("own_starts", "n_iter_task"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in ("baseline", "intercepts", "theta", "theta_path", "task_loss"):
        close(getattr(one, name), getattr(other, name))
    for scores, wanted in (
        (found.train_score_, expected.train_score_),
        (found.validation_score_, expected.validation_score_),
    ):
        assert scores.keys() == wanted.keys()
        for block, losses in wanted.items():
            close(scores[block], losses)
    for name in ("tasks_", "task_counts_", "feature_names_in_", "classes_"):
        if hasattr(expected, name):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert found.n_features_in_ == expected.n_features_in_
    assert set(vars(found)) == set(vars(expected))
    close(found._raw(X, tasks), expected._raw(X, tasks))


MODELS: dict[str, Any] = {
    "regression": MTGBRegressor(**SMALL, early_stopping=False),
    "outliers": RMTGBRegressor(**SMALL_R, early_stopping=False),
    "stopping": RMTGBRegressor(**SMALL_R, early_stopping=True, n_iter_no_change=3),
    "one after the other": RMTGBRegressor(
        **SMALL_R, early_stopping=False, block2_scheme="gauss_seidel", orient=False
    ),
    "subsample": RMTGBRegressor(**SMALL_R, early_stopping=True, subsample=0.6),
    "columns drawn": MTGBRegressor(**SMALL, early_stopping=False, max_features=0.5),
    "few bins": MTGBRegressor(**SMALL, early_stopping=False, max_bins=7),
    "depth": MTGBRegressor(
        **SMALL, early_stopping=False, max_depth=2, min_samples_leaf=1
    ),
    "monotonic": MTGBRegressor(
        **SMALL, early_stopping=False, monotonic_cst=[1, 0, 0, -1, 0]
    ),
    "interactions": MTGBRegressor(
        **SMALL, early_stopping=False, interaction_cst="pairwise"
    ),
    "balanced": RMTGBRegressor(**SMALL_R, early_stopping=True, task_weight="balanced"),
    "paper": RMTGBRegressor(**{**SMALL_R, **RMTGBRegressor.paper_params()}),
    "absolute": RMTGBRegressor(
        **SMALL_R, loss="absolute_error", early_stopping=False, monotonic_cst=[1] * 5
    ),
    "huber": RMTGBRegressor(**SMALL_R, loss="huber", early_stopping=True),
    "quantile": MTGBRegressor(
        **SMALL, loss="quantile", quantile=0.8, early_stopping=False
    ),
    "poisson": MTGBRegressor(**SMALL, loss="poisson", early_stopping=True),
    "binary": RMTGBClassifier(**SMALL_R, early_stopping=True),
    "three classes": RMTGBClassifier(
        **SMALL_R, early_stopping=True, class_weight="balanced"
    ),
    "vectors": MTGBClassifier(**SMALL, early_stopping=False, leaf_update="gradient"),
}


def target(name: str, y: np.ndarray) -> np.ndarray:
    if name in ("three classes", "vectors"):
        return np.array(["low", "mid", "high"])[np.digitize(y, [0.5, 2.0])]
    if name == "binary":
        return y > 1.0
    return np.abs(y).round() if name == "poisson" else y


QUICK = "regression", "few bins", "depth", "paper", "quantile", "vectors", "poisson"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow])
        for name in MODELS
    ],
)
def test_model_of_parts_is_that_of_all_rows(name: str) -> None:
    X, y, tasks = table(gaps=0.05)
    expected, found = both(MODELS[name], X, target(name, y), tasks)
    assert expected._blocks.own.n_trees or expected._blocks.shared.n_trees
    assert_same(found, expected, X, tasks, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", MODELS)
def test_number_of_parts_does_not_matter(name: str, seed: int) -> None:
    X, y, tasks = table(seed, gaps=0.1 * (seed % 2))
    weights = np.random.default_rng(seed).integers(0, 3, len(y)).astype(float)
    y = target(name, y)
    model = clone(MODELS[name]).set_params(n_iter_shared=8, n_iter_task=7)
    expected, one = both(model, X, y, tasks, weights, n_parts=1)
    assert_same(one, expected, X, tasks, rtol=0.0)
    n_parts = 1 + seed
    expected, found = both(model, X, y, tasks, weights, n_parts=n_parts)
    assert_same(found, expected, X, tasks, rtol=1e-9)


@pytest.mark.parametrize("name", ["regression", "vectors", "poisson"])
def test_one_part_gives_the_same_bits(name: str) -> None:
    X, y, tasks = table()
    expected, found = both(MODELS[name], X, target(name, y), tasks, n_parts=1)
    assert_same(found, expected, X, tasks, rtol=0.0)


def frame(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    X, y, tasks = table(seed, gaps=0.05)
    rng = np.random.default_rng(seed)
    city = rng.choice(["Rome", "Oslo", "Bern", None], size=len(y))
    table_ = pd.DataFrame(X, columns=list("abcde")).assign(
        city=pd.Categorical(city), grade=pd.Categorical(rng.integers(0, 9, len(y)))
    )
    return table_, y + 2.0 * (city == "Rome"), tasks


def test_categories_are_those_of_all_parts() -> None:
    X, y, tasks = frame()
    parts = cuts(tasks, 3)
    X.loc[parts[0], "city"] = "Oslo"
    X.loc[parts[2], "city"] = np.nan
    expected, found = both(MODELS["outliers"], X, y, tasks, parts=parts)
    assert_same(found, expected, X, tasks, rtol=1e-9)
    assert (found._blocks.shared.nodes["set"] >= 0).any()


def test_the_rarest_of_many_categories_are_one() -> None:
    rng = np.random.default_rng(0)
    X, y, tasks = table()
    X = np.tile(X, (6, 1)).astype(object)
    y, tasks = np.tile(y, 6), np.tile(tasks, 6)
    X[:, 2] = (rng.random(len(y)) ** 2 * 400).astype(int).astype(str)
    X[rng.random(len(y)) < 0.1, 2] = None
    y = y + (X[:, 2] == "0")
    model = MTGBRegressor(n_iter_shared=1, n_iter_task=1, categorical_features=[2])
    model.set_params(early_stopping=False, max_leaf_nodes=4)
    expected, found = both(model, X, y, tasks)
    assert expected._reader.encoder.infrequent_categories_[0] is not None
    assert_same(found, expected, X, tasks, rtol=1e-9)
    np.testing.assert_array_equal(
        found._reader.encoder.infrequent_categories_[0],
        expected._reader.encoder.infrequent_categories_[0],
    )


def test_tasks_may_be_a_column() -> None:
    X, y, tasks = frame()
    X["shop"] = np.array(["north", "south", *"ghijkl"])[tasks]
    model = MTGBRegressor(**SMALL, task_feature="shop", early_stopping=False)
    parts = cuts(tasks, 3)
    expected, found = both(model, X, y, None, parts=parts)
    assert_same(found, expected, X, None, rtol=1e-9)
    assert found.task_feature_name_ == "shop"


@pytest.mark.parametrize(
    "early_stopping", [pytest.param(True, marks=pytest.mark.slow), False]
)
def test_tasks_need_not_be_whole_without_trees_of_their_own(
    early_stopping: bool,
) -> None:
    X, y, tasks = table()
    model = RMTGBRegressor(
        **{**SMALL_R, "n_iter_task": 0}, early_stopping=early_stopping
    )
    parts = [np.arange(k, len(y), 3) for k in range(3)]
    expected, found = both(model, X, y, tasks, parts=parts)
    assert_same(found, expected, X, tasks, rtol=1e-9)
    assert found._blocks.intercepts.any()


def test_no_tasks_are_one_in_all_parts() -> None:
    X, y, _ = table()
    parts = np.array_split(np.arange(len(y)), 4)
    with pytest.warns(UserWarning, match="was given no tasks"):
        expected, found = both(
            MTGBRegressor(**{**SMALL, "n_iter_task": 0}), X, y, None, parts=parts
        )
    assert_same(found, expected, X, None, rtol=1e-9)


def test_large_tasks_use_the_bins_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_task_trees, "OWN_BINS", 20)
    X, y, tasks = table()
    expected, found = both(MODELS["poisson"], X, np.abs(y), tasks)
    assert_same(found, expected, X, tasks, rtol=1e-9)


def test_losses_of_tasks_are_those_after_the_cut() -> None:
    X, _, tasks = table()
    y = 0.5 * np.where(tasks % 2, 1, -1) * X[:, 0]
    y += np.random.default_rng(0).normal(size=len(X))
    model = MTGBRegressor(n_iter_shared=1, n_iter_task=5, random_state=0)
    model.set_params(early_stopping=True, validation_fraction=0.3, refit=False)
    model.set_params(learning_rate=0.3, l2_task_regularization=0.0)
    expected, found = both(model, X, y, tasks)
    assert expected.n_iter_task_.max() > 0
    assert expected.n_iter_task_.min() < 5
    assert_same(found, expected, X, tasks, rtol=1e-9)


def test_bins_are_those_of_a_sample_of_all_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_binning, "SAMPLE", 100)
    monkeypatch.setattr(_parted, "MOST_VALUES", 250)  # two columns at a time
    X, y, tasks = table(gaps=0.1)
    weights = np.random.default_rng(0).random(len(y))
    expected, found = both(MODELS["few bins"], X, y, tasks, weights)
    assert_same(found, expected, X, tasks, rtol=1e-9)


def test_rows_and_parts_without_weight_are_left_out() -> None:
    X, y, tasks = table()
    weights = np.ones(len(y))
    weights[::3] = 0.0
    weights[tasks == 2] = 0.0
    parts = [*cuts(tasks, 3), np.arange(0)]
    # Rows without weight may be anywhere.
    parts[0], parts[1] = parts[0][1:], np.append(parts[1], parts[0][0])
    weights[parts[1][-1]] = 0.0
    with pytest.warns(UserWarning, match="All rows of task 2 have weight 0"):
        expected, found = both(MODELS["regression"], X, y, tasks, weights, parts=parts)
    assert_same(found, expected, X, np.where(tasks == 2, 0, tasks), rtol=1e-9)


class Lazy:
    def __init__(self, values: Any) -> None:
        self.values = values

    def compute(self) -> Any:
        return self.values


def test_parts_are_loaded_where_they_are_used() -> None:
    X, y, tasks = table()
    parts = cuts(tasks, 2)
    expected, _ = both(MODELS["regression"], X, y, tasks, parts=parts)
    found = fit_partitions(
        MODELS["regression"],
        [partial(np.take, X, rows, axis=0) for rows in parts],
        [Lazy(y[rows]) for rows in parts],
        tasks_parts=[Lazy(tasks[rows].tolist()) for rows in parts],
    )
    assert_same(found, expected, X, tasks, rtol=1e-9)


def test_float32_of_parts_is_that_of_all_rows() -> None:
    X, y, tasks = table()
    expected, found = both(MODELS["regression"], X.astype(np.float32), y, tasks)
    assert_same(found, expected, X.astype(np.float32), tasks, rtol=1e-9)


@pytest.mark.slow
def test_processes_grow_the_same_model() -> None:
    X, y, tasks = frame()
    with ProcessPoolExecutor(2) as pool:
        expected, found = both(MODELS["stopping"], X, y, tasks, mapper=pool.map)
    assert_same(found, expected, X, tasks, rtol=1e-9)


def test_futures_are_waited_for_and_handed_on() -> None:
    X, y, tasks = table()
    y = np.abs(y)
    with ThreadPoolExecutor(2) as pool:

        def submit(function: Callable, *lists: Any) -> list[Any]:
            def call(*args: Any) -> Any:
                return function(
                    *(a.result() if hasattr(a, "result") else a for a in args)
                )

            return [pool.submit(call, *args) for args in zip(*lists, strict=True)]

        expected, found = both(MODELS["poisson"], X, y, tasks, mapper=submit)
    assert_same(found, expected, X, tasks, rtol=1e-9)


def test_estimator_itself_is_left_alone() -> None:
    X, y, tasks = table()
    model = MTGBRegressor(**SMALL)
    found = fit_partitions(model, [X], [y], tasks_parts=[tasks])
    assert found.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_what_does_not_fit_is_told_with_the_part() -> None:
    X, y, tasks = table()
    parts = cuts(tasks, 3)
    Xs, ys, ts = ([a[rows] for rows in parts] for a in (X, y, tasks))
    model = MTGBRegressor(**SMALL)
    fit = partial(fit_partitions, model, tasks_parts=ts)
    for other in (PerTask(LinearRegression()), LinearRegression()):
        with pytest.raises(TypeError, match=r"is a \w+; expected MTGBRegressor"):
            fit_partitions(other, Xs, ys, tasks_parts=ts)
    with pytest.raises(ValueError, match="3 parts of X and 2 of y"):
        fit(Xs, ys[:2])
    with pytest.raises(ValueError, match="3 parts of X and 2 of tasks"):
        fit_partitions(model, Xs, ys, tasks_parts=ts[:2])
    with pytest.raises(ValueError, match="0 parts of X"):
        fit_partitions(model, [], [])
    with pytest.raises(ValueError, match="0 rows in all parts"):
        fit_partitions(model, [X[:0]], [y[:0]], tasks_parts=[tasks[:0]])
    with pytest.raises(ValueError, match="learning_rate"):
        fit_partitions(MTGBRegressor(learning_rate=-1.0), Xs, ys, tasks_parts=ts)
    with pytest.raises(ValueError, match=r"Part 1 has 4 columns.*part 0 has 5"):
        fit([Xs[0], Xs[1][:, :4], Xs[2]], ys)
    with pytest.raises(ValueError, match=r"Part 2: .*inconsistent numbers"):
        fit(Xs, [*ys[:2], ys[2][1:]])
    with pytest.raises(ValueError, match=r"Part 1: tasks has 1 entries"):
        fit_partitions(model, Xs, ys, tasks_parts=[ts[0], ts[1][:1], ts[2]])
    missing = np.r_[np.nan, ts[1][1:]]
    with pytest.raises(ValueError, match=r"Part 1: .*row 0 is missing"):
        fit_partitions(model, Xs, ys, tasks_parts=[ts[0], missing, ts[2]])
    with pytest.raises(ValueError, match=r"tasks of part 2 are text, .* part 0 are nu"):
        fit_partitions(model, Xs, ys, tasks_parts=[*ts[:2], ts[2].astype(str)])
    with pytest.raises(ValueError, match=r"Part 0: .*NaN"):
        fit(Xs, [np.full(len(ys[0]), np.nan), *ys[1:]])
    with pytest.raises(ValueError, match=r"Part 1: .*infinity"):
        fit([Xs[0], np.full_like(Xs[1], np.inf), Xs[2]], ys)
    weights = [np.ones(len(ys[0])), -np.ones(len(ys[1])), np.ones(len(ys[2]))]
    with pytest.raises(ValueError, match=r"Part 1: .*[Nn]egative"):
        fit(Xs, ys, sample_weight_parts=weights)
    with pytest.raises(ValueError, match="targets that are not negative"):
        fit_partitions(MTGBRegressor(loss="poisson"), Xs, ys, tasks_parts=ts)
    with pytest.raises(ValueError, match=r"Only one of the parts 0 and 2 has tasks"):
        fit_partitions(model, Xs, ys, tasks_parts=[*ts[:2], None])
    with pytest.raises(ValueError, match=r"Part 0: Task ids were given twice"):
        fit_partitions(MTGBRegressor(task_feature=0), Xs, ys, tasks_parts=ts)
    labels = [y > 0.0 for y in ys]
    labels[1] = labels[1].astype(str)
    with pytest.raises(ValueError, match=r"targets of part 1 are text, .* booleans"):
        fit_partitions(MTGBClassifier(), Xs, labels, tasks_parts=ts)
    alike = [np.ones(len(y)) for y in ys]
    with pytest.raises(ValueError, match="one class only"):
        fit_partitions(MTGBClassifier(), Xs, alike, tasks_parts=ts)


def test_columns_of_another_kind_are_told_with_the_part() -> None:
    X, y, tasks = frame()
    parts = cuts(tasks, 2)
    Xs = [X.iloc[rows] for rows in parts]
    Xs[1] = Xs[1].assign(grade=Xs[1]["grade"].astype(float))
    with pytest.raises(
        ValueError, match=r"'grade' holds no categories in part 1 but categories"
    ):
        fit_partitions(
            MTGBRegressor(),
            Xs,
            [y[rows] for rows in parts],
            tasks_parts=[tasks[rows] for rows in parts],
        )


def test_a_task_in_two_parts_is_told() -> None:
    X, y, tasks = table()
    shops = np.array(list("abcdefgh"))[tasks]
    rows = np.flatnonzero(tasks == 4)[-1]
    parts = [np.arange(rows), np.arange(rows, len(y))]
    with pytest.raises(ValueError, match=r"Task 'e' has rows in parts 0 and 1"):
        both(MTGBRegressor(**SMALL), X, y, shops, parts=parts)
