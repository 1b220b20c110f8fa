# SPDX-License-Identifier: BSD-3-Clause
"""A model for each task: what each is fitted on, fallbacks, routing and bad input."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    RegressorMixin,
    is_classifier,
    is_regressor,
)
from sklearn.datasets import make_classification, make_regression
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skx.multitask import MTGBRegressor, PerTask


class Remember(RegressorMixin, BaseEstimator):
    """Keeps what it is given, and predicts the mean."""

    def fit(self, X, y, sample_weight=None, flavour=None):
        self.X_, self.y_ = X, y
        self.weight_, self.flavour_ = sample_weight, flavour
        return self

    def predict(self, X):
        self.asked_ = X
        return np.full(len(X), np.mean(self.y_))


def data(n=90, n_tasks=3, seed=0):
    X, y = make_regression(n, 4, noise=5.0, random_state=seed)
    tasks = np.array([f"t{k}" for k in np.arange(n) % n_tasks])
    return X, y, tasks


def test_every_task_is_fitted_and_predicted_by_itself():
    X, y, tasks = data()
    model = PerTask(Ridge()).fit(X, y, tasks=tasks)
    expected = np.empty(len(y))
    for t in np.unique(tasks):
        here = tasks == t
        expected[here] = Ridge().fit(X[here], y[here]).predict(X[here])
    np.testing.assert_array_equal(model.predict(X, tasks=tasks), expected)
    assert model.tasks_.tolist() == list(model.estimators_) == ["t0", "t1", "t2"]
    assert model.task_counts_.tolist() == [30, 30, 30]
    assert model.n_tasks_ == 3


@pytest.mark.parametrize("as_column", ["numpy", "pandas", "polars"])
def test_a_column_of_ids_is_as_good_as_an_array(as_column):
    X, y, _ = data()
    tasks = np.arange(len(y)) % 3
    expected = PerTask(Ridge()).fit(X, y, tasks=tasks).predict(X, tasks=tasks)
    wide = np.column_stack([X[:, :2], tasks, X[:, 2:]])
    names = ["a", "b", "task", "c", "d"]
    column = 2
    if as_column != "numpy":
        library = pd if as_column == "pandas" else pl
        parts = {n: wide[:, k] for k, n in enumerate(names)}
        wide = library.DataFrame({**parts, "task": tasks})
        column = "task"
    model = PerTask(Ridge(), task_feature=column).fit(wide, y)
    np.testing.assert_allclose(model.predict(wide), expected, rtol=1e-12)
    assert model.n_features_in_ == 5
    assert model.estimators_[0].n_features_in_ == 4
    assert model.score(wide, y) == pytest.approx(model.score(wide, y, None))


def test_strings_in_a_column_of_objects():
    X, y, tasks = data(12)
    wide = np.column_stack([tasks.astype(object), X])
    model = PerTask(Ridge(), task_feature=0).fit(wide.tolist(), y)
    expected = PerTask(Ridge()).fit(X, y, tasks=tasks).predict(X, tasks=tasks)
    np.testing.assert_allclose(model.predict(wide), expected)
    np.testing.assert_allclose(model.predict(wide.tolist()), expected)


def test_frames_and_missing_values_arrive_untouched():
    frame = pd.DataFrame(
        {
            "x": [1.0, np.nan, 3.0, 4.0],
            "colour": pd.Categorical(["red", None, "blue", "red"]),
            "shop": ["a", "b", "a", "b"],
        }
    )
    before = frame.copy()
    model = PerTask(Remember(), task_feature="shop").fit(frame, [1.0, 2.0, 3.0, 4.0])
    kept = model.estimators_["b"].X_
    pd.testing.assert_frame_equal(kept, before.loc[[1, 3], ["x", "colour"]])
    pd.testing.assert_frame_equal(frame, before)
    assert model.predict(frame).tolist() == [2.0, 3.0, 2.0, 3.0]
    pd.testing.assert_frame_equal(
        model.estimators_["a"].asked_, before.loc[[0, 2], ["x", "colour"]]
    )


def test_sparse_rows():
    X, y, tasks = data()
    X[X < 0.0] = 0.0
    model = PerTask(Ridge(fit_intercept=False))
    dense = model.fit(X, y, tasks=tasks).predict(X, tasks=tasks)
    thin = sparse.csr_array(X)
    found = model.fit(thin, y, tasks=tasks).predict(thin, tasks=tasks)
    np.testing.assert_allclose(found, dense, rtol=1e-3)
    with pytest.raises(ValueError, match="X is sparse; pass the ids as tasks= instead"):
        PerTask(Ridge(), task_feature=0).fit(thin, y)
    assert sparse.issparse(PerTask(Remember()).fit(thin, y, tasks).estimators_["t0"].X_)


def test_unseen_and_missing_ids_use_the_fallback():
    X, y, tasks = data()
    model = PerTask(Ridge()).fit(X, y, tasks=tasks)
    pooled = Ridge().fit(X, y).predict(X[:4])
    with pytest.warns(UserWarning, match="3 rows belong to tasks that fit has not see"):
        found = model.predict(X[:4], tasks=["t0", "new", None, "new"])
    np.testing.assert_allclose(found[1:], pooled[1:])
    assert found[0] == model.predict(X[:1], tasks=["t0"])[0]
    other = PerTask(Ridge(), fallback=DummyRegressor()).fit(X, y, tasks=tasks)
    with pytest.warns(UserWarning, match="predicted by the fallback"):
        assert other.predict(X[:1], tasks=["new"])[0] == pytest.approx(y.mean())
    strict = PerTask(Ridge(), fallback="error").fit(X, y, tasks=tasks)
    assert strict.fallback_ is None
    message = "1 rows belong to tasks that fit has not seen: 'new'. Use fallback='poo"
    with pytest.raises(ValueError, match=message):
        strict.predict(X[:1], tasks=["new"])


def test_small_tasks_use_the_fallback():
    X, y, _ = data(30)
    tasks = ["big"] * 27 + ["small"] * 3
    model = PerTask(Ridge(), min_samples=4).fit(X, y, tasks=tasks)
    assert list(model.estimators_) == ["big"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the task is known
        found = model.predict(X, tasks=tasks)
    np.testing.assert_allclose(found[27:], Ridge().fit(X, y).predict(X[27:]))
    strict = PerTask(Ridge(), min_samples=4, fallback="error")
    with pytest.raises(
        ValueError, match=r"min_samples=4 rows need a fallback.*'small'"
    ):
        strict.fit(X, y, tasks=tasks)


def test_predictions_do_not_depend_on_other_rows():
    X, y, tasks = data()
    model = PerTask(DecisionTreeRegressor(random_state=0)).fit(X, y, tasks=tasks)
    together = model.predict(X, tasks=tasks)
    one_by_one = [
        model.predict(X[i : i + 1], tasks=tasks[i : i + 1])[0] for i in range(len(y))
    ]
    assert one_by_one == together.tolist()


def test_number_of_jobs_does_not_matter():
    X, y, tasks = data()
    models = [
        PerTask(DecisionTreeRegressor(max_features=1, random_state=0), n_jobs=n)
        for n in (None, 2)
    ]
    one, two = (m.fit(X, y, tasks=tasks).predict(X, tasks=tasks) for m in models)
    np.testing.assert_array_equal(one, two)


def test_kind_follows_the_estimator():
    assert is_classifier(PerTask(LogisticRegression()))
    assert is_regressor(PerTask(make_pipeline(StandardScaler(), Ridge())))
    assert not hasattr(PerTask(LinearSVC()), "predict_proba")
    assert not hasattr(PerTask(Ridge()), "predict_proba")
    assert not hasattr(
        PerTask(LogisticRegression(), fallback=LinearSVC()), "predict_proba"
    )


def test_classes_that_a_task_lacks_have_probability_zero():
    X, _ = make_classification(60, 4, random_state=0)
    tasks = np.repeat(["one", "two", "three"], 20)
    y = np.array(["a"] * 20 + ["a", "c"] * 10 + ["a", "b", "c", "d"] * 5)
    model = PerTask(LogisticRegression(max_iter=500)).fit(X, y, tasks=tasks)
    assert model.classes_.tolist() == ["a", "b", "c", "d"]
    assert isinstance(model.estimators_["one"], DummyClassifier)
    proba = model.predict_proba(X, tasks=tasks)
    np.testing.assert_allclose(proba.sum(axis=1), 1.0)
    assert (proba[:20] == [1.0, 0.0, 0.0, 0.0]).all()
    assert (proba[20:40, [1, 3]] == 0.0).all()
    two = LogisticRegression(max_iter=500).fit(X[20:40], y[20:40])
    np.testing.assert_allclose(proba[20:40][:, [0, 2]], two.predict_proba(X[20:40]))
    labels = model.predict(X, tasks=tasks)
    assert (labels == model.classes_[proba.argmax(axis=1)]).all()
    assert model.score(X, y, tasks=tasks) == np.mean(labels == y)


def test_weights_follow_their_rows():
    X, y, tasks = data(12)
    weight = np.arange(12.0)
    model = PerTask(Remember()).fit(X, y, tasks=tasks, sample_weight=weight)
    # Row 0 has no weight.
    assert model.estimators_["t0"].weight_.tolist() == [3.0, 6.0, 9.0]
    assert model.fallback_.weight_.tolist() == weight[1:].tolist()
    assert model.task_counts_.tolist() == [3, 4, 4]


def test_tasks_without_weight_are_dropped():
    X, y, tasks = data(12)
    weight = (tasks != "t1").astype(float)
    with pytest.warns(UserWarning, match="All rows of task 't1' have weight 0; these"):
        model = PerTask(Ridge()).fit(X, y, tasks=tasks, sample_weight=weight)
    assert model.tasks_.tolist() == ["t0", "t2"]


def test_other_arguments_of_fit_are_split_too():
    X, y, tasks = data(6)
    model = PerTask(Remember()).fit(X, y, tasks=tasks, flavour=np.arange(6))
    assert model.estimators_["t2"].flavour_.tolist() == [2, 5]
    model.fit(X, y, tasks=tasks, flavour="sweet")
    assert model.estimators_["t2"].flavour_ == "sweet"


def test_metadata_routing():
    X, y, tasks = data()
    weight = np.linspace(0.5, 2.0, len(y))
    with config_context(enable_metadata_routing=True):
        model = PerTask(Ridge().set_fit_request(sample_weight=True))
        model.set_fit_request(tasks=True).set_predict_request(tasks=True)
        model.set_score_request(tasks=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipe = make_pipeline(scaler, model)
        found = cross_validate(pipe, X, y, params={"tasks": tasks}, cv=3)
        assert np.isfinite(found["test_score"]).all()
        pipe.fit(X, y, tasks=tasks, sample_weight=weight)
        scaled = StandardScaler().fit_transform(X)
        here = tasks == "t1"
        alone = Ridge().fit(scaled[here], y[here], weight[here])
        np.testing.assert_allclose(
            pipe.predict(X, tasks=tasks)[here], alone.predict(scaled[here])
        )
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            PerTask(Ridge()).fit(X, y, tasks=tasks, sample_weight=weight)
        fallback = PerTask(
            Remember().set_fit_request(sample_weight=True, flavour=False),
            fallback=Remember().set_fit_request(sample_weight=False, flavour=True),
        ).fit(X, y, tasks=tasks, sample_weight=weight, flavour="sweet")
        assert fallback.fallback_.weight_ is None
        assert fallback.fallback_.flavour_ == "sweet"
        assert fallback.estimators_["t0"].flavour_ is None


def test_search_over_a_column_of_ids_needs_no_routing():
    X, y, _ = data()
    wide = np.column_stack([X, np.arange(len(y)) % 3])
    search = GridSearchCV(
        PerTask(Ridge(), task_feature=-1), {"estimator__alpha": [0.1, 100.0]}, cv=3
    ).fit(wide, y)
    assert search.best_params_ == {"estimator__alpha": 0.1}


def test_an_estimator_that_takes_tasks_is_told_of_them():
    X, y, tasks = data()
    booster = MTGBRegressor(n_iter_shared=2, n_iter_task=2, early_stopping=False)
    model = PerTask(LinearRegression(), fallback=booster).fit(X, y, tasks=tasks)
    assert model.fallback_.tasks_.tolist() == ["t0", "t1", "t2"]


def test_without_tasks_all_rows_are_one():
    X, y, _ = data()
    with pytest.warns(UserWarning, match="PerTask was given no tasks: all rows are ta"):
        model = PerTask(Ridge()).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), Ridge().fit(X, y).predict(X))
    assert model.fallback_ is None


def fit(**options):
    X, y, tasks = data(12)
    X = options.pop("X", X)
    given = {"tasks": tasks, **options.pop("given", {})}
    y = options.pop("y", y)
    PerTask(options.pop("estimator", Ridge()), **options).fit(X, y, **given)


class Neither(BaseEstimator):
    fit = predict = lambda self, X: self


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task_feature": 0}, "Task ids were given twice: as tasks= and as the column"),
        (
            {"task_feature": 9, "given": {"tasks": None}},
            "task_feature=9 but X has 4 co",
        ),
        ({"given": {"tasks": ["a"] * 11}}, "tasks has 11 entries but X has 12 rows"),
        ({"given": {"tasks": [None] + ["a"] * 11}}, "The task id of row 0 is missing"),
        ({"given": {"sample_weight": np.zeros(12)}}, "zero"),
        ({"given": {"sample_weight": -np.ones(12)}}, "Negative values"),
        ({"estimator": LogisticRegression(), "y": ["a"] * 12}, "one class only, 'a'"),
        ({"estimator": Neither()}, "is neither a classifier nor a regressor"),
        ({"y": [np.nan] + [1.0] * 11}, "Input y contains NaN"),
        ({"fallback": "mean"}, "'fallback' parameter"),
        ({"min_samples": 0}, "'min_samples' parameter"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(ValueError, match=message):
        fit(**options)


def test_bad_input_to_predict():
    X, y, tasks = data(12)
    model = PerTask(Ridge()).fit(X, y, tasks=tasks)
    with pytest.raises(ValueError, match="was fitted with tasks=; pass the task of ea"):
        model.predict(X)
    with pytest.raises(ValueError, match="X has 0 rows; PerTask needs at least 1"):
        model.predict(X[:0], tasks=[])
    with pytest.raises(ValueError, match="X is one-dimensional"):
        model.predict(X[0], tasks=["t0"])


class Labels(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[-1], len(X))


def test_labels_of_different_lengths_are_not_cut():
    X = np.zeros((4, 1))
    y = ["a", "b", "longest", "long"]
    model = PerTask(Labels()).fit(X, y, tasks=[0, 0, 1, 1])
    assert model.predict(X, tasks=[0, 1, 1, 0]).tolist() == [
        "b",
        "longest",
        "longest",
        "b",
    ]


def test_trees_of_a_single_class_among_three():
    X = np.arange(8.0)[:, None]
    y = [0, 1, 2, 0, 1, 1, 1, 1]
    tasks = [0] * 4 + [1] * 4
    model = PerTask(DecisionTreeClassifier(random_state=0)).fit(X, y, tasks=tasks)
    assert model.predict(X, tasks=tasks).tolist() == y
