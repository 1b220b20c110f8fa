# SPDX-License-Identifier: BSD-3-Clause
"""ProportionLogisticRegression, against stored optima, scikit-learn and differences."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize, sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from skx.proportions import ProportionLogisticRegression, bag_target, make_bags
from skx.proportions._bags import read_bags
from skx.proportions._losses import BagLoss, CountLoss, Loss, SoftLoss, easy_loss
from skx.proportions._solver import fit_soft_logistic

VECTORS = Path(__file__).parents[1] / "vectors" / "proportions_bag_logistic.npz"
SETTINGS: dict[str, dict[str, Any]] = {
    "bag": {},
    "instance": {"interpolation": 1.0},
    "interp": {"interpolation": 0.3},
    "easy": {"loss": "easy"},
    "count": {"loss": "count"},
}


def test_labels_that_are_no_classes_are_named() -> None:
    X = np.arange(8.0)[:, None]
    y = bag_target([0, 0, 1, 1, 2, 2, 3, 3], counts=[0, 1, 1, 2])
    model = ProportionLogisticRegression().fit(X, y)
    for labels in (["no", "yes"] * 4, np.array(["no", "yes"] * 4, dtype=object)):
        with pytest.raises(ValueError, match=r"y holds 'no', and classes_ are \[0, 1"):
            model.score(X, labels)


def rows_and_labels(
    n: int = 240, d: int = 4, n_classes: int = 2, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(seed)
    X = random.normal(size=(n, d))
    scores = X @ random.normal(size=(d, n_classes)) + random.gumbel(size=(n, n_classes))
    return X, scores.argmax(axis=1)


def problem(n_classes: int = 2, bag_size: int = 6, **kwargs: Any) -> tuple:
    X, labels = rows_and_labels(n_classes=n_classes, **kwargs)
    bags = make_bags(X, bag_size=bag_size, random_state=0)
    return X, labels, bag_target(bags, y=labels)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("case", range(3))
def test_vectors_of_another_optimiser(case: int, name: str) -> None:
    stored = np.load(VECTORS)
    X, alpha = stored[f"{case}_X"], float(stored[f"{case}_alpha"])
    y = bag_target(stored[f"{case}_bags"], proportions=stored[f"{case}_proportions"])
    model = ProportionLogisticRegression(alpha=alpha, **SETTINGS[name]).fit(X, y)
    found = [*model.coef_[0], *model.intercept_]
    assert_allclose(found, stored[f"{case}_coef_{name}"], atol=5e-6)
    assert model.objective_ == pytest.approx(stored[f"{case}_obj_{name}"], abs=1e-10)


def losses(n_classes: int) -> list[Loss]:
    _, _, y = problem(n_classes)
    weights = np.random.RandomState(1).uniform(0.5, 2.0, len(y))
    bags = read_bags(y, None, weights, len(y), owner="test")
    plain = read_bags(y, None, None, len(y), owner="test")
    noisy = {"count_noise": ("gaussian", 0.7)}
    return [
        BagLoss(bags),
        BagLoss(bags, interpolation=0.3),
        BagLoss(bags, squared=True),
        BagLoss(bags, squared=True, interpolation=0.3),
        SoftLoss(bags.values[bags.codes], bags.weights),
        easy_loss(bags, bags.prior),
        CountLoss(plain),
        CountLoss(plain, **noisy),
    ]


@pytest.mark.parametrize("n_classes", [2, 3])
def test_gradients_are_those_of_the_losses(n_classes: int) -> None:
    shape = (240,) if n_classes == 2 else (240, n_classes)
    random = np.random.RandomState(2)
    scores, move = random.normal(size=shape), random.normal(size=shape)
    for loss in losses(n_classes):
        step = 1e-5
        up, down = loss(scores + step * move)[0], loss(scores - step * move)[0]
        slope = (loss(scores)[1] * move).sum()
        assert slope == pytest.approx((up - down) / (2 * step), rel=1e-6, abs=1e-9)


def test_bag_loss_is_the_logarithm_of_the_mean() -> None:
    # The mean of logarithms would pull these two rows towards 0.5 each.
    y = bag_target([0, 0], proportions=[0.5])
    bags = read_bags(y, None, None, 2, owner="test")
    logit = np.log(0.99 / 0.01)
    value, gradient = BagLoss(bags)(np.array([logit, -logit]))
    assert value == pytest.approx(np.log(2.0))
    assert_allclose(gradient, 0.0, atol=1e-15)


def test_saturated_bags_have_finite_losses_and_gradients() -> None:
    y = bag_target([0, 0, 1, 1, 2, 2], proportions=[0.0, 1.0, 0.5])
    bags = read_bags(y, None, None, 6, owner="test")
    for far in (30.0, 300.0, 3000.0):
        right = BagLoss(bags)(far * np.array([-1.0, -1, 1, 1, 1, -1]))
        wrong = BagLoss(bags)(far * np.array([1.0, 1, -1, -1, 1, 1]))
        assert right[0] == pytest.approx(np.log(2.0) / 3)
        assert_allclose(right[1], 0.0, atol=1e-12)
        assert np.isfinite(wrong[0])
        assert np.isfinite(wrong[1]).all()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_bags_of_one_row_are_a_logistic_regression(n_classes: int) -> None:
    X, labels, y = problem(n_classes, bag_size=1)
    weights = np.random.RandomState(0).randint(1, 4, len(X))
    peer = LogisticRegression(C=1 / (0.01 * weights.sum()), tol=1e-10, max_iter=1000)
    peer.fit(X, labels, weights)
    model = ProportionLogisticRegression(alpha=0.01).fit(X, y, weights)
    assert_allclose(model.coef_, peer.coef_, atol=1e-4)
    assert_allclose(model.predict_proba(X), peer.predict_proba(X), atol=1e-5)
    assert_array_equal(model.predict(X), peer.predict(X))
    assert model.score(X, labels) == peer.score(X, labels)


def test_interpolation_1_is_a_regression_of_repeated_shares() -> None:
    X, _, y = problem()
    twice = np.concatenate([1.0 - y["value"], y["value"]])
    peer = LogisticRegression(C=1 / (0.01 * len(X)), tol=1e-10, max_iter=1000)
    peer.fit(np.concatenate([X, X]), np.repeat([0, 1], len(X)), twice)
    model = ProportionLogisticRegression(alpha=0.01, interpolation=1.0).fit(X, y)
    assert_allclose(model.coef_, peer.coef_, atol=1e-5)
    fit = fit_soft_logistic(X, y["value"], np.ones(len(X)), alpha=0.01)
    assert_allclose(fit.coef, peer.coef_, atol=1e-5)


def test_a_single_bag_gets_its_share() -> None:
    X, _ = rows_and_labels(50)
    y = bag_target(np.zeros(50, int), proportions=[0.3])
    model = ProportionLogisticRegression().fit(X, y)
    assert model.predict_proba(X)[:, 1].mean() == pytest.approx(0.3, abs=1e-6)
    assert np.isfinite(model.coef_).all()


@pytest.mark.parametrize("loss", ["bag", "count", "squared", "easy"])
def test_exchanging_classes_exchanges_probabilities(loss: str) -> None:
    X, labels, y = problem()
    other = bag_target(y["bag"], y=1 - labels)
    one = ProportionLogisticRegression(loss=loss).fit(X, y).predict_proba(X)
    two = ProportionLogisticRegression(loss=loss).fit(X, other).predict_proba(X)
    assert_allclose(one, two[:, ::-1], atol=1e-5)


@pytest.mark.parametrize("loss", ["bag", "count", "squared", "easy"])
def test_neither_order_nor_names_of_bags_nor_repetition_matter(loss: str) -> None:
    X, labels, y = problem()
    coef = ProportionLogisticRegression(loss=loss).fit(X, y).coef_
    order = np.random.RandomState(0).permutation(len(X))
    twice = np.concatenate([y["bag"], y["bag"] + 99])
    others = [
        (X[order], y[order]),
        (X, bag_target(1000 - y["bag"], y=labels)),
        (np.tile(X, (2, 1)), bag_target(twice, y=np.tile(labels, 2))),
    ]
    for rows, target in others:
        model = ProportionLogisticRegression(loss=loss).fit(rows, target)
        assert_allclose(model.coef_, coef, atol=1e-5)


def test_weight_0_is_absence_and_weight_2_is_repetition() -> None:
    X, _, y = problem()
    weights = np.random.RandomState(0).randint(0, 3, len(X))
    rows = np.repeat(np.arange(len(X)), weights)
    share, bags = y["value"], y["bag"]
    one = ProportionLogisticRegression().fit(X, share, weights, bags=bags)
    two = ProportionLogisticRegression().fit(X[rows], share[rows], bags=bags[rows])
    assert_allclose(one.coef_, two.coef_, atol=1e-5)
    assert one.objective_ == pytest.approx(two.objective_)


def test_counts_know_the_weights_0_and_1_only() -> None:
    X, _, y = problem()
    weights = np.ones(len(X))
    weights[3] = 0.5
    model = ProportionLogisticRegression(loss="count")
    with pytest.raises(ValueError, match=r"sample_weight\[3\] is 0\.5; a count of"):
        model.fit(X, y, weights)
    some = y["bag"] >= 5
    coef = model.fit(X, y, some).coef_
    assert_allclose(coef, model.fit(X[some], y[some]).coef_, atol=1e-6)


@pytest.mark.parametrize("loss", ["bag", "count", "easy"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_sparse_rows_are_dense_rows(loss: str, fit_intercept: bool) -> None:
    X, _, y = problem()
    X = np.where(np.abs(X) < 0.7, 0.0, X) + np.array([0, 0, 5.0, 0])
    model = ProportionLogisticRegression(loss=loss, fit_intercept=fit_intercept)
    dense = model.fit(X, y)
    coef, objective = dense.coef_, dense.objective_
    for container in (sparse.csr_array, sparse.csc_matrix):
        model.fit(container(X), y)
        assert_allclose(model.coef_, coef, atol=1e-5)
        assert model.objective_ == pytest.approx(objective, abs=1e-10)
        assert_allclose(
            model.decision_function(container(X)),
            X @ coef[0] + model.intercept_,
            atol=1e-4,
        )


def test_two_columns_of_shares_are_one() -> None:
    X, _, y = problem()
    both = np.column_stack([1 - y["value"], y["value"]])
    one = ProportionLogisticRegression().fit(X, y)
    two = ProportionLogisticRegression().fit(X, both, bags=y["bag"])
    assert_array_equal(one.coef_, two.coef_)
    assert two.coef_.shape == (1, 4)
    assert_array_equal(two.classes_, [0, 1])


@pytest.mark.parametrize(
    "loss", ["bag", pytest.param("count", marks=pytest.mark.slow), "easy", "squared"]
)
def test_three_classes_are_told_apart(loss: str) -> None:
    X, labels, y = problem(3, n=480)
    names = np.array(["u", "v", "w"])
    target = bag_target(y["bag"], y=names[labels])
    model = ProportionLogisticRegression(loss=loss).fit(X, target)
    peer = LogisticRegression().fit(X, names[labels])
    assert model.coef_.shape == (3, 4)
    assert_array_equal(model.classes_, names)
    assert model.score(X, names[labels]) > peer.score(X, names[labels]) - 0.08


def test_search_finds_the_minimum_of_what_it_says() -> None:
    X, _, y = problem(3)
    bags = read_bags(y, None, None, len(X), owner="test")

    def objective(z: np.ndarray) -> float:
        coef, intercept = z[:12].reshape(3, 4), z[12:]
        scores = (X @ coef.T + intercept)[bags.order]
        return BagLoss(bags)(scores)[0] + 0.5 * 0.01 * (coef**2).sum()

    model = ProportionLogisticRegression(alpha=0.01).fit(X, y)
    found = np.concatenate([model.coef_.ravel(), model.intercept_])
    assert objective(found) == pytest.approx(model.objective_, abs=1e-12)
    end = optimize.minimize(objective, np.zeros(15), method="BFGS")
    assert model.objective_ <= end.fun + 1e-9


def test_stochastic_gradients_come_near_the_minimum() -> None:
    X, _, y = problem(n=2400, bag_size=8)
    exact = ProportionLogisticRegression().fit(X, y)
    sgd = ProportionLogisticRegression(solver="sgd", tol=1e-4, random_state=0).fit(X, y)
    start = -(0.5 * np.log(0.5) * 2)
    assert sgd.objective_ - exact.objective_ < 0.02 * (start - exact.objective_)
    again = ProportionLogisticRegression(solver="sgd", tol=1e-4, random_state=0)
    assert_array_equal(again.fit(X, y).coef_, sgd.coef_)


def test_partial_fit_goes_on_where_stochastic_gradients_have_ended() -> None:
    X, _, y = problem()
    model = ProportionLogisticRegression(solver="sgd", tol=0.01, random_state=0)
    coef = model.fit(X, y).coef_
    steps = model.n_iter_
    model.partial_fit(X, y)
    assert model.n_iter_ == steps + 1
    assert 0.0 < np.abs(model.coef_ - coef).max() < 0.5 * np.abs(coef).max()


def test_partial_fit_takes_chunks_of_whole_bags() -> None:
    X, labels, y = problem(n=2400, bag_size=8)
    model = ProportionLogisticRegression(random_state=0)
    order = np.argsort(y["bag"], kind="stable")
    for _ in range(10):
        for rows in np.split(order, 4):
            model.partial_fit(X[rows], y[rows])
    assert model.n_iter_ == 40
    assert model.n_bags_ == 10 * 300
    peer = LogisticRegression().fit(X, labels)
    assert model.score(X, labels) > peer.score(X, labels) - 0.02
    with pytest.raises(ValueError, match="of its 8 rows; splitting a bag"):
        model.partial_fit(X[:100], y[:100])
    shares = np.repeat([[0.2, 0.3, 0.5]], 4, axis=0)
    with pytest.raises(ValueError, match=r"y has the classes \[0, 1, 2\], but"):
        model.partial_fit(X[:4], shares, bags=[0] * 4)
    assert_array_equal(model.classes_, [0, 1])


def test_restarts_keep_the_lowest_objective() -> None:
    X, _, y = problem(bag_size=60)
    once = ProportionLogisticRegression(alpha=1e-6).fit(X, y)
    often = ProportionLogisticRegression(alpha=1e-6, n_restarts=5, random_state=0)
    assert often.fit(X, y).objective_ <= once.objective_ + 1e-12


def test_noisy_shares_need_a_noise() -> None:
    X, labels, y = problem(n=1200)
    noisy = y.copy()
    random = np.random.RandomState(0)
    noise = random.laplace(scale=0.3, size=200)[y["bag"]]
    noisy["value"] += noise
    assert noisy["value"].max() > 1.0
    with pytest.raises(ValueError, match=r"for shares with noise set count_noise"):
        ProportionLogisticRegression().fit(X, noisy)
    for loss in ("bag", "count", "easy", "squared"):
        model = ProportionLogisticRegression(loss=loss, count_noise=("laplace", 1.8))
        model.fit(X, noisy)
        assert model.score(X, labels) > 0.7
        assert np.isfinite(model.score(X, noisy))


def test_settings_that_have_no_meaning_are_refused() -> None:
    X, _, y = problem()
    _, _, y3 = problem(3)
    model = ProportionLogisticRegression(loss="easy", interpolation=0.5)
    with pytest.raises(ValueError, match=r"interpolation=0\.5 has no meaning for"):
        model.fit(X, y)
    for value in (-0.1, 1.1):
        with pytest.raises(ValueError, match="'interpolation' parameter"):
            ProportionLogisticRegression(interpolation=value).fit(X, y)
    with pytest.raises(ValueError, match="'loss' parameter"):
        ProportionLogisticRegression(loss="mean").fit(X, y)
    for noise in (("cauchy", 1.0), ("gaussian",), ("gaussian", -1.0)):
        with pytest.raises(ValueError, match="count_noise"):
            ProportionLogisticRegression(count_noise=noise).fit(X, y)
    model = ProportionLogisticRegression(loss="count", count_noise=("laplace", 1.0))
    with pytest.raises(ValueError, match="with loss='count' is for two classes"):
        model.fit(X, y3)


def test_a_search_that_is_cut_short_says_so() -> None:
    X, _, y = problem()
    with pytest.warns(ConvergenceWarning, match=r"stopped at max_iter=1 steps with a"):
        ProportionLogisticRegression(max_iter=1).fit(X, y)
    with pytest.warns(ConvergenceWarning, match=r"made max_iter=1 passes and the loss"):
        ProportionLogisticRegression(max_iter=1, solver="sgd").fit(X, y)


def test_shares_without_information_are_told() -> None:
    X, _ = rows_and_labels(n=90, d=12)
    bags = np.arange(90) // 10
    equal = bag_target(bags, proportions=np.full(9, 0.4))
    with pytest.warns(UserWarning, match=r"shares of the 9 bags differ less than by"):
        ProportionLogisticRegression().fit(X, equal)


def test_layout_and_precision_of_rows(layout: Any, float_dtype: type) -> None:
    X, _, y = problem()
    expected = ProportionLogisticRegression().fit(X, y).coef_
    model = ProportionLogisticRegression().fit(layout(X.astype(float_dtype)), y)
    assert_allclose(model.coef_, expected, atol=1e-4)


@pytest.mark.slow
def test_bags_of_like_rows_bias_the_easy_loss_alone() -> None:
    X, labels = rows_and_labels(n=10_000)
    truth = LogisticRegression(C=1e6).fit(X, labels).coef_[0]
    bags = make_bags(X, bag_size=20, strategy="sorted", by=X @ truth)
    y = bag_target(bags, y=labels)

    def gap(loss: str) -> float:
        model = ProportionLogisticRegression(loss=loss, alpha=1e-5).fit(X, y)
        return float(np.linalg.norm(model.coef_[0] - truth) / np.linalg.norm(truth))

    assert gap("bag") < 0.3
    assert gap("count") < 0.3
    assert gap("easy") > 1.0


def test_labelled_rows_beside_bags_help() -> None:
    X, labels = rows_and_labels(n=2000, d=10)
    truth = LogisticRegression(C=1e3).fit(X, labels).coef_[0]
    bags = make_bags(X, bag_size=100, random_state=0)
    mixed = np.where(np.arange(2000) < 300, 1000 + np.arange(2000), bags)
    gaps = []
    for codes in (bags, mixed):
        model = ProportionLogisticRegression().fit(X, bag_target(codes, y=labels))
        gaps.append(np.linalg.norm(model.coef_[0] - truth))
    assert gaps[1] < 0.7 * gaps[0]


@pytest.mark.parametrize("n_classes", [2, 3])
def test_easy_has_no_minimum_where_large_bags_have_other_shares(n_classes: int) -> None:
    X, labels, _ = problem(n_classes, n=240)
    bags = np.where(labels > 0, 0, 1 + np.arange(240) // 2)
    y = bag_target(bags, y=labels)
    model = ProportionLogisticRegression(loss="easy")
    with pytest.raises(
        ValueError, match=r"has no minimum .* has the mean .*; use loss"
    ):
        model.fit(X, y)
    ProportionLogisticRegression().fit(X, y)
