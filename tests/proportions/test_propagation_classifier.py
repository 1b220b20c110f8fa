# SPDX-License-Identifier: BSD-3-Clause
"""The classifier on propagated labels: what it learns, chooses and refuses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.datasets import load_iris, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler

from skx.proportions import (
    BagKFold,
    ProportionBoostingClassifier,
    ProportionLogisticRegression,
    ProportionPropagationClassifier,
    bag_target,
    make_bags,
)
from skx.proportions._propagation_classifier import _best

SETTINGS = {"metric": "euclidean", "smoothness": 1.0, "random_state": 0}


def moons(n=300, bag_size=5):
    X, labels = make_moons(n, noise=0.1, random_state=0)
    bags = make_bags(X, bag_size=bag_size, random_state=0)
    return X, labels, bag_target(bags, y=labels)


def test_neighbours_bend_a_straight_prior() -> None:
    X, labels, y = moons()
    model = ProportionPropagationClassifier(GaussianNB(), **SETTINGS).fit(X, y)
    straight = model.prior_.decision_function(X) > 0
    inferred = model.label_probabilities_.argmax(axis=1)
    assert (straight == labels).mean() < 0.92
    assert (inferred == labels).mean() > 0.97
    assert model.n_iter_ == len(model.residuals_)
    assert model.smoothness_scores_ == {}


@pytest.mark.slow
def test_the_default_estimator_learns_moons() -> None:
    X, labels, y = moons(1000)
    model = ProportionPropagationClassifier(**SETTINGS).fit(X, y)
    assert model.score(X, labels) > 0.95


def test_a_pipeline_gets_soft_labels_as_its_last_step_would() -> None:
    X, _, y = moons()
    scaled = make_pipeline(StandardScaler(), LogisticRegression())
    model = ProportionPropagationClassifier(scaled, **SETTINGS).fit(X, y)
    q = model.label_probabilities_[:, 1]
    expected = make_pipeline(StandardScaler(), LogisticRegression()).fit(
        np.repeat(X, 2, axis=0),
        np.tile([0, 1], len(X)),
        logisticregression__sample_weight=np.column_stack([1 - q, q]).ravel() + 1e-12,
    )
    found = model.predict_proba(X)
    assert_allclose(found, expected.predict_proba(X), atol=0.01)
    with config_context(enable_metadata_routing=True):
        scaled[0].set_fit_request(sample_weight=False)
        scaled[-1].set_fit_request(sample_weight=True)
        routed = ProportionPropagationClassifier(scaled, **SETTINGS).fit(X, y)
        assert_allclose(routed.predict_proba(X), found)


@pytest.mark.parametrize("soft", [True, False])
def test_inferred_labels_keep_counts_in_the_order_of_rows(soft: bool) -> None:
    X, _, y = moons()
    moved = np.random.RandomState(0).permutation(len(X))
    X, y = X[moved], y[moved]
    model = ProportionPropagationClassifier(
        GaussianNB(), soft_labels=soft, **SETTINGS
    ).fit(X, y)
    labels = model.label_probabilities_
    assert_allclose(labels.sum(axis=1), 1)
    for bag in np.unique(y["bag"]):
        members = y["bag"] == bag
        count = y["value"][members][0] * members.sum()
        assert_allclose(labels[members, 1].sum(), count, atol=1e-6)
    if not soft:
        assert set(np.unique(labels)) == {0, 1}
        expected = GaussianNB().fit(X, labels[:, 1]).predict_proba(X)
        assert_allclose(model.predict_proba(X), expected, atol=1e-9)


def test_both_forms_of_input_give_the_same_model() -> None:
    X, _, y = moons()
    model = ProportionPropagationClassifier(GaussianNB(), **SETTINGS)
    one = model.fit(X, y).predict_proba(X)
    other = model.fit(X, y["value"], bags=y["bag"]).predict_proba(X)
    assert_array_equal(one, other)


def test_smoothness_is_chosen_by_held_out_bags() -> None:
    X, _, y = moons(200, 4)
    model = ProportionPropagationClassifier(GaussianNB(), random_state=0)
    model.fit(X, y)
    scores = model.smoothness_scores_
    assert list(scores) == [0.0, 0.1, 0.3, 1.0]
    assert scores[model.smoothness_] <= scores[0.3]
    again = ProportionPropagationClassifier(
        GaussianNB(), random_state=0, smoothness=model.smoothness_
    ).fit(X, y)
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_another_smoothness_must_be_better_by_more_than_its_error() -> None:
    rng = np.random.RandomState(0)
    weights = rng.randint(1, 5, size=400)
    usual = rng.uniform(size=400)
    step = rng.normal(size=400)
    step -= np.average(step, weights=weights)
    error = np.sqrt(np.sum((weights * step) ** 2)) / weights.sum()
    for gain, expected in ((0.9, 0.3), (1.1, 1.0)):
        losses = dict.fromkeys((0.0, 0.1), usual + 5.0)
        losses |= {0.3: usual, 1.0: usual + step - gain * error}
        best, scores = _best(losses, weights, 0.3)
        assert best == expected
        assert_allclose(scores[0.3] - scores[1.0], gain * error)


def test_any_classifier_of_bags_may_speak_first() -> None:
    X, labels, y = moons()
    prior = ProportionLogisticRegression(loss="count", alpha=1e-2)
    model = ProportionPropagationClassifier(GaussianNB(), prior=prior, **SETTINGS)
    model.fit(X, y)
    assert_allclose(model.prior_.coef_, prior.fit(X, y).coef_)
    assert (model.label_probabilities_.argmax(axis=1) == labels).mean() > 0.95
    model.set_params(prior=LogisticRegression())
    with pytest.raises(ValueError, match="whose fit takes no bags; pass 'model'"):
        model.fit(X, y)


@pytest.mark.slow
@pytest.mark.parametrize("tells", [True, False])
def test_held_out_bags_choose_who_speaks_first(tells: bool) -> None:
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, size=(3000, 2))
    odds = 12 * X[:, 0] * X[:, 1] * tells
    labels = (odds + rng.logistic(size=3000) > 0).astype(int)
    y = bag_target(np.arange(3000) // 5, y=labels)
    settings = {"smoothness": 0.1, "random_state": 0}
    model = ProportionPropagationClassifier(GaussianNB(), prior="auto", **settings)
    model.fit(X, y)
    assert set(model.prior_scores_) == {"model", "boosting"}
    assert isinstance(model.prior_, ProportionBoostingClassifier) == tells
    prior = ProportionBoostingClassifier() if tells else "model"
    same = ProportionPropagationClassifier(GaussianNB(), prior=prior, **settings)
    same.fit(X, y)
    assert same.prior_scores_ == {}
    assert_array_equal(model.label_probabilities_, same.label_probabilities_)


def test_few_bags_leave_nothing_to_choose_by() -> None:
    X, _, y = moons(64, 8)
    model = ProportionPropagationClassifier(GaussianNB()).fit(X, y)
    assert model.smoothness_ == 0.3
    assert model.smoothness_scores_ == {}
    model.set_params(prior="auto").fit(X, y)
    assert model.prior_scores_ == {}
    assert hasattr(model.prior_[-1], "coef_")


@pytest.mark.slow
def test_a_graph_that_tells_nothing_is_left_aside() -> None:
    rng = np.random.RandomState(0)
    X = np.column_stack([rng.normal(size=2000), 10 * rng.normal(size=(2000, 6))])
    labels = (X[:, 0] + 0.2 * rng.normal(size=2000) > 0).astype(int)
    y = bag_target(np.arange(2000) // 4, y=labels)
    model = ProportionPropagationClassifier(
        LogisticRegression(), metric="euclidean", random_state=0
    ).fit(X, y)
    assert model.smoothness_ < 0.3
    assert model.score(X, labels) > 0.85


def test_several_classes() -> None:
    X, labels = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])
    bags = make_bags(X, bag_size=6, random_state=0)
    y = bag_target(bags, y=names[labels])
    model = ProportionPropagationClassifier(GaussianNB(), smoothness=0.3).fit(X, y)
    assert_array_equal(model.classes_, names)
    assert model.score(X, names[labels]) > 0.9
    assert model.label_probabilities_.shape == (150, 3)
    with pytest.raises(ValueError, match="soft_labels=False is for two classes"):
        ProportionPropagationClassifier(soft_labels=False).fit(X, y)


def test_without_a_prior_counts_and_neighbours_decide() -> None:
    X, labels, y = moons(bag_size=3)
    model = ProportionPropagationClassifier(GaussianNB(), prior=None, **SETTINGS)
    model.fit(X, y)
    assert model.prior_ is None
    assert (model.label_probabilities_.argmax(axis=1) == labels).mean() > 0.9


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_later_rounds_look_for_neighbours_in_an_embedding() -> None:
    X, labels, y = moons()
    net = MLPClassifier((4,), max_iter=200, random_state=0)
    two = ProportionPropagationClassifier(net, n_rounds=2, **SETTINGS).fit(X, y)
    assert len(two.estimators_) == 2
    first = two.estimators_[0]
    hidden = np.maximum(X @ first.coefs_[0] + first.intercepts_[0], 0)
    same = ProportionPropagationClassifier(
        net, n_rounds=2, embedding=lambda rows: hidden[order_of(X, rows)], **SETTINGS
    ).fit(X, y)
    assert_allclose(two.predict_proba(X), same.predict_proba(X))
    for embedding in ["auto", SplineTransformer()]:
        model = ProportionPropagationClassifier(
            GaussianNB(), n_rounds=2, embedding=embedding, **SETTINGS
        ).fit(X, y)
        assert (model.label_probabilities_.argmax(axis=1) == labels).mean() > 0.9


def order_of(X, rows):
    """Positions in X of rows of it."""
    places = {tuple(row): i for i, row in enumerate(X)}
    return [places[tuple(row)] for row in rows]


def test_rows_of_no_weight_are_as_if_absent() -> None:
    X, _, y = moons()
    weights = np.ones(len(X))
    bags, shares = y["bag"].copy(), y["value"].copy()
    weights[bags == 3] = 0
    model = ProportionPropagationClassifier(GaussianNB(), **SETTINGS)
    expected = model.fit(
        X[weights > 0], shares[weights > 0], bags=bags[weights > 0]
    ).predict_proba(X)
    model.fit(X, shares, weights, bags=bags)
    assert_allclose(model.predict_proba(X), expected)
    left = model.label_probabilities_[weights == 0]
    assert_allclose(left, expected[weights == 0])


@pytest.mark.slow
def test_noisy_shares_may_be_impossible() -> None:
    X, labels, y = moons()
    shares = y["value"] + np.random.RandomState(0).normal(size=60)[y["bag"]] / 10
    model = ProportionPropagationClassifier(
        GaussianNB(), count_noise=("gaussian", 0.5), **SETTINGS
    ).fit(X, shares, bags=y["bag"])
    assert (model.label_probabilities_.argmax(axis=1) == labels).mean() > 0.9


def test_it_works_in_cross_validation() -> None:
    X, _, y = moons(200, 4)
    model = ProportionPropagationClassifier(GaussianNB(), **SETTINGS)
    scores = cross_val_score(model, X, y, cv=BagKFold(3))
    assert (scores > -0.7).all()
    with pytest.raises(ValueError, match="BagKFold"):
        cross_val_score(model, X, y, cv=3, error_score="raise")


@pytest.mark.parametrize(
    ("settings", "weigh", "match"),
    [
        ({"bag_factor": "pairwise"}, None, "'pairwise' needs a finite count_strength"),
        (
            {"estimator": KNeighborsClassifier()},
            None,
            "KNeighborsClassifier takes no sample_weight, which soft labels need",
        ),
        ({}, lambda n: np.arange(1.0, n + 1), "rows of bag 0 have different weights"),
    ],
)
def test_bad_input_is_explained(settings, weigh, match) -> None:
    X, _, y = moons()
    weights = None if weigh is None else weigh(len(X))
    model = ProportionPropagationClassifier(
        **{"estimator": GaussianNB(), "smoothness": 0.3} | settings
    )
    with pytest.raises(ValueError, match=match):
        model.fit(X, y, weights)


def test_columns_of_very_different_scales_warn() -> None:
    X, _, y = moons()
    model = ProportionPropagationClassifier(GaussianNB(), smoothness=0.1)
    with pytest.warns(UserWarning, match="standard deviations of the columns"):
        model.fit(X * [1.0, 1e5], y)


def test_messages_that_swing_warn() -> None:
    X, _, y = moons()
    model = ProportionPropagationClassifier(GaussianNB(), smoothness=1.0, max_iter=2)
    with pytest.warns(ConvergenceWarning, match="not settled after 2 sweeps"):
        model.fit(X, y)


def test_verbose_tells_what_is_done_and_chosen(capsys: pytest.CaptureFixture) -> None:
    X, _, y = moons()
    settings = SETTINGS | {"smoothness": "auto", "prior": "auto"}
    quiet = ProportionPropagationClassifier(GaussianNB(), **settings).fit(X, y)
    assert capsys.readouterr().out == ""
    told = ProportionPropagationClassifier(GaussianNB(), **settings, verbose=2)
    told.fit(X, y)
    out = capsys.readouterr().out
    assert "[ProportionPropagationClassifier] graph of 300 rows" in out
    losses = told.prior_scores_
    assert f"model: {losses['model']:.6g}, boosting: {losses['boosting']:.6g}" in out
    assert out.count("smoothness=0.1: loss of held-out bags 0.") == 3
    assert f"smoothness={told.smoothness_:g} is taken" in out
    assert "round 1 of 1" in out
    assert "[propagate_labels] sweep 10: " in out
    assert_array_equal(quiet.predict_proba(X), told.predict_proba(X))
