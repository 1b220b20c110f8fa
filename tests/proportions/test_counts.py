# SPDX-License-Identifier: BSD-3-Clause
"""Posterior of labels given their count, against enumeration and stored vectors."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, log_expit, log_softmax

from skx.proportions import count_posterior
from skx.proportions._counts import _kernels, infer_labels

VECTORS = Path(__file__).parents[1] / "vectors" / "proportions_count_factor.npz"


def vectors():
    stored = np.load(VECTORS)
    for case in range(int(stored["n_cases"])):
        tag = str(stored[f"{case}_tag"])
        logits = stored[f"{case}_logits"]
        noise, count = None, float(stored[f"{case}_count"])
        if tag.startswith("quadratic"):
            noise = ("gaussian", 1 / np.sqrt(2 * float(tag.removeprefix("quadratic"))))
            count = logits.shape[0] // 4
        elif tag == "laplace2":
            noise, count = ("laplace", 2), logits.shape[0] // 4 + 0.37
        yield tag, logits, count, noise, stored[f"{case}_post"], stored[f"{case}_logz"]


def infer_one(logits, count, **options):
    bags = np.zeros(len(logits), np.int64)
    posterior, likelihood = count_posterior(
        logits, bags, [count], return_log_likelihood=True, **options
    )
    return posterior, likelihood[0]


def enumerate_labels(logits, log_weight):
    """Posterior and log-likelihood by all labelings; ``log_weight`` of class counts."""
    n, n_classes = logits.shape
    prior = log_softmax(logits, axis=1)
    posterior = np.zeros_like(prior)
    for labels in product(range(n_classes), repeat=n):
        counts = np.bincount(labels, minlength=n_classes)
        weight = np.exp(prior[np.arange(n), labels].sum() + log_weight(counts))
        posterior[np.arange(n), labels] += weight
    total = posterior[0].sum()
    return posterior / total, np.log(total)


def random_bag(rng, n, n_classes, scale=1.0):
    logits = scale * rng.normal(size=(n, n_classes))
    return logits, np.bincount(rng.randint(n_classes, size=n), minlength=n_classes)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "tolerance"), [("exact", 1e-9), ("auto", 5e-5)])
def test_vectors_of_an_80_bit_programme(method: str, tolerance: float) -> None:
    n_soft = 0
    for tag, logits, count, noise, expected, log_z in vectors():
        posterior, likelihood = infer_one(
            logits, count, method=method, count_noise=noise
        )
        n_soft += noise is not None
        assert_allclose(posterior, expected, atol=tolerance, err_msg=tag)
        assert_allclose(likelihood, log_z, rtol=tolerance, atol=1e-9, err_msg=tag)
    assert n_soft > 5


@pytest.mark.slow
def test_vectors_by_the_saddle_point() -> None:
    checked = 0
    for tag, logits, count, noise, expected, _ in vectors():
        k = logits.shape[0]
        if k >= 512 and k / 8 <= count <= k / 2 and tag.startswith("k"):
            posterior, _ = infer_one(logits, count, method="saddlepoint")
            assert_allclose(posterior, expected, atol=2e-5, err_msg=tag)
            checked += noise is None
    assert checked >= 3


@pytest.mark.parametrize("k", [1, 2, 5, 8])
@pytest.mark.parametrize("scale", [1.0, 15.0])
def test_every_count_equals_enumeration(k: int, scale: float) -> None:
    logits = scale * np.random.RandomState(k).normal(size=k)
    columns = np.column_stack([np.zeros(k), logits])
    for count in range(k + 1):

        def log_weight(counts, count=count):
            return 0.0 if counts[1] == count else -np.inf

        expected, log_z = enumerate_labels(columns, log_weight)
        posterior, likelihood = infer_one(logits, count)
        assert_allclose(posterior, expected[:, 1], atol=1e-13)
        assert_allclose(likelihood, log_z, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("count", [-1.5, 0.0, 2.3, 9.0])
@pytest.mark.parametrize("noise", [("gaussian", 0.1), ("gaussian", 2), ("laplace", 1)])
def test_noisy_counts_equal_enumeration(noise: tuple, count: float) -> None:
    logits = 2 * np.random.RandomState(0).normal(size=7)
    columns = np.column_stack([np.zeros(7), logits])
    name, scale = noise

    def log_weight(counts):
        gap = counts[1] - count
        return -abs(gap) / scale if name == "laplace" else -((gap / scale) ** 2) / 2

    expected, log_z = enumerate_labels(columns, log_weight)
    posterior, likelihood = infer_one(logits, count, count_noise=noise)
    assert_allclose(posterior, expected[:, 1], atol=1e-12)
    assert_allclose(likelihood, log_z, rtol=1e-12)


@pytest.mark.slow
def test_noise_in_large_bags_equals_the_sum_over_exact_counts() -> None:
    rng = np.random.RandomState(0)
    logits = rng.normal(size=600)
    for sd, count in [(0.3, 250.4), (4.0, 281.5)]:
        counts = np.arange(200, 330)
        each = [infer_one(logits, s, method="exact") for s in counts]
        log_joint = np.array([one[1] for one in each])
        log_joint -= 0.5 * ((counts - count) / sd) ** 2
        weights = np.exp(log_joint - log_joint.max())
        expected = weights @ np.array([one[0] for one in each]) / weights.sum()
        log_z = np.log(weights.sum()) + log_joint.max()
        noise = ("gaussian", sd)
        for method, tolerance in [("exact", 1e-11), ("saddlepoint", 2e-5)]:
            posterior, likelihood = infer_one(
                logits, count, method=method, count_noise=noise
            )
            assert_allclose(posterior, expected, atol=tolerance)
            assert_allclose(likelihood, log_z, atol=tolerance)


@pytest.mark.parametrize("scale", [1.0, 20.0])
@pytest.mark.parametrize("sd", [None, 0.8])
@pytest.mark.parametrize(("k", "n_classes"), [(1, 3), (5, 3), (4, 4), (6, 2)])
def test_several_classes_equal_enumeration(k, n_classes, sd, scale) -> None:
    rng = np.random.RandomState(k)
    logits, counts = random_bag(rng, k, n_classes, scale)
    noise = None
    if sd is not None:
        counts = counts + rng.normal(size=n_classes)
        noise = ("gaussian", sd)

    def log_weight(found):
        if sd is None:
            return 0.0 if np.array_equal(found, counts) else -np.inf
        return -(((found - counts) / sd) ** 2).sum() / 2

    expected, log_z = enumerate_labels(logits, log_weight)
    posterior, likelihood = infer_one(logits, counts, count_noise=noise)
    assert_allclose(posterior, expected, atol=1e-12)
    assert_allclose(likelihood, log_z, rtol=1e-11, atol=1e-11)


@pytest.mark.slow
def test_several_classes_of_large_bags_are_near_the_exact_ones() -> None:
    rng = np.random.RandomState(0)
    for _ in range(5):
        logits, counts = random_bag(rng, 40, 3)
        exact, log_z = infer_one(logits, counts, method="exact")
        posterior, likelihood = infer_one(logits, counts)
        assert_allclose(posterior, exact, atol=3e-3)
        assert 0 < abs(posterior - exact).mean() < 3e-4
        assert_allclose(likelihood, log_z, atol=0.03)
        assert_allclose(posterior.sum(axis=0), counts, atol=1e-6)
        assert_allclose(posterior.sum(axis=1), 1, atol=1e-12)


@pytest.mark.slow
def test_auto_is_right_for_every_count_of_a_large_bag() -> None:
    # The saddle point alone is wrong by 1e-2 for few ones.
    logits = np.random.RandomState(0).normal(size=1024) - 1
    for count in [0, 1, 2, 5, 20, 100, 400, 900, 1020, 1023, 1024]:
        posterior, _ = infer_one(logits, count)
        exact, _ = infer_one(logits, count, method="exact")
        assert_allclose(posterior, exact, atol=5e-5)
        assert_allclose(posterior.sum(), count, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("shift", [-30.0, 30.0, 900.0])
def test_contradictions_stay_finite(shift: float) -> None:
    # Without a shift of the logits probabilities underflow, and dividing a row out of
    # the law of the sum loses all digits.
    rng = np.random.RandomState(0)
    spread = rng.normal(size=800)
    for method in ["exact", "auto", "saddlepoint"]:
        posterior, likelihood = infer_one(spread + shift, 400, method=method)
        centred, _ = infer_one(spread, 400, method=method)
        assert_allclose(posterior, centred, atol=1e-9)
        assert np.isfinite(likelihood)
    posterior, likelihood = infer_one(25 * spread, 799)
    assert np.isfinite(posterior).all()
    assert np.isfinite(likelihood)


def test_no_ones_and_all_ones_are_certain() -> None:
    logits = np.array([0.5, -2.0, 3.0])
    posterior, likelihood = infer_one(logits, 0)
    assert_array_equal(posterior, 0)
    assert_allclose(likelihood, log_expit(-logits).sum())
    posterior, likelihood = infer_one(logits, 3)
    assert_array_equal(posterior, 1)
    assert_allclose(likelihood, log_expit(logits).sum())
    messages, _ = infer_labels(
        logits, np.array([0, 3]), np.array([0.0]), as_messages=True
    )
    assert_array_equal(messages, -np.inf)


def test_messages_are_log_odds_less_logits() -> None:
    rng = np.random.RandomState(0)
    sizes = [3, 9, 30]
    indptr = np.append(0, np.cumsum(sizes))
    logits = rng.normal(size=42)
    counts = np.array([2.0, 4.0, 22.0])
    tilts = np.full(3, np.nan)
    posterior, _ = infer_labels(logits, indptr, counts)
    messages, _ = infer_labels(logits, indptr, counts, as_messages=True, tilts=tilts)
    assert_allclose(expit(logits + messages), posterior, atol=1e-13)
    again, _ = infer_labels(logits, indptr, counts, tilts=tilts)
    assert_allclose(again, posterior, atol=1e-13)


def test_gradient_of_the_likelihood_is_posterior_less_prior() -> None:
    rng = np.random.RandomState(0)
    logits = rng.normal(size=9)
    posterior, _ = infer_one(logits, 3)
    for i in range(9):
        step = np.zeros(9)
        step[i] = 1e-5
        rise = infer_one(logits + step, 3)[1] - infer_one(logits - step, 3)[1]
        assert_allclose(rise / 2e-5, posterior[i] - expit(logits[i]), atol=1e-8)


def test_posterior_grows_with_the_own_logit() -> None:
    logits = np.random.RandomState(0).normal(size=20)
    before, _ = infer_one(logits, 7)
    logits[3] += 0.5
    after, _ = infer_one(logits, 7)
    assert after[3] > before[3]
    assert (np.delete(after, 3) < np.delete(before, 3)).all()


def test_two_columns_are_one() -> None:
    rng = np.random.RandomState(0)
    logits = rng.normal(size=(30, 2))
    bags = rng.randint(4, size=30)
    sizes = np.bincount(bags)
    ones = sizes // 3
    counts = np.column_stack([sizes - ones, ones])
    posterior = count_posterior(logits, bags, counts)
    assert_allclose(posterior.sum(axis=1), 1)
    expected = count_posterior(logits[:, 1] - logits[:, 0], bags, ones)
    assert_allclose(posterior[:, 1], expected, atol=1e-14)


def test_the_likelihood_of_noisy_columns_need_not_be_asked_for() -> None:
    logits = np.random.RandomState(0).normal(size=(6, 2))
    data = logits, [0, 0, 0, 1, 1, 1], [[1, 2], [2.5, 1]]
    noise = ("gaussian", 1.0)
    expected, _ = count_posterior(*data, count_noise=noise, return_log_likelihood=True)
    assert_array_equal(count_posterior(*data, count_noise=noise), expected)


def test_flipped_labels_flip_the_posterior() -> None:
    logits = np.random.RandomState(0).normal(size=13)
    posterior, likelihood = infer_one(logits, 4)
    flipped, same = infer_one(-logits, 9)
    assert_allclose(flipped, 1 - posterior, atol=1e-13)
    assert_allclose(same, likelihood)


@pytest.mark.parametrize(
    "rename",
    [
        lambda bags: bags,
        lambda bags: bags * 10**12,
        lambda bags: bags.astype(np.uint8),
        lambda bags: np.array(list("abcdefg"))[bags],
        lambda bags: np.array(list("abcdefg"), object)[bags],
        lambda bags: list(bags / 2),
    ],
)
def test_order_and_names_of_bags_do_not_matter(rename) -> None:
    rng = np.random.RandomState(0)
    bags = np.append(np.arange(7), rng.randint(7, size=43))
    counts = np.bincount(bags) // 2
    logits = rng.normal(size=50)
    by_bag = np.argsort(bags, kind="stable")
    expected = np.empty(50)
    expected[by_bag] = count_posterior(logits[by_bag], bags[by_bag], counts)
    posterior, likelihood = count_posterior(
        logits, rename(bags), counts, return_log_likelihood=True
    )
    assert_array_equal(posterior, expected)
    for bag in range(7):
        alone, its = infer_one(logits[bags == bag], counts[bag])
        assert_array_equal(posterior[bags == bag], alone)
        assert likelihood[bag] == its


def test_counts_are_looked_up_by_their_bags() -> None:
    logits, bags = [2.0, 0.0, -2.0, 1.0, 1.0], ["a", "a", "a", "b", "b"]
    expected = count_posterior(logits, bags, [1, 2])
    for counts in (
        {"c": 0, "b": 2, "a": 1},
        pd.Series([2, 0, 1], index=["b", "c", "a"]),
        pd.Series([1, 2]),
    ):
        assert_array_equal(count_posterior(logits, bags, counts), expected)
    with pytest.raises(ValueError, match="counts has no entry for bag 'b'"):
        count_posterior(logits, bags, pd.Series([2, 1], index=["x", "a"]))


def test_pieces_do_not_change_results(monkeypatch) -> None:
    rng = np.random.RandomState(0)
    bags = np.sort(rng.randint(20, size=300))
    counts = np.bincount(bags) // 3
    logits = rng.normal(size=300)
    whole = count_posterior(logits, bags, counts)
    monkeypatch.setattr("skx.proportions._counts._posterior.PIECE_ROWS", 32)
    assert_array_equal(count_posterior(logits, bags, counts), whole)


def test_a_law_kept_in_part_equals_the_whole() -> None:
    # Few rows at a time, from marks, as for bags whose table would be large.
    rng = np.random.RandomState(0)
    k = 30
    p = expit(rng.normal(size=k))
    lows = np.empty(k + 1, np.int64)
    _kernels.place_windows(p, k, k, k + 1, lows)
    found = []
    for block in (k, 7):
        ends = np.zeros((2, k + 1))
        ends[0, 12] = 1.0
        marks = np.empty((-(-k // block), k + 1))
        table = np.empty((block + 1, k + 1))
        out = np.empty((2, k))
        _kernels.walk(p, 1 - p, k, k + 1, ends, lows, table, marks, block, out)
        found.append(out)
    assert_array_equal(found[0], found[1])


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"method": "fast"}, ValueError, "The 'method' parameter of count_posterior"),
        ({"counts": [1.5, 1]}, ValueError, r"count of bag 3 is 1.5, but .* whole"),
        ({"counts": [-1, 1]}, ValueError, "count of bag 3 is -1.0, but .* negative"),
        ({"counts": [1, 4]}, ValueError, "bag 7 is 4.0, but the bag has 2 rows only"),
        ({"counts": [1]}, ValueError, r"counts has the shape \(1,\); expected \(2,\)"),
        ({"bags": [3, 3, 7]}, ValueError, r"bags has the shape \(3,\) but .* 5 rows"),
        ({"bags": [3.0, np.nan, 3, 7, 7]}, ValueError, r"bags\[1\] is missing"),
        ({"bags": [8, "a", "a", 7, 7]}, ValueError, "bags mixes labels of types"),
        ({"logits": np.ones((5, 1))}, ValueError, r"logits has the shape \(5, 1\)"),
        ({"logits": [0, 0, np.inf, 0, 0]}, ValueError, "logits contains infinity"),
        ({"count_noise": 2}, ValueError, "The 'count_noise' parameter of"),
        ({"count_noise": ("cauchy", 1)}, ValueError, "expected None, "),
        ({"count_noise": ("laplace", 0)}, ValueError, "has the scale 0; it must be"),
        (
            {"count_noise": ("laplace", 1), "method": "saddlepoint"},
            ValueError,
            "knows no Laplace noise",
        ),
        (
            {"logits": np.ones((5, 3)), "counts": [[1, 1, 1], [1, 0, 0]]},
            ValueError,
            "counts of bag 7 sum to 1, but it has 2 rows",
        ),
        (
            {
                "logits": np.ones((5, 3)),
                "counts": np.ones((2, 3)),
                "count_noise": ("laplace", 1),
            },
            ValueError,
            "is for one column of logits",
        ),
    ],
)
def test_bad_input_is_explained(change: dict, error: type, match: str) -> None:
    good = {"logits": np.zeros(5), "bags": [3, 3, 3, 7, 7], "counts": [1, 2]}
    with pytest.raises(error, match=match):
        count_posterior(**good | change)


def test_exact_classes_of_large_bags_are_refused() -> None:
    with pytest.raises(ValueError, match="method='exact' would hold"):
        infer_one(np.zeros((4000, 4)), [1000] * 4, method="exact")
