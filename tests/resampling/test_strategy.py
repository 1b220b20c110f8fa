# SPDX-License-Identifier: BSD-3-Clause
"""How many rows each class gets, against imbalanced-learn's own reading."""

from collections import Counter
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from imblearn.utils import check_sampling_strategy

from skx.resampling import SMOTE

NAMES = ["minority", "not minority", "not majority", "auto", "all"]
counts_of_classes = st.lists(st.integers(2, 40), min_size=2, max_size=5)


def labels_of(counts: list[int]) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)


def new_counts(strategy: Any, y: np.ndarray) -> dict:
    sampler = SMOTE(sampling_strategy=strategy).fit(np.zeros((len(y), 1)), y)
    return sampler.sampling_strategy_


def resampled_counts(strategy: Any, y: np.ndarray) -> dict:
    X = np.random.RandomState(0).normal(size=(len(y), 2))
    sampler = SMOTE(sampling_strategy=strategy, k_neighbors=1, random_state=0)
    return dict(Counter(np.asarray(sampler.fit_resample(X, y)[1]).tolist()))


@given(counts_of_classes, st.sampled_from(NAMES))
def test_names_mean_what_they_mean_in_imbalanced_learn(
    counts: list[int], name: str
) -> None:
    y = labels_of(counts)
    expected = check_sampling_strategy(name, y, "over-sampling")
    assert new_counts(name, y) == expected
    targets = {c: n + expected.get(c, 0) for c, n in enumerate(counts)}
    assert resampled_counts(name, y) == targets


@given(
    st.lists(st.integers(2, 60), min_size=2, max_size=2),
    st.floats(0, 1, exclude_min=True),
)
def test_ratios_mean_what_they_mean_in_imbalanced_learn(
    counts: list[int], ratio: float
) -> None:
    y = labels_of(counts)
    try:
        expected = check_sampling_strategy(ratio, y, "over-sampling")
    except ValueError:
        with pytest.raises(ValueError, match=r"a ratio above .* adds samples"):
            new_counts(ratio, y)
    else:
        assume(min(expected.values()) > 0)
        assert new_counts(ratio, y) == expected


@given(counts_of_classes, st.data())
def test_targets_mean_what_they_mean_in_imbalanced_learn(
    counts: list[int], data: st.DataObject
) -> None:
    y = labels_of(counts)
    chosen = data.draw(st.sets(st.sampled_from(range(len(counts)))))
    strategy = {c: counts[c] + data.draw(st.integers(0, 30)) for c in chosen}
    expected = check_sampling_strategy(strategy, y, "over-sampling")
    assert new_counts(strategy, y) == expected
    assert new_counts(MappingProxyType(strategy), y) == expected
    assert new_counts(lambda labels: strategy, y) == expected
    targets = {c: strategy.get(c, n) for c, n in enumerate(counts)}
    assert resampled_counts(strategy, y) == targets


def test_ratio_is_a_share_of_the_largest_class() -> None:
    y = labels_of([50, 10])
    assert resampled_counts(0.5, y) == {0: 50, 1: 25}
    assert resampled_counts(1.0, y) == {0: 50, 1: 50}
    assert resampled_counts(np.float32(0.25), y) == {0: 50, 1: 12}
    assert resampled_counts(0.5, 1 - y) == {1: 50, 0: 25}


def test_equally_large_classes_all_stay() -> None:
    y = labels_of([20, 20, 7])
    assert resampled_counts("auto", y) == {0: 20, 1: 20, 2: 20}
    assert new_counts("not minority", y) == {0: 0, 1: 0}
    assert resampled_counts("not minority", y) == {0: 20, 1: 20, 2: 7}


def test_balanced_classes_get_no_rows() -> None:
    y = labels_of([12, 12])
    for strategy in [*NAMES, {0: 12, 1: 12}, {}]:
        assert resampled_counts(strategy, y) == {0: 12, 1: 12}


@pytest.mark.parametrize(
    ("labels", "strategy"),
    [
        ([0, 1], {np.int64(1): 30}),
        ([0, 1], {np.uint8(1): np.int32(30)}),
        ([0, 1], {1: 30.0}),
        ([0, 1], {1.0: 30}),
        ([0.0, 1.0], {1: 30}),
        ([False, True], {True: 30}),
        ([False, True], {np.True_: 30}),
        (["no", "yes"], {"yes": 30}),
        (["no", "yes"], {np.str_("yes"): 30}),
        ([-7, 2**40], {2**40: 30}),
    ],
    ids=repr,
)
def test_labels_and_keys_may_be_of_any_type(labels: list, strategy: dict) -> None:
    y = np.array(labels)[labels_of([40, 10])]
    assert resampled_counts(strategy, y) == {labels[0]: 40, labels[1]: 30}
    if isinstance(labels[0], str):  # other objects are no labels in scikit-learn
        assert resampled_counts(strategy, y.astype(object)) == {"no": 40, "yes": 30}


def test_keys_of_the_outcome_are_python_objects_in_sorted_order() -> None:
    y = np.array(["c", "a", "b"])[labels_of([9, 3, 4])]
    found = new_counts({"b": 9, "a": 9}, y)
    assert list(found) == ["a", "b"]
    assert all(type(label) is str for label in found)
    assert [type(label) for label in new_counts("auto", labels_of([9, 4]))] == [int]


def test_callable_gets_the_labels_and_decides() -> None:
    seen = []

    def double(labels: np.ndarray) -> dict:
        seen.append(labels)
        return {label: 2 * n for label, n in Counter(labels.tolist()).items()}

    y = labels_of([15, 8])
    assert resampled_counts(double, y) == {0: 30, 1: 16}
    np.testing.assert_array_equal(seen[0], y)


@pytest.mark.parametrize("value", [None, 0.5, "auto", [1]])
def test_callable_must_return_a_dict(value: Any) -> None:
    with pytest.raises(
        ValueError, match=r"callable that returned .* must return a dict"
    ):
        new_counts(lambda labels: value, labels_of([15, 8]))


def test_class_missing_from_y_is_named() -> None:
    message = r"names class 'x', which is not present in y; its classes are \[0, 1\]"
    with pytest.raises(ValueError, match=message):
        new_counts({"x": 30}, labels_of([15, 8]))


@pytest.mark.parametrize("target", [7, 0, -1, 8.5, np.inf, np.nan, "30", None])
def test_target_that_cannot_be_reached_is_named(target: Any) -> None:
    message = f"asks for {target} samples of class 1, which has 8 already"
    with pytest.raises(ValueError, match=message):
        new_counts({1: target}, labels_of([15, 8]))


def test_ratio_needs_two_classes() -> None:
    message = "a ratio, which only two classes have, but y holds 3"
    with pytest.raises(ValueError, match=message):
        new_counts(0.5, labels_of([15, 8, 9]))


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.53])
def test_ratio_that_adds_nothing_says_what_would(ratio: float) -> None:
    message = (
        r"asks for \d+ samples of class 1, which already has 8; a ratio above 0.533"
    )
    with pytest.raises(ValueError, match=message):
        new_counts(ratio, labels_of([15, 8]))


@pytest.mark.parametrize("ratio", [0.0, -0.5, 1.01, "majority", "banana", [1], None])
def test_strategy_outside_its_domain_is_refused(ratio: Any) -> None:
    message = "The 'sampling_strategy' parameter of SMOTE must be"
    with pytest.raises(ValueError, match=message):
        new_counts(ratio, labels_of([15, 8]))


@pytest.mark.parametrize("label", [1, "spam", True])
def test_one_class_is_not_enough(label: Any) -> None:
    message = f"y holds one class only, {label!r}; SMOTE needs at least 2 classes"
    with pytest.raises(ValueError, match=message):
        new_counts("auto", np.full(20, label))
