# SPDX-License-Identifier: BSD-3-Clause
"""The figure of what privacy costs."""

import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skx.proportions import (
    AggregateRidge,
    BagKFold,
    PrivacyCurveDisplay,
    ProportionLogisticRegression,
    bag_target,
    make_bag_scorer,
    make_bags,
)

plt = pytest.importorskip("matplotlib.pyplot")
plt.switch_backend("agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    labels = (X[:, 0] + 0.5 * rng.normal(size=600) > 0).astype(int)
    return X, bag_target(make_bags(X, bag_size=10, random_state=0), y=labels)


def test_scores_rise_to_the_exact_score() -> None:
    X, y = data()
    model = make_pipeline(StandardScaler(), ProportionLogisticRegression())
    display = PrivacyCurveDisplay.from_estimator(
        model, X, y, epsilons=[100.0, 0.02, 1.0], n_repeats=2, random_state=0
    )
    mean = display.scores.mean(axis=1)
    assert mean[1] < mean[2] < mean[0]
    assert mean[0] == pytest.approx(display.exact_score, abs=0.01)
    by_hand = [
        clone(model).fit(X[train], y[train]).score(X[test], y[test])
        for train, test in BagKFold(5).split(X, y)
    ]
    assert display.exact_score == pytest.approx(np.mean(by_hand))
    # Drawn from left to right, whatever the order.
    np.testing.assert_array_equal(display.line_.get_xdata(), [0.02, 1.0, 100.0])
    np.testing.assert_allclose(display.line_.get_ydata(), mean[[1, 2, 0]])
    assert display.ax_.get_xscale() == "log"
    assert display.ax_.figure is display.figure_
    assert model.get_params()["proportionlogisticregression__count_noise"] is None


def test_means_scorers_and_a_given_panel() -> None:
    X, _ = data()
    y = bag_target(np.arange(600) // 10, y=X[:, 0].clip(-2, 2))
    _, ax = plt.subplots()
    display = PrivacyCurveDisplay.from_estimator(
        AggregateRidge(alpha=0.01),
        X,
        y,
        epsilons=[0.2],
        bounds=(-2, 2),
        cv=BagKFold(3),
        scoring=make_bag_scorer("squared_error"),
        n_repeats=1,
        random_state=0,
        ax=ax,
    )
    assert display.ax_ is ax
    assert display.scores[0, 0] < display.exact_score <= 0
    again = display.plot(color="red")
    assert again.ax_ is not ax
    assert again.line_.get_color() == "red"


def test_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = data()
    with pytest.raises(ValueError, match="y carries no bags"):
        PrivacyCurveDisplay.from_estimator(AggregateRidge(), X, y["value"])
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="needs matplotlib, which is not installed"):
        PrivacyCurveDisplay.from_estimator(AggregateRidge(), X, y)
