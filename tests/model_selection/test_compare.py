# SPDX-License-Identifier: BSD-3-Clause
"""Estimators on the same splits."""

import json
import pickle
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline as make_resampling_pipeline
from imblearn.under_sampling import RandomUnderSampler
from scipy import sparse, stats
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, make_scorer, mean_absolute_error
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skx.model_selection import (
    cochrans_q_test,
    combined_ftest_5x2cv,
    compare_estimators,
    compare_on_datasets,
    corrected_resampled_ttest,
    holm_correction,
    mcnemar_test,
)
from skx.multitask import MTGBRegressor, TaskStratifiedKFold
from skx.proportions import BagKFold, ProportionLogisticRegression, bag_target
from skx.resampling import SMOTE, ResampledClassifier

mpl.use("agg")
MODELS = {
    "bayes": GaussianNB(),
    "near": NearestCentroid(),
    "logistic": LogisticRegression(),
}
PAIR = {name: MODELS[name] for name in ("bayes", "near")}


@pytest.fixture(scope="module")
def data():
    return make_classification(150, flip_y=0.15, random_state=7)


class Watched(ClassifierMixin, BaseEstimator):
    """Predicts the most frequent class, and checks what it is given."""

    def __init__(self, weighted=False, n_rows=None):
        self.weighted = weighted
        self.n_rows = n_rows

    def fit(self, X, y, sample_weight=None, *, bags=None):
        assert self.n_rows is None or len(X) == self.n_rows
        assert (sample_weight is not None) == self.weighted
        if sample_weight is not None:
            np.testing.assert_array_equal(sample_weight, X[:, -1])
        if bags is not None:
            np.testing.assert_array_equal(bags, X[:, -2])
            self.bags_ = set(bags)
        self.classes_, counts = np.unique(y, return_counts=True)
        self.top_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X):
        if hasattr(self, "bags_"):
            assert not self.bags_ & set(X[:, -2])
        return np.full(len(X), self.top_)


def test_scores_are_those_of_scikit_learn(data):
    X, y = data
    cv = StratifiedKFold(5, shuffle=True, random_state=2)
    found = compare_estimators(MODELS, X, y, cv=cv, scoring="balanced_accuracy")
    for name, model in MODELS.items():
        theirs = cross_val_score(model, X, y, cv=cv, scoring="balanced_accuracy")
        np.testing.assert_allclose(found.scores[name], theirs)
    test = found.tests[0]
    alone = corrected_resampled_ttest(
        found.scores["bayes"], found.scores["near"], n_train=120, n_test=30
    )
    assert (test.first, test.second) == ("bayes", "near")
    assert test[2:6] == (
        alone.difference,
        alone.interval,
        alone.statistic,
        alone.p_value,
    )
    p = [one.p_value for one in found.tests]
    np.testing.assert_allclose([one.p_holm for one in found.tests], holm_correction(p))
    assert found.score_name == "balanced_accuracy"


def test_pairs_are_all_or_those_with_the_reference(data):
    found = compare_estimators(MODELS, *data, cv=3, random_state=0)
    assert [test[:2] for test in found.tests] == [
        ("bayes", "near"),
        ("bayes", "logistic"),
        ("near", "logistic"),
    ]
    found = compare_estimators(MODELS, *data, cv=3, random_state=0, reference="near")
    assert [test[:2] for test in found.tests] == [
        ("bayes", "near"),
        ("logistic", "near"),
    ]


def test_default_folds_are_shuffled_and_stratified(data):
    X, y = data
    found = compare_estimators(PAIR, X, y, random_state=0)
    assert len(found.splits) == 10
    assert found.splits[0][1].tolist() != list(range(15))
    shares = [y[test].mean() for _, test in found.splits]
    assert np.ptp(shares) < 0.1
    again = compare_estimators(PAIR, X, y, random_state=0)
    other = compare_estimators(PAIR, X, y, random_state=1)
    assert found.tests == again.tests
    assert found.tests != other.tests


@pytest.mark.slow  # starts processes
@pytest.mark.parametrize("test", ["corrected_t", "5x2cv_f", "mcnemar", "cochran_q"])
def test_same_for_any_number_of_processes(data, test):
    one, two = (
        compare_estimators(MODELS, *data, test=test, random_state=3, n_jobs=n)
        for n in (1, 2)
    )
    assert one.tests == two.tests
    for name in MODELS:
        np.testing.assert_array_equal(one.scores[name], two.scores[name])


def test_repeats_are_other_folds_and_count_in_the_test(data):
    found = compare_estimators(PAIR, *data, cv=5, n_repeats=4, random_state=0)
    assert len(found.splits) == 20
    tests = {tuple(rows) for _, rows in found.splits}
    assert len(tests) == 20
    same = compare_estimators(
        PAIR, *data, cv=StratifiedKFold(5, shuffle=True), n_repeats=4, random_state=0
    )
    np.testing.assert_array_equal(found.scores["near"], same.scores["near"])
    theirs = compare_estimators(
        PAIR, *data, cv=RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0)
    )
    assert len(theirs.splits) == 20


def test_5x2_draws_halves(data):
    found = compare_estimators(PAIR, *data, test="5x2cv_f", random_state=0)
    assert len(found.splits) == 10
    for k in range(0, 10, 2):
        (train, test), (other_train, other_test) = found.splits[k : k + 2]
        np.testing.assert_array_equal(train, other_test)
        np.testing.assert_array_equal(test, other_train)
    alone = combined_ftest_5x2cv(found.scores["bayes"], found.scores["near"])
    assert found.tests[0].p_value == alone.p_value
    same = compare_estimators(
        PAIR,
        *data,
        test="5x2cv_f",
        cv=StratifiedKFold(2, shuffle=True),
        random_state=0,
    )
    assert same.tests == found.tests


def test_rows_are_tested_by_what_is_right(data):
    X, y = data
    found = compare_estimators(MODELS, X, y, test="cochran_q", cv=5, random_state=1)
    rows = np.concatenate([test for _, test in found.splits])
    predictions = {}
    for name, model in MODELS.items():
        predictions[name] = np.concatenate(
            [model.fit(X[a], y[a]).predict(X[b]) for a, b in found.splits]
        )
        np.testing.assert_array_equal(found.hits[name], predictions[name] == y[rows])
    q = cochrans_q_test(y[rows], list(predictions.values()))
    assert found.omnibus == q
    pair = mcnemar_test(y[rows], predictions["bayes"], predictions["near"])
    assert found.tests[0].p_value == pair.p_value
    assert found.tests[0].statistic == pair.statistic
    gap = found.scores["bayes"].mean() - found.scores["near"].mean()
    assert found.tests[0].difference == pytest.approx(gap)
    one = StratifiedShuffleSplit(1, test_size=50, random_state=0)
    found = compare_estimators(PAIR, X, y, test="mcnemar", cv=one)
    assert len(found.hits["near"]) == 50
    assert found.omnibus is None


@pytest.mark.parametrize("test", ["mcnemar", "cochran_q"])
def test_rows_are_by_default_those_of_one_half(data, test):
    X, y = data
    found = compare_estimators(MODELS, X, y, test=test, random_state=0)
    ((train, half),) = found.splits
    assert sorted([*train, *half]) == list(range(150))
    assert len(half) == 75
    assert y[half].mean() == pytest.approx(y.mean(), abs=0.02)
    every = compare_estimators(MODELS, X, y, test=test, cv=2, random_state=0)
    np.testing.assert_array_equal(every.hits["near"][:75], found.hits["near"])
    assert "1 split" in repr(found)
    groups = np.arange(150) // 10
    found = compare_estimators(MODELS, X, y, test=test, groups=groups)
    ((train, half),) = found.splits
    assert not set(groups[train]) & set(groups[half])


def test_equal_estimators_do_not_differ(data):
    models = {"one": GaussianNB(), "two": GaussianNB()}
    for test in ("corrected_t", "5x2cv_f", "mcnemar", "cochran_q"):
        found = compare_estimators(models, *data, test=test, random_state=0)
        assert found.tests[0].p_value == 1
        assert found.tests[0].difference == 0


def test_regressors_searches_and_pipelines():
    X, y = make_regression(100, 5, noise=20, random_state=0)
    models = {
        "plain": LinearRegression(),
        "chosen": GridSearchCV(Ridge(), {"alpha": [1, 100]}, cv=3),
        "scaled": make_pipeline(StandardScaler(), Ridge(100)),
    }
    loss = make_scorer(mean_absolute_error, greater_is_better=False)
    found = compare_estimators(models, X, y, cv=5, scoring=loss, random_state=0)
    assert found.score_name == "mean_absolute_error"
    assert all((scores < 0).all() for scores in found.scores.values())
    assert found.tests[1].difference > 0  # shrunken too much


def test_resamplers_see_training_rows_alone():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 3)), np.arange(100) % 5 == 0
    models = {
        "under": make_resampling_pipeline(
            RandomUnderSampler(random_state=0), Watched(n_rows=32)
        ),
        "over": ResampledClassifier(
            GaussianNB(), sampler=SMOTE(k_neighbors=3), random_state=0
        ),
    }
    for test in ("corrected_t", "mcnemar"):
        found = compare_estimators(models, X, y, cv=5, test=test, random_state=0)
        assert all(len(rows) == 20 for _, rows in found.splits)
    assert len(found.hits["over"]) == 100


def weighted_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    X[:, -2] = np.arange(80) // 4
    X[:, -1] = rng.uniform(1, 2, 80)
    return X, rng.integers(0, 2, 80)


def test_params_reach_fits_row_by_row():
    X, y = weighted_rows()
    models = {"a": Watched(weighted=True), "b": Watched(weighted=True)}
    params = {"sample_weight": X[:, -1], "bags": X[:, -2]}
    for test in ("corrected_t", "mcnemar"):
        # Folds keep the bags whole, as the estimators check.
        compare_estimators(models, X, y, cv=4, test=test, params=params)


def test_params_are_routed_to_those_who_ask():
    X, y = weighted_rows()
    weights, bags = X[:, -1], X[:, -2]
    seen: list[np.ndarray] = []

    def share(truth, prediction, sample_weight=None):
        seen.append(sample_weight)
        return 0.5 + 0.1 * truth.mean()

    with config_context(enable_metadata_routing=True):
        models = {
            "a": Watched(weighted=True).set_fit_request(sample_weight=True, bags=True),
            "b": Watched().set_fit_request(sample_weight=False, bags=False),
        }
        found = compare_estimators(
            models,
            X,
            y,
            cv=GroupKFold(4).set_split_request(groups="bags"),
            params={"sample_weight": weights, "bags": bags},
            scoring=make_scorer(share).set_score_request(sample_weight=True),
        )
        _, test = found.splits[0]
        np.testing.assert_array_equal(seen[0], weights[test])
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            compare_estimators(
                PAIR, X, y, scoring="accuracy", params={"sample_weight": weights}
            )
        with pytest.raises(TypeError, match="unexpected argument"):
            compare_estimators(PAIR, X, y, params={"tasks": bags})
        with pytest.raises(ValueError, match="groups cannot be passed"):
            compare_estimators(PAIR, X, y, groups=bags)
        found = compare_estimators(PAIR, X, y, cv=4, params={"groups": bags})
    for train, test in found.splits:
        assert not set(bags[train]) & set(bags[test])


def test_groups_stay_whole(data):
    X, y = data
    groups = np.random.default_rng(0).permutation(150) // 5
    for test in ("corrected_t", "5x2cv_f", "mcnemar"):
        found = compare_estimators(PAIR, X, y, test=test, groups=groups, random_state=0)
        for train, rows in found.splits:
            assert not set(groups[train]) & set(groups[rows])
    found = compare_estimators(
        PAIR, X, y, cv=GroupKFold(5, shuffle=True), n_repeats=3, groups=groups
    )
    assert len(found.splits) == 15


def test_learners_of_proportions():
    rng = np.random.default_rng(0)
    X, bags = rng.normal(size=(200, 3)), np.arange(200) // 5
    y = bag_target(bags, y=X[:, 0] + 0.3 * rng.normal(size=200) > 0)
    models = {
        "loose": ProportionLogisticRegression(),
        "tight": ProportionLogisticRegression(alpha=10.0),
    }
    own = compare_estimators(models, X, y, cv=5, random_state=0)
    theirs = compare_estimators(models, X, y, cv=BagKFold(5))
    for found in (own, theirs):
        assert found.tests[0].difference > 0
        for train, test in found.splits:
            assert not set(bags[train]) & set(bags[test])
    with pytest.raises(ValueError, match="scoring='roc_auc' compares with labels of"):
        compare_estimators(models, X, y, cv=5, scoring="roc_auc")


def test_learners_of_tasks():
    rng = np.random.default_rng(0)
    X, tasks = rng.normal(size=(120, 3)), np.arange(120) % 3
    y = X[:, 0] * (1 - 2 * (tasks == 2)) + 0.1 * rng.normal(size=120)
    options: dict[str, Any] = {"n_iter_shared": 5, "n_iter_task": 5}
    with config_context(enable_metadata_routing=True):
        model = MTGBRegressor(**options)
        model.set_fit_request(tasks=True).set_score_request(tasks=True)
        found = compare_estimators(
            {"tasks": model, "none": LinearRegression()},
            X,
            y,
            cv=TaskStratifiedKFold(3).set_split_request(groups="tasks"),
            params={"tasks": tasks},
        )
    assert len(found.splits) == 3


class ByTask(ClassifierMixin, BaseEstimator):
    """Predicts the most frequent class of each task, the first column of X."""

    def fit(self, X, y, *, tasks):
        np.testing.assert_array_equal(tasks, X[:, 0])
        self.classes_ = np.unique(y)
        self.top_ = {
            task: np.bincount(y[tasks == task]).argmax() for task in np.unique(tasks)
        }
        return self

    def predict(self, X, *, tasks):
        np.testing.assert_array_equal(tasks, X[:, 0])
        return np.array([self.top_[task] for task in tasks])


def test_predictions_of_tests_of_rows_are_routed():
    rng = np.random.default_rng(0)
    tasks = np.arange(90) % 3
    X = np.column_stack([tasks, rng.normal(size=90)])
    y = np.where(rng.uniform(size=90) < 0.1, 1, 0) ^ (tasks == 1)
    with config_context(enable_metadata_routing=True):
        model = ByTask().set_fit_request(tasks=True).set_predict_request(tasks=True)
        found = compare_estimators(
            {"tasks": model, "one": LogisticRegression(C=1e-9)},
            X,
            y,
            test="mcnemar",
            cv=TaskStratifiedKFold(3, shuffle=True, random_state=0).set_split_request(
                groups="tasks"
            ),
            params={"tasks": tasks},
        )
    assert found.tests[0].difference > 0.1
    assert found.tests[0].p_value < 0.05


def test_containers_of_all_kinds(data):
    X, y = data
    expected = compare_estimators(PAIR, X, y, cv=3, random_state=0).tests
    frame = pd.DataFrame(X).add_prefix("x")
    found = compare_estimators(PAIR, frame, pd.Series(y), cv=3, random_state=0)
    assert found.tests == expected
    names = np.array(["no", "yes"])[y]
    found = compare_estimators(
        PAIR, X.tolist(), names.tolist(), cv=3, test="mcnemar", random_state=0
    )
    assert len(found.hits["near"]) == 150
    models = {"near": NearestCentroid(), "logistic": LogisticRegression()}
    compare_estimators(models, sparse.csr_array(X), y, cv=3)
    kernel = {"one": SVC(kernel="precomputed"), "two": SVC(kernel="precomputed", C=9)}
    linear = {"one": SVC(kernel="linear"), "two": SVC(kernel="linear", C=9)}
    precomputed = compare_estimators(kernel, X @ X.T, y, cv=3, random_state=0)
    same = compare_estimators(linear, X, y, cv=3, random_state=0)
    np.testing.assert_array_equal(precomputed.scores["one"], same.scores["one"])


def test_shown_as_text_page_and_frames(data):
    found = compare_estimators(MODELS, *data, test="cochran_q", cv=10, random_state=0)
    text = repr(found)
    assert text.startswith("EstimatorComparison: accuracy on 10 splits, Cochran's Q")
    assert "bayes - near" in text
    assert f" {found.tests[0].statistic:.0f} " in text  # rows, not 12.000
    assert "All estimators at once: Q = " in text
    html = compare_estimators({"<a>": GaussianNB(), "b": GaussianNB()}, *data)
    assert "&lt;a&gt; - b" in html._repr_html_()
    pairs = found.to_frame()
    assert list(pairs["first"]) == ["bayes", "bayes", "near"]
    np.testing.assert_allclose(pairs["low"], [test.interval[0] for test in found.tests])
    by_name = found.to_frame("estimator")
    assert by_name["mean"].is_monotonic_decreasing
    rows = found.to_frame("split")
    assert len(rows) == 30
    assert (rows["n_train"] + rows["n_test"] == 150).all()
    with pytest.raises(ValueError, match="by is 'fold'"):
        found.to_frame("fold")
    twin = pickle.loads(pickle.dumps(found))
    assert twin.tests == found.tests


def test_no_interval_is_shown_as_none(data):
    found = compare_estimators(PAIR, *data, test="5x2cv_f", random_state=0)
    found.tests[0] = found.tests[0]._replace(interval=None)
    assert " -  " in repr(found).splitlines()[-1]
    assert np.isnan(found.to_frame()["low"][0])
    found.plot()
    mpl.pyplot.close("all")


def test_plot_shows_pairs(data):
    found = compare_estimators(MODELS, *data, cv=4, random_state=0).plot()
    labels = [label.get_text() for label in found.ax_.get_yticklabels()]
    assert labels == ["bayes - near", "bayes - logistic", "near - logistic"]
    assert found.ax_.get_xlabel() == "difference in score"
    figure, ax = mpl.pyplot.subplots()
    assert found.plot(ax=ax).figure_ is figure
    mpl.pyplot.close("all")


def test_progress_is_told(data, capsys):
    compare_estimators(PAIR, *data, cv=3, verbose=1, random_state=0)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("bayes, split 1 of 3: score 0.")


class Broken(GaussianNB):
    def fit(self, X, y):
        raise RuntimeError("no fit today")


class Columns(GaussianNB):
    def predict(self, X):
        return super().predict(X)[:, np.newaxis]


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"estimators": {"a": GaussianNB()}}, ValueError, "estimators holds 1"),
        ({"estimators": {"a": GaussianNB(), "b": 3}}, TypeError, "no estimator"),
        ({"estimators": {"a": GaussianNB(), 2: GaussianNB()}}, TypeError, "name 2"),
        ({"estimators": {"a": GaussianNB, "b": GaussianNB()}}, TypeError, "instance"),
        ({"estimators": [GaussianNB()]}, ValueError, "'estimators' parameter"),
        ({"y": np.zeros(150)}, ValueError, "y holds one class, 0.0"),
        ({"y": np.zeros(9)}, ValueError, "inconsistent numbers of samples"),
        ({"test": "t"}, ValueError, "'test' parameter"),
        ({"reference": "c"}, ValueError, "reference='c' is none of"),
        ({"test": "mcnemar", "scoring": "f1"}, ValueError, "leave scoring out"),
        ({"test": "mcnemar", "y": np.linspace(0, 1, 150)}, ValueError, "one class"),
        ({"test": "mcnemar", "n_repeats": 3}, ValueError, "predicts every row once"),
        ({"test": "mcnemar", "cv": ShuffleSplit(5)}, ValueError, "test row"),
        ({"test": "5x2cv_f", "n_repeats": 3}, ValueError, "has 5 repeats"),
        ({"test": "5x2cv_f", "cv": 5}, ValueError, "makes 25 splits"),
        ({"test": "5x2cv_f", "cv": KFold(2)}, ValueError, "cannot be repeated"),
        ({"test": "5x2cv_f", "cv": ShuffleSplit(10)}, ValueError, "needs halves"),
        ({"cv": KFold(3), "n_repeats": 2}, ValueError, "cannot be repeated"),
        ({"cv": ShuffleSplit(1)}, ValueError, "makes 1 split"),
        ({"cv": [([0, 1], [1, 2])] * 2}, ValueError, "trains on 1 of its test rows"),
        ({"cv": [([0, 1], [])] * 2}, ValueError, "has 2 training and 0 test rows"),
        ({"cv": LeaveOneOut(), "scoring": "r2"}, ValueError, "scoring gave nan"),
        ({"scoring": lambda *rows: {"a": 1}}, ValueError, "it must give a number"),
        ({"confidence_level": 1.0}, ValueError, "'confidence_level' parameter"),
        ({"random_state": "zero"}, ValueError, "'random_state' parameter"),
        ({"params": [1]}, ValueError, "'params' parameter"),
    ],
)
@pytest.mark.filterwarnings("ignore:R\\^2 score is not well-defined")
def test_bad_input_is_refused(data, options, error, match):
    arguments = {"estimators": PAIR, "X": data[0], "y": data[1]} | options
    with pytest.raises(error, match=match):
        compare_estimators(**arguments)


def test_errors_say_whose_they_are(data):
    models = {"good": GaussianNB(), "bad": Broken()}
    with pytest.raises(RuntimeError, match="no fit today") as caught:
        compare_estimators(models, *data, cv=3)
    assert caught.value.__notes__ == ["This came from estimator bad, split 1 of 3."]
    with pytest.raises(ValueError, match="for rows of shape"):
        compare_estimators(
            {"a": GaussianNB(), "b": Columns()}, *data, test="mcnemar", cv=3
        )


def tables(n):
    return {
        f"table {k}": make_classification(60, flip_y=0.2, random_state=k)
        for k in range(n)
    }


def test_datasets_are_adjusted_together():
    found = compare_on_datasets(MODELS, tables(4), cv=5, random_state=0)
    tests = found.tests()
    assert len(tests) == 12
    p = [test.p_value for _, test in tests]
    np.testing.assert_allclose([test.p_holm for _, test in tests], holm_correction(p))
    assert tests[3][0] == "table 1"
    assert found.comparisons["table 1"].tests[0].p_holm <= tests[3][1].p_holm


def test_datasets_are_tested_across():
    found = compare_on_datasets(MODELS, tables(7), cv=5, random_state=0)
    means = {
        name: np.array([one.scores[name].mean() for one in found.comparisons.values()])
        for name in MODELS
    }
    first = found.across()[0]
    gaps = (means["bayes"] - means["near"]).round(9)
    assert first.p_value == pytest.approx(stats.wilcoxon(gaps).pvalue)
    assert first.difference == pytest.approx(gaps.mean())
    assert first.wins == (gaps > 0).mean() + (gaps == 0).mean() / 2
    ranks = found.mean_ranks()
    assert sum(ranks.values()) == pytest.approx(6)
    same = {"one": GaussianNB(), "two": GaussianNB()}
    found = compare_on_datasets(same, tables(2), cv=3)
    assert found.across()[0].p_value == 1
    assert found.across()[0].wins == 0.5


def test_datasets_have_params_of_their_own():
    X, y = weighted_rows()
    models = {"a": Watched(weighted=True), "b": Watched(weighted=True)}
    weights = {"sample_weight": X[:, -1]}
    data = {"plain": (X, y, weights), "bags": (X, y, weights | {"groups": X[:, -2]})}
    found = compare_on_datasets(models, data, cv=3)
    for train, test in found.comparisons["bags"].splits:
        assert not set(X[train, -2]) & set(X[test, -2])
    with config_context(enable_metadata_routing=True):
        models = {
            name: model.set_fit_request(sample_weight=True)
            for name, model in models.items()
        }
        scorer = make_scorer(accuracy_score).set_score_request(sample_weight=True)
        compare_on_datasets(models, data, cv=3, scoring=scorer)


def test_datasets_are_shown(capsys):
    found = compare_on_datasets(PAIR, tables(2), cv=3, random_state=0, verbose=2)
    assert capsys.readouterr().out.splitlines()[0] == "table 0: 60 rows"
    text = repr(found)
    assert text.startswith("DatasetComparison: score on 2 data sets, corrected")
    assert "mean rank" in text
    assert "all (Wilcoxon)" in text
    assert "table 1" in found._repr_html_()
    sizes = {by: len(found.to_frame(by)) for by in ("pair", "estimator", "split")}
    assert sizes == {"pair": 2, "estimator": 4, "split": 12}
    assert list(found.to_frame("across")["second"]) == ["near"]
    assert json.loads(found.to_frame().to_json())["dataset"]["1"] == "table 1"
    with pytest.raises(ValueError, match="by is 'fold'"):
        found.to_frame("fold")
    labels = [text.get_text() for text in found.plot().ax_.get_yticklabels()]
    assert labels == ["table 0", "table 1"]
    mpl.pyplot.close("all")


def test_bad_datasets_are_refused(data):
    with pytest.raises(ValueError, match="datasets is empty"):
        compare_on_datasets(PAIR, {})
    with pytest.raises(ValueError, match=r"datasets\['one'\] must be"):
        compare_on_datasets(PAIR, {"one": data[0]})
    with pytest.raises(TypeError, match="it must be a dict"):
        compare_on_datasets(PAIR, {"one": (*data, data[1])})
    with pytest.raises(ValueError, match="one class") as caught:
        compare_on_datasets(PAIR, {"one": (data[0], np.zeros(150))})
    assert caught.value.__notes__ == ["This came from data set 'one'."]
