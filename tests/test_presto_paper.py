# SPDX-License-Identifier: BSD-3-Clause
"""The study of the PRESTO paper: samples, statistics and the choice of alpha."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import ttest_rel

from benchmarks.studies import presto_paper as study
from skx.ordinal import PRESTOCV
from skx.ordinal.metrics import observed_calibration_error


@pytest.mark.parametrize("at", range(len(study.SETTINGS)))
def test_samples_have_the_published_share_of_the_rare_class(at: int) -> None:
    rng = np.random.default_rng(at)
    setting = study.SETTINGS[at]
    shares = []
    for _ in range(80):
        X, y, truth = study.simulate(setting, rng, n_rows=1000)
        assert X.shape == (1000, 10)
        assert np.bincount(y).size == 4
        assert np.bincount(y).min() > 1
        assert truth.min() >= 0.0
        assert_allclose(truth.sum(axis=1), 1.0, atol=1e-12)
        shares.append(truth[:, -1].mean())
    error = np.std(shares) / np.sqrt(len(shares))
    assert abs(np.mean(shares) - setting.rare / 100) < 4 * error


def test_probabilities_are_those_of_the_slopes(monkeypatch: pytest.MonkeyPatch) -> None:
    b = np.zeros((3, 10))
    b[:, 0] = [1.0, 1.0, 2.0]
    monkeypatch.setattr(study, "slopes", lambda setting, rng: b)
    X, y, truth = study.simulate(study.SETTINGS[0], np.random.default_rng(0), 4000)
    odds = np.exp(np.array([0.0, 3.0, 5.0]) + X[:, :1] * b[:, 0])
    assert_allclose(truth.cumsum(axis=1)[:, :3], odds / (1 + odds), atol=1e-12)
    # Each class is drawn with its probability, also where the column is above 0.
    for rows in (slice(None), X[:, 0] > 0):
        drawn, expected = np.eye(4)[y[rows]].sum(axis=0), truth[rows].sum(axis=0)
        assert (np.abs(drawn - expected) < 4 * np.sqrt(expected)).all()


def test_sparse_slopes_move_by_halves() -> None:
    rng = np.random.default_rng(0)
    b = np.array([study.slopes(study.SETTINGS[0], rng) for _ in range(400)])
    first, steps = b[:, 0], np.diff(b, axis=1)
    assert set(np.unique(first)) == {0.0, 0.5}
    assert set(np.unique(steps)) == {-0.5, 0.0, 0.5}
    assert np.mean(first == 0.5) == pytest.approx(0.5, abs=0.03)
    assert np.mean(steps == 0.5) == pytest.approx(0.25, abs=0.03)
    dense = study.slopes(study.SETTINGS[3], rng, n_features=5000)
    assert np.abs(np.diff(dense, axis=0)).max() <= 0.5
    assert dense[0].min() == pytest.approx(-0.5, abs=0.01)


def test_folds_keep_groups_together_and_leave_every_class_in() -> None:
    y = np.repeat([0, 1, 2], [40, 8, 2])
    groups = np.arange(50) % 25
    parts = study.random_parts(y, np.random.default_rng(0), groups)
    assert_array_equal(np.sort(np.concatenate([test for _, test in parts])), range(50))
    for train, test in parts:
        assert not np.intersect1d(groups[train], groups[test]).size
        assert_array_equal(np.unique(y[train]), [0, 1, 2])
    with pytest.raises(ValueError, match="No folds leave each of 2 classes in"):
        study.random_parts(np.array([0] * 9 + [1]), np.random.default_rng(0))


@pytest.mark.parametrize("grouped", [False, True])
def test_split_leaves_a_tenth_out_with_every_class(grouped: bool) -> None:
    y = np.tile([0, 0, 0, 0, 1], 40)
    groups = np.arange(200) // 5
    for seed in range(20):
        rng = np.random.default_rng(seed)
        train, test = study.split(y, rng, groups if grouped else None)
        assert_array_equal(np.sort(np.concatenate([train, test])), range(200))
        assert test.size == 20
        assert set(y[test]) == set(y[train]) == {0, 1}
        assert not (grouped and np.intersect1d(groups[train], groups[test]).size)


def test_p_value_is_that_of_the_paired_t_test() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 12))
    expected = ttest_rel(a, b, alternative="less").pvalue
    assert study.p_value(a - b) == pytest.approx(expected)


def test_calibration_of_two_bins_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "N_BINS", 2)
    rare, proba = np.array([0, 1, 0, 1]), np.array([0.1, 0.9, 0.2, 0.8])
    # Rates 0 and 1 of the bins {0.1, 0.2} and {0.8, 0.9}.
    assert observed_calibration_error(rare, proba, n_bins=2) == pytest.approx(0.025)
    # As published, 0, 0, 1, 1 is compared with 0.1, 0.9, 0.2, 0.8.
    assert study.published_calibration_error(rare, proba) == pytest.approx(0.375)
    order = np.argsort(proba)
    in_order = study.published_calibration_error(rare[order], proba[order])
    assert in_order == pytest.approx(0.025)


def test_separable_classes_are_told() -> None:
    X = np.arange(8.0)[:, None]
    assert study.logistic(X, X[:, 0] > 5, X)[1]
    proba, separable = study.logistic(X, X[:, 0] % 2 == 1, X)
    assert not separable
    assert proba.mean() == pytest.approx(0.5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The boundaries (of|cross):UserWarning")
def test_choice_is_that_of_prestocv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "N_ALPHAS", 6)
    monkeypatch.setattr(study, "EPS", 0.05)
    rng = np.random.default_rng(3)
    X, y, _ = study.simulate(study.SETTINGS[0], rng, n_rows=600)
    parts = study.random_parts(y, rng)
    models, strengths = study.choose(X, y, parts, study.SCORES[:2])
    for score, model in models.items():
        search = PRESTOCV(n_alphas=6, eps=0.05, cv=parts, scoring=score).fit(X, y)
        assert strengths[score] == pytest.approx(search.alpha_ / search.alphas_[0])
        assert_allclose(model.predict_proba(X), search.predict_proba(X), atol=1e-8)


def test_records_go_on_where_they_stopped(tmp_path: study.Path) -> None:
    path = tmp_path / "records.jsonl"
    assert study.Records(path).get(("a", 1), lambda: {"x": 1.5}) == {"x": 1.5}
    again = study.Records(path)
    assert again.get(("a", 1), dict) == {"x": 1.5}
    assert again.get(("a", 2), dict) == {}
    assert len(path.read_text().splitlines()) == 2
