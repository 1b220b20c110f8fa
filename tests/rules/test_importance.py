# SPDX-License-Identifier: BSD-3-Clause
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skx import _optional
from skx.rules import (
    FOLDRClassifier,
    FOLDSEClassifier,
    RIPPERClassifier,
    RuleImportanceDisplay,
)

X = np.random.default_rng(0).normal(size=(200, 4))
Y = (X[:, 2] > 0) & (X[:, 0] < 0.8)


@pytest.fixture
def plt():
    plt = pytest.importorskip("matplotlib.pyplot")
    yield plt
    plt.close("all")


def labels(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


@pytest.mark.parametrize(
    "classifier", [FOLDRClassifier(), FOLDSEClassifier(), RIPPERClassifier(k=0)]
)
def test_bars_are_the_importances_and_numbers_the_conditions(plt, classifier):
    model = classifier.fit(X, Y)
    display = RuleImportanceDisplay.from_estimator(model)
    names = labels(display.ax_)
    assert names[-2:] == ["x0", "x2"]
    widths = [bar.get_width() for bar in display.bars_]
    by_name = dict(zip(names, widths, strict=True))
    expected = {f"x{j}": v for j, v in enumerate(model.feature_importances_) if v}
    assert by_name == expected
    assert widths == sorted(widths)
    counts = [int(text.get_text()) for text in display.ax_.texts]
    assert sum(counts) == model.n_conditions_
    assert sum(display.n_conditions) == model.n_conditions_


def test_bars_go_where_they_are_asked_to(plt):
    figure, ax = plt.subplots()
    model = FOLDSEClassifier().fit(X, Y)
    display = RuleImportanceDisplay.from_estimator(
        model, max_features=1, ax=ax, color="red"
    )
    assert (display.ax_, display.figure_) == (ax, figure)
    assert labels(ax) == ["x2"]
    assert display.bars_[0].get_facecolor() == (1, 0, 0, 1)
    again = display.plot()
    assert again.figure_ is not figure
    assert labels(again.ax_) == ["x0", "x2"]


def test_names_may_repeat_and_of_equals_the_first_is_on_top(plt):
    display = RuleImportanceDisplay(
        importances=[0.25, 0.5, 0.25, 0.0, 0.0],
        n_conditions=[1, 2, 1, 1, 0],
        feature_names=["a", "a", "b", "c", "d"],
    ).plot()
    assert labels(display.ax_) == ["c", "b", "a", "a"]


def test_no_rules_give_no_bars(plt):
    model = FOLDSEClassifier().fit(X, np.zeros(200))
    assert labels(RuleImportanceDisplay.from_estimator(model).ax_) == []


def test_what_cannot_be_drawn_is_told(plt, monkeypatch):
    with pytest.raises(NotFittedError):
        RuleImportanceDisplay.from_estimator(FOLDSEClassifier())
    model = FOLDSEClassifier().fit(X, Y)
    by_hand = FOLDSEClassifier.from_dict(model.rule_set_.to_dict())
    with pytest.raises(ValueError, match="has rules but no feature_importances_"):
        RuleImportanceDisplay.from_estimator(by_hand)
    with pytest.raises(ValueError, match="max_features is 0; expected 1 or more"):
        RuleImportanceDisplay.from_estimator(model, max_features=0)
    display = RuleImportanceDisplay(
        importances=[1.0], n_conditions=[1], feature_names=["a", "b"]
    )
    with pytest.raises(ValueError, match=r"have lengths \(1, 1, 2\); give one entry"):
        display.plot()

    def missing(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(_optional, "import_module", missing)
    with pytest.raises(ModuleNotFoundError, match="plot needs matplotlib"):
        display.plot()
