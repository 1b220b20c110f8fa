# SPDX-License-Identifier: BSD-3-Clause
"""One choice by several metrics."""

import pickle

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

from skx.model_selection import Desirability, Goal, nested_cross_validate

mpl.use("agg")

GOALS = {"accuracy": Goal(best=0.9, worst=0.5), "n_rules": Goal(best=2, worst=12)}


def results(**metrics):
    n = len(next(iter(metrics.values())))
    found = {f"mean_test_{name}": np.array(v, float) for name, v in metrics.items()}
    return {"params": [{}] * n, "mean_fit_time": np.linspace(1, 2, n)} | found


def test_one_sided_goals_by_hand():
    more = Goal(best=10, worst=0, exponent=2)
    np.testing.assert_allclose(more([-1, 0, 5, 10, 11]), [0, 0, 0.25, 1, 1])
    less = Goal(best=0, worst=10)
    np.testing.assert_allclose(less([-1, 0, 5, 10, 11]), [1, 1, 0.5, 0, 0])


def test_targets_by_hand():
    target = Goal(best=4, worst=(0, 8), exponent=(1, 2))
    np.testing.assert_allclose(
        target([-1, 0, 2, 4, 6, 8, 9]), [0, 0, 0.5, 1, 0.25, 0, 0]
    )
    plateau = Goal(best=(4, 6), worst=(0, 8))
    np.testing.assert_allclose(plateau([2, 4, 5, 6, 7]), [0.5, 1, 1, 1, 0.5])


def test_nothing_is_known_of_nan():
    assert Goal(best=1, worst=0)(np.nan) == 0
    assert Goal(best=1, worst=0)(np.inf) == 1


numbers = st.floats(-1e6, 1e6)


@given(values=st.lists(numbers, min_size=2, max_size=9), best=numbers, worst=numbers)
def test_desirability_is_monotone_and_within_bounds(values, best, worst):
    if abs(best - worst) < 1e-6:
        return
    d = Goal(best=best, worst=worst, exponent=0.7)(sorted(values))
    assert ((d >= 0) & (d <= 1)).all()
    assert (np.diff(d if best > worst else d[::-1]) >= 0).all()


def test_total_is_the_weighted_geometric_mean():
    wanted = Desirability(
        {
            "accuracy": Goal(best=0.9, worst=0.5, weight=3),
            "n_rules": Goal(best=2, worst=12),
        }
    )
    found = wanted.scores(results(accuracy=[0.7, 0.9, 0.5], n_rules=[2, 7, 2]))
    np.testing.assert_allclose(found["accuracy"], [0.5, 1, 0])
    np.testing.assert_allclose(found["n_rules"], [1, 0.5, 1])
    np.testing.assert_allclose(
        found["desirability"], [0.5**0.75, 0.5**0.25, 0], atol=1e-15
    )


def test_ties_go_to_the_first():
    wanted = Desirability(GOALS)
    best = wanted(results(accuracy=[0.6, 0.95, 0.92], n_rules=[2, 2, 1]))
    assert best == 1
    assert isinstance(best, int)


def test_nan_is_not_chosen():
    wanted = Desirability(GOALS)
    assert wanted(results(accuracy=[np.nan, 0.6], n_rules=[2, 8])) == 1
    with pytest.raises(ValueError, match="'accuracy' is NaN for all candidates"):
        wanted(results(accuracy=[np.nan, np.nan], n_rules=[2, 8]))


def test_columns_by_their_names():
    wanted = Desirability(GOALS | {"mean_fit_time": Goal(best=0, worst=2)})
    assert wanted(results(accuracy=[0.9, 0.9], n_rules=[2, 2])) == 0


def test_missing_metrics_are_named_with_those_there_are():
    with pytest.raises(ValueError, match="no metric 'n_rules'; it has accuracy, f1"):
        Desirability(GOALS)(results(accuracy=[0.9], f1=[0.9]))


def test_all_unacceptable_is_told():
    wanted = Desirability(GOALS)
    with pytest.warns(UserWarning, match="none reaches the goal of n_rules"):
        assert wanted(results(accuracy=[0.6, 0.7], n_rules=[20, 30])) == 0
    with pytest.warns(UserWarning, match="the first is chosen. Move"):
        assert wanted(results(accuracy=[0.4, 0.7], n_rules=[5, 30])) == 0


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"best": 1, "worst": 1}, ValueError, "another one than worst"),
        ({"best": (1, 2), "worst": 0}, ValueError, "one number each"),
        ({"best": 1, "worst": 0, "exponent": (1, 2)}, ValueError, "one number each"),
        ({"best": 9, "worst": (0, 8)}, ValueError, "must lie between"),
        ({"best": (5, 3), "worst": (0, 8)}, ValueError, "rising order"),
        ({"best": (1, 2, 3), "worst": (0, 8)}, ValueError, "two of them"),
        ({"best": "high", "worst": 0}, TypeError, "best is 'high'"),
        ({"best": np.inf, "worst": 0}, ValueError, "must be finite"),
        ({"best": 1, "worst": 0, "exponent": 0}, ValueError, "above 0"),
        ({"best": 1, "worst": 0, "weight": -1}, ValueError, "weight is -1"),
        ({"best": 1, "worst": 0, "weight": (1, 1)}, ValueError, "one number"),
    ],
)
def test_goals_that_make_no_sense_are_refused(options, error, match):
    with pytest.raises(error, match=match):
        Goal(**options)


@pytest.mark.parametrize(
    ("goals", "error", "match"),
    [
        ({}, ValueError, "goals is empty"),
        (["accuracy"], TypeError, "must be a dict of goals"),
        ({"accuracy": (0, 1)}, TypeError, r"goals\['accuracy'\] is \(0, 1\)"),
        ({"desirability": Goal(best=1, worst=0)}, TypeError, "not named"),
    ],
)
def test_goals_of_another_kind_are_refused(goals, error, match):
    with pytest.raises(error, match=match):
        Desirability(goals)(results(accuracy=[0.9]))


def test_clones_pickles_and_text():
    wanted = Desirability(GOALS)
    for twin in (clone(wanted), pickle.loads(pickle.dumps(wanted))):
        assert twin.goals == GOALS
    assert repr(Goal(best=1, worst=0)) == (
        "Goal(best=1, worst=0, exponent=1.0, weight=1.0)"
    )
    assert "Goal(best=0.9" in repr(wanted)
    search = GridSearchCV(DecisionTreeClassifier(), {}, refit=wanted)
    assert clone(search).refit.goals == GOALS


def measure(model, X, y):
    return {"accuracy": model.score(X, y), "n_leaves": model.get_n_leaves()}


@pytest.mark.parametrize("kind", [GridSearchCV, RandomizedSearchCV])
def test_search_takes_the_wanted_one(kind):
    X, y = load_breast_cancer(return_X_y=True)
    grid = {"max_leaf_nodes": [2, 3, 4, 16]}
    options = {"n_iter": 4, "random_state": 0} if kind is RandomizedSearchCV else {}
    for worst, leaves in ((5, 2), (1000, 4)):
        wanted = Desirability(
            {
                "accuracy": Goal(best=0.925, worst=0.8),
                "n_leaves": Goal(best=2, worst=worst),
            }
        )
        search = kind(
            DecisionTreeClassifier(random_state=0),
            grid,
            scoring=measure,
            refit=wanted,
            **options,
        ).fit(X, y)
        assert search.best_estimator_.get_n_leaves() == leaves
    found = nested_cross_validate(
        search, X, y, cv=3, scoring="accuracy", random_state=0
    )
    assert found.inner_scores is None


def test_plot_shows_each_metric():
    wanted = Desirability(GOALS | {"f1": Goal(best=0.5, worst=(0, 1))})
    axes = wanted.plot()
    assert [ax.get_xlabel() for ax in axes] == ["accuracy", "n_rules", "f1"]
    axes = wanted.plot(results(accuracy=[0.6, 0.8], n_rules=[2, 8], f1=[0.4, 0.5]))
    assert len(axes[0].lines) == 3
    mpl.pyplot.close("all")
