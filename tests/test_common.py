# SPDX-License-Identifier: BSD-3-Clause
"""Batteries of checks that nobody here wrote, over every public estimator."""

from collections.abc import Callable
from typing import Any

import pytest
from imblearn.utils.estimator_checks import (
    parametrize_with_checks as parametrize_with_sampler_checks,
)
from sklearn import config_context, get_config
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import (
    check_param_validation,
    parametrize_with_checks,
)

from skx.resampling import SMOTE
from skx.testing import all_estimators


def resampled_classifiers(cls: type) -> list[Any]:
    # The checks fit classes of three rows, which SMOTE's five neighbours do not fit.
    sampler = SMOTE(small_class="shrink")
    model = LogisticRegression(max_iter=1000)
    return [
        cls(model, sampler=sampler, calibrate=calibrate, random_state=0)
        for calibrate in (None, "prior", "sigmoid")
    ]


# Instances of the classes that are not checked as their defaults alone.
INSTANCES: dict[str, Callable[[type], list[Any]]] = {
    "ResampledClassifier": resampled_classifiers,
}
# Checks that fail for a reason: class name -> check name -> why. Meant to stay empty.
EXPECTED_FAILURES: dict[str, dict[str, str]] = {
    "SMOTENC": {
        "check_samplers_string": "its only column holds categories, for which SMOTENC "
        "refers to SMOTEN"
    },
}

ESTIMATORS = [
    instance
    for name, cls in all_estimators()
    for instance in INSTANCES.get(name, lambda cls: [cls()])(cls)
]
# imbalanced-learn's checks compare two calls and leave the seed to the caller.
RESAMPLING = [
    clone(estimator).set_params(random_state=0)
    if "random_state" in estimator.get_params()
    else estimator
    for estimator in ESTIMATORS
    if type(estimator).__module__.startswith("skx.resampling")
]


def expected_failures(estimator: Any) -> dict[str, str]:
    return EXPECTED_FAILURES.get(type(estimator).__name__, {})


def test_array_api_checks_are_switched_on() -> None:
    # scikit-learn skips them in silence where SciPy was imported without the variable,
    # and refuses the option then.
    with config_context(array_api_dispatch=True):
        assert get_config()["array_api_dispatch"]


def test_estimators_are_found() -> None:
    names = [name for name, _ in all_estimators()]
    assert "SMOTE" in names
    assert names == sorted(names)
    assert all(hasattr(cls, "fit") for _, cls in all_estimators())


def listed(mark: pytest.MarkDecorator) -> pytest.MarkDecorator:
    """Hand pytest a list: it deprecates the generators that both libraries pass."""
    names, cases = mark.args
    return pytest.mark.parametrize(names, list(cases), **mark.kwargs)


@listed(
    parametrize_with_checks(
        ESTIMATORS, expected_failed_checks=expected_failures, xfail_strict=True
    )
)
def test_scikit_learn_check(estimator: Any, check: Callable) -> None:
    check(estimator)


@listed(
    parametrize_with_sampler_checks(
        RESAMPLING, expected_failed_checks=expected_failures
    )
)
def test_imbalanced_learn_check(estimator: Any, check: Callable) -> None:
    check(estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_every_parameter_is_validated(estimator: Any) -> None:
    check_param_validation(type(estimator).__name__, estimator)
