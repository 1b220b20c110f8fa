# SPDX-License-Identifier: BSD-3-Clause
"""Tests on arrays, against hand-checked numbers and other packages."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from skx.model_selection import (
    cochrans_q_test,
    combined_ftest_5x2cv,
    compare_estimators,
    corrected_resampled_ttest,
    holm_correction,
    mcnemar_test,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "model_selection_tests.npz"


@pytest.fixture(scope="module")
def vectors():
    with np.load(VECTORS) as stored:
        return dict(stored)


def halves(n, seed):
    """Return the splits that mlxtend draws for its tests of 5 times 2 folds."""
    random = np.random.RandomState(seed)
    splits = []
    for _ in range(5):
        seed = random.randint(low=0, high=32767)
        one, two = train_test_split(np.arange(n), test_size=0.5, random_state=seed)
        splits += [(one, two), (two, one)]
    return splits


def compare_pair(a, b, X, y, splits, **options):
    models = {"a": a, "b": b}
    return compare_estimators(models, X, y, cv=splits, **options).tests[0]


CLASSIFIERS = GaussianNB(), KNeighborsClassifier(5)
REGRESSORS = Ridge(), KNeighborsRegressor(5)


def test_5x2_is_that_of_mlxtend_on_its_folds(vectors):
    X = vectors["X"]
    cases = [
        (CLASSIFIERS, "y", "accuracy", "f_5x2"),
        (REGRESSORS, "y_number", "r2", "f_5x2_r2"),
    ]
    for pair, target, scoring, name in cases:
        for seed, (f, p) in enumerate(vectors[name]):
            found = compare_pair(
                *pair,
                X,
                vectors[target],
                halves(len(X), seed),
                test="5x2cv_f",
                scoring=scoring,
            )
            assert found.statistic == pytest.approx(f, rel=1e-10)
            assert found.p_value == pytest.approx(p, rel=1e-10)


def test_t_is_that_of_mlxtend_but_for_the_correction(vectors):
    X, y, y_number = vectors["X"], vectors["y"], vectors["y_number"]
    for seed, (t, _) in enumerate(vectors["t_kfold"]):
        splits = list(KFold(10, shuffle=True, random_state=seed).split(X))
        found = compare_pair(*CLASSIFIERS, X, y, splits, scoring="accuracy")
        shrunken = t * np.sqrt((1 / 10) / (1 / 10 + 15 / 135))
        assert found.statistic == pytest.approx(shrunken, rel=1e-10)
        assert found.p_value == pytest.approx(
            2 * stats.t.sf(abs(shrunken), 9), rel=1e-10
        )
    for seed, (t, _) in enumerate(vectors["t_resampled"]):
        random = np.random.RandomState(seed)
        splits = [
            train_test_split(
                np.arange(len(X)),
                test_size=0.25,
                random_state=random.randint(low=0, high=32767),
            )
            for _ in range(15)
        ]
        found = compare_pair(*REGRESSORS, X, y_number, splits, scoring="r2")
        ratio = len(splits[0][1]) / len(splits[0][0])
        shrunken = t * np.sqrt((1 / 15) / (1 / 15 + ratio))
        assert found.statistic == pytest.approx(shrunken, rel=1e-10)


def test_mcnemar_is_that_of_mlxtend_and_statsmodels(vectors):
    truth, preds = vectors["truth"], vectors["preds"]
    for i, j, corrected, p_corrected, plain, p_plain, p_exact in vectors["mcnemar"]:
        rows = truth, preds[int(i)], preds[int(j)]
        found = mcnemar_test(*rows, method="chi2")
        assert found.statistic == pytest.approx(corrected, rel=1e-10)
        assert found.p_value == pytest.approx(p_corrected, rel=1e-10)
        found = mcnemar_test(*rows, method="chi2", correction=False)
        assert found.statistic == pytest.approx(plain, rel=1e-10)
        assert found.p_value == pytest.approx(p_plain, rel=1e-10)
        assert mcnemar_test(*rows).p_value == pytest.approx(p_exact, rel=1e-10)


def test_cochran_is_that_of_mlxtend_and_statsmodels(vectors):
    truth, preds = vectors["truth"], vectors["preds"]
    for k, q, p in vectors["cochran_q"]:
        found = cochrans_q_test(truth, preds[: int(k)])
        assert found.statistic == pytest.approx(q, rel=1e-10)
        assert found.p_value == pytest.approx(p, rel=1e-10)
        assert found.df == (k - 1,)


def test_cochran_of_two_is_mcnemar(vectors):
    truth, preds = vectors["truth"], vectors["preds"]
    q = cochrans_q_test(truth, preds[:2])
    chi2 = mcnemar_test(truth, *preds[:2], method="chi2", correction=False)
    assert q.statistic == pytest.approx(chi2.statistic)


def test_holm_is_that_of_statsmodels(vectors):
    found = holm_correction(vectors["holm_p"])
    np.testing.assert_allclose(found, vectors["holm"], rtol=1e-12)


def test_vectors_are_those_of_the_live_package(vectors):
    evaluate = pytest.importorskip("mlxtend.evaluate", reason="no mlxtend")
    f, p = evaluate.combined_ftest_5x2cv(
        *CLASSIFIERS, vectors["X"], vectors["y"], scoring="accuracy", random_seed=7
    )
    found = compare_pair(
        *CLASSIFIERS,
        vectors["X"],
        vectors["y"],
        halves(150, 7),
        test="5x2cv_f",
        scoring="accuracy",
    )
    assert found.statistic == pytest.approx(f, rel=1e-10)
    assert found.p_value == pytest.approx(p, rel=1e-10)
    truth, preds = vectors["truth"], vectors["preds"]
    q, p = evaluate.cochrans_q(truth, *preds)
    assert cochrans_q_test(truth, preds).statistic == pytest.approx(q, rel=1e-10)
    _, p = evaluate.mcnemar(evaluate.mcnemar_table(truth, *preds[:2]), exact=True)
    assert mcnemar_test(truth, *preds[:2]).p_value == pytest.approx(p, rel=1e-10)


def test_corrected_t_by_hand():
    found = corrected_resampled_ttest([3, 5], [1, 1], n_train=2, n_test=1)
    # Differences 2 and 4: mean 3, variance 2, factor 1/2 + 1/2.
    assert found.difference == 3
    assert found.statistic == pytest.approx(3 / np.sqrt(2))
    assert found.df == (1,)
    half = stats.t.ppf(0.975, 1) * np.sqrt(2)
    np.testing.assert_allclose(found.interval, (3 - half, 3 + half))


def test_sizes_may_differ_by_split():
    scores = [0.7, 0.8, 0.6], [0.6, 0.7, 0.65]
    found = corrected_resampled_ttest(*scores, n_train=[2, 4, 8], n_test=[1, 1, 1])
    mean = np.mean([1 / 2, 1 / 4, 1 / 8])
    same = corrected_resampled_ttest(*scores, n_train=1 / mean, n_test=1)
    assert found.statistic == pytest.approx(same.statistic)


def test_intervals_hold_zero_just_if_the_test_does_not_reject():
    rng = np.random.default_rng(0)
    seen = set()
    for shift in np.linspace(0, 0.05, 60):
        a, b = rng.normal(scale=0.02, size=(2, 10)) + np.array([[shift], [0.0]])
        t = corrected_resampled_ttest(a, b, n_train=9, n_test=1)
        f = combined_ftest_5x2cv(a, b)
        for one in (t, f):
            if one.interval is not None:
                low, high = one.interval
                assert (low <= 0 <= high) == (one.p_value >= 0.05)
                seen.add(one.p_value < 0.05)
    assert seen == {True, False}


def test_no_difference_may_be_possible():
    # Draws differ much more than their halves.
    a = np.repeat([0.9, 0.1, 0.8, 0.2, 0.9], 2).reshape(5, 2)
    a[:, 1] += [0.01, -0.01, 0.01, 0.01, -0.01]
    found = combined_ftest_5x2cv(a, np.full((5, 2), 0.5))
    assert found.interval is None
    assert found.p_value < 0.05


def test_equal_scores_are_no_evidence():
    scores = [0.7, 0.8, 0.75, 0.7, 0.9] * 2
    for found in (
        corrected_resampled_ttest(scores, scores, n_train=9, n_test=1),
        combined_ftest_5x2cv(scores, scores),
    ):
        assert found.statistic == 0
        assert found.p_value == 1
        assert found.interval == (0, 0)
    truth = [0, 1, 1]
    assert mcnemar_test(truth, [0, 1, 0], [0, 1, 0]).p_value == 1
    assert mcnemar_test(truth, [0, 1, 0], [0, 1, 0], method="chi2").p_value == 1
    found = cochrans_q_test(truth, [[0, 1, 0]] * 3)
    assert (found.statistic, found.p_value) == (0, 1)


def test_equal_differences_are_told():
    a = np.array([0.7, 0.8, 0.75, 0.7, 0.9] * 2)
    with pytest.warns(UserWarning, match=r"by the same on every split \(0.1\)"):
        found = corrected_resampled_ttest(a, a - 0.1, n_train=9, n_test=1)
    assert found.statistic == np.inf
    assert found.p_value == 0
    with pytest.warns(UserWarning, match="both halves of every draw"):
        found = combined_ftest_5x2cv(a - 0.1, a)
    assert found.statistic == np.inf
    assert found.difference == pytest.approx(-0.1)
    np.testing.assert_allclose(found.interval, (-0.1, -0.1))
    b = a + np.repeat([1, -1, 1, -1, 1], 2)
    with pytest.warns(UserWarning, match="both halves of every draw"):
        assert combined_ftest_5x2cv(a, b).interval is None


def test_mcnemar_by_hand():
    truth = np.ones(20)
    a, b = truth.copy(), truth.copy()
    a[:1], b[1:9] = 0, 0  # one and eight rows
    found = mcnemar_test(truth, a, b)
    assert found.statistic == 8
    assert found.difference == 7 / 20
    assert found.p_value == pytest.approx(2 * (1 + 9) / 2**9)
    assert found.interval[0] > 0
    chi2 = mcnemar_test(truth, a, b, method="chi2")
    assert chi2.statistic == pytest.approx(36 / 9)
    swapped = mcnemar_test(truth, b, a)
    assert swapped.difference == -found.difference
    np.testing.assert_allclose(swapped.interval, np.negative(found.interval)[::-1])
    even = mcnemar_test([1, 1], [1, 0], [0, 1], method="chi2")
    assert (even.statistic, even.p_value) == (0, 1)


def test_mcnemar_takes_names_of_classes():
    truth = np.array(["x", "y", "y"], dtype=object)
    found = mcnemar_test(truth, ["x", "y", "y"], ["x", "y", "x"])
    assert found.difference == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("scores", "match"),
    [
        (([0.1, np.nan], [0.1, 0.2]), r"scores_a\[1\] is nan"),
        (([0.1, 0.3], [np.inf, 0.2]), r"scores_b\[0\] is inf"),
        (([0.1, 0.3], [0.1, 0.2, 0.3]), "scores_a has 2 scores and scores_b has 3"),
        (([0.1], [0.2]), "There is 1 split"),
        (([[0.1, 0.2], [0.3, 0.4]], [0.2, 0.3]), "1d array"),
    ],
)
def test_bad_scores_are_refused(scores, match):
    with pytest.raises(ValueError, match=match):
        corrected_resampled_ttest(*scores, n_train=9, n_test=1)


def test_other_bad_input_is_refused():
    with pytest.raises(ValueError, match="give ten scores each"):
        combined_ftest_5x2cv(np.zeros(8), np.zeros(8))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        mcnemar_test([0, 1], [0, 1], [0])
    with pytest.raises(ValueError, match="y_true is empty"):
        mcnemar_test([], [], [])
    with pytest.raises(ValueError, match="of 1 classifier"):
        cochrans_q_test([0, 1], [[0, 1]])
    with pytest.raises(ValueError, match=r"p_values\[1\] is nan"):
        holm_correction([0.1, np.nan])
    with pytest.raises(ValueError, match=r"p_values\[0\] is 1.2"):
        holm_correction([1.2])
    with pytest.raises(ValueError, match="confidence_level"):
        combined_ftest_5x2cv(np.zeros(10), np.zeros(10), confidence_level=95)
    with pytest.raises(ValueError, match="'method' parameter"):
        mcnemar_test([0], [0], [0], method="asymptotic")
    with pytest.raises(ValueError, match="n_train"):
        corrected_resampled_ttest([1, 2], [1, 2], n_train=0, n_test=1)
