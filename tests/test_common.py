# SPDX-License-Identifier: BSD-3-Clause
"""Batteries of checks that nobody here wrote, over every public estimator."""

import json
import pickle
import re
import warnings
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.utils.estimator_checks import (
    parametrize_with_checks as parametrize_with_sampler_checks,
)
from sklearn import config_context, get_config
from sklearn.base import BaseEstimator, TransformerMixin, clone, is_classifier
from sklearn.linear_model import (
    BayesianRidge,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import BernoulliNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import (
    check_param_validation,
    parametrize_with_checks,
)
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from skx._backend import is_device_array, like, to_numpy
from skx._base.sklearn import check_y
from skx.active import UncertaintySampler
from skx.proportions import bag_target
from skx.resampling import MLSMOTE, SMOTE, SMOTER
from skx.testing import all_estimators


def resampled_classifiers(cls: type) -> list[Any]:
    # The checks fit classes of three rows, which SMOTE's five neighbours do not fit.
    sampler = SMOTE(small_class="shrink")
    model = LogisticRegression(max_iter=1000)
    several = cls(
        DecisionTreeClassifier(random_state=0),
        sampler=MLSMOTE(small_class="shrink"),
        random_state=0,
    )
    return [several] + [
        cls(model, sampler=sampler, calibrate=calibrate, random_state=0)
        for calibrate in (None, "prior", "sigmoid")
    ]


# The targets of the checks, mostly two or three small integers, have no outliers.
CONTROL_POINTS = [[0, 1], [1, 0], [2, 1], [3, 0]]


def smoters(cls: type) -> list[Any]:
    return [
        cls(control_points=CONTROL_POINTS, noise=noise) for noise in (None, "gaussian")
    ]


def resampled_regressors(cls: type) -> list[Any]:
    sampler = SMOTER(
        control_points=CONTROL_POINTS, threshold=0.5, sampling_strategy={"common": 0.5}
    )
    return [cls(Ridge(), sampler=sampler, random_state=0)]


def hull_classifiers(cls: type) -> list[Any]:
    candidates = [
        ("ridge", RidgeClassifier()),
        ("bayes", BernoulliNB()),
    ]
    return [
        cls(candidates, cv=2),
        cls(candidates, cv=2, cost_fn=1.5, positive_rate=0.4),
        # A rate at which the decision on the data of the checks is as by costs.
        cls(candidates, cv=2, target_fpr=0.03, random_state=0),
    ]


def short_paths(cls: type) -> list[Any]:
    # Of the default length they take a minute on sparse columns.
    return [cls(n_alphas=4, cv=2), cls(n_alphas=3, criterion="bic")]


def small_grids(cls: type) -> list[Any]:
    return [
        cls(ratios=[0.3, 0.5], tails=[0.001, 0.02], cv=2),
        cls(ratios=[0.5], tails=[0.001, 0.02], cv=3, scoring="balanced_accuracy"),
    ]


def ordinal_calibrators(cls: type) -> list[Any]:
    model = LogisticRegression(max_iter=1000)
    return [
        cls(model, method=method, cv=3, ensemble=method != "beta")
        for method in ("sigmoid", "beta", "isotonic")
    ]


def task_models(cls: type) -> list[Any]:
    model = LogisticRegression(max_iter=1000)
    return [
        cls(model),
        cls(Ridge(), fallback=Ridge(alpha=10.0)),
    ]


def task_clusters(cls: type) -> list[Any]:
    # A fit takes many fits, so of two folds, not three.
    return [model.set_params(n_splits=2) for model in task_models(cls)]


def task_boosters(cls: type) -> list[Any]:
    # Weights of the checks stand for rows, which min_samples_leaf counts. The checks
    # know nothing of tasks, see test_scikit_learn_check_with_tasks.
    few = {"n_iter_shared": 20, "n_iter_task": 5, "min_samples_leaf": 1}
    return [cls(**few), cls(**few, leaf_update="gradient", init="zero")]


def each_row_a_bag(cls: type) -> type:
    """Return a class that takes labels of rows, as the checks do: bags of one row."""

    def target(self: Any, X: Any, y: Any, classes: Any = None) -> np.ndarray:
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        regresses = not is_classifier(self)
        y = check_y(y, multi_output=regresses, y_numeric=regresses, estimator=self)
        check_consistent_length(X, y)
        rows = np.arange(len(y))
        if regresses:
            return bag_target(rows, means=y)
        check_classification_targets(y)
        if classes is None:
            return bag_target(rows, y=y)
        return bag_target(rows, counts=y[:, None] == classes, classes=classes)

    def fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
        return super(on_rows, self).fit(X, target(self, X, y), sample_weight)

    def partial_fit(
        self: Any, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> Any:
        y = target(self, X, y, classes)
        return super(on_rows, self).partial_fit(X, y, sample_weight)

    methods = {"fit": fit, "__module__": __name__}
    if hasattr(cls, "partial_fit"):
        methods["partial_fit"] = partial_fit
    name = f"{cls.__name__}OnRows"
    on_rows = type(name, (cls,), methods)
    globals()[name] = on_rows  # where pickle looks for it
    return on_rows


def bag_models(cls: type) -> list[Any]:
    return [each_row_a_bag(cls)()]


def propagation_models(cls: type) -> list[Any]:
    model = LogisticRegression(max_iter=1000)
    return [each_row_a_bag(cls)(model, prior=None, smoothness=0.3)]


def mean_maps(cls: type) -> list[Any]:
    on_rows = each_row_a_bag(cls)
    return [on_rows(), on_rows(method="amm_min", alpha=0.01)]


def em_classifiers(cls: type) -> list[Any]:
    on_rows = each_row_a_bag(cls)
    return [on_rows(cv=2, max_iter=2), on_rows(RidgeClassifier(tol=1e-12), cv=None)]


def of_two_classes(cls: type) -> list[Any]:
    """Return an encoder that tells the first class of several from the others."""

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        if y is not None:
            y = np.asarray(check_y(y, estimator=self))
            check_classification_targets(y)
            y = y if len(np.unique(y)) <= 2 else (y != np.unique(y)[0]).astype(int)
        return super(binary, self).fit(X, y)

    name = f"{cls.__name__}OfTwoClasses"
    binary = type(name, (cls,), {"fit": fit, "__module__": __name__})
    globals()[name] = binary  # where pickle looks for it
    return [binary()]


def bag_boosters(cls: type) -> list[Any]:
    # Weights of the checks stand for rows, which min_samples_leaf counts; held-out bags
    # are others when a row is repeated; and leaves of few rows can be split alike by
    # many columns. The second keeps its defaults, and finds no tree to grow.
    on_rows = each_row_a_bag(cls)
    stumps = {"max_leaf_nodes": 2, "min_samples_leaf": 1}
    n = 2 if is_classifier(on_rows()) else 10
    return [
        on_rows(init="constant", early_stopping=False, n_estimators=n, **stumps),
        on_rows(random_state=0, n_estimators=10, validation_fraction=0.5),
    ]


def samplers(cls: type, **params: Any) -> list[Any]:
    """Return samplers to which all rows have a label, -1 too."""

    def fit(
        self: Any, X: Any, y: Any, *, sample_weight: Any = None, **params: Any
    ) -> Any:
        labeled = None if y is None else np.ones(len(np.asarray(y)), dtype=bool)
        params = {"sample_weight": sample_weight, "labeled": labeled, **params}
        return super(of_labeled, self).fit(X, y, **params)

    name = f"{cls.__name__}OfLabeled"
    of_labeled = type(name, (cls,), {"fit": fit, "__module__": __name__})
    globals()[name] = of_labeled  # where pickle looks for it
    model: Any = LogisticRegression(max_iter=1000)
    if cls.__name__ in ("GreedyDistanceSampler", "SpreadSampler"):
        model = BayesianRidge()
    if "estimator" in signature(cls).parameters:
        return [of_labeled(model, **params)]
    return [of_labeled(UncertaintySampler(model), **params)]


class CostOfRows:
    """The same cost for each row; names of tests hold its text, not its address."""

    def __call__(self, X: Any) -> np.ndarray:
        return np.ones(len(X))

    def __repr__(self) -> str:
        return "cost_of_rows"


# Instances of the classes for which `instances` has no rule.
INSTANCES: dict[str, Callable[[type], list[Any]]] = {
    **dict.fromkeys(
        ("MTGBClassifier", "MTGBRegressor", "RMTGBClassifier", "RMTGBRegressor"),
        task_boosters,
    ),
    "AggregateTableEncoder": of_two_classes,
    **dict.fromkeys(
        ("AggregateBoostingRegressor", "ProportionBoostingClassifier"), bag_boosters
    ),
    "BorderlineSMOTE": lambda cls: [cls(), cls(kind="borderline-2")],
    "FOLDSEClassifierCV": small_grids,
    "OrdinalRegressionCV": short_paths,
    "PRESTOCV": short_paths,
    "AggregateRidge": bag_models,
    "MeanMapClassifier": mean_maps,
    "PerTask": task_models,
    "ProportionLogisticRegression": bag_models,
    "ProportionEMClassifier": em_classifiers,
    "ProportionPropagationClassifier": propagation_models,
    "OrdinalCalibrator": ordinal_calibrators,
    "OrdinalMetaClassifier": lambda cls: [
        cls(LogisticRegression(max_iter=1000), family=family)
        for family in ("cumulative", "sratio")
    ],
    "RandomOverSampler": lambda cls: [cls(), cls(shrinkage=0.5)],
    "ROCConvexHullClassifier": hull_classifiers,
    "ResampledClassifier": resampled_classifiers,
    "ResampledRegressor": resampled_regressors,
    "SMOTER": smoters,
    "CostAwareSampler": lambda cls: samplers(cls, cost=CostOfRows()),
    "TSimilaritySelfTraining": samplers,
    "TaskClusterBooster": task_clusters,
}
RECORD = Path(__file__).parents[1] / "docs" / "checks.json"
# Checks that fail for a reason: class name -> check name -> why. Meant to stay empty.
EXPECTED_FAILURES: dict[str, dict[str, str]] = {}


def instances(cls: type) -> list[Any]:
    """Return what is checked of a class: with its defaults, around a usual model."""
    if make := INSTANCES.get(cls.__name__):
        return make(cls)
    if cls.__module__.startswith("skx.active") and hasattr(cls, "query"):
        return samplers(cls)
    parameter = signature(cls).parameters.get("estimator")
    if parameter is not None and parameter.default is parameter.empty:
        return [cls(LogisticRegression(max_iter=1000))]
    return [cls()]


ESTIMATORS = [instance for _, cls in all_estimators() for instance in instances(cls)]
# imbalanced-learn's checks hand over one class label per row, want the counts of
# classes, and want anything else refused: not for numeric targets and several labels.
NUMERIC_TARGETS = {"ResampledRegressor", "SMOTER"}
# The same checks compare two calls and leave the seed to the caller; those of
# classifiers take three classes.
RESAMPLING = [
    clone(estimator).set_params(random_state=0)
    if "random_state" in estimator.get_params()
    else estimator
    for estimator in ESTIMATORS
    if type(estimator).__module__.startswith("skx.resampling")
    and type(estimator).__name__ not in NUMERIC_TARGETS
    and not get_tags(estimator).target_tags.multi_output
    and getattr(get_tags(estimator).classifier_tags, "multi_class", True)
]


def public_name(estimator: Any) -> str:
    """Return the name of an estimator's class, without the adapter of the checks."""
    public = [c for c in type(estimator).__mro__ if c.__module__.startswith("skx.")]
    return public[0].__name__


def expected_failures(estimator: Any) -> dict[str, str]:
    return EXPECTED_FAILURES.get(type(estimator).__name__, {})


def test_array_api_checks_are_switched_on() -> None:
    # scikit-learn skips them in silence where SciPy was imported without the variable,
    # and refuses the option then.
    with config_context(array_api_dispatch=True):
        assert get_config()["array_api_dispatch"]


def test_record_of_checks_holds_what_is_checked_now() -> None:
    # docs/compliance.rst shows it. Other versions have other checks; and a class that
    # is not in the record is shown as such.
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert set(record["classes"]) <= {name for name, _ in all_estimators()}
    if {name: version(name) for name in record["versions"]} != record["versions"]:
        pytest.skip("recorded with other versions")
    for battery, mark in (
        ("scikit-learn", SCIKIT_LEARN),
        ("imbalanced-learn", IMBALANCED_LEARN),
    ):
        now = Counter(
            public_name(getattr(case, "values", case)[0]) for case in mark.args[1]
        )
        for name, entry in record["classes"].items():
            outcomes = dict(entry.get(battery, {"passed": 0}))
            recorded = outcomes.pop("passed") + sum(
                check["times"] for kind in outcomes.values() for check in kind.values()
            )
            assert recorded == now[name], (
                f"{name}: run tests/record_checks.py -k {name}"
            )


def test_estimators_are_found() -> None:
    names = [name for name, _ in all_estimators()]
    assert "SMOTE" in names
    assert names == sorted(names)
    assert all(hasattr(cls, "fit") for _, cls in all_estimators())


def listed(mark: pytest.MarkDecorator) -> pytest.MarkDecorator:
    """Hand pytest a list: it deprecates the generators that both libraries pass."""
    names, cases = mark.args
    return pytest.mark.parametrize(names, list(cases), **mark.kwargs)


SCIKIT_LEARN = listed(
    parametrize_with_checks(
        ESTIMATORS, expected_failed_checks=expected_failures, xfail_strict=True
    )
)
IMBALANCED_LEARN = listed(
    parametrize_with_sampler_checks(
        RESAMPLING, expected_failed_checks=expected_failures
    )
)


# The checks fit separable classes, and more columns than rows.
@pytest.mark.filterwarnings("ignore:The likelihood has no maximum")
@pytest.mark.filterwarnings("ignore:.*was given no tasks")
@SCIKIT_LEARN
def test_scikit_learn_check(estimator: Any, check: Callable) -> None:
    check(estimator)


class TaskColumn(TransformerMixin, BaseEstimator):
    """Adds a column of three tasks, which follow the first column."""

    def fit(self, X: Any, y: Any = None) -> "TaskColumn":
        validate_data(self, X)
        return self

    def transform(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        return np.column_stack([X, np.round(X[:, 0]) % 3])


def with_task_column(estimator: Any) -> Any:
    params = {"task_feature": -1, "random_state": 0}
    known = estimator.get_params()
    last = clone(estimator).set_params(
        **{p: v for p, v in params.items() if p in known}
    )
    return make_pipeline(TaskColumn(), last)


# A pipeline replaces its steps by fitted ones, whatever they are.
PIPELINE = dict.fromkeys(
    ("check_estimators_overwrite_params", "check_dont_overwrite_parameters"),
    "of the pipeline",
)


@listed(
    parametrize_with_checks(
        [
            with_task_column(estimator)
            for estimator in ESTIMATORS
            if "task_feature" in estimator.get_params()
        ],
        expected_failed_checks=lambda pipeline: PIPELINE,
        xfail_strict=True,
    )
)
def test_scikit_learn_check_with_tasks(estimator: Any, check: Callable) -> None:
    check(estimator)


@IMBALANCED_LEARN
def test_imbalanced_learn_check(estimator: Any, check: Callable) -> None:
    check(estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_every_parameter_is_validated(estimator: Any) -> None:
    check_param_validation(type(estimator).__name__, estimator)


METHODS = ("predict", "predict_proba", "decision_function", "transform", "score")


def results_of(estimator: Any, X: Any, y: Any) -> dict[str, Any]:
    """Return what the methods of a fitted estimator give."""
    found = {
        name: getattr(estimator, name)(*([X, y] if name == "score" else [X]))
        for name in METHODS
        if hasattr(estimator, name)
    }
    if hasattr(estimator, "fit_resample"):
        found["fit_resample"] = clone(estimator).fit_resample(X, y)
    return found


def copies(caught: list[warnings.WarningMessage]) -> bool:
    """Return whether one of the warnings is of a copy to the host."""
    return any("computes on the host" in str(warning.message) for warning in caught)


@pytest.mark.parametrize(
    "estimator",
    # Models of annotators are given votes.
    [e for e in ESTIMATORS if not get_tags(e).input_tags.one_d_array],
    ids=lambda e: type(e).__name__,
)
def test_arrays_of_a_device_give_what_those_of_the_host_give(
    estimator: Any, device: Any, record_property: Callable
) -> None:
    if "random_state" in estimator.get_params():
        estimator = clone(estimator).set_params(random_state=0)
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3 // 2
    X = rng.normal(size=(90, 4)) + y[:, None]
    # What is defined here for the checks makes bags or labels of y, on the host.
    is_ours = type(estimator).__module__.startswith("skx.")
    y_there = device.put(y) if is_ours else y
    with warnings.catch_warnings(record=True) as in_fit:
        warnings.simplefilter("always")
        there = clone(estimator).fit(device.put(X), y_there)
    with warnings.catch_warnings(record=True) as in_methods:
        warnings.simplefilter("always")
        found = results_of(there, device.put(X), y_there)
        if hasattr(there, "query"):
            there.query(device.put(X), n_samples=3)  # may be other draws there
    # For the table of docs/compliance.rst.
    record_property("copies", [copies(in_fit), copies(in_methods)])
    with warnings.catch_warnings(action="ignore"):  # of few rows
        here = clone(estimator).fit(X, y)
        expected = results_of(here, X, y)
        # Nothing that has to stay on a device is pickled.
        moved = results_of(pickle.loads(pickle.dumps(there)), X, y)
    for name, value in expected.items():
        for given in (found[name], moved[name]):
            parts, values = (
                part if isinstance(part, tuple) else (part,) for part in (given, value)
            )
            for part, wanted in zip(parts, values, strict=True):
                np.testing.assert_allclose(
                    to_numpy(part), wanted, rtol=1e-6, atol=1e-8, err_msg=name
                )
    if get_tags(estimator).target_tags.required and "predict" in expected:
        assert is_device_array(found["predict"]) == is_device_array(
            like(device.put(X), expected["predict"])
        )


@pytest.mark.filterwarnings("ignore")  # of few rows
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_estimators_are_shown_in_notebooks(
    estimator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKX_DOCS_URL", "https://example.org")
    y = np.arange(90) % 3 // 2
    names = [f"<b>{j}</b>" for j in range(4)]
    if get_tags(estimator).input_tags.one_d_array:  # models of annotators
        items, annotators = np.arange(90) // 3, np.arange(90) % 4
        fitted = clone(estimator).fit(y, items=items, annotators=annotators)
    else:
        X = np.random.default_rng(0).normal(size=(90, 4)) + y[:, None]
        fitted = clone(estimator).fit(pd.DataFrame(X, columns=names), y)
    search = GridSearchCV(estimator, {})
    search.best_estimator_ = fitted
    before, after, step, last, found = (
        shown._repr_html_()
        for shown in (
            estimator,
            fitted,
            Pipeline([("<b>step", estimator)]),
            Pipeline([("<b>step", fitted)]),
            search,
        )
    )
    for html in (before, after, step, last, found):
        # The texts of 40 parameters, shown twice in a search, are most of the longest.
        assert len(html.encode()) < 120_000
        assert not re.search("<b>(step|[0-3])", html)
    cls = type(estimator)
    if cls.__module__.startswith("skx."):  # others are of this file and have no page
        page = f"skx.{cls.__module__.split('.')[1]}.{cls.__name__}.html"
        for html in (before, after, step, last):
            assert f"https://example.org/api/generated/{page}" in html
    assert "<span>Not fitted</span>" in before
    assert "<span>Fitted</span>" in after
    if hasattr(estimator, "_get_fitted_attr_html"):  # scikit-learn 1.9
        assert "Fitted attributes" not in before
        assert all("Fitted attributes" in html for html in (after, last, found))
