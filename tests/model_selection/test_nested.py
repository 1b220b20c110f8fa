# SPDX-License-Identifier: BSD-3-Clause
"""Scores of searches."""

import matplotlib as mpl
import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    StratifiedKFold,
    cross_validate,
)
from sklearn.neighbors import KNeighborsClassifier

from skx.model_selection import corrected_resampled_ttest, nested_cross_validate

mpl.use("agg")
GRID = {"n_neighbors": [1, 15]}


@pytest.fixture(scope="module")
def data():
    return make_classification(120, flip_y=0.2, random_state=3)


def search(**options):
    return GridSearchCV(KNeighborsClassifier(), GRID, **options)


def test_scores_are_those_of_cross_validate(data):
    X, y = data
    cv = StratifiedKFold(4, shuffle=True, random_state=1)
    found = nested_cross_validate(search(cv=3), X, y, cv=cv, return_estimator=True)
    theirs = cross_validate(search(cv=3), X, y, cv=cv, return_estimator=True)
    np.testing.assert_allclose(found.scores, theirs["test_score"])
    assert found.best_params == [one.best_params_ for one in theirs["estimator"]]
    inner = [one.best_score_ for one in theirs["estimator"]]
    np.testing.assert_allclose(found.inner_scores, inner)
    assert len(found.estimators) == 4
    assert sum(found.choices().values()) == 4


def test_interval_is_that_of_the_corrected_test(data):
    found = nested_cross_validate(search(), *data, random_state=0)
    sizes = [(len(train), len(test)) for train, test in found.splits]
    n_train, n_test = np.transpose(sizes)
    test = corrected_resampled_ttest(
        found.scores, np.zeros(5), n_train=n_train, n_test=n_test
    )
    np.testing.assert_allclose(found.interval, test.interval)


@pytest.mark.slow  # starts processes
def test_same_for_any_number_of_processes(data):
    one, two = (
        nested_cross_validate(search(), *data, n_repeats=2, random_state=5, n_jobs=n)
        for n in (1, 2)
    )
    np.testing.assert_array_equal(one.scores, two.scores)
    assert len(one.scores) == 10
    assert (one.scores[:5] != one.scores[5:]).any()


class Watched(LogisticRegression):
    """Remembers the groups that a fit sees."""

    seen: list = []  # noqa: RUF012

    def fit(self, X, y):
        Watched.seen.append(set(X[:, -1]))
        return super().fit(X, y)


def test_groups_stay_whole_within_and_without(data):
    X, y = data
    groups = np.arange(120) // 4
    X = np.column_stack([X, groups])
    inner = GridSearchCV(Watched(max_iter=1000), {"C": [1]}, cv=GroupKFold(3))
    Watched.seen = []
    found = nested_cross_validate(inner, X, y, groups=groups, cv=3, random_state=0)
    for train, test in found.splits:
        assert not set(groups[train]) & set(groups[test])
    # Of 40 groups two thirds are outer and of these two thirds inner training rows;
    # cut ones would be in more.
    assert sorted({len(seen) for seen in Watched.seen}) == [13, 14, 20]


def test_groups_are_routed(data):
    X, y = data
    groups = np.arange(120) // 4
    with config_context(enable_metadata_routing=True):
        found = nested_cross_validate(
            search(cv=GroupKFold(3)),
            X,
            y,
            params={"groups": groups},
            cv=GroupKFold(3),
        )
    for train, test in found.splits:
        assert not set(groups[train]) & set(groups[test])


def test_inner_folds_that_cut_groups_are_told(data):
    with pytest.warns(UserWarning, match="whose folds cut groups"):
        nested_cross_validate(search(), *data, groups=np.arange(120) // 4, cv=2)


def test_shown_as_text_page_and_frame(data):
    found = nested_cross_validate(search(), *data, random_state=0)
    text = repr(found)
    assert text.startswith("NestedScores: score 0.")
    assert "in the searches themselves" in text
    assert "n_neighbors" in found._repr_html_()
    frame = found.to_frame()
    assert list(frame["param_n_neighbors"]) == [
        chosen["n_neighbors"] for chosen in found.best_params
    ]
    assert list(frame.columns[:4]) == ["n_train", "n_test", "score", "inner_score"]


def test_bad_input_is_refused(data):
    X, y = data
    with pytest.raises(ValueError, match="'search' parameter"):
        nested_cross_validate(KNeighborsClassifier(), X, y)
    with pytest.raises(ValueError, match="one class"):
        nested_cross_validate(search(), X, np.zeros(120))
    with pytest.raises(ValueError, match="callable refit"):
        nested_cross_validate(search(refit=lambda results: 0), X, y)
    with pytest.raises(ValueError, match="cannot be repeated"):
        nested_cross_validate(search(), X, y, cv=KFold(3), n_repeats=2)
    one = [(np.arange(60), np.arange(60, 120))]
    with pytest.raises(ValueError, match="cv makes 1 split"):
        nested_cross_validate(search(), X, y, cv=one)
