# SPDX-License-Identifier: BSD-3-Clause
"""Rows on a device: the same results as on the host, and what stays there says so."""

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from numba import config
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from skx._backend import cuda
from skx.proportions import (
    AggregateRidge,
    BagKFold,
    MeanMapClassifier,
    PrivacyCurveDisplay,
    ProportionEMClassifier,
    ProportionLogisticRegression,
    ProportionPropagationClassifier,
    bag_log_loss,
    bag_mean_absolute_error,
    bag_target,
    count_posterior,
    make_aggregate_tables,
    make_bag_scorer,
    make_bags,
    neighbor_affinity,
    propagate_labels,
)
from skx.proportions import _device as there
from skx.proportions._bags import read_bags
from skx.proportions._counts import DeviceCounts, Noise, _device, infer_labels
from skx.proportions._losses import BagLoss, CountLoss, SoftLoss, easy_loss
from skx.proportions._propagation import _kernels
from skx.proportions._propagation._cuda import MESSAGES
from skx.proportions._solver import DevicePenalised, Penalised, spread_of_bags
from skx.testing import _cuda_on_cpu

COPIES = "computes on the host: .* MiB are copied from the CUDA device"
NOISES = [Noise(), Noise(1, 2.0), Noise(1, 0.5), Noise(2, 1.0)]


@pytest.fixture(autouse=True)
def no_warnings():
    """Nothing is copied to the host unless a test expects that."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def problem(
    n: int = 240, d: int = 5, k: int = 8, n_classes: int = 2, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return rows in any order, labels, bags, and shares of rows' bags."""
    rng = np.random.RandomState(seed)
    X = rng.normal(size=(n, d)) * np.arange(1, d + 1) + 3.0
    scores = (X - 3.0) @ rng.normal(size=(d, n_classes))
    labels = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)
    bags = rng.permutation(np.arange(n) // k)
    table = np.eye(n_classes)[labels]
    ids, codes = np.unique(bags, return_inverse=True)
    sums = np.stack([table[codes == b].mean(axis=0) for b in range(len(ids))])
    shares = sums[codes]
    return X, labels, bags, shares[:, 1] if n_classes == 2 else shares


# Sums over bags


@pytest.mark.parametrize("sizes", [[3, 1, 2], [700, 1, 300], [70_000, 5]])
def test_sums_of_bags_are_those_of_the_host(device: Any, sizes: list[int]) -> None:
    rng = np.random.RandomState(0)
    codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    weights = rng.uniform(0.5, 2.0, len(codes))
    weights[codes == 0] = 1.0
    weights[0] = 0.0
    bags = read_bags(codes / 3.0, codes, weights, len(codes), owner="test")
    X = rng.normal(size=(len(codes), 3))
    put = there.DeviceBags(bags, device.put(X))
    rows = X[bags.order]
    for part in (rows, rows[:, 0].copy()):
        found = device.get(put.sums(device.put(part)))
        assert_allclose(found, bags.sums(part), rtol=1e-12, atol=1e-12)
    means = bags.averaging(len(X)) @ X
    assert_allclose(device.get(put.averages(device.put(X))), means, rtol=1e-12)
    center, host = X.mean(axis=0), spread_of_bags(X, X.mean(axis=0), bags)
    assert_allclose(spread_of_bags(device.put(X), center, bags), host, rtol=1e-12)


def test_special_functions_are_those_of_scipy(device: Any) -> None:
    rng = np.random.RandomState(0)
    table = rng.normal(size=(50, 3)) * 300
    _, ours = there.functions_of(device.put(table))
    _, theirs = there.functions_of(table)
    found = device.get(ours.expit(device.put(table)))
    assert_allclose(found, theirs.expit(table), rtol=1e-13)
    for name in ("softmax", "log_softmax", "logsumexp"):
        found = device.get(getattr(ours, name)(device.put(table), axis=1))
        expected = getattr(theirs, name)(table, axis=1)
        assert_allclose(found, expected, rtol=1e-13, atol=1e-300)


# Linear models


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("all_rows", [True, False])
def test_losses_and_gradients_are_those_of_the_host(
    device: Any, n_classes: int, all_rows: bool
) -> None:
    X, _, bags, shares = problem(n_classes=n_classes)
    rng = np.random.RandomState(1)
    weights = None if all_rows else rng.randint(3, size=len(X)).astype(float)
    read = read_bags(shares, bags, weights, len(X), owner="test")
    X_there = device.put(X)
    bags_there = there.DeviceBags(read, X_there)
    pairs: list[Any] = [
        (BagLoss(read, **how), BagLoss(bags_there, **how))
        for how in (
            {},
            {"interpolation": 0.3},
            {"interpolation": 1.0},
            {"squared": True},
            {"squared": True, "interpolation": 0.3},
        )
    ]
    pairs.append((easy_loss(read, read.prior), easy_loss(read, read.prior, X_there)))
    assert isinstance(pairs[-1][1], SoftLoss)
    if all_rows and n_classes == 2:
        for noise in (None, ("gaussian", 0.7), ("laplace", 1.0)):
            host = CountLoss(read, count_noise=noise)
            pairs.append((host, CountLoss(read, count_noise=noise, reference=X_there)))
    n_outputs = 1 if n_classes == 2 else n_classes
    units = {
        "alpha": 0.01,
        "n_outputs": n_outputs,
        "center": X.mean(axis=0),
        "scale": rng.uniform(1, 2, X.shape[1]),
    }
    for host, own in pairs:
        for intercept in (True, False):
            args = {**units, "fit_intercept": intercept}
            one = Penalised(X, host, read.order, **args)
            other = DevicePenalised(X_there, own, read.order, **args)
            for scale in (0.1, 10.0):
                at = rng.normal(size=n_outputs * (X.shape[1] + intercept)) * scale
                value, gradient = one(at)
                found, slope = other(at)
                assert type(slope) is np.ndarray
                assert_allclose(found, value, rtol=1e-12)
                limit = 1e-12 * np.abs(gradient).max()
                assert_allclose(slope, gradient, rtol=1e-12, atol=limit)


SETTINGS: list[Any] = [
    (ProportionLogisticRegression(), 2),
    (ProportionLogisticRegression(), 3),
    (ProportionLogisticRegression(interpolation=0.2), 2),
    (ProportionLogisticRegression(loss="squared", n_restarts=1, random_state=0), 2),
    (ProportionLogisticRegression(loss="easy", fit_intercept=False), 3),
    (ProportionLogisticRegression(loss="easy"), 2),
    (ProportionLogisticRegression(loss="count"), 2),
    (ProportionLogisticRegression(loss="count", count_noise=("gaussian", 0.5)), 2),
    (MeanMapClassifier(), 2),
    (MeanMapClassifier(), 3),
    (MeanMapClassifier(method="lmm"), 2),
]


@pytest.mark.parametrize(("model", "n_classes"), SETTINGS, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_linear_models_are_fitted_on_the_device(
    device: Any, model: Any, n_classes: int, dtype: str
) -> None:
    X, labels, bags, shares = problem(n_classes=n_classes)
    X = X.astype(dtype)
    names = ["text", "whole"][dtype == "float32"]
    classes = np.array(["a", "b", "c"] if names == "text" else [3, 5, 8])[:n_classes]
    _, first = np.unique(bags, return_index=True)
    y = bag_target(bags, proportions=shares[first], classes=classes)
    model.set_params(tol=1e-10)
    host = model.fit(X, y)
    expected = [host.decision_function(X), host.predict_proba(X)]
    answer = host.predict(X)
    score, coef = host.score(X, y), host.coef_
    truth = classes[labels]
    accuracy = host.score(X, truth)
    X_there = device.put(X)
    model.fit(X_there, y)
    for name, value in vars(model).items():
        assert not name.endswith("_") or type(value) in (np.ndarray, int, float), name
    # As far as the steps of a solver go, which sees sums in another order.
    limit = 1e-6 * np.abs(coef).max()
    assert_allclose(model.coef_, coef, rtol=1e-5, atol=limit)
    assert_allclose(model.objective_, host.objective_, rtol=1e-10)
    found = model.predict(X_there)
    if names == "text":
        assert_array_equal(found, answer)
    else:
        assert_array_equal(device.get(found), answer)
    for name, values in zip(
        ("decision_function", "predict_proba"), expected, strict=True
    ):
        found = device.get(getattr(model, name)(X_there))
        assert_allclose(found, getattr(model, name)(X), rtol=1e-10, atol=1e-10)
        assert_allclose(found, values, rtol=1e-4, atol=1e-5)
    assert_allclose(model.score(X_there, y), score, rtol=1e-5)
    assert model.score(X_there, truth) == pytest.approx(accuracy)
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), answer)


def test_bags_may_live_anywhere_and_rows_may_have_no_weight(device: Any) -> None:
    X, _, bags, shares = problem()
    weights = np.random.RandomState(3).randint(3, size=len(X)).astype(float)
    model = ProportionLogisticRegression(tol=1e-10)
    coef = model.fit(X, shares, weights, bags=bags).coef_
    score = model.score(X, shares, weights, bags=bags)
    given = [device.put(a) for a in (X, shares, weights, bags)]
    model.fit(*given[:3], bags=given[3])
    assert_allclose(model.coef_, coef, rtol=1e-6)
    assert_allclose(model.score(*given[:3], bags=given[3]), score, rtol=1e-6)
    model.fit(given[0], shares, bags=[f"bag {b}" for b in bags])
    model.fit(X, given[1], bags=given[3])  # rows on the host stay there
    assert type(model.predict(X)) is np.ndarray
    scorer = make_bag_scorer("log_loss")
    there_ = scorer(model, given[0], given[1], bags=given[3])
    assert_allclose(there_, scorer(model, X, shares, bags=bags), rtol=1e-10)
    folds = BagKFold(3).split(given[0], given[1], given[3])
    for one, other in zip(folds, BagKFold(3).split(X, shares, bags), strict=True):
        assert_array_equal(one[1], other[1])


def test_bad_rows_and_bags_are_refused_as_on_the_host(device: Any) -> None:
    X, _, bags, shares = problem()
    model = ProportionLogisticRegression()
    with pytest.raises(NotFittedError):
        model.predict(device.put(X))
    model.fit(X, shares, bags=bags)
    holes = X.copy()
    holes[3, 1] = np.nan
    for method in (lambda X: model.fit(X, shares, bags=bags), model.predict_proba):
        with pytest.raises(ValueError, match="Input X contains NaN"):
            method(device.put(holes))
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array instead"):
        model.predict(device.put(X[0]))
    with pytest.raises(ValueError, match="X has 4 features, but ProportionLogistic"):
        model.predict(device.put(X[:, :4]))
    with pytest.raises(ValueError, match="was given no bags"):
        model.fit(device.put(X), device.put(shares))
    with pytest.raises(ValueError, match="bags has 2 entries but X has 240 rows"):
        model.fit(device.put(X), shares, bags=device.put(bags[:2]))
    mixed = device.put(np.arange(len(X)) / len(X))
    with pytest.raises(ValueError, match="y is not constant within bag"):
        model.fit(device.put(X), mixed, bags=device.put(bags))
    with pytest.raises(ValueError, match="The share of every bag is 0"):
        model.fit(device.put(X), device.put(np.zeros(len(X))), bags=bags)
    with pytest.raises(ValueError, match="has no minimum for these bags"):
        ProportionLogisticRegression(loss="easy").fit(
            device.put(X[:6]), np.array([1.0] * 5 + [0.0]), bags=[0] * 5 + [1]
        )


def test_rows_in_another_order_of_memory_are_read_right(device: Any) -> None:
    X, _, bags, shares = problem()
    model = ProportionLogisticRegression(tol=1e-10).fit(X, shares, bags=bags)
    coef = model.coef_
    wide = device.put(np.repeat(X, 2, axis=1))
    model.fit(wide[:, ::2], shares, bags=bags)
    assert_allclose(model.coef_, coef, rtol=1e-6)


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"interpolation": 0.4, "debias": True},
        {"alpha": 0.0, "fit_intercept": False},
        {"alpha": 1e-14},
    ],
    ids=str,
)
@pytest.mark.parametrize("wide", [False, True])
def test_ridge_is_fitted_on_the_device(
    device: Any, n_targets: int, how: dict[str, Any], wide: bool
) -> None:
    X, _, bags, _ = problem(d=50 if wide else 4)
    weights = np.random.RandomState(0).randint(3, size=len(X)).astype(float)
    means = (bags[:, None] % [5, 7] + 0.5 * bags[:, None])[:, :n_targets]
    means = means if n_targets > 1 else means[:, 0]
    model = AggregateRidge(**how).fit(X, means, weights, bags=bags)
    coef, intercept = model.coef_, model.intercept_
    answer = model.predict(X)
    score = model.score(X, means, weights, bags=bags)
    there_ = device.put(X)
    model.fit(there_, device.put(means), device.put(weights), bags=device.put(bags))
    assert type(model.coef_) is np.ndarray
    assert type(model.intercept_) is type(intercept)
    assert_allclose(model.coef_, coef, rtol=1e-8, atol=1e-8 * np.abs(coef).max())
    assert_allclose(model.intercept_, intercept, rtol=1e-8, atol=1e-8)
    found = device.get(model.predict(there_))
    assert_allclose(found, model.predict(X), rtol=1e-12, atol=1e-12)
    assert_allclose(found, answer, rtol=1e-7, atol=1e-7)
    found = model.score(there_, means, weights, bags=device.put(bags))
    assert_allclose(found, score, rtol=1e-7)
    assert_allclose(
        model.score(there_, device.put(means)), model.score(X, means), rtol=1e-7
    )
    with pytest.raises(ValueError, match="features, but AggregateRidge"):
        model.predict(device.put(X[:, :3]))


# Counts


@pytest.mark.parametrize("noise", NOISES, ids=str)
@pytest.mark.parametrize(
    ("low", "high", "n_bags"),
    [(1, 9, 40), (60, 300, 6), pytest.param(900, 2000, 3, marks=pytest.mark.slow)],
)
def test_labels_given_counts_are_those_of_the_host(
    device: Any,
    monkeypatch: pytest.MonkeyPatch,
    noise: Noise,
    low: int,
    high: int,
    n_bags: int,
) -> None:
    if config.DISABLE_JIT and low > 9:
        high, n_bags = low + 10, 2
    # Several launches.
    monkeypatch.setattr(_device, "ROOM", 20_000)
    rng = np.random.RandomState(low)
    sizes = rng.randint(low, high, n_bags)
    indptr = np.append(0, np.cumsum(sizes))
    counts = np.floor((sizes + 1) * rng.uniform(size=n_bags))
    counts[0] = sizes[0]
    counts += noise.kind and rng.normal(size=n_bags)
    tilts = np.full(n_bags, np.nan)
    for width in (1.0, 8.0):
        logits = rng.normal(size=indptr[-1]) * width
        known = DeviceCounts(device.put(logits), indptr, counts, noise=noise)
        assert len(known.edges) > 2 or high < 100 or noise.kind == 0
        tilts[:] = np.nan
        for as_messages in (False, True):
            how = {"as_messages": as_messages, "return_log_likelihood": True}
            expected = infer_labels(
                logits, indptr, counts, noise=noise, tilts=tilts, **how
            )
            found = [device.get(a) for a in known.infer(device.put(logits), **how)]
            for one, other in zip(found, expected, strict=True):
                assert_allclose(one, other, rtol=1e-12, atol=1e-12)
            assert_allclose(device.get(known.tilts), tilts, rtol=1e-12)


@pytest.mark.parametrize("noise", [None, ("gaussian", 0.8)])
@pytest.mark.parametrize("method", ["auto", "exact", "saddlepoint"])
def test_posteriors_are_computed_on_the_device(
    device: Any, noise: Any, method: str
) -> None:
    X, labels, bags, _ = problem(k=20)
    logits = X[:, :2] / 4.0
    ones = np.bincount(bags, labels)
    both = np.column_stack([20 - ones, ones])
    how: dict[str, Any] = {"count_noise": noise, "method": method}
    for given, counts in ((logits[:, 0], ones), (logits, both)):
        expected = count_posterior(
            given, bags, counts, return_log_likelihood=True, **how
        )
        there_ = [device.put(a) for a in (given, bags, counts)]
        found = count_posterior(*there_, return_log_likelihood=True, **how)
        for one, other in zip(found, expected, strict=True):
            assert_allclose(device.get(one), other, rtol=1e-10, atol=1e-12)
        alone = count_posterior(device.put(given), bags, counts, **how)
        assert_array_equal(device.get(alone), device.get(found[0]))
        one = count_posterior(given, *there_[1:], **how)
        assert_array_equal(one, count_posterior(given, bags, counts, **how))


def test_posteriors_of_several_classes_are_computed_on_the_host(device: Any) -> None:
    X, labels, bags, _ = problem(n_classes=3)
    counts = np.stack([np.bincount(bags, labels == c) for c in range(3)], axis=1)
    expected = count_posterior(X[:, :3], bags, counts)
    with pytest.warns(UserWarning, match=f"count_posterior {COPIES}"):
        found = count_posterior(device.put(X[:, :3]), bags, counts)
    assert_array_equal(device.get(found), expected)
    with pytest.raises(ValueError, match="Input logits contains NaN"):
        count_posterior(device.put(np.full(len(X), np.nan)), bags, counts[:, 0])
    with pytest.raises(ValueError, match="bags has the shape"):
        count_posterior(device.put(X[:, 0]), device.put(bags[:5]), counts[:, 0])


def test_the_text_for_counts_is_the_twin_of_the_kernel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if _cuda_on_cpu.compiler() is None:
        pytest.skip("no C++ compiler for the text of kernels")
    import array_api_strict as xp

    monkeypatch.setattr(cuda, "launch", _cuda_on_cpu.launch)
    rng = np.random.RandomState(0)
    large = 2 if config.DISABLE_JIT else 20
    sizes = np.append(rng.randint(1, 12, 20), rng.randint(300, 400, large))
    indptr = np.append(0, np.cumsum(sizes))
    counts = np.floor(sizes * rng.uniform(0.3, 0.7, len(sizes)))
    logits = rng.normal(size=indptr[-1])
    tilts = np.full(len(sizes), np.nan)
    expected, _ = infer_labels(logits, indptr, counts, tilts=tilts)
    place = xp.Device("device1")
    known = DeviceCounts(
        xp.asarray(logits, device=place), indptr, counts, noise=Noise()
    )
    found, _ = known.infer(xp.asarray(logits, device=place))
    found = np.asarray(xp.asarray(found, device=xp.Device("CPU_DEVICE"), copy=True))
    # What is compiled adds up small bags in any order.
    start = 0 if config.DISABLE_JIT else indptr[20]
    assert_array_equal(found[start:], expected[start:])
    assert_array_equal(known.tilts._array, tilts)


# Propagation


def graph_problem(seed: int = 0, n: int = 120, k: int = 6) -> tuple[Any, ...]:
    rng = np.random.RandomState(seed)
    X = rng.normal(size=(n, 3))
    affinity = neighbor_affinity(X, n_neighbors=4, metric="euclidean")
    bags = rng.permutation(np.arange(n) // k)
    labels = (X[:, 0] > 0).astype(float)
    counts = np.bincount(bags, labels)
    return affinity, bags, counts, X[:, 0] + rng.normal(size=n)


WAYS: list[dict[str, Any]] = [
    {},
    {"smoothness": 1.0, "max_iter": 7, "tol": 0.0},
    {"count_noise": ("gaussian", 0.7)},
    {"count_noise": ("laplace", 1.0), "damping": 0.2},
    {"count_strength": 3.0},
    {"algorithm": "max", "max_iter": 30, "tol": 0.0},
    {"bag_factor": "pairwise", "count_strength": 1.0, "max_iter": 20, "tol": 0.0},
    {
        "bag_factor": "pairwise",
        "count_strength": 1.0,
        "algorithm": "max",
        "max_iter": 20,
        "tol": 0.0,
    },
]


@pytest.mark.parametrize("how", WAYS, ids=str)
@pytest.mark.parametrize("in_order", [True, False])
def test_labels_are_propagated_on_the_device(
    device: Any, how: dict[str, Any], in_order: bool
) -> None:
    affinity, bags, counts, unary = graph_problem()
    if in_order:
        bags = np.sort(bags)
    expected = propagate_labels(affinity, bags, counts, unary=unary, **how)
    found = propagate_labels(affinity, bags, counts, unary=device.put(unary), **how)
    for name in ("probabilities", "log_odds"):
        assert_allclose(
            device.get(getattr(found, name)),
            getattr(expected, name),
            rtol=1e-9,
            atol=1e-9,
        )
    assert found.n_iter == expected.n_iter
    assert_allclose(found.residuals, expected.residuals, rtol=1e-9, atol=1e-12)
    assert (found.converged, found.damping) == (expected.converged, expected.damping)


def test_bags_alone_may_live_there_and_counts_may_have_two_columns(
    device: Any,
) -> None:
    affinity, bags, counts, unary = graph_problem()
    expected = propagate_labels(affinity, bags, counts)
    found = propagate_labels(affinity, device.put(bags), device.put(counts))
    assert_allclose(device.get(found.log_odds), expected.log_odds, rtol=1e-9)
    both = np.column_stack([6 - counts, counts])
    logits = np.column_stack([0 * unary, unary])
    expected = propagate_labels(affinity, bags, both, unary=logits)
    found = propagate_labels(affinity, bags, both, unary=device.put(logits))
    for name in ("probabilities", "log_odds"):
        values = getattr(expected, name)
        assert_allclose(device.get(getattr(found, name)), values, rtol=1e-9, atol=1e-9)


def test_propagation_on_the_host_says_so(device: Any) -> None:
    affinity, bags, counts, unary = graph_problem()
    dense = device.put(affinity.toarray())
    there_ = device.put(unary)
    expected = propagate_labels(affinity, bags, counts, unary=unary).probabilities
    with pytest.warns(UserWarning, match=f"The graph of propagate_labels {COPIES}"):
        found = propagate_labels(dense, bags, counts, unary=there_)
    assert_allclose(device.get(found.probabilities), expected, rtol=1e-9)
    how: dict[str, Any] = {
        "algorithm": "max",
        "count_noise": ("gaussian", 1.0),
        "max_iter": 5,
        "tol": 0.0,
    }
    expected = propagate_labels(affinity, bags, counts, unary=unary, **how).log_odds
    with pytest.warns(UserWarning, match=f"propagate_labels {COPIES}"):
        found = propagate_labels(affinity, bags, counts, unary=there_, **how)
    assert_array_equal(device.get(found.log_odds), expected)
    three = np.column_stack([counts, 6 - counts, 0 * counts])
    expected = propagate_labels(affinity, bags, three).probabilities
    with pytest.warns(UserWarning, match=f"propagate_labels {COPIES}"):
        found = propagate_labels(affinity, bags, device.put(three))
    assert_array_equal(device.get(found.probabilities), expected)


def test_bad_input_of_propagation_is_refused_as_on_the_host(device: Any) -> None:
    affinity, bags, counts, unary = graph_problem()
    holes = unary.copy()
    holes[0] = np.inf
    with pytest.raises(ValueError, match="Input unary contains infinity"):
        propagate_labels(affinity, bags, counts, unary=device.put(holes))
    with pytest.raises(ValueError, match=r"unary has the shape \(3,\)"):
        propagate_labels(affinity, bags, counts, unary=device.put(unary[:3]))
    with pytest.raises(ValueError, match=r"counts has the shape \(3,\)"):
        propagate_labels(affinity, device.put(bags), device.put(counts[:3]))


@pytest.mark.parametrize("rule", range(4))
def test_the_text_for_messages_is_the_twin_of_the_kernels(rule: int) -> None:
    if _cuda_on_cpu.compiler() is None:
        pytest.skip("no C++ compiler for the text of kernels")
    affinity, *_, totals = graph_problem()
    indptr, indices = affinity.indptr.astype(np.int64), affinity.indices
    n_rows, n_edges = len(indptr) - 1, len(indices)
    reverse = np.empty(n_edges, np.int64)
    _kernels.find_reverse(indptr, indices, affinity.data, reverse, 0, n_rows)
    rng = np.random.RandomState(rule)
    strength = affinity.data * (0.99 if rule == _kernels.SUM else 2.0)
    message = 5.0 * rng.normal(size=n_edges)
    n, damping = np.int64(n_rows), np.float64(0.3)
    renewed, sums = np.zeros(n_edges), np.zeros(n_rows)
    residuals, sent = np.zeros(n_rows), np.zeros(n_edges)
    _cuda_on_cpu.launch(
        MESSAGES,
        "pass_messages",
        n_rows,
        *(indptr, indices, reverse, strength, np.int32(rule), totals, damping),
        *(message, n, renewed, sums, residuals),
    )
    _kernels.send(indptr, reverse, strength, rule, totals, message, sent, 0, n_rows)
    own = np.zeros(n_rows)
    most = _kernels.receive(indptr, sent, 0.3, message, own, 0, n_rows)
    assert_array_equal(renewed, message)
    assert_array_equal(sums, own)
    assert residuals.max() == most


# Graphs


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("kernel", ["laplacian", "rbf", "constant"])
def test_graphs_are_those_of_the_host(device: Any, metric: str, kernel: str) -> None:
    rng = np.random.RandomState(0)
    # Copies, equal distances and rows of zeros.
    X = np.vstack([rng.normal(size=(60, 3)), rng.randint(-2, 3, size=(60, 3))])
    X[7] = X[3]
    for how in (
        {},
        {"n_neighbors": 1, "length_scale": "median"},
        {"n_neighbors": 9, "max_distance": 0.5, "length_scale": 2.0},
    ):
        expected = neighbor_affinity(X, metric=metric, kernel=kernel, **how)
        found = neighbor_affinity(device.put(X), metric=metric, kernel=kernel, **how)
        assert isinstance(found, sparse.csr_array)
        assert_array_equal(found.indptr, expected.indptr)
        assert_array_equal(found.indices, expected.indices)
        assert_allclose(found.data, expected.data, rtol=1e-12)


def test_graphs_of_extreme_rows(device: Any) -> None:
    rng = np.random.RandomState(0)
    how: dict[str, Any] = {"kernel": "constant", "metric": "euclidean"}
    for size in (1e200, 1e-200):
        X = rng.normal(size=(30, 2)) * size
        found = neighbor_affinity(device.put(X), **how).toarray()
        assert_array_equal(found, neighbor_affinity(X, **how).toarray())
    neighbor_affinity(device.put(np.full((30, 2), 1e-315)), **how)
    alone = neighbor_affinity(device.put(np.zeros((3, 2))), n_neighbors=1)
    assert alone.nnz == 0
    with pytest.raises(ValueError, match="X has 1 row"):
        neighbor_affinity(device.put(np.ones((1, 2))))
    with pytest.raises(ValueError, match="n_neighbors is 5, but there are 3 rows"):
        neighbor_affinity(device.put(np.ones((3, 2))))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        neighbor_affinity(device.put(np.full((3, 2), np.nan)))


# The classifier


@pytest.mark.parametrize(
    "how",
    [
        {"smoothness": 0.3},
        pytest.param({"max_iter": 10, "tol": 1e-4}, marks=pytest.mark.slow),
        {"prior": None, "smoothness": 0.5, "soft_labels": False},
        {"smoothness": 0.3, "n_rounds": 2},
        {"smoothness": 0.1, "algorithm": "max", "max_iter": 30, "tol": 0.0},
        {"smoothness": 0.3, "count_noise": ("gaussian", 0.4), "algorithm": "max"},
    ],
    ids=str,
)
def test_the_classifier_propagates_there_and_trains_on_the_host(
    device: Any, how: dict[str, Any]
) -> None:
    X, _, bags, shares = problem(n=240, k=6)
    weights = np.ones(len(X))
    weights[bags == 3] = 0.0
    model = ProportionPropagationClassifier(
        LogisticRegression(), random_state=0, max_iter=how.pop("max_iter", 100)
    )
    model.set_params(**{"tol": 1e-8, **how})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Labels have not settled")
        model.fit(X, shares, weights, bags=bags)
        expected, graph = model.label_probabilities_, model.affinity_
        proba, chosen = model.predict_proba(X), model.smoothness_
        message = f"that ProportionPropagationClassifier trains {COPIES}"
        with pytest.warns(UserWarning, match=message) as told:
            model.fit(device.put(X), device.put(shares), weights, bags=bags)
    ours = [w for w in told if "copied" in str(w.message)]
    assert len(ours) == 1
    assert ours[0].filename == __file__
    assert ours[0].filename == __file__
    assert_allclose(model.label_probabilities_, expected, rtol=1e-6, atol=1e-6)
    assert model.smoothness_ == chosen
    assert_array_equal(model.affinity_.indices, graph.indices)
    with pytest.warns(UserWarning, match=f"Classifier {COPIES}"):
        found = model.predict_proba(device.put(X))
    assert_allclose(device.get(found), proba, rtol=1e-5, atol=1e-5)


def test_three_classes_are_propagated_on_the_host(device: Any) -> None:
    X, _, bags, shares = problem(n=60, k=6, n_classes=3)
    model = ProportionPropagationClassifier(LogisticRegression(), smoothness=0.2)
    expected = model.fit(X, shares, bags=bags).label_probabilities_
    with pytest.warns(UserWarning, match="PropagationClassifier trains computes on"):
        model.fit(device.put(X), shares, bags=bags)
    assert_allclose(model.label_probabilities_, expected, rtol=1e-9)


# What computes on the host


def test_settings_without_a_device_path_say_so(device: Any) -> None:
    X, _, bags, shares = problem(n=80, d=3)
    there_ = device.put(X)
    model: Any = ProportionLogisticRegression(solver="sgd", tol=0.1)
    with pytest.warns(UserWarning, match=f"ProportionLogisticRegression {COPIES}"):
        model.fit(there_, shares, bags=bags)
    with pytest.warns(UserWarning, match=f"ProportionLogisticRegression {COPIES}"):
        model.partial_fit(there_, shares, bags=bags)
    model = MeanMapClassifier(method="amm_min")
    with pytest.warns(UserWarning, match=f"MeanMapClassifier {COPIES}"):
        model.fit(there_, shares, bags=bags)
    device.get(model.predict(there_))
    model = ProportionEMClassifier()
    with pytest.warns(UserWarning, match=f"ProportionEMClassifier {COPIES}"):
        model.fit(there_, device.put(shares), bags=device.put(bags))
    _, _, bags, shares = problem(n=80, n_classes=3)
    model = ProportionLogisticRegression(loss="count", tol=1e-2)
    coef = model.fit(X, shares, bags=bags).coef_
    message = f"The count loss of ProportionLogisticRegression {COPIES}"
    with pytest.warns(UserWarning, match=message):
        model.fit(there_, shares, bags=bags)
    assert_array_equal(model.coef_, coef)


def test_functions_on_the_host_say_so(device: Any) -> None:
    X, labels, bags, shares = problem()
    proba = np.clip(shares, 0.1, 0.9)
    calls: list[Any] = [
        (make_bags, (X,), {"strategy": "cluster", "bag_size": 10}),
        (bag_target, (bags,), {"y": labels}),
        (bag_log_loss, (shares, proba), {"bags": bags}),
        (bag_mean_absolute_error, (shares, proba), {"bags": bags}),
    ]
    for function, args, kwargs in calls:
        expected = function(*args, **kwargs)
        with pytest.warns(UserWarning, match=f"{function.__name__} {COPIES}"):
            found = function(*map(device.put, args), **kwargs)
        if isinstance(expected, float):
            assert found == expected
        elif expected.dtype.kind == "V":
            assert_array_equal(found, expected)
        else:
            assert_array_equal(device.get(found), expected)
    keys = np.arange(60).reshape(20, 3) % 4
    with pytest.warns(UserWarning, match=f"make_aggregate_tables {COPIES}"):
        make_aggregate_tables(device.put(keys), device.put(labels[:20]))


def test_a_figure_of_privacy_is_computed_on_the_host(device: Any) -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    X, _, bags, _ = problem()
    y = bag_target(bags, means=np.unique(bags) % 5)
    how: dict[str, Any] = {"epsilons": [1.0], "n_repeats": 1, "random_state": 0}
    how["bounds"] = (0.0, 4.0)
    model = AggregateRidge()
    expected = PrivacyCurveDisplay.from_estimator(model, X, y, **how)
    with pytest.warns(UserWarning, match=f"from_estimator {COPIES}"):
        found = PrivacyCurveDisplay.from_estimator(model, device.put(X), y, **how)
    plt.close("all")
    assert_array_equal(found.scores, expected.scores)
