# SPDX-License-Identifier: BSD-3-Clause
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skx import active
from skx.active import (
    bald,
    consensus_entropy,
    cost_margin,
    entropy,
    expected_cost,
    kl_disagreement,
    least_confidence,
    margin,
    variation_ratio,
    vote_entropy,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "active_scores.npz"
POINT = [least_confidence, margin, entropy]


@pytest.fixture(scope="module")
def vectors():
    return np.load(VECTORS)


@pytest.mark.parametrize("name", ["least_confidence", "margin", "entropy"])
def test_point_scores_of_reference(vectors, name) -> None:
    ours = getattr(active, name)(vectors["proba"])
    assert ours.dtype == np.float64
    np.testing.assert_allclose(ours, vectors[name], rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", ["expected_cost", "cost_margin"])
def test_cost_scores_of_reference(vectors, name) -> None:
    ours = getattr(active, name)(vectors["proba"], vectors["cost"])
    np.testing.assert_allclose(ours, vectors[name], rtol=0, atol=1e-10)


def test_committee_scores_of_reference(vectors) -> None:
    P, votes = vectors["committee_proba"], vectors["committee_votes"]
    for name, ours in {
        "vote_entropy": vote_entropy(votes, 5),
        "variation_ratio": variation_ratio(votes, 5),
        "consensus_entropy": consensus_entropy(P),
        "kl_mean": kl_disagreement(P),
        "kl_max": kl_disagreement(P, reduce="max"),
        "bald": bald(P),
    }.items():
        np.testing.assert_allclose(
            ours, vectors[f"committee_{name}"], rtol=0, atol=1e-10, err_msg=name
        )


def test_bald_is_entropy_of_mean_less_mean_of_entropies(vectors) -> None:
    P = vectors["committee_proba"]
    inner = entropy(P.reshape(-1, 5)).reshape(P.shape[:2]).mean(axis=1)
    np.testing.assert_allclose(bald(P), consensus_entropy(P) - inner, atol=1e-13)


def test_zero_probabilities_and_agreement_score_zero() -> None:
    P = np.array([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])
    for score in (consensus_entropy, kl_disagreement, bald):
        assert (score(P) == 0.0).all()
    for score in POINT:
        assert (score([[1.0, 0.0]]) == 0.0).all()


def test_one_class_scores_zero() -> None:
    for score in POINT:
        assert score([[1.0]]) == [0.0]
    assert entropy([[1.0]], normalize=True) == [0.0]
    assert cost_margin([[1.0]], [[0.0]]) == [0.0]


def test_normalized_entropy_is_at_most_one() -> None:
    assert entropy([[0.2] * 5], normalize=True)[0] == pytest.approx(1.0)


def test_two_classes_are_ordered_alike_by_all_scores() -> None:
    p = np.random.default_rng(0).random(50)
    proba = np.column_stack([1 - p, p])
    orders = [np.argsort(score(proba)).tolist() for score in POINT]
    assert orders[0] == orders[1] == orders[2]


def test_expected_cost_of_equal_costs_is_least_confidence(vectors) -> None:
    proba = vectors["proba"]
    cost = 1.0 - np.eye(5)
    np.testing.assert_allclose(expected_cost(proba, cost), least_confidence(proba))
    np.testing.assert_allclose(cost_margin(proba, cost), margin(proba) - 1, atol=1e-15)


@pytest.mark.parametrize("score", POINT)
def test_scores_do_not_depend_on_layout_or_container(vectors, score, layout) -> None:
    proba = vectors["proba"]
    expected = score(proba)
    np.testing.assert_array_equal(score(layout(proba)), expected)
    np.testing.assert_array_equal(score(pd.DataFrame(proba)), expected)
    np.testing.assert_allclose(score(proba.astype(np.float32)), expected, atol=1e-6)


@pytest.mark.slow
def test_threads_score_all_rows_and_find_the_first_wrong_one(vectors) -> None:
    proba = np.tile(vectors["proba"], (400, 1))  # several threads from 40 000 rows
    np.testing.assert_array_equal(margin(proba), np.tile(margin(vectors["proba"]), 400))
    proba[[41_000, 52_000]] = 0.5
    with pytest.raises(ValueError, match=r"proba\[41000\] sums to 2\.5"):
        margin(proba)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([0.5, 0.4], r"proba\[1\] sums to 0\.9; expected probabilities"),
        ([1.2, -0.2], r"proba\[1\] holds -0\.2; .*CalibratedClassifierCV"),
        ([np.nan, 0.5], r"proba\[1\] holds NaN or infinity"),
        ([np.inf, 0.0], r"proba\[1\] holds NaN or infinity"),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rows_that_are_no_distribution_are_named(row, message, dtype) -> None:
    proba = np.array([[0.5, 0.5], row], dtype)
    for score in POINT:
        with pytest.raises(ValueError, match=message):
            score(proba)
    with pytest.raises(ValueError, match=message):
        expected_cost(proba, [[0, 1], [1, 0]])
    with pytest.raises(ValueError, match=message.replace(r"1\]", r"0, 1\]", 1)):
        bald(proba[None])


def test_shapes_that_are_wrong_are_told() -> None:
    with pytest.raises(ValueError, match=r"shape \(2,\); .*np.column_stack"):
        margin([0.5, 0.5])
    with pytest.raises(ValueError, match=r"shape \(1, 2\); .*n_members, n_classes"):
        bald([[0.5, 0.5]])
    with pytest.raises(ValueError, match=r"shape \(2, 2\) but proba has 3 columns"):
        expected_cost([[0.2, 0.3, 0.5]], np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"cost\[1, 1\] is 2; a right prediction"):
        cost_margin([[0.5, 0.5]], [[0, 1], [1, 2]])


def test_votes_that_are_no_classes_are_told() -> None:
    with pytest.raises(ValueError, match="votes holds 3, with n_classes=3"):
        vote_entropy([[0, 3]], 3)
    with pytest.raises(ValueError, match="votes holds -1"):
        variation_ratio([[0, -1]], 3)
    with pytest.raises(ValueError, match="votes holds values that are not whole"):
        vote_entropy([[0.0, 0.5]], 3)
