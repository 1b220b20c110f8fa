# SPDX-License-Identifier: BSD-3-Clause
"""What no sampler of classes may take in silence, asked of every one of them."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import skx.resampling
from skx.resampling._base import Cleaner, OverSampler, Sampler

SAMPLERS = [
    cls
    for name in skx.resampling.__all__
    if isinstance(cls := getattr(skx.resampling, name), type)
    and issubclass(cls, Sampler)
]
# Rows are only copied, or columns are categories: values are not looked at.
BLIND = ["RandomOverSampler", "SMOTEN", "TemperatureSampler"]
SEEING = [cls for cls in SAMPLERS if cls.__name__ not in BLIND]
GROWING = [
    cls
    for cls in SAMPLERS
    if issubclass(cls, OverSampler) or cls.__name__.startswith("SMOTE")
]
X = np.random.RandomState(0).normal(size=(60, 3)).round(2)
Y = np.repeat([0, 1], [40, 20])

every_sampler = pytest.mark.parametrize("cls", SAMPLERS, ids=lambda c: c.__name__)
seeing_samplers = pytest.mark.parametrize("cls", SEEING, ids=lambda c: c.__name__)
growing_samplers = pytest.mark.parametrize("cls", GROWING, ids=lambda c: c.__name__)


def test_every_kind_of_sampler_is_asked() -> None:
    names = {cls.__name__ for cls in SAMPLERS}
    assert {"SMOTE", "SMOTENC", "TomekLinks", "SMOTEENN", "ProWSyn"} <= names
    assert len(names) >= 18
    assert len(GROWING) >= 12
    assert any(issubclass(cls, Cleaner) for cls in SAMPLERS)


@every_sampler
def test_one_class(cls: type) -> None:
    with pytest.raises(ValueError, match=r"one class only, 0; \w+ needs at least 2"):
        cls().fit_resample(X, np.zeros(60, int))


@every_sampler
def test_lengths_that_differ(cls: type) -> None:
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        cls().fit_resample(X, Y[:-1])


@every_sampler
def test_no_labels(cls: type) -> None:
    with pytest.raises(ValueError, match="requires y to be passed"):
        cls().fit_resample(X, None)


@every_sampler
def test_numeric_target_names_smoter(cls: type) -> None:
    with pytest.raises(ValueError, match=r"Unknown label type: continuous.*SMOTER"):
        cls().fit_resample(X, X[:, 0] + 0.001)


@every_sampler
def test_several_labels_name_mlsmote(cls: type) -> None:
    labels = np.column_stack([Y, np.ones_like(Y)])
    with pytest.raises(ValueError, match=r"several labels or none.*MLSMOTE"):
        cls().fit_resample(X, labels)


@every_sampler
def test_missing_labels(cls: type) -> None:
    with pytest.raises(ValueError, match="contains NaN"):
        cls().fit_resample(X, np.where(np.arange(60) == 3, np.nan, Y))


@every_sampler
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(60), "at least one non-zero|sample_weight is 0 for all 60 rows"),
        (np.where(np.arange(60) == 7, -1.5, 1), r"sample_weight\[7\] is -1.5"),
        (np.full(60, np.nan), "contains NaN"),
        (np.ones(59), r"sample_weight.shape == \(59,\)"),
    ],
    ids=["zeros", "negative", "NaN", "short"],
)
def test_weights(cls: type, weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cls().fit_resample(X, Y, sample_weight=weights)


@seeing_samplers
@pytest.mark.parametrize("kind", ["array", "frame"])
def test_infinity(cls: type, kind: str) -> None:
    table = X.copy()
    table[5, 1] = np.inf
    with pytest.raises(ValueError, match="contains infinity"):
        cls().fit_resample(pd.DataFrame(table) if kind == "frame" else table, Y)


@seeing_samplers
def test_complex_numbers(cls: type) -> None:
    with pytest.raises(ValueError, match="Complex data not supported"):
        cls().fit_resample(X + 1j, Y)


@seeing_samplers
def test_one_dimension(cls: type) -> None:
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        cls().fit_resample(X[:, 0], Y)


@growing_samplers
def test_class_that_is_not_there(cls: type) -> None:
    with pytest.raises(ValueError, match="names class 'spam', which is not present"):
        cls(sampling_strategy={"spam": 70}).fit_resample(X, Y)


@growing_samplers
def test_target_below_what_is_there(cls: type) -> None:
    with pytest.raises(ValueError, match="asks for 10 samples of class 1, which has 2"):
        cls(sampling_strategy={1: 10}).fit_resample(X, Y)


@growing_samplers
def test_ratio_with_three_classes(cls: type) -> None:
    with pytest.raises(ValueError, match="is a ratio, which only two classes have"):
        cls(sampling_strategy=0.5).fit_resample(X, np.arange(60) % 3)


@pytest.mark.parametrize(
    "name", ["SMOTENC", "MultivariateGaussianSMOTE"], ids=lambda name: name
)
def test_unknown_column_of_categories(name: str) -> None:
    sampler = getattr(skx.resampling, name)(categorical_features=["colour"])
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    with pytest.raises(ValueError, match="names column 'colour', which X"):
        sampler.fit_resample(frame, Y)


@every_sampler
@pytest.mark.parametrize("gap", [None, float("nan"), pd.NA], ids=repr)
def test_labels_that_are_missing(cls: type, gap: Any) -> None:
    labels = np.where(Y == 1, "rare", "common").astype(object)
    labels[3] = gap
    for y in (labels, labels.tolist(), pd.Series(labels)):
        with pytest.raises(ValueError, match="y holds missing values; leave those"):
            cls().fit_resample(X, y)


@every_sampler
def test_lazy_frames(cls: type) -> None:
    lazy = pl.DataFrame(X).lazy()
    with pytest.raises(TypeError, match=r"LazyFrame and holds no rows yet; pass X\."):
        cls().fit_resample(lazy, Y)
