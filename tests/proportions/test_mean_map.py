# SPDX-License-Identifier: BSD-3-Clause
"""Logistic regression from means of classes."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

from skx.proportions import MeanMapClassifier, bag_target, make_bags
from skx.proportions._bags import read_bags
from skx.proportions._labels import top_labels

VECTORS = Path(__file__).parents[1] / "vectors" / "proportions_mean_map.npz"
METHODS = ["mm", "lmm", "amm_min", "amm_max"]


def data(n: int = 300, bag_size: int = 10, n_classes: int = 2, seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    labels = (X[:, 0] + 0.5 * rng.normal(size=n) > 0.3).astype(int)
    if n_classes == 3:
        labels += 2 * (X[:, 1] > 0.8) - (labels * (X[:, 1] > 0.8))
    return X, labels, make_bags(X, bag_size=bag_size, random_state=seed)


def test_vectors() -> None:
    with np.load(VECTORS) as stored:
        file = dict(stored)
    target = bag_target(file["bags"].astype(int), proportions=file["proportions"])
    model = MeanMapClassifier(alpha=float(file["alpha"]), tol=1e-10)
    model.fit(file["X"], target)
    np.testing.assert_allclose(
        model.class_means_, file["class_means"][::-1], rtol=0, atol=1e-8
    )
    # The coefficients are near 50: the tolerance is relative.
    found = np.append(model.coef_, model.intercept_)
    np.testing.assert_allclose(found, file["coef"], rtol=5e-4, atol=5e-4)
    assert model.objective_ == pytest.approx(file["obj"], abs=1e-7)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("method", ["mm", "lmm"])
def test_means_and_loss_by_their_definitions(method: str, n_classes: int) -> None:
    X, labels, bags = data(120, 8, n_classes)
    target = bag_target(bags, y=labels)
    w = np.random.default_rng(1).uniform(0.5, 2.0, size=len(X))
    model = MeanMapClassifier(method=method, alpha=0.1, gamma=0.3, tol=1e-9)
    model.fit(X, target, w)
    table = np.array([w * (bags == b) for b in range(bags.max() + 1)])
    share = table.sum(axis=1) / w.sum()
    means = table @ X / table.sum(axis=1)[:, None]
    first = np.unique(bags, return_index=True)[1]
    values = target["value"][first]
    if n_classes == 2:
        values = np.column_stack([1 - values, values])
    prior = share @ values
    m = len(share)
    if method == "mm":
        root = np.sqrt(share)[:, None]
        expected = np.linalg.lstsq(root * values, root * means, rcond=None)[0]
    else:
        square = ((means[:, None] - means) ** 2).sum(axis=2)
        alike = np.exp(-square / (share @ square @ share)) * share * share[:, None]
        alike /= alike.sum()
        laplacian = np.diag(alike.sum(axis=1)) - alike
        left = 0.3 * np.kron(laplacian, np.eye(n_classes))
        right = np.zeros((m * n_classes, X.shape[1]))
        for b in range(m):
            part = slice(b * n_classes, (b + 1) * n_classes)
            left[part, part] += share[b] * np.outer(values[b], values[b])
            right[part] = share[b] * np.outer(values[b], means[b])
        own = np.linalg.solve(left, right).reshape(m, n_classes, -1)
        expected = np.einsum("b,bk,bkj->kj", share, values, own) / prior[:, None]
    np.testing.assert_allclose(model.class_means_, expected, atol=1e-7)

    def loss(unknowns: np.ndarray) -> float:
        coef = unknowns.reshape(n_classes, -1)
        scores = X @ coef[:, :-1].T + coef[:, -1]
        operator = prior[:, None] * np.column_stack([expected, np.ones(n_classes)])
        fit = w @ np.logaddexp.reduce(scores, axis=1) / w.sum()
        return fit - (operator * coef).sum() + 0.05 * (coef[:, :-1] ** 2).sum()

    if n_classes == 3:
        end = minimize(loss, np.zeros(n_classes * (X.shape[1] + 1)))
        coef = end.x.reshape(n_classes, -1)
        np.testing.assert_allclose(model.coef_, coef[:, :-1], atol=2e-3)
        assert model.objective_ == pytest.approx(end.fun, abs=1e-6)


def test_large_gamma_is_one_mean_for_all_bags() -> None:
    X, labels, bags = data()
    target = bag_target(bags, y=labels)
    plain = MeanMapClassifier().fit(X, target)
    held = MeanMapClassifier(method="lmm", gamma=1e6).fit(X, target)
    np.testing.assert_allclose(held.class_means_, plain.class_means_, atol=1e-4)
    free = MeanMapClassifier(method="lmm", gamma=1e-3).fit(X, target)
    assert np.abs(free.class_means_ - plain.class_means_).max() > 0.05


@pytest.mark.parametrize("method", METHODS)
def test_recovers_labels_of_random_bags(method: str) -> None:
    X, labels, bags = data(2000, 5)
    model = MeanMapClassifier(method=method, alpha=0.1)
    model.fit(X, bag_target(bags, y=labels))
    assert roc_auc_score(labels, model.predict_proba(X)[:, 1]) > 0.9
    assert list(model.classes_) == [0, 1]
    assert (model.n_rounds_ > 0) == method.startswith("amm")


@pytest.mark.parametrize("method", METHODS)
def test_two_columns_are_one_and_flipped_labels_flip(method: str) -> None:
    X, labels, bags = data()
    shares = bag_target(bags, y=labels)["value"]
    one = MeanMapClassifier(method=method).fit(X, shares, bags=bags)
    two = MeanMapClassifier(method=method)
    two.fit(X, np.column_stack([1 - shares, shares]), bags=bags)
    np.testing.assert_allclose(one.predict_proba(X), two.predict_proba(X))
    flip = MeanMapClassifier(method=method).fit(X, 1 - shares, bags=bags)
    np.testing.assert_allclose(
        one.predict_proba(X), flip.predict_proba(X)[:, ::-1], atol=1e-4
    )


@pytest.mark.parametrize("method", METHODS)
def test_rows_twice_bags_renamed_and_weights(method: str) -> None:
    X, labels, bags = data(200)
    shares = bag_target(bags, y=labels)["value"]
    options = {"method": method, "tol": 1e-9, "alpha": 0.01}
    base = MeanMapClassifier(**options).fit(X, shares, bags=bags)
    twice = MeanMapClassifier(**options)
    twice.fit(np.tile(X, (2, 1)), np.tile(shares, 2), bags=np.append(bags, 90 - bags))
    np.testing.assert_allclose(base.coef_, twice.coef_, rtol=1e-3, atol=1e-4)
    heavy = MeanMapClassifier(**options)
    heavy.fit(X, shares, np.full(len(X), 2.0), bags=bags)
    np.testing.assert_allclose(base.coef_, heavy.coef_, rtol=1e-3, atol=1e-4)
    thin = MeanMapClassifier(**options).fit(sparse.csr_array(X), shares, bags=bags)
    np.testing.assert_allclose(base.coef_, thin.coef_, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("lowest", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_top_labels_by_enumeration(n_classes: int, lowest: bool) -> None:
    rng = np.random.default_rng(0)
    bags = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    labels = np.array([0, 1, 2, 1, 0, 0, 1, 1]) % n_classes
    target = bag_target(bags, y=labels, classes=range(n_classes))
    read = read_bags(target, None, None, 8, owner="test")
    scores = rng.normal(size=8) if n_classes == 2 else rng.normal(size=(8, 3))
    counts = read.counts()
    found = top_labels(scores, read, counts, lowest=lowest)
    np.testing.assert_array_equal(read.sums(found), counts)
    table = scores if n_classes == 3 else np.column_stack([np.zeros(8), scores])
    totals = [
        table[range(8), list(guess)].sum()
        for guess in product(range(n_classes), repeat=8)
        if all(
            sorted(np.array(guess)[read.codes == b])
            == sorted(labels[read.order][read.codes == b])
            for b in (0, 1)
        )
    ]
    mine = (found * scores).sum()
    assert mine == pytest.approx(min(totals) if lowest else max(totals))


def test_equal_scores_give_the_first_row_the_label() -> None:
    target = bag_target([0, 0, 0, 1], counts=[2, 0])
    read = read_bags(target, None, None, 4, owner="test")
    assert top_labels(np.zeros(4), read, read.counts()).tolist() == [1, 1, 0, 0]


def test_callable_affinity() -> None:
    X, labels, bags = data()
    target = bag_target(bags, y=labels)
    model = MeanMapClassifier(method="lmm", affinity=lambda m: np.ones((len(m),) * 2))
    rbf = MeanMapClassifier(method="lmm").fit(X, target)
    assert np.abs(model.fit(X, target).coef_ - rbf.coef_).max() > 1e-3
    model.set_params(affinity=lambda m: np.ones(3))
    with pytest.raises(ValueError, match=r"affinity returned an array of shape \(3,\)"):
        model.fit(X, target)
    model.set_params(affinity=lambda m: np.zeros((len(m),) * 2))
    with pytest.raises(ValueError, match="affinity returned zeros only"):
        model.fit(X, target)
    model.set_params(affinity=lambda m: np.tri(len(m)))
    with pytest.raises(ValueError, match="is not symmetric, or holds NaN or numbers"):
        model.fit(X, target)


@pytest.mark.parametrize("method", METHODS)
def test_shares_must_vary(method: str) -> None:
    X, _, bags = data()
    model = MeanMapClassifier(method=method)
    with pytest.raises(
        ValueError, match=r"The shares are \[0.7 0.3\] in every bag; Mean"
    ):
        model.fit(X, bag_target(bags, proportions=np.full(30, 0.3)))
    shares = np.tile([0.3, 0.5, 0.2], (30, 1))
    shares[::2] = [0.5, 0.2, 0.3]
    with pytest.raises(ValueError, match="3 classes in 30 bags are linearly dependent"):
        model.fit(X, bag_target(bags, proportions=shares))
    with pytest.raises(ValueError, match="cannot tell the means of the classes apart"):
        model.fit(X, bag_target(np.zeros(len(X), int), proportions=[0.4]))


def test_bad_input() -> None:
    X, labels, bags = data()
    shares = bag_target(bags, y=labels)["value"]
    with pytest.raises(ValueError, match="MeanMapClassifier was given no bags"):
        MeanMapClassifier().fit(X, shares)
    w = np.ones(len(X))
    w[7] = 3.0
    with pytest.raises(ValueError, match=r"sample_weight\[\d+\] is .* whole bags"):
        MeanMapClassifier(method="amm_min").fit(X, shares, w, bags=bags)
    MeanMapClassifier().fit(X, shares, w, bags=bags)


def test_means_of_each_bag_are_nearer_where_bags_have_more_in_common() -> None:
    # Two towns far apart in x, where the share is the same, and inside which it falls
    # with x. The share of a bag depends on its place in the town alone.
    rng = np.random.default_rng(0)
    place = np.repeat(rng.uniform(-1, 1, size=400), 5)
    town = np.repeat(rng.integers(0, 2, size=400), 5)
    X = np.column_stack([place + 4 * town, town + 0.01 * rng.normal(size=2000)])
    labels = (rng.uniform(size=2000) < (1 - place) / 2).astype(int)
    target = bag_target(np.repeat(np.arange(400), 5), y=labels)
    plain = MeanMapClassifier(alpha=1e-2).fit(X, target)
    own = MeanMapClassifier(method="lmm", gamma=0.1, alpha=1e-2).fit(X, target)
    gap = [m.class_means_[1] - m.class_means_[0] for m in (plain, own)]
    truth = X[labels == 1].mean(axis=0) - X[labels == 0].mean(axis=0)
    error = [np.abs(g - truth).sum() for g in gap]
    assert error[1] < 0.8 * error[0]
