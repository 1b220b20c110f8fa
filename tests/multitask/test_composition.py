# SPDX-License-Identifier: BSD-3-Clause
"""The boosters inside scikit-learn's tools."""

from typing import Any

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import permutation_importance
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    KFold,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skx.multitask import (
    MTGBClassifier,
    MTGBRegressor,
    RMTGBClassifier,
    RMTGBRegressor,
)

rng = np.random.default_rng(0)
TASKS = rng.integers(0, 3, 120)
X = rng.normal(size=(120, 2))
Y = X[:, 0] + TASKS * X[:, 1] + 0.1 * rng.normal(size=120)
LABELS = np.where(Y > 0.0, "yes", "no")
WITH_IDS = np.column_stack([X, TASKS])


def small(cls: type = RMTGBRegressor, **params: Any) -> Any:
    model = cls(n_iter_shared=3, n_iter_task=3, max_leaf_nodes=3, random_state=0)
    if hasattr(model, "n_iter_outlier"):
        model.set_params(n_iter_outlier=3)
    return model.set_params(**params)


def scores_by_hand(model: Any, folds: Any, groups: Any = None) -> list[float]:
    scores = []
    for train, test in folds.split(X, Y, groups):
        fitted = clone(model).fit(X[train], Y[train], TASKS[train])
        scores.append(fitted.score(X[test], Y[test], TASKS[test]))
    return scores


def test_scores_of_folds_need_no_routing_with_a_column_of_tasks() -> None:
    scores = cross_val_score(small(task_feature=2), WITH_IDS, Y, cv=KFold(3))
    np.testing.assert_allclose(scores, scores_by_hand(small(), KFold(3)))


def test_searches_need_no_routing_with_a_column_of_tasks() -> None:
    grid = {"learning_rate": [0.001, 0.3]}
    search = GridSearchCV(small(task_feature=2, n_jobs=1), grid, cv=3)
    search.fit(WITH_IDS, Y)
    assert search.best_params_ == {"learning_rate": 0.3}
    assert search.predict(WITH_IDS).shape == (120,)
    halving = HalvingGridSearchCV(
        small(RMTGBClassifier, task_feature=2), grid, cv=3, random_state=0
    )
    halving.fit(WITH_IDS, LABELS)
    assert halving.score(WITH_IDS, LABELS) > 0.7


def test_tasks_are_routed_through_a_pipeline() -> None:
    expected = scores_by_hand(small(), KFold(3))
    with config_context(enable_metadata_routing=True):
        model = small().set_fit_request(tasks=True).set_score_request(tasks=True)
        pipe = make_pipeline(StandardScaler(), model)
        found = cross_validate(pipe, X, Y, cv=KFold(3), params={"tasks": TASKS})
    np.testing.assert_allclose(found["test_score"], expected, atol=1e-9)


def test_folds_of_whole_tasks_measure_unseen_ones() -> None:
    folds = GroupKFold(3)
    with pytest.warns(UserWarning, match="not seen"):
        expected = scores_by_hand(small(), folds, TASKS)
    with pytest.warns(UserWarning, match="not seen"):
        found = cross_val_score(
            small(task_feature=2), WITH_IDS, Y, cv=folds, groups=TASKS
        )
    np.testing.assert_allclose(found, expected)


def test_the_column_of_tasks_has_an_importance_by_permutation() -> None:
    model = small(task_feature=2).fit(WITH_IDS, Y)
    found = permutation_importance(model, WITH_IDS, Y, n_repeats=3, random_state=0)
    assert found.importances_mean[2] > 0.05


@pytest.mark.parametrize("cls", [MTGBClassifier, RMTGBClassifier])
def test_probabilities_can_be_calibrated(cls: type) -> None:
    model = CalibratedClassifierCV(small(cls, task_feature=2), cv=3)
    proba = model.fit(WITH_IDS, LABELS).predict_proba(WITH_IDS)
    np.testing.assert_allclose(proba.sum(axis=1), 1.0)
    assert model.score(WITH_IDS, LABELS) > 0.7


def test_a_column_by_name_survives_a_pipeline_of_frames() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(WITH_IDS, columns=["a", "b", "shop"]).astype({"shop": int})
    scale = make_column_transformer(
        (StandardScaler(), ["a", "b"]),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    pipe = make_pipeline(scale, small(task_feature="shop")).fit(frame, Y)
    expected = small().fit(X, Y, TASKS).predict(X, TASKS)
    np.testing.assert_allclose(pipe.predict(frame), expected)
    assert pipe[-1].tasks_.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match=r"remainder='passthrough'"):
        make_pipeline(
            StandardScaler().set_output(transform="pandas"), small(task_feature="shop")
        ).fit(frame, Y)


def test_probabilities_fit_scores_and_classes() -> None:
    for labels in (LABELS, np.digitize(Y, [-0.5, 0.5])):
        model = small(RMTGBClassifier).fit(X, labels, TASKS)
        proba = model.predict_proba(X, TASKS)
        np.testing.assert_allclose(
            model.predict_log_proba(X, TASKS), np.log(proba), atol=1e-12
        )
        predicted = model.predict(X, TASKS)
        np.testing.assert_array_equal(model.classes_[proba.argmax(axis=1)], predicted)
        assert model.score(X, labels, TASKS) == np.mean(predicted == labels)


def test_class_weights_are_weights_of_rows() -> None:
    weights = {"no": 1.0, "yes": 3.0}
    by_rows = np.where(LABELS == "yes", 3.0, 1.0)
    one = small(MTGBClassifier, class_weight=weights).fit(X, LABELS, TASKS)
    other = small(MTGBClassifier).fit(X, LABELS, TASKS, sample_weight=by_rows)
    np.testing.assert_array_equal(
        one.decision_function(X, TASKS), other.decision_function(X, TASKS)
    )
    twice = small(MTGBClassifier, class_weight=weights)
    twice.fit(X, LABELS, TASKS, sample_weight=np.full(120, 2.0))
    other.fit(X, LABELS, TASKS, sample_weight=2.0 * by_rows)
    np.testing.assert_array_equal(
        twice.decision_function(X, TASKS), other.decision_function(X, TASKS)
    )


@pytest.mark.parametrize("cls", [MTGBRegressor, RMTGBRegressor])
def test_rounds_are_reported(cls: type, capsys: pytest.CaptureFixture) -> None:
    small(cls, verbose=2).fit(X, Y, TASKS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"[{cls.__name__}] shared block, round 0: loss ")
    assert sum("shared block" in line for line in lines) == 4
    small(cls, verbose=1, early_stopping=True).fit(X, Y, TASKS)
    assert ", of validation rows " in capsys.readouterr().out.splitlines()[0]
