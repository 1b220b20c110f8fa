# SPDX-License-Identifier: BSD-3-Clause
"""Noise on values of bags, and bag sizes that it asks for."""

import numpy as np
import pytest
from scipy import special, stats

from skx.proportions import (
    AggregateRidge,
    ProportionLogisticRegression,
    bag_target,
    make_bags,
    optimal_bag_size,
    privatize_bag_target,
)


def per_bag(target: np.ndarray) -> np.ndarray:
    return target["value"][np.unique(target["bag"], return_index=True)[1]]


def shares(n_bags: int = 3000, size: int = 4) -> np.ndarray:
    bags = np.repeat(np.arange(n_bags), size)
    return bag_target(bags, counts=np.arange(n_bags) % (size + 1))


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize(
    ("mechanism", "delta", "law"),
    [
        ("laplace", 0.0, stats.laplace(scale=2.0)),
        ("geometric", 0.0, stats.dlaplace(0.5)),
        ("gaussian", 1e-3, None),
    ],
)
def test_noise_of_counts(mechanism: str, delta: float, law, size: int) -> None:
    target = shares(size=size)
    private, (name, scale) = privatize_bag_target(
        target,
        epsilon=0.5,
        delta=delta,
        mechanism=mechanism,
        random_state=0,
        return_count_noise=True,
    )
    noise = (per_bag(private) - per_bag(target)) * size
    if mechanism == "geometric":
        whole = np.rint(noise)
        np.testing.assert_allclose(noise, whole, atol=1e-9)
        seen = np.bincount((whole.clip(-6, 6) + 6).astype(int), minlength=13)
        cuts = law.cdf(np.arange(-6, 6))
        expected = np.diff(np.concatenate([[0.0], cuts, [1.0]])) * len(noise)
        assert stats.chisquare(seen, expected).pvalue > 1e-3
        assert (name, scale) == ("laplace", 2.0)
        return
    if mechanism == "gaussian":
        law = stats.norm(scale=scale)
        # The curve of Balle and Wang's theorem 8, for a sensitivity of 1.
        plus = special.ndtr(0.5 / scale - 0.5 * scale)
        minus = special.ndtr(-0.5 / scale - 0.5 * scale)
        assert plus - np.exp(0.5) * minus == pytest.approx(delta, rel=1e-9)
        # Better than the classical bound.
        assert scale < np.sqrt(2 * np.log(1.25 / delta)) / 0.5
    else:
        assert (name, scale) == ("laplace", 2.0)
    assert stats.kstest(noise, law.cdf).pvalue > 1e-3


def test_probabilities_of_neighbours_differ_by_exp_epsilon() -> None:
    # The definition, with labels of two rows of different classes exchanged.
    epsilon, n = 0.8, 40_000
    size = 2
    counts = []
    for count in (0, 1):
        bags = np.repeat(np.arange(n), size)
        target = bag_target(bags, counts=np.full(n, count), sizes=np.full(n, size))
        private = privatize_bag_target(
            target, epsilon=epsilon, mechanism="geometric", random_state=count
        )
        counts.append(np.rint(per_bag(private) * size))
    for value in range(-2, 4):
        p, q = [(c == value).mean() for c in counts]
        error = 4 * np.sqrt(1 / (p * n) + 1 / (q * n))
        assert abs(np.log(p / q)) == pytest.approx(epsilon, abs=error)


@pytest.mark.parametrize("mechanism", ["laplace", "gaussian", "geometric"])
def test_several_classes(mechanism: str) -> None:
    n, size = 2000, 5
    bags = np.repeat(np.arange(n), size)
    table = np.tile([2, 2, 1], (n, 1))
    target = bag_target(bags, counts=table, classes=["a", "b", "c"])
    delta = 1e-4 if mechanism == "gaussian" else 0.0
    private, (name, scale) = privatize_bag_target(
        target,
        epsilon=1.0,
        delta=delta,
        mechanism=mechanism,
        random_state=0,
        return_count_noise=True,
    )
    noise = (per_bag(private) - per_bag(target)) * size
    law = {  # one label moves two counts by 1
        "laplace": stats.laplace(scale=2.0),
        "geometric": stats.dlaplace(0.5),
        "gaussian": stats.norm(scale=scale),
    }[mechanism]
    assert name == "gaussian"
    assert noise.std() == pytest.approx(law.std(), rel=0.06)
    assert scale == pytest.approx(law.std(), rel=0.1)
    assert np.abs(np.corrcoef(noise.T) - np.eye(3)).max() < 0.1
    assert private.dtype.fields["value"][2] == ("a", "b", "c")


def test_two_columns_share_their_noise() -> None:
    n = 500
    bags = np.repeat(np.arange(n), 4)
    one = bag_target(bags, counts=np.full(n, 1))
    two = bag_target(bags, counts=np.tile([3, 1], (n, 1)))
    options = {"epsilon": 1.0, "random_state": 3}
    first = per_bag(privatize_bag_target(one, **options))
    second = per_bag(privatize_bag_target(two, **options))
    np.testing.assert_allclose(second[:, 1], first)
    np.testing.assert_allclose(second.sum(axis=1), 1.0)


@pytest.mark.parametrize("mechanism", ["laplace", "gaussian"])
def test_means(mechanism: str) -> None:
    n, size = 3000, 5
    bags = np.repeat(np.arange(n), size)
    target = bag_target(bags, means=np.full((n, 2), 1.5))
    delta = 1e-5 if mechanism == "gaussian" else 0.0
    options = {"mechanism": mechanism, "delta": delta, "bounds": (-1.0, 3.0)}
    private = privatize_bag_target(target, epsilon=2.0, random_state=0, **options)
    noise = (per_bag(private) - 1.5) * size
    if mechanism == "laplace":  # one row moves two sums by 4
        assert noise.std() == pytest.approx(np.sqrt(2) * 8 / 2, rel=0.05)
    else:  # deviations are of the Euclidean length
        one = bag_target(bags, means=np.full(n, 1.5))
        single = privatize_bag_target(one, epsilon=2.0, random_state=1, **options)
        other = (per_bag(single) - 1.5) * size
        assert noise.std() == pytest.approx(np.sqrt(2) * other.std(), rel=0.06)


def test_rows_of_a_bag_stay_equal_and_the_target_is_untouched() -> None:
    rng = np.random.default_rng(0)
    bags = rng.integers(0, 30, size=200)
    target = bag_target(bags, y=rng.integers(0, 2, size=200))
    before = target.copy()
    private = privatize_bag_target(target, epsilon=1.0, random_state=0)
    np.testing.assert_array_equal(target, before)
    for name in ("bag", "size"):
        np.testing.assert_array_equal(private[name], target[name])
    assert len(np.unique(private["value"])) == 30
    order = rng.permutation(200)
    shuffled = privatize_bag_target(target[order], epsilon=1.0, random_state=0)
    np.testing.assert_array_equal(shuffled, private[order])


def test_a_model_learns_from_private_shares() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 3))
    labels = (X[:, 0] + 0.5 * rng.normal(size=1000) > 0).astype(int)
    target = bag_target(make_bags(X, bag_size=20, random_state=0), y=labels)
    private, noise = privatize_bag_target(
        target, epsilon=1.0, random_state=0, return_count_noise=True
    )
    strong = privatize_bag_target(target, epsilon=0.05, random_state=0)
    with pytest.raises(ValueError, match="noise set count_noise"):
        ProportionLogisticRegression().fit(X, strong)
    model = ProportionLogisticRegression(loss="count", count_noise=noise)
    assert model.fit(X, private).score(X, labels) > 0.8


def test_bad_input() -> None:
    target = shares(5)
    means = bag_target([0, 0, 1], means=[1.5, -3.0])
    hole = target.copy()
    hole["value"][7] = np.nan
    for change, match in (
        ({"target": target["value"]}, "target carries no bags"),
        ({"delta": 1e-5}, "delta=1e-05 does not go with mechanism='laplace'"),
        ({"mechanism": "gaussian"}, "'gaussian' needs a delta above 0"),
        ({"epsilon": 0.0}, "epsilon"),
        ({"target": hole}, "The value of bag 1 is nan; every bag needs a finite one"),
        ({"target": means, "bounds": ("a", "b")}, r"bounds=\('a', 'b'\); give the"),
        ({"target": target[:3]}, "bag 0 has 3 of its 4 rows"),
        ({"target": means}, r"The value of bag 0 is \[1.5\], no share. For means give"),
        ({"target": means, "bounds": (-1, 2)}, r"The mean of bag 1 is \[-3.\]"),
        ({"target": means, "bounds": (2, 1)}, r"bounds=\(2, 1\); give the least"),
        (
            {"target": means, "bounds": (-4, 2), "mechanism": "geometric"},
            "adds whole numbers to counts",
        ),
        (
            {"target": means, "bounds": (-4, 2), "return_count_noise": True},
            "return_count_noise=True is for shares",
        ),
    ):
        with pytest.raises(ValueError, match=match):
            privatize_bag_target(**({"target": target, "epsilon": 1.0} | change))


def test_without_shrinkage_bags_of_one_row_are_best() -> None:
    known = {"explained_variance": 1.0, "residual_variance": 0.5}
    for epsilon in (0.01, 1.0, 100.0):
        size, risks = optimal_bag_size(
            1000, 5, epsilon=epsilon, return_risks=True, **known
        )
        assert size == 1
        # The law of bag-level least squares.
        k = np.arange(1, 1001)
        np.testing.assert_allclose(risks, 5 * (0.5 * k + 2 / epsilon**2) / 1000)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rho", "alpha", "epsilon"),
    [(0.0, 0.0, 2.0), (1.0, 0.0, 1.0), (0.1, 0.0, 1.0), (0.0, 0.3, 0.7), (0.2, 0.1, 1)],
)
def test_risk_by_simulation(rho: float, alpha: float, epsilon: float) -> None:
    n, d = 3000, 4
    truth = np.array([0.5, -0.5, 0.3, 0.2])
    explained = truth @ truth
    _, risks = optimal_bag_size(
        n,
        d,
        epsilon=epsilon,
        bounds=(-4, 4),
        explained_variance=explained,
        residual_variance=0.5,
        interpolation=rho,
        alpha=alpha,
        return_risks=True,
    )
    for size in (1, 5, 30):
        found = []
        for seed in range(120):
            rng = np.random.default_rng(seed)
            X = rng.normal(size=(n, d))
            y = X @ truth + np.sqrt(0.5) * rng.normal(size=n)
            bags = np.arange(n) // size
            noise = rng.laplace(scale=8 / epsilon, size=n // size)
            means = np.bincount(bags, y) / size + noise / size
            model = AggregateRidge(interpolation=rho, alpha=alpha)
            gap = model.fit(X, means[bags], bags=bags).coef_ - truth
            found.append(gap @ gap)
        error = np.std(found) / np.sqrt(len(found))
        # First order in d / n, and in d / bags where only bags are seen.
        slack = 0.03 + (2 * d * size / n if rho == 0 else 0.02)
        expected = risks[size - 1]
        assert abs(np.mean(found) - expected) < 4 * error + slack * expected


def test_an_optimum_above_one_is_one_of_shrinkage() -> None:
    options = {
        "epsilon": 0.2,
        "bounds": (-4, 4),
        "explained_variance": 0.6,
        "residual_variance": 0.5,
        "return_risks": True,
    }
    size, risks = optimal_bag_size(3000, 4, interpolation=1.0, **options)
    assert 1 < size < 100
    assert risks[size - 1] < 0.5 * risks[0]
    # The best penalty for bags of one row does as well.
    single = [
        optimal_bag_size(3000, 4, alpha=alpha, max_size=1, **options)[1][0]
        for alpha in np.geomspace(0.1, 100, 40)
    ]
    assert min(single) < 1.02 * risks[size - 1]
    # And with the Gaussian mechanism there is an answer, too.
    gaussian = optimal_bag_size(3000, 4, interpolation=1.0, delta=1e-6, **options)[0]
    assert gaussian > size


def test_bad_planning() -> None:
    known = {"explained_variance": 1.0, "residual_variance": 0.5, "epsilon": 1.0}
    with pytest.raises(ValueError, match=r"bounds=\(1, 0\); give the least"):
        optimal_bag_size(100, 2, bounds=(1, 0), **known)
    with pytest.raises(ValueError, match="max_size"):
        optimal_bag_size(100, 2, max_size=0, **known)
