# SPDX-License-Identifier: BSD-3-Clause
"""Similarity of tasks, and the two figures."""

import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsRegressor

from skx.datasets import make_multitask
from skx.multitask import (
    MTGBRegressor,
    OutlierTaskDisplay,
    PerTask,
    RMTGBRegressor,
    TaskClusterBooster,
    TaskSimilarityDisplay,
    task_similarity,
)

pytestmark = pytest.mark.slow  # whole boosters, of seconds each uncompiled

plt = pytest.importorskip("matplotlib.pyplot")
plt.switch_backend("agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def small(**options):
    options = {"n_features": 2, "n_samples_per_task": 30, "random_state": 0} | options
    return make_multitask(5, **options)


def outlier_model(X, y, tasks):
    model = RMTGBRegressor(
        n_iter_shared=5, n_iter_outlier=5, n_iter_task=2, early_stopping=False
    )
    return model.fit(X, y, tasks=tasks)


def test_functions_by_brute_force():
    X, y, tasks = small()
    model = PerTask(KNeighborsRegressor(3)).fit(X, y, tasks=tasks)
    curves = [
        KNeighborsRegressor(3).fit(X[tasks == t], y[tasks == t]).predict(X)
        for t in range(5)
    ]
    np.testing.assert_allclose(task_similarity(model, X), np.corrcoef(curves))


def test_functions_of_boosters_leave_out_what_is_shared():
    X, y, tasks = small()
    model = outlier_model(X, y, tasks)
    curves = []
    for t in range(5):
        as_t = np.full(len(y), t)
        blocks = model.predict_blocks(X, tasks=as_t)
        curves.append(model.predict(X, tasks=as_t) - blocks["shared"])
    found = task_similarity(model, X)
    np.testing.assert_allclose(found, np.corrcoef(curves), atol=1e-12)
    assert (found == found.T).all()


def test_rows_may_be_of_any_task_and_order():
    X, y, tasks = small()
    model = PerTask(KNeighborsRegressor(3)).fit(X, y, tasks=tasks)
    np.testing.assert_allclose(
        task_similarity(model, X[::-1]), task_similarity(model, X)
    )
    few = task_similarity(model, X, max_samples=20, random_state=0)
    assert (few != task_similarity(model, X)).any()
    again = task_similarity(model, X, max_samples=20, random_state=0)
    np.testing.assert_array_equal(few, again)


@pytest.mark.parametrize("container", ["numpy", "pandas", "polars"])
@pytest.mark.parametrize("method", ["functions", "cross_error"])
def test_ids_in_a_column(container, method):
    X, y, tasks = small()
    expected = task_similarity(
        PerTask(LinearRegression()).fit(X, y, tasks=tasks),
        X,
        y,
        tasks=tasks,
        method=method,
        random_state=0,
    )
    wide, column = np.column_stack([tasks, X]), 0
    if container != "numpy":
        library = pd if container == "pandas" else pl
        wide = library.DataFrame({"t": tasks, "a": X[:, 0], "b": X[:, 1]})
        column = "t"
    before = wide.copy() if container != "polars" else wide.clone()
    model = PerTask(LinearRegression(), task_feature=column).fit(wide, y)
    found = task_similarity(model, wide, y, method=method, random_state=0)
    np.testing.assert_allclose(found, expected, atol=1e-10)
    assert np.asarray(wide == before).all()


def test_constant_functions_are_alike():
    X, y, tasks = small()
    model = PerTask(DummyRegressor()).fit(X, y, tasks=tasks)
    np.testing.assert_array_equal(task_similarity(model, X), np.ones((5, 5)))
    model._models[2] = LinearRegression().fit(X, y)
    expected = np.ones((5, 5))
    expected[2, [0, 1, 3, 4]] = expected[[0, 1, 3, 4], 2] = 0.0
    np.testing.assert_array_equal(task_similarity(model, X), expected)


def test_cross_error_is_that_of_the_clusters():
    X, y, tasks = small(noise=0.3)
    model = TaskClusterBooster(LinearRegression(), random_state=0)
    distance = model.fit(X, y, tasks=tasks).task_distance_
    found = task_similarity(
        PerTask(LinearRegression()),
        X,
        y,
        tasks=tasks,
        method="cross_error",
        random_state=0,
    )
    np.testing.assert_allclose(found, np.exp(-distance))


def test_classifiers():
    X, y, tasks = small(kind="classification")
    model = PerTask(LogisticRegression()).fit(X, y, tasks=tasks)
    curves = [model.predict_proba(X, tasks=np.full(len(y), t))[:, 1] for t in range(5)]
    np.testing.assert_allclose(task_similarity(model, X), np.corrcoef(curves))
    crossed = task_similarity(
        model, X, y, tasks=tasks, method="cross_error", random_state=0
    )
    assert crossed.shape == (5, 5)
    assert (np.diagonal(crossed) == 1.0).all()


def test_bad_input():
    X, y, tasks = small()
    model = PerTask(LinearRegression()).fit(X, y, tasks=tasks)
    with pytest.raises(ValueError, match="method='cross_error' needs y"):
        task_similarity(model, X, method="cross_error")
    with pytest.raises(ValueError, match="needs the task of each row: pass tasks="):
        task_similarity(model, X, y, method="cross_error")
    with pytest.raises(ValueError, match="'method' parameter"):
        task_similarity(model, X, method="other")


def test_outlier_display_draws_every_task():
    X, y, tasks = small(n_samples_per_task=[10, 20, 30, 40, 50])
    model = outlier_model(X, y, tasks)
    display = OutlierTaskDisplay.from_estimator(model)
    left, right = display.axes_
    (dots,) = left.collections
    shown = dots.get_offsets()[:, 0]
    np.testing.assert_allclose(shown, np.sort(model.outlier_score_))
    order = np.argsort(model.outlier_score_, kind="stable")
    names = [label.get_text() for label in left.get_yticklabels()]
    assert names == [str(t) for t in order]
    np.testing.assert_allclose(
        dots.get_sizes() / dots.get_sizes().max(), model.task_counts_[order] / 50
    )
    paths = [line.get_ydata() for line in right.lines[:-1]]
    np.testing.assert_allclose([path[-1] for path in paths], np.asarray(shown))
    assert len(paths[0]) == len(model.theta_path_)
    assert display.figure_ is left.figure
    _, axes = plt.subplots(1, 2)
    assert OutlierTaskDisplay.from_estimator(model, axes=axes).axes_[0] is axes[0]


def test_outlier_display_refuses_what_it_cannot_draw():
    X, y, tasks = small()
    plain = MTGBRegressor(n_iter_shared=1, n_iter_task=1).fit(X, y, tasks=tasks)
    with pytest.raises(
        ValueError, match="MTGBRegressor has no outlier scores; give an"
    ):
        OutlierTaskDisplay.from_estimator(plain)
    model = outlier_model(X, y, tasks)
    with pytest.raises(ValueError, match=r"axes has shape \(\); give two axes"):
        OutlierTaskDisplay.from_estimator(model, axes=plt.gca())


def test_similarity_display_puts_groups_together():
    kind = np.array([0, 1, 0, 1, 0, 1])
    similarity = np.where(kind[:, None] == kind, 0.9, -0.5)
    np.fill_diagonal(similarity, 1.0)
    display = TaskSimilarityDisplay(similarity=similarity, tasks=list("abcdef")).plot()
    assert (np.diff(kind[display.order_]) != 0).sum() == 1
    np.testing.assert_array_equal(
        display.image_.get_array(), similarity[np.ix_(display.order_, display.order_)]
    )
    names = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert names == ["abcdef"[t] for t in display.order_]
    with pytest.raises(
        ValueError, match=r"similarity has shape \(5, 6\); give a squar"
    ):
        TaskSimilarityDisplay(similarity=similarity[:5]).plot()


def test_similarity_display_from_an_estimator():
    X, y, tasks = small()
    model = PerTask(LinearRegression()).fit(X, y, tasks=tasks)
    ax = plt.gca()
    display = TaskSimilarityDisplay.from_estimator(model, X, ax=ax)
    np.testing.assert_array_equal(display.similarity, task_similarity(model, X))
    assert display.ax_ is ax
    few = tasks < 3
    with pytest.raises(
        ValueError, match="X holds 3 tasks but the estimator was fitted"
    ):
        TaskSimilarityDisplay.from_estimator(
            model, X[few], y[few], tasks=tasks[few], method="cross_error"
        )


def test_many_tasks_are_not_named():
    similarity = np.eye(50)
    display = TaskSimilarityDisplay(similarity=similarity).plot()
    assert display.ax_.get_yticklabels() == []
    assert sorted(display.order_) == list(range(50))


def test_figures_name_the_extra_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    display = TaskSimilarityDisplay(similarity=np.eye(2))
    with pytest.raises(
        ImportError, match=r"TaskSimilarityDisplay\.plot needs matplotlib"
    ):
        display.plot()
