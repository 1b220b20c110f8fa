# SPDX-License-Identifier: BSD-3-Clause
"""What models make of tasks, and whether tasks gain by sharing."""

import sys
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import log_loss, mean_squared_error, zero_one_loss
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skx._holm import adjust_by_holm
from skx.datasets import make_multitask
from skx.multitask import (
    MTGBClassifier,
    MTGBRegressor,
    PerTask,
    RMTGBRegressor,
    TaskClusterBooster,
    TaskStratifiedKFold,
    task_report,
    task_similarity,
    transfer_report,
)
from skx.multitask._models import Cost

pytestmark = pytest.mark.slow  # whole boosters, of seconds each uncompiled

FEW = {"n_iter_shared": 5, "n_iter_task": 3, "early_stopping": False}


class Fixed(RegressorMixin, BaseEstimator):
    """Predicts a column of X."""

    def __init__(self, column=0):
        self.column = column

    def fit(self, X, y, tasks=None):
        return self

    def predict(self, X, tasks=None):
        return np.asarray(X)[:, self.column]


def small(**options):
    options = {"n_features": 2, "n_samples_per_task": 30, "random_state": 0} | options
    return make_multitask(4, **options)


def given_losses():
    """Rows whose first and second column are off by known amounts."""
    rng = np.random.default_rng(0)
    tasks = np.repeat(["better", "equal", "same", "worse"], 40)
    y = rng.normal(size=160)
    off = np.abs(rng.normal(1.0, 0.3, size=(160, 2)))
    off[:40, 0] *= 0.3
    off[80:120, 0] = off[80:120, 1]
    off[120:, 1] *= 0.3
    return y[:, None] + off, y, tasks, off


def test_verdicts_and_figures_at_given_rows():
    X, y, tasks, off = given_losses()
    found = transfer_report(Fixed(0), X, y, tasks=tasks, generic=Fixed(1), cv="prefit")
    assert found.index.tolist() == ["worse", "equal", "better", "same"]
    assert found["verdict"].to_dict() == {
        "worse": "harmed",
        "equal": "undecided",
        "same": "undecided",
        "better": "helped",
    }
    raw = {}
    for name in np.unique(tasks):
        here = tasks == name
        assert found.loc[name, "n"] == 40
        own, other = off[here].T ** 2
        assert found.loc[name, "loss"] == pytest.approx(own.mean())
        assert found.loc[name, "loss_generic"] == pytest.approx(other.mean())
        assert found.loc[name, "gain"] == pytest.approx((other - own).mean(), abs=1e-12)
        raw[name] = 1.0
        if name != "same":
            raw[name] = stats.ttest_rel(other, own).pvalue
            assert found.loc[name, "std_error"] == pytest.approx(stats.sem(other - own))
    for name, p in closed_test(raw).items():
        assert found.loc[name, "p_value"] == pytest.approx(p)


def closed_test(raw):
    """Holm's p-values as those of the closed test that tests unions by Bonferroni."""
    out = {}
    for name in raw:
        sets = [
            (name, *rest)
            for size in range(len(raw))
            for rest in combinations([n for n in raw if n != name], size)
        ]
        out[name] = max(min(1.0, len(s) * min(raw[n] for n in s)) for s in sets)
    return out


def test_holm_is_the_closed_test():
    rng = np.random.default_rng(0)
    for n in (1, 2, 5, 6):
        p = rng.uniform(size=n) ** 3
        p[n // 2] = p[0]
        expected = closed_test(dict(enumerate(p)))
        np.testing.assert_allclose(adjust_by_holm(p), list(expected.values()))
    missing = adjust_by_holm(np.array([0.01, np.nan, 0.04]))
    np.testing.assert_allclose(missing, [0.02, np.nan, 0.04])


def test_equal_differences_are_tested_by_their_signs():
    X, y = np.column_stack([np.zeros(7), np.ones(7)]), np.zeros(7)
    tasks = ["many"] * 5 + ["pair"] * 2
    found = transfer_report(Fixed(0), X, y, tasks=tasks, generic=Fixed(1), cv="prefit")
    assert found.loc["many", "p_value"] == pytest.approx(2 * 2 * 0.5**5)
    assert found.loc["pair", "p_value"] == pytest.approx(0.5)
    alone = transfer_report(
        Fixed(0), X, y, tasks=["many"] * 6 + ["one"], generic=Fixed(1), cv="prefit"
    )
    assert np.isnan(alone.loc["one", "p_value"])
    assert alone.loc["one", "verdict"] == "undecided"


def test_wrong_verdicts_are_as_rare_as_alpha_says():
    rng = np.random.default_rng(0)
    tasks = np.repeat(np.arange(8), 25)
    wrong = 0
    for _ in range(100):
        X = rng.normal(size=(200, 2))
        found = transfer_report(
            Fixed(0),
            X,
            np.zeros(200),
            tasks=tasks,
            generic=Fixed(1),
            cv="prefit",
            loss="absolute_error",
            alpha=0.2,
        )
        wrong += bool((found["verdict"] != "undecided").any())
    # Expected are at most 20; 34 or more have a probability of one in a thousand.
    assert 2 <= wrong <= 33


def test_cross_validation_by_brute_force():
    X, y, tasks = small(noise=0.2)
    model = MTGBRegressor(**FEW)
    found = transfer_report(
        model, X, y, tasks=tasks, personal=PerTask(Ridge()), cv=3, random_state=1
    )
    folds = TaskStratifiedKFold(3, shuffle=True, random_state=1)
    said = np.empty((3, len(y)))
    one = np.zeros(len(y), dtype=int)
    for a, b in folds.split(X, groups=tasks):
        model.fit(X[a], y[a], tasks=tasks[a])
        said[0, b] = model.predict(X[b], tasks=tasks[b])
        model.fit(X[a], y[a], tasks=one[a])
        said[1, b] = model.predict(X[b], tasks=one[b])
        own = PerTask(Ridge()).fit(X[a], y[a], tasks=tasks[a])
        said[2, b] = own.predict(X[b], tasks=tasks[b])
    for t in range(4):
        here = tasks == t
        losses = [mean_squared_error(y[here], row[here]) for row in said]
        columns = ["loss", "loss_generic", "loss_personal"]
        np.testing.assert_allclose(found.loc[t, columns].astype(float), losses)
        assert found.loc[t, "gain"] == pytest.approx(losses[1] - losses[0])
        assert found.loc[t, "gain_personal"] == pytest.approx(losses[2] - losses[0])
    assert {"verdict_personal", "p_value_personal", "std_error_personal"} < set(found)


@pytest.mark.parametrize("inner", [PerTask, TaskClusterBooster])
def test_generic_model_of_meta_estimators_is_the_estimator_in_them(inner):
    X, y, tasks = small()
    seed = {} if inner is PerTask else {"random_state": 0}
    found = transfer_report(
        inner(Ridge(), **seed), X, y, tasks=tasks, cv=3, random_state=0
    )
    same = transfer_report(
        inner(Ridge(), **seed),
        X,
        y,
        tasks=tasks,
        generic=Ridge(),
        cv=3,
        random_state=0,
    )
    pd.testing.assert_frame_equal(found, same)


def test_ids_in_a_column_are_hidden_from_models_that_know_none():
    X, y, tasks = small()
    wide = pd.DataFrame({"a": X[:, 0], "t": tasks, "b": X[:, 1]})
    expected = transfer_report(
        MTGBRegressor(**FEW), X, y, tasks=tasks, personal=Ridge(), cv=3, random_state=0
    )
    found = transfer_report(
        MTGBRegressor(**FEW, task_feature="t"),
        wide,
        y,
        personal=Ridge(),
        cv=3,
        random_state=0,
    )
    pd.testing.assert_frame_equal(found, expected)


def test_any_pipeline_and_any_splitter():
    X, y, tasks = small()
    wide = pd.DataFrame({"a": X[:, 0], "t": tasks, "b": X[:, 1]})
    encoded = make_column_transformer((OneHotEncoder(), ["t"]), remainder="passthrough")
    model = make_pipeline(encoded, Ridge())
    found = transfer_report(
        model, wide, y, tasks=tasks, generic=Ridge(), cv=KFold(3, shuffle=True)
    )
    assert found["n"].tolist() == [30] * 4
    part = ShuffleSplit(1, test_size=0.25, random_state=0)
    few = transfer_report(model, wide, y, tasks=tasks, generic=Ridge(), cv=part)
    assert few["n"].sum() == 30
    with pytest.raises(ValueError, match="cannot tell Pipeline that there is one task"):
        transfer_report(model, wide, y, tasks=tasks)


def test_classes_and_losses():
    X, y, tasks = small(kind="classification")
    labels = np.array(["no", "yes"])[y]
    model = PerTask(LogisticRegression()).fit(X, labels, tasks=tasks)
    dull = DummyClassifier().fit(X, labels)
    options = {"tasks": tasks, "generic": dull, "cv": "prefit"}

    def losses(loss):
        found = transfer_report(model, X, labels, loss=loss, **options)
        return found.sort_index()["loss"].tolist()

    proba = model.predict_proba(X, tasks=tasks)
    said = model.predict(X, tasks=tasks)
    expected = {"log_loss": [], "zero_one": [], "brier": []}
    for t in range(4):
        here = tasks == t
        expected["log_loss"].append(log_loss(labels[here], proba[here]))
        expected["zero_one"].append(zero_one_loss(labels[here], said[here]))
        expected["brier"].append(2.0 * np.mean((proba[here, 1] - y[here]) ** 2))
    for loss, values in expected.items():
        np.testing.assert_allclose(losses(loss), values)
    assert losses("auto") == losses("brier")
    assert losses(lambda y, said: y != said) == losses("zero_one")


def test_a_class_that_a_model_has_not_seen_has_probability_zero():
    y = np.array(["a", "b", "c"])
    said = np.array([[0.8, 0.2], [0.5, 0.5], [0.4, 0.6]])
    classes = np.array(["a", "b"])
    whole = np.column_stack([said, np.zeros(3)])
    brier = ((whole - np.eye(3)) ** 2).sum(axis=1)
    np.testing.assert_allclose(Cost("brier")(y, said, classes), brier)
    logs = Cost("log_loss")(y, said, classes)
    np.testing.assert_allclose(logs[:2], -np.log([0.8, 0.5]))
    assert 30.0 < logs[2] < 40.0


def test_transfer_report_of_outliers():
    X, y, tasks = make_multitask(
        5, n_outlier_tasks=1, n_features=2, n_samples_per_task=100, random_state=0
    )
    found = transfer_report(
        PerTask(LinearRegression()), X, y, tasks=tasks, random_state=0, n_jobs=1
    )
    assert found.index[-1] == 4
    assert found.loc[4, "verdict"] == "helped"
    again = transfer_report(
        PerTask(LinearRegression()), X, y, tasks=tasks, random_state=0, n_jobs=2
    )
    pd.testing.assert_frame_equal(found, again)


def test_transfer_report_refuses():
    X, y, tasks = small()
    model = PerTask(Ridge())
    with pytest.raises(ValueError, match="transfer_report needs the task of each row"):
        transfer_report(model, X, y)
    with pytest.raises(ValueError, match="cv='prefit' needs generic=, a fitted model"):
        transfer_report(model, X, y, tasks=tasks, cv="prefit")
    with pytest.raises(ValueError, match="Task ids were given twice"):
        transfer_report(PerTask(Ridge(), task_feature=0), X, y, tasks=tasks)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        transfer_report(model, X, y[1:], tasks=tasks)
    with pytest.raises(ValueError, match="'alpha' parameter"):
        transfer_report(model, X, y, tasks=tasks, alpha=1.5)


def outlier_model(X, y, tasks):
    model = RMTGBRegressor(n_iter_outlier=4, **FEW)
    return model.fit(X, y, tasks=tasks)


def test_task_report_tells_what_blocks_do():
    X, y, tasks = small()
    model = outlier_model(X, y, tasks)
    found = task_report(model, X, y, tasks=tasks)
    blocks = model.predict_blocks(X, tasks=tasks)
    raw = blocks["baseline"] + blocks["shared"]
    steps = {
        "loss_shared": raw,
        "loss_outlier": raw + blocks["outlier"] + blocks["non_outlier"],
        "loss": model.predict(X, tasks=tasks),
    }
    for name, said in steps.items():
        expected = [
            mean_squared_error(y[tasks == t], said[tasks == t]) for t in range(4)
        ]
        np.testing.assert_allclose(found[name], expected)
    assert found["outlier_score"].tolist() == model.outlier_score_.tolist()
    assert found["n_iter_task"].tolist() == model.n_iter_task_.tolist()
    assert found["n"].tolist() == [30] * 4
    alike = task_similarity(model, X)
    np.fill_diagonal(alike, -2.0)
    assert found["nearest"].tolist() == alike.argmax(axis=1).tolist()
    assert found["similarity"].tolist() == alike.max(axis=1).tolist()
    marked = np.array(["outlier" in remark for remark in found["remark"]])
    assert (marked == (model.outlier_score_ >= 0.5)).all()


def test_task_report_without_rows_of_every_task():
    X, y, tasks = small()
    model = outlier_model(X, y, tasks)
    assert list(task_report(model)) == ["n", "outlier_score", "n_iter_task", "remark"]
    some = tasks != 2
    others = np.where(tasks == 1, 99, tasks)
    found = task_report(model, X[some], y[some], tasks=others[some])
    assert found["loss"].isna().tolist() == [False, True, True, False]
    with pytest.raises(ValueError, match="No row belongs to a task that the estimator"):
        task_report(model, X, y, tasks=tasks + 50)
    with pytest.raises(ValueError, match="y was given without X"):
        task_report(model, y=y)


def test_task_report_of_other_models():
    X, y, tasks = small(kind="classification")
    model = MTGBClassifier(**FEW).fit(X, y, tasks=tasks)
    found = task_report(model, X, y, tasks=tasks, loss="log_loss")
    proba = model.predict_proba(X, tasks=tasks)
    expected = [log_loss(y[tasks == t], proba[tasks == t]) for t in range(4)]
    np.testing.assert_allclose(found["loss"], expected)
    assert (found["loss_shared"] > found["loss"]).all()
    hard = task_report(model, X, y, tasks=tasks, loss="zero_one")
    wrong = (model.predict(X, tasks=tasks) != y).astype(float)
    np.testing.assert_allclose(
        hard["loss"], [wrong[tasks == t].mean() for t in range(4)]
    )
    clusters = TaskClusterBooster(LogisticRegression(), n_clusters=2, random_state=0)
    found = task_report(clusters.fit(X, y, tasks=tasks))
    assert found["cluster"].tolist() == clusters.cluster_labels_.tolist()


def test_task_report_of_counts():
    X, y, tasks = small()
    counts = np.random.default_rng(0).poisson(np.exp(y))
    model = MTGBRegressor("poisson", **FEW).fit(X, counts, tasks=tasks)
    found = task_report(model, X, counts, tasks=tasks)
    blocks = model.predict_blocks(X, tasks=tasks)
    first = np.exp(blocks["baseline"] + blocks["shared"])
    here = tasks == 3
    assert found.loc[3, "loss_shared"] == pytest.approx(
        mean_squared_error(counts[here], first[here])
    )


def test_noisy_tasks_are_marked():
    rng = np.random.default_rng(0)
    tasks = np.repeat(np.arange(8), 50)
    X = rng.normal(size=(400, 1))
    noise = np.where(tasks == 3, 3.0, 1.0)
    y = X[:, 0] + noise * rng.normal(size=400)
    model = PerTask(LinearRegression()).fit(X, y, tasks=tasks)
    found = task_report(model, X, y, tasks=tasks)
    assert found.index[found["remark"] == "noisy"].tolist() == [3]


def test_reports_name_the_extra_without_pandas(monkeypatch):
    X, y, tasks = small()
    model = PerTask(Ridge()).fit(X, y, tasks=tasks)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="task_report needs pandas"):
        task_report(model)
    with pytest.raises(ImportError, match="transfer_report needs pandas"):
        transfer_report(model, X, y, tasks=tasks)
