# SPDX-License-Identifier: BSD-3-Clause
"""What is refused, and what the message says."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skx.multitask import (
    MTGBClassifier,
    MTGBRegressor,
    OutlierTaskDisplay,
    PerTask,
    RMTGBClassifier,
    RMTGBRegressor,
    TaskSimilarityDisplay,
    task_report,
    task_similarity,
)

rng = np.random.default_rng(0)
X, Y, TASKS = rng.normal(size=(40, 3)), rng.normal(size=40), np.repeat([3, 5], 20)
WITH_IDS = np.column_stack([X, TASKS])


def small(cls: type = RMTGBRegressor, **params: Any) -> Any:
    model = cls(n_iter_shared=2, n_iter_task=2, random_state=0)
    if hasattr(model, "n_iter_outlier"):
        model.set_params(n_iter_outlier=2)
    return model.set_params(**params)


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        (TASKS[:-1], "tasks has 39 entries but X has 40 rows"),
        (TASKS[:, None], r"tasks must be one-dimensional.*\(40, 1\)"),
        (np.where(np.arange(40) == 7, np.nan, TASKS), "task id of row 7 is missing"),
        ([None, *TASKS[1:]], "task id of row 0 is missing"),
        (TASKS + 0.5, r"tasks holds 3.5; ids must be strings or whole.*passthrough"),
        (np.where(TASKS == 3, np.inf, TASKS), "tasks holds inf"),
        (["a", *TASKS[1:]], "tasks mixes ids of types int, str"),
        ([True, *TASKS[1:]], "tasks mixes ids of types bool, int"),
        (np.full(40, np.datetime64("2020-01-01")), "tasks holds dates"),
        ([b"x"] * 40, "tasks holds b'x' of type bytes"),
    ],
)
def test_bad_ids_are_refused(tasks: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small().fit(X, Y, tasks)


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        (TASKS.astype(float), [3, 5]),
        (TASKS.astype(np.uint8), [3, 5]),
        (TASKS == 3, [False, True]),
        ((TASKS == 3).astype(object), [False, True]),
        (np.where(TASKS == 3, "b", "a"), ["a", "b"]),
        (np.where(TASKS == 3, "b", "a").astype(object), ["a", "b"]),
        (TASKS.tolist(), [3, 5]),
        ([2**63 + int(t) for t in TASKS], [2**63 + 3, 2**63 + 5]),
        ([2**63 if t == 3 else 1 for t in TASKS], [1, 2**63]),
        ([2**80 + int(t) for t in TASKS], [2**80 + 3, 2**80 + 5]),
    ],
)
def test_ids_of_many_types_are_taken(tasks: Any, expected: list) -> None:
    model = small().fit(X, Y, tasks)
    assert model.tasks_.tolist() == expected
    assert model.task_counts_.tolist() == [20, 20]
    np.testing.assert_array_equal(
        model.predict(X, tasks)[:1], model.predict(X[:1], tasks[:1])
    )


def test_ids_that_only_look_alike_are_unseen() -> None:
    model = small().fit(X, Y, np.repeat([0, 1], 20))
    with pytest.warns(UserWarning, match="40 rows .* not seen: False, True"):
        model.predict(X, np.repeat([False, True], 20))
    with pytest.warns(UserWarning, match="not seen: '0', '1'"):
        model.predict(X, np.repeat(["0", "1"], 20))


def test_ids_are_given_once() -> None:
    model = small(task_feature=3)
    with pytest.raises(ValueError, match=r"given twice: as tasks= .* task_feature=3"):
        model.fit(WITH_IDS, Y, TASKS)
    model.fit(WITH_IDS, Y)
    with pytest.raises(ValueError, match="given twice"):
        model.predict(WITH_IDS, TASKS)


def test_ids_are_given_to_fit_and_predict_or_to_neither() -> None:
    model = small().fit(X, Y, TASKS)
    with pytest.raises(ValueError, match=r"pass the task of each row as tasks= here"):
        model.predict(X)
    with pytest.warns(UserWarning, match="was given no tasks: all rows are taken for"):
        model.fit(X, Y)
    assert not model.n_iter_task_.any()
    assert model.n_iter_outlier_ == 0
    with pytest.raises(ValueError, match="was fitted without tasks"):
        model.predict(X, TASKS)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"task_feature": 4}, "task_feature=4 but X has 4 columns"),
        ({"task_feature": -5}, "task_feature=-5 but X has 4 columns"),
        ({"task_feature": "shop"}, "task_feature='shop' is no column of X"),
        ({"categorical_features": [9]}, "categorical_features=9 but X has 4"),
        ({"categorical_features": [True]}, r"mask of shape \(1,\) but X has 4"),
        ({"monotonic_cst": [1, 0, 0, 1]}, "not defined for the column of the task"),
        (
            {"monotonic_cst": [1, 0, 0, 0], "categorical_features": [0]},
            "monotonic_cst is not defined for categorical columns",
        ),
        ({"interaction_cst": [[0, 3]]}, "interaction_cst names column 3"),
        ({"task_weight": {7: 1.0}}, "task_weight names the task 7, which no row"),
        ({"task_weight": {3: 0.0}}, "task_weight of task 3 must be positive"),
        ({"task_weight": {3: np.inf}}, "task_weight of task 3 must be positive"),
        ({"theta_init": [0.1]}, r"theta_init has shape \(1,\) but there are 2 tasks"),
        ({"theta_init": [0.1, np.nan]}, "theta_init must be finite"),
        ({"theta_init": [0.1, 0.1]}, "theta_init is 0.1 for every task"),
        ({"loss": "quantile"}, "loss='quantile' needs quantile="),
        (
            {"n_iter_shared": 0, "n_iter_outlier": 0, "n_iter_task": 0},
            "Nothing to grow",
        ),
    ],
    ids=str,
)
def test_parameters_that_do_not_fit_are_refused(params: dict, message: str) -> None:
    model = small(task_feature=3).set_params(**params)
    with pytest.raises(ValueError, match=message):
        model.fit(WITH_IDS, Y)


def test_without_tasks_the_shared_block_is_all_there_is() -> None:
    model = small(n_iter_shared=0)
    with (
        pytest.warns(UserWarning, match="was given no tasks"),
        pytest.raises(ValueError, match=r"Nothing to grow.*there are no tasks"),
    ):
        model.fit(X, Y)


@pytest.mark.parametrize("cls", [MTGBRegressor, RMTGBRegressor])
def test_bad_targets_of_regressors_are_refused(cls: type) -> None:
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match=r"Input y contains"):
            small(cls).fit(X, np.where(np.arange(40) == 3, bad, Y), TASKS)
    model = small(cls, loss="poisson")
    with pytest.raises(
        ValueError, match=r"not negative and whose sum.*least of y is -"
    ):
        model.fit(X, Y, TASKS)
    with pytest.raises(ValueError, match=r"its sum 0\.0"):
        model.fit(X, np.zeros(40), TASKS)


@pytest.mark.parametrize("cls", [MTGBClassifier, RMTGBClassifier])
def test_bad_targets_of_classifiers_are_refused(cls: type) -> None:
    with pytest.raises(ValueError, match="y holds one class only"):
        small(cls).fit(X, np.ones(40, dtype=int), TASKS)
    with pytest.raises(ValueError, match="Unknown label type"):
        small(cls).fit(X, Y, TASKS)
    model = small(cls, monotonic_cst=[1, 0, 0])
    with pytest.raises(ValueError, match="not defined for more than two classes"):
        model.fit(X, np.arange(40) % 3, TASKS)


def test_bad_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="Negative values in data"):
        small().fit(X, Y, TASKS, sample_weight=np.full(40, -1.0))
    with pytest.raises(ValueError, match=r"zero"):
        small().fit(X, Y, TASKS, sample_weight=np.zeros(40))
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(39,\)"):
        small().fit(X, Y, TASKS, sample_weight=np.ones(39))


def test_a_task_without_weight_is_dropped() -> None:
    tasks = np.repeat([3, 4, 5], [10, 10, 20])
    weights = np.where(tasks == 4, 0.0, 1.0)
    model = small()
    with pytest.warns(UserWarning, match="All rows of task 4 have weight 0"):
        model.fit(X, Y, tasks, sample_weight=weights)
    assert model.tasks_.tolist() == [3, 5]
    kept = tasks != 4
    alone = small().fit(X[kept], Y[kept], tasks[kept])
    np.testing.assert_array_equal(
        model.predict(X[kept], tasks[kept]), alone.predict(X[kept], tasks[kept])
    )
    with pytest.warns(UserWarning, match="10 rows .* not seen: 4"):
        model.predict(X, tasks)


def test_tables_that_are_none_are_refused() -> None:
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        small().fit(sparse.csr_array(X), Y, TASKS)
    with pytest.raises(ValueError, match="contains infinity"):
        small().fit(np.where(X > 1.0, np.inf, X), Y, TASKS)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        small().fit(X, Y[:-1], TASKS)
    model = small().fit(X, Y, TASKS)
    with pytest.raises(ValueError, match="X has 2 features, but RMTGBRegressor is"):
        model.predict(X[:, :2], TASKS)
    with pytest.raises(ValueError, match="contains infinity"):
        model.predict(np.full_like(X, np.inf), TASKS)


def test_only_the_ids_in_a_table_leave_nothing_to_learn_from() -> None:
    with pytest.raises(ValueError, match="X has no column but that of the tasks"):
        small(task_feature=0).fit(TASKS[:, None], Y)


# Frames, labels and ids as they come from files


@pytest.mark.parametrize("cls", [RMTGBRegressor, MTGBRegressor])
def test_dates_are_refused(cls: type) -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    times = pd.date_range("2025-01-01", periods=40)
    for sent in (times, times - times[0], times.to_period("M")):
        with pytest.raises(ValueError, match=r"'sent' has dtype .*, but trees split"):
            small(cls).fit(frame.assign(sent=sent), Y, TASKS)
    dates = pl.DataFrame(X).with_columns(sent=pl.Series(times).dt.date())
    with pytest.raises(ValueError, match=r"'sent' has dtype Date, but trees split"):
        small(cls).fit(dates, Y, TASKS)


@pytest.mark.parametrize("model", [small(), PerTask(Ridge())])
def test_lazy_frames_are_refused(model: Any) -> None:
    with pytest.raises(TypeError, match=r"LazyFrame and holds no rows yet; pass X\."):
        model.fit(pl.DataFrame(X).lazy(), Y, TASKS)


@pytest.mark.parametrize(
    "model", [small(RMTGBClassifier), PerTask(LogisticRegression())]
)
def test_labels_that_are_missing_are_refused(model: Any) -> None:
    labels = np.where(Y > 0, "yes", "no").astype(object)
    for gap in (None, np.nan, pd.NA):
        labels[3] = gap
        with pytest.raises(ValueError, match="y holds missing values; leave those"):
            model.fit(X, labels, TASKS)


def test_one_class_is_named_as_it_is() -> None:
    with pytest.raises(ValueError, match="one class only, 'no'; a classifier needs"):
        small(RMTGBClassifier).fit(X, ["no"] * 40, TASKS)


@pytest.mark.parametrize("model", [small(), PerTask(Ridge())])
def test_ids_of_another_type_are_told(model: Any) -> None:
    model.fit(X, Y, TASKS)
    match = "not seen: '3', '5'; .* which has seen 3, not '3'"
    with pytest.warns(UserWarning, match=match):
        model.predict(X, TASKS.astype(str))
    with pytest.warns(UserWarning, match="not seen: 4; ") as caught:
        model.predict(X[:1], [4])
    assert "of the type" not in str(caught[0].message)


def test_cross_validation_without_routing_says_how() -> None:
    with pytest.warns(UserWarning, match=r"Scoring failed[\s\S]*task_feature=, need"):
        cross_val_score(small(), X, Y, params={"tasks": TASKS}, cv=2)


def test_reports_want_the_model_itself() -> None:
    pipe = make_pipeline(StandardScaler(), small(task_feature=3))
    pipe[0].set_params(with_mean=False, with_std=False)
    pipe.fit(WITH_IDS, Y)
    for read in (
        lambda model: task_report(model),
        lambda model: task_similarity(model, WITH_IDS),
        lambda model: OutlierTaskDisplay.from_estimator(model),
        lambda model: TaskSimilarityDisplay.from_estimator(model, WITH_IDS),
    ):
        with pytest.raises(TypeError, match=r"and Pipeline is none.* step, model\[-1"):
            read(pipe)
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            read(small())
    assert len(task_report(pipe[-1], pipe[:-1].transform(WITH_IDS))) == 2
