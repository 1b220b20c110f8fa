# SPDX-License-Identifier: BSD-3-Clause
"""Clusters of tasks: errors and distances by brute force, the tree by scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import LinearSVC

from skx.datasets import make_multitask
from skx.multitask import MTGBRegressor, TaskClusterBooster, TaskStratifiedKFold
from skx.multitask._similarity import task_distance


def lines(seed=0, n=20, noise=0.1):
    """Six tasks of two kinds, whose slopes are 1 and -1."""
    rng = np.random.default_rng(seed)
    tasks = np.repeat(list("uvwxyz"), n)
    X = rng.normal(size=(len(tasks), 1))
    slope = np.where(np.isin(tasks, ["v", "x", "z"]), -1.0, 1.0)
    y = slope * X[:, 0] + noise * rng.normal(size=len(tasks))
    order = rng.permutation(len(tasks))
    return X[order], y[order], tasks[order]


KINDS = [0, 1, 0, 1, 0, 1]


def test_kinds_of_tasks_are_found_and_numbered_by_their_first_task():
    X, y, tasks = lines()
    model = TaskClusterBooster(Ridge(), random_state=0).fit(X, y, tasks=tasks)
    assert model.cluster_labels_.tolist() == KINDS
    assert model.n_clusters_ == len(model.estimators_) == 2
    expected = np.empty(len(y))
    for members in (["u", "w", "y"], ["v", "x", "z"]):
        here = np.isin(tasks, members)
        expected[here] = Ridge().fit(X[here], y[here]).predict(X[here])
    np.testing.assert_allclose(model.predict(X, tasks=tasks), expected)


def test_cross_errors_distances_and_scores_by_brute_force():
    X, y, tasks = lines(n=7)
    weight = np.random.default_rng(1).uniform(0.5, 2.0, len(y))
    model = TaskClusterBooster(LinearRegression(), n_splits=4, random_state=3)
    model.fit(X, y, tasks=tasks, sample_weight=weight)
    ids = "uvwxyz"
    folds = TaskStratifiedKFold(4, shuffle=True, random_state=3)
    folds = list(folds.split(X, groups=tasks))

    def error(of, learned):
        """Weighted mean loss at held-out rows of tasks, by a model of others."""
        total = sums = 0.0
        for train, test in folds:
            train = train[np.isin(tasks[train], learned)]
            test = test[np.isin(tasks[test], of)]
            fitted = LinearRegression().fit(X[train], y[train], weight[train])
            sums += weight[test] @ (fitted.predict(X[test]) - y[test]) ** 2
            total += weight[test].sum()
        return sums / total

    E = np.array([[error([t], [u]) for u in ids] for t in ids])
    np.testing.assert_allclose(model.cross_error_, E, rtol=1e-10)
    spread = []
    for t in ids:
        here = tasks == t
        mean = np.average(y[here], weights=weight[here])
        spread.append(np.average((y[here] - mean) ** 2, weights=weight[here]))
    scale = [(7 * s + 10 * np.median(spread)) / 17 for s in spread]
    for a in range(6):
        for b in range(6):
            there = max(0.0, E[a, b] - E[a, a]) / scale[a]
            back = max(0.0, E[b, a] - E[b, b]) / scale[b]
            assert model.task_distance_[a, b] == pytest.approx((there + back) / 2)
    assert sorted(model.cluster_scores_) == [1, 2, 3, 4, 5, 6]
    whole = weight.sum()
    for k, score in model.cluster_scores_.items():
        labels = AgglomerativeClustering(
            k, metric="precomputed", linkage="average"
        ).fit_predict(model.task_distance_)
        sums = 0.0
        for c in range(k):
            members = [t for t, label in zip(ids, labels, strict=True) if label == c]
            sums += error(members, members) * weight[np.isin(tasks, members)].sum()
        assert score == pytest.approx(sums / whole)


@pytest.mark.parametrize("linkage", ["average", "complete", "single"])
@pytest.mark.parametrize("n_clusters", [1, 3, 8])
def test_clusters_are_those_of_scikit_learn(linkage, n_clusters):
    X, y, tasks = make_multitask(
        8, n_features=2, n_samples_per_task=15, noise=0.3, random_state=0
    )
    model = TaskClusterBooster(
        KNeighborsRegressor(2), n_clusters=n_clusters, linkage=linkage, random_state=0
    ).fit(X, y, tasks=tasks)
    expected = AgglomerativeClustering(
        n_clusters, metric="precomputed", linkage=linkage
    ).fit_predict(model.task_distance_)
    assert adjusted_rand_score(expected, model.cluster_labels_) == 1.0
    assert model.n_clusters_ == n_clusters
    assert model.cluster_scores_ == {}


def test_auto_can_choose_one_cluster_and_one_for_each_task():
    rng = np.random.default_rng(0)
    tasks = np.repeat(np.arange(4), 30)
    X = rng.normal(size=(120, 3))
    same = X @ [1.0, 2.0, 3.0] + rng.normal(size=120)
    model = TaskClusterBooster(LinearRegression(), random_state=0)
    assert model.fit(X, same, tasks=tasks).n_clusters_ == 1
    slopes = rng.normal(size=(4, 3))
    own = (X * slopes[tasks]).sum(axis=1) + 0.01 * rng.normal(size=120)
    assert model.fit(X, own, tasks=tasks).n_clusters_ == 4


def test_many_tasks_are_tried_in_few_numbers():
    X, y, tasks = make_multitask(
        20, n_features=1, n_samples_per_task=6, scenario="related", random_state=0
    )
    model = TaskClusterBooster(Ridge(), random_state=0).fit(X, y, tasks=tasks)
    assert len(model.cluster_scores_) <= 12
    assert {1, 20} <= set(model.cluster_scores_)


def test_unit_of_the_target_does_not_matter():
    X, y, tasks = lines()
    one, two = (
        TaskClusterBooster(LinearRegression(), random_state=0).fit(
            X, scale * y + 5.0, tasks=tasks
        )
        for scale in (1.0, 1000.0)
    )
    np.testing.assert_allclose(one.task_distance_, two.task_distance_, atol=1e-8)


def test_distances_by_hand():
    error = np.array([[1.0, 5.0, np.nan], [4.0, 2.0, 3.0], [np.nan, 7.0, np.nan]])
    found = task_distance(error, np.array([2.0, 2.0, 2.0]), np.array([30, 10, 1]))
    # Row 0 by model 1: (5 - 1) / 2 counts 10; row 1 by model 0: (4 - 2) / 2 counts 30.
    assert found[0, 1] == pytest.approx((10 * 2.0 + 30 * 1.0) / 40)
    # Row 1 by model 2: (3 - 2) / 2 counts 1; row 2 has no model of its own, and the
    # best other one, 7, is the only one: 0 counts 10.
    assert found[1, 2] == pytest.approx((1 * 0.5 + 10 * 0.0) / 11)
    assert found[0, 2] == found.max()
    assert (found == found.T).all()
    mixed = task_distance(error, np.array([6.0, 2.0, 2.0]), np.array([30, 10, 1]))
    assert mixed[0, 1] == pytest.approx((10 * 4.0 / 5.0 + 30 * 1.0) / 40)


def test_tiny_tasks_do_not_stop_the_fit():
    X, y, tasks = lines()
    X = np.vstack([X, [[2.0], [1.0], [0.5]]])
    y = np.append(y, [2.0, -1.0, -0.5])
    tasks = np.append(tasks, ["like u", "like v", "like v"])
    model = TaskClusterBooster(Ridge(), n_clusters=2, random_state=0)
    model.fit(X, y, tasks=tasks)
    labels = dict(zip(model.tasks_, model.cluster_labels_, strict=True))
    assert labels["like u"] == labels["u"]
    assert labels["like v"] == labels["v"] != labels["u"]
    assert np.isnan(model.cross_error_[0, 0])
    auto = TaskClusterBooster(Ridge(), random_state=0).fit(X, y, tasks=tasks)
    assert np.isfinite(list(auto.cluster_scores_.values())).all()


def test_classes():
    X, y, tasks = lines()
    labels = np.where(y > 0.0, "high", "low")
    model = TaskClusterBooster(LogisticRegression(), random_state=0)
    model.fit(X, labels, tasks=tasks)
    assert model.cluster_labels_.tolist() == KINDS
    proba = model.predict_proba(X, tasks=tasks)
    assert proba.shape == (120, 2)
    assert model.score(X, labels, tasks=tasks) > 0.9
    hard = TaskClusterBooster(LinearSVC(), random_state=0)
    assert hard.fit(X, labels, tasks=tasks).cluster_labels_.tolist() == KINDS


def test_column_of_ids_in_a_frame():
    X, y, tasks = lines()
    frame = pd.DataFrame({"x": X[:, 0], "sensor": tasks})
    model = TaskClusterBooster(Ridge(), task_feature="sensor", random_state=0)
    model.fit(frame, y)
    other = TaskClusterBooster(Ridge(), random_state=0).fit(X, y, tasks=tasks)
    assert model.cluster_labels_.tolist() == KINDS
    np.testing.assert_allclose(model.predict(frame), other.predict(X, tasks=tasks))


def test_boosters_of_tasks_are_told_the_tasks_of_their_cluster():
    X, y, tasks = lines()
    booster = MTGBRegressor(n_iter_shared=5, n_iter_task=3, early_stopping=False)
    model = TaskClusterBooster(booster, n_clusters=2, random_state=0)
    model.fit(X, y, tasks=tasks)
    assert [e.tasks_.tolist() for e in model.estimators_] == [
        ["u", "w", "y"],
        ["v", "x", "z"],
    ]
    here = np.isin(tasks, ["v", "x", "z"])
    alone = MTGBRegressor(n_iter_shared=5, n_iter_task=3, early_stopping=False)
    alone.fit(X[here], y[here], tasks=tasks[here])
    np.testing.assert_array_equal(
        model.predict(X, tasks=tasks)[here], alone.predict(X[here], tasks=tasks[here])
    )


def test_number_of_jobs_does_not_matter():
    X, y, tasks = lines(n=6)
    one, two = (
        TaskClusterBooster(Ridge(), n_jobs=n, random_state=0).fit(X, y, tasks=tasks)
        for n in (None, 2)
    )
    np.testing.assert_array_equal(one.cross_error_, two.cross_error_)
    assert one.cluster_scores_ == two.cluster_scores_


def test_new_tasks_and_bad_input():
    X, y, tasks = lines()
    model = TaskClusterBooster(Ridge(), random_state=0).fit(X, y, tasks=tasks)
    with pytest.warns(UserWarning, match="they are predicted by the fallback"):
        found = model.predict(X[:2], tasks=["new", "new"])
    np.testing.assert_allclose(found, Ridge().fit(X, y).predict(X[:2]))
    with pytest.raises(ValueError, match="n_clusters=7 but there are 6 tasks"):
        TaskClusterBooster(Ridge(), n_clusters=7).fit(X, y, tasks=tasks)
    with pytest.raises(ValueError, match="'linkage' parameter"):
        TaskClusterBooster(Ridge(), linkage="ward").fit(X, y, tasks=tasks)
    with pytest.warns(UserWarning, match="TaskClusterBooster was given no tasks"):
        alone = TaskClusterBooster(Ridge()).fit(X, y)
    assert alone.cluster_labels_.tolist() == [0]


def test_verbose_tells_what_is_fitted_and_chosen(capsys):
    X, y, tasks = lines()
    quiet = TaskClusterBooster(Ridge(), random_state=0).fit(X, y, tasks=tasks)
    assert capsys.readouterr().out == ""
    told = TaskClusterBooster(Ridge(), random_state=0, verbose=1)
    told.fit(X, y, tasks=tasks)
    told_lines = capsys.readouterr().out.splitlines()
    assert told_lines[0] == "[TaskClusterBooster] 3 models for each of 6 tasks"
    assert "3 models for each of 11 clusters" in told_lines[1]
    assert told_lines[2].startswith("[TaskClusterBooster] 2 clusters, by losses")
    assert f" 2: {told.cluster_scores_[2]:.4g}, 3: " in told_lines[2]
    assert len(told_lines) == 3
    assert quiet.cluster_scores_ == told.cluster_scores_
