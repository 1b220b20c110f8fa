# SPDX-License-Identifier: BSD-3-Clause
"""Simulated campaigns, their curves and comparisons, and rules that end them."""

import pickle
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import Ridge
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

from skx._holm import adjust_by_holm
from skx.active import (
    BadgeSampler,
    BudgetStop,
    CommitteeSampler,
    ConfidenceStop,
    CurveComparison,
    KCenterSampler,
    LearningCurve,
    RandomSampler,
    StablePredictionsStop,
    StochasticBatchSampler,
    UncertaintySampler,
    compare,
    simulate,
)
from skx.active._samplers._copies import hash_rows

MODEL = GaussianNB(var_smoothing=0.5)  # fast, and not too sure
MARGIN = UncertaintySampler(MODEL)


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, ...]:
    """Return 90 rows of a pool and 40 to test on, of three classes."""
    X, y = make_classification(
        130, 5, n_informative=4, n_redundant=1, n_classes=3, random_state=0
    )
    return X[:90], y[:90], X[90:], y[90:]


def play(sampler: Any, data: tuple, **settings: Any) -> LearningCurve:
    X, y, X_test, y_test = data
    settings = {"n_rounds": 3, "n_samples": 5, "initial": 9, **settings}
    return simulate(sampler, X, y, X_test=X_test, y_test=y_test, **settings)


def test_simulation_is_the_loop_by_hand(data: tuple) -> None:
    X, y, X_test, y_test = data
    start = np.array([80, 3, 4, 20, 55, 11])
    curve = play(MARGIN, data, initial=start)
    known = np.full(len(y), np.nan)
    rows, scores = start, []
    for k in range(4):
        known[rows] = y[rows]
        sampler = clone(MARGIN).fit(X, known)
        scores.append(sampler.score(X_test, y_test))
        if k < 3:
            rows = np.concatenate([rows, sampler.query(n_samples=5)])
    assert curve.n_labeled.tolist() == [6, 11, 16, 21]
    assert curve.scores.tolist() == [scores]
    assert (curve.indices[0] == rows).all()
    assert (curve.seconds > 0).all()
    assert curve.aulc().tolist() == [np.mean(scores)]


def test_start_holds_every_class_first(data: tuple) -> None:
    y = data[1]
    curve = play(MARGIN, data, initial=3, n_repeats=6, random_state=0)
    starts = [rows[:3] for rows in curve.indices]
    assert all(sorted(y[rows]) == [0, 1, 2] for rows in starts)
    assert len({tuple(rows) for rows in starts}) > 1
    counts = play(MARGIN, data, initial={0: 4, 1: 1, 2: 1}, random_state=0)
    assert sorted(y[counts.indices[0][:6]]) == [0, 0, 0, 0, 1, 2]
    mask = np.isin(np.arange(90), [4, 7, 1, 30])
    masked = play(MARGIN, data, initial=mask, random_state=0)
    assert masked.indices[0][:4].tolist() == [1, 4, 7, 30]


def test_start_of_numbers_is_drawn_at_random() -> None:
    X, y = make_regression(120, 3, random_state=0)
    y = (y > 0).astype(float)  # few values, which are no classes here
    curve = simulate(
        RandomSampler(Ridge()),
        X[:100],
        y[:100],
        initial=2,
        n_rounds=1,
        n_samples=1,
        X_test=X[100:],
        y_test=y[100:],
        n_repeats=20,
        random_state=0,
    )
    pairs = [y[rows[:2]].sum() for rows in curve.indices]
    assert set(pairs) == {0.0, 1.0, 2.0}


def test_repeats_do_not_depend_on_jobs_or_on_their_number(data: tuple) -> None:
    sampler = StochasticBatchSampler(CommitteeSampler(MODEL, n_members=2))
    runs = [
        play(sampler, data, n_repeats=n, n_jobs=jobs, random_state=7)
        for n, jobs in ((3, None), (3, 2), (2, 1))
    ]
    for r in range(2):
        for other in runs[1:]:
            assert (runs[0].indices[r] == other.indices[r]).all()
            assert (runs[0].scores[r] == other.scores[r]).all()
    assert (runs[0].indices[2] == runs[1].indices[2]).all()


def test_repeats_draw_anew_whatever_the_seed_of_the_sampler(data: tuple) -> None:
    start = np.arange(12)
    sampler = RandomSampler(MODEL, random_state=0)
    curve = play(sampler, data, initial=start, n_repeats=2, random_state=0)
    assert set(curve.indices[0]) != set(curve.indices[1])
    other = play(
        clone(sampler).set_params(random_state=5),
        data,
        initial=start,
        n_repeats=2,
        random_state=0,
    )
    assert (curve.indices[1] == other.indices[1]).all()
    assert sampler.random_state == 0


class Nosy(RandomSampler):
    """Looks at labels that it has not asked for."""

    def fit(self, X: Any, y: Any, *, labeled: Any = None, **params: Any) -> Any:
        seen.append(np.asarray(y)[~labeled])
        return super().fit(X, y, labeled=labeled, **params)


seen: list[np.ndarray] = []


@pytest.mark.parametrize("names", [None, ["a", "b", "c"]])
def test_labels_are_hidden_until_they_are_asked_for(names: Any, data: tuple) -> None:
    X, y, X_test, y_test = data
    y, y_test = y + 1, y_test + 1
    if names is not None:
        y, y_test = np.array(names)[y - 1], np.array(names)[y_test - 1]
    seen.clear()
    play(Nosy(MODEL), (X, y, X_test, y_test))
    assert len(seen) == 4
    assert all(len(set(labels)) == 1 for labels in seen)
    assert not set(np.concatenate(seen)) & set(y)


def test_frames_and_text_labels_give_the_same_curve(data: tuple) -> None:
    X, y, X_test, y_test = data
    start = np.arange(12)
    expected = play(MARGIN, data, initial=start)
    names = np.array(["a", "b", "c"])
    columns = list("vwxyz")
    for make in (
        lambda rows: pd.DataFrame(rows, columns=columns),
        lambda rows: pl.DataFrame(rows, schema=columns),
    ):
        curve = simulate(
            MARGIN,
            make(X),
            pd.Series(names[y]),
            initial=start,
            n_rounds=3,
            n_samples=5,
            X_test=make(X_test),
            y_test=names[y_test].tolist(),
            scoring="accuracy",
        )
        assert (curve.indices[0] == expected.indices[0]).all()
        assert (curve.scores == expected.scores).all()
        assert curve.score_name == "accuracy"


def test_pool_that_is_used_up_ends_the_campaign(data: tuple) -> None:
    curve = play(MARGIN, data, initial=70, n_rounds=9, n_samples=8, random_state=0)
    assert curve.n_labeled.tolist() == [70, 78, 86, 90]
    assert sorted(curve.indices[0]) == list(range(90))


def test_cold_start_has_no_first_score(data: tuple) -> None:
    curve = play(KCenterSampler(MODEL), data, initial=0, n_samples=20)
    assert curve.n_labeled.tolist() == [0, 20, 40, 60]
    assert np.isnan(curve.scores).tolist() == [[True, False, False, False]]
    assert curve.aulc()[0] == curve.scores[0, 1:].mean()
    assert " 0      -" in repr(curve)
    with pytest.raises(ValueError, match="y has no label in 90 rows"):
        play(MARGIN, data, initial=0)


def test_rows_of_the_test_set_in_the_pool_are_told(data: tuple) -> None:
    X, y, X_test, y_test = data
    mixed = np.concatenate([X_test, X[5:8]])
    truth = np.concatenate([y_test, y[5:8]])
    match = "3 of 43 rows of X_test are in X too, such as row 40"
    with pytest.warns(UserWarning, match=match) as caught:
        play(MARGIN, (X, y, mixed, truth))
    assert caught[0].filename == __file__
    with pytest.raises(ValueError, match="All 7 rows of X_test are in X too"):
        play(MARGIN, (X, y, X[:7], y[:7]))


def test_hashes_are_of_values_not_of_containers() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(-1, 2, size=(200, 3)).astype(float)
    hashes = hash_rows(X)
    same = (X[:, None] == X).all(axis=2)
    assert ((hashes[:, None] == hashes) == same).all()
    frame = pd.DataFrame(X, columns=list("abc"))
    others = [X.astype(np.float32), X.tolist(), frame, pl.DataFrame(frame)]
    others += [sparse.csr_array(X), sparse.csc_matrix(X), frame.astype(int)]
    others += [np.where(X == 0.0, -0.0, X)]
    for other in others:
        assert (hash_rows(other) == hashes).all()
    twice = sparse.coo_array(([1.0, 1.0], ([0, 0], [1, 1])), shape=(1, 3)).tocsr()
    assert hash_rows(twice) == hash_rows([[0.0, 2.0, 0.0]])


def test_hashes_of_text_and_missing_values() -> None:
    frame = pd.DataFrame({"a": ["x", "y", None, "x"], "b": [1.0, np.nan, np.nan, 1.0]})
    hashes = hash_rows(frame)
    assert hashes[0] == hashes[3]
    assert len(set(hashes)) == 3
    assert (hash_rows(frame.astype({"a": "category"})) == hashes).all()
    assert (hash_rows(pl.DataFrame(frame)) == hashes).all()
    assert (hash_rows(frame["a"]) == hash_rows(frame[["a"]])).all()
    assert (hash_rows(["x", "y"]) == hash_rows(frame["a"])[:2]).all()


class Breaks(RandomSampler):
    """Is interrupted when there are 20 labels and the seed allows it."""

    def query(self, *args: Any, **kwargs: Any) -> Any:
        rows = super().query(*args, **kwargs)
        if self.n_labeled_ >= 19:
            calls.append(1)
            if len(calls) == 2:
                raise KeyboardInterrupt
        return rows


calls: list[int] = []


def test_interrupted_simulation_keeps_what_there_is(data: tuple) -> None:
    calls.clear()
    expected = play(RandomSampler(MODEL), data, n_repeats=3, random_state=0)
    with pytest.warns(UserWarning, match="after 2 queries of repeat 2 of 3"):
        curve = play(Breaks(MODEL), data, n_repeats=3, random_state=0)
    assert curve.scores.shape == (2, 4)
    assert (curve.scores[0] == expected.scores[0]).all()
    assert (curve.scores[1, :3] == expected.scores[1, :3]).all()
    assert np.isnan(curve.scores[1, 3])
    assert (curve.indices[1] == expected.indices[1][:19]).all()
    assert "2 repeats, 1 ended before" in repr(curve)


class Interrupted(RandomSampler):
    """Is interrupted at once."""

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        raise KeyboardInterrupt


def test_interrupt_is_passed_on_where_there_is_nothing(data: tuple) -> None:
    with pytest.raises(KeyboardInterrupt):
        play(Interrupted(MODEL), data)
    samplers = {"a": RandomSampler(MODEL), "b": Interrupted(MODEL)}
    with pytest.raises(KeyboardInterrupt):
        compare(samplers, *data[:2], initial=9, n_rounds=1, n_samples=5, cv=2)


def test_interrupted_comparison_keeps_whole_splits(data: tuple) -> None:
    calls.clear()
    samplers = {"a": RandomSampler(MODEL), "b": Breaks(MODEL)}
    settings: dict = {"initial": 9, "n_rounds": 3, "n_samples": 5, "random_state": 0}
    with pytest.warns(UserWarning, match="interrupted after 1 of 3 splits"):
        comparison = compare(samplers, *data[:2], cv=3, **settings)
    assert [len(c.scores) for c in comparison.curves.values()] == [1, 1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"initial": 91}, "initial=91 but X has 90 rows"),
        (
            {"initial": {0: 2, 9: 1}},
            "initial asks for 1 rows of class 9, of which y ha",
        ),
        ({"initial": [3, 90]}, "initial holds 90 but X has 90 rows"),
        ({"n_rounds": 0}, "The 'n_rounds' parameter of simulate"),
        ({"scoring": "nonsense"}, "The 'scoring' parameter of simulate"),
        ({"stopping": 100}, "The 'stopping' parameter of simulate"),
    ],
)
def test_wrong_settings_are_named(settings: dict, message: str, data: tuple) -> None:
    with pytest.raises(ValueError, match=message):
        play(MARGIN, data, **settings)


def test_missing_labels_and_models_are_named(data: tuple) -> None:
    X, y, X_test, y_test = data
    holes = np.where(np.arange(90) % 40 == 7, np.nan, y)
    with pytest.raises(ValueError, match="y has no label in 3 rows, such as row 7"):
        play(MARGIN, (X, holes, X_test, y_test))
    with pytest.raises(ValueError, match="RandomSampler has no estimator"):
        play(RandomSampler(), data)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        play(MARGIN, (X, y[:-1], X_test, y_test))


class Lazy(RandomSampler):
    """Returns a row too often."""

    def query(self, *args: Any, **kwargs: Any) -> Any:
        rows = super().query(*args, **kwargs)
        return np.append(rows[:-1], rows[0])


def test_samplers_that_return_too_little_are_named(data: tuple) -> None:
    with pytest.raises(ValueError, match="asked for 5 rows and returned 5, of which 4"):
        play(Lazy(MODEL), data)


def test_progress_is_told(data: tuple, capsys: pytest.CaptureFixture) -> None:
    play(MARGIN, data, n_repeats=2)
    assert capsys.readouterr().out == ""
    play(MARGIN, data, n_repeats=2, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line[: line.index(",", 24)] for line in lines] == [
        "UncertaintySampler, repeat 1 of 2: 24 labels",
        "UncertaintySampler, repeat 2 of 2: 24 labels",
    ]
    play(MARGIN, data, verbose=2)
    assert len(capsys.readouterr().out.splitlines()) == 5


def make_curve(scores: list, n_labeled: tuple = (10, 20, 30)) -> LearningCurve:
    values = np.array(scores, dtype=float)
    return LearningCurve(
        name="margin",
        score_name="accuracy",
        n_labeled=np.array(n_labeled),
        scores=values,
        seconds=np.where(np.isnan(values), np.nan, 0.5),
        indices=[np.arange(n_labeled[(~np.isnan(v)).sum() - 1]) for v in values],
    )


def test_deficiency_is_a_ratio_of_areas() -> None:
    other = make_curve([[0.5, 0.6, 0.8], [0.5, 0.8, 1.0]])  # mean .5 .7 .9
    curve = make_curve([[0.5, 0.8, 0.9]])
    assert curve.deficiency(other) == pytest.approx((0.4 + 0.1) / (0.4 + 0.2))
    assert other.deficiency(other) == pytest.approx(1.0)
    assert np.isnan(curve.deficiency(make_curve([[0.5, 0.5, 0.5]])))
    with pytest.raises(ValueError, match="10 to 30 labels and 10 to 20 labels"):
        curve.deficiency(make_curve([[0.5, 0.6]], (10, 20)))


def test_curve_shows_itself() -> None:
    curve = make_curve([[0.5, 0.625, 0.75], [0.5, 0.875, np.nan]])
    assert repr(curve) == (
        "LearningCurve of margin: 10 to 30 labels in 2 rounds, 2 repeats, 1 ended "
        "before\n"
        "  labels  accuracy     sd  seconds\n"
        "      10     0.500  0.000    0.500\n"
        "      20     0.750  0.177    0.500\n"
        "      30     0.750      -    0.500\n"
        "AULC 0.656, standard deviation 0.044"
    )
    html = curve._repr_html_()
    assert html.count("<tr>") == 4
    assert "<td>0.625</td>" not in html
    assert "<th>accuracy</th>" in html
    long = make_curve([list(range(50))], tuple(range(1, 51)))
    assert len(repr(long).splitlines()) == 13
    assert repr(long).splitlines()[-2].split()[0] == "50"


def test_curve_as_a_frame() -> None:
    curve = make_curve([[0.5, 0.6, 0.7], [0.4, 0.8, np.nan]])
    frame = curve.to_frame()
    assert frame.columns.tolist() == [
        *("sampler", "repeat", "round", "n_labeled", "score", "seconds"),
    ]
    assert frame["score"].tolist() == [0.5, 0.6, 0.7, 0.4, 0.8]
    assert frame["n_labeled"].tolist() == [10, 20, 30, 10, 20]
    assert frame["repeat"].tolist() == [0, 0, 0, 1, 1]


def test_curves_are_drawn() -> None:
    mpl.use("agg")
    curve = make_curve([[0.5, 0.6, 0.7], [0.4, 0.8, np.nan]])
    assert curve.plot(label="mine") is curve
    assert curve.line_.get_xydata() == pytest.approx(
        np.array([[10, 0.45], [20, 0.7], [30, 0.7]])
    )
    assert curve.line_.get_label() == "mine"
    assert curve.ax_.get_ylabel() == "accuracy"
    comparison = CurveComparison(
        curves={"a": make_curve([[0.1, 0.2, 0.3]]), "b": make_curve([[0.5, 0.6, 0.7]])},
        test_ratio=0.5,
    )
    assert len(comparison.plot().ax_.lines) == 2
    assert comparison.plot(ax=curve.ax_).figure_ is curve.figure_
    assert len(curve.ax_.lines) == 3
    mpl.pyplot.close("all")


SAMPLERS = {
    "random": RandomSampler(MODEL),
    "margin": MARGIN,
    "badge": BadgeSampler(MODEL),
}


@pytest.fixture(scope="module")
def comparison(data: tuple) -> CurveComparison:
    X, y = data[:2]
    settings: dict = {"initial": 9, "n_rounds": 3, "n_samples": 5, "random_state": 0}
    return compare(SAMPLERS, X, y, cv=4, **settings)


def test_comparison_is_on_the_same_splits_and_starts(
    comparison: CurveComparison, data: tuple
) -> None:
    X, y = data[:2]
    curves = comparison.curves
    assert list(curves) == list(SAMPLERS)
    assert comparison.test_ratio == pytest.approx(0.5)
    for s in range(4):
        starts = [curve.indices[s][:9] for curve in curves.values()]
        assert (starts[0] == starts[1]).all()
        assert (starts[0] == starts[2]).all()
        assert set(y[starts[0]]) == {0, 1, 2}
        assert len({curve.scores[s, 0] for curve in curves.values()}) == 1
    other = compare(
        {"margin": MARGIN, "k-center": KCenterSampler(MODEL)},
        X,
        y,
        initial=9,
        n_rounds=3,
        n_samples=5,
        cv=4,
        random_state=0,
    )
    margin = other.curves["margin"]
    assert (margin.scores == curves["margin"].scores).all()
    assert (np.array(margin.indices) == np.array(curves["margin"].indices)).all()


def test_splits_of_ones_own_are_used(data: tuple) -> None:
    X, y = data[:2]
    splits = list(KFold(3).split(X))
    settings: dict = {"initial": 9, "n_rounds": 2, "n_samples": 5, "random_state": 0}
    samplers = {"margin": MARGIN, "random": RandomSampler(MODEL)}
    masks = [(np.isin(np.arange(90), pool), test.tolist()) for pool, test in splits]
    found = [
        compare(samplers, X, y, cv=cv, **settings) for cv in (KFold(3), splits, masks)
    ]
    for s, (pool, test) in enumerate(splits):
        rows = found[1].curves["margin"].indices[s]
        assert set(rows) <= set(pool)
        plain = clone(MODEL).fit(X[rows], y[rows]).score(X[test], y[test])
        assert found[1].curves["margin"].scores[s, -1] == pytest.approx(plain)
        assert (found[0].curves["margin"].indices[s] == rows).all()
        assert (found[2].curves["margin"].indices[s] == rows).all()
    assert found[1].test_ratio == pytest.approx(0.5)


def test_numbers_are_compared_too() -> None:
    X, y = make_regression(90, 4, noise=5.0, random_state=0)
    samplers = {"far": KCenterSampler(Ridge()), "random": RandomSampler(Ridge())}
    found = compare(samplers, X, y, initial=5, n_rounds=2, n_samples=5, cv=2)
    assert (found.curves["far"].scores <= 1.0).all()


def test_table_of_a_comparison(comparison: CurveComparison) -> None:
    areas = {name: curve.aulc() for name, curve in comparison.curves.items()}
    frame = comparison.to_frame()
    assert frame["aulc"].is_monotonic_decreasing
    for name, row in frame.iterrows():
        assert row["aulc"] == pytest.approx(areas[name].mean())
        assert row["sd"] == pytest.approx(areas[name].std(ddof=1))
        assert row["last"] == comparison.curves[name].scores[:, -1].mean()
    assert frame["rank"].sum() == pytest.approx(6)
    rounds = comparison.to_frame(by="round")
    assert len(rounds) == 3 * 4 * 4
    assert rounds["sampler"].unique().tolist() == list(SAMPLERS)
    lines = repr(comparison).splitlines()
    assert lines[0] == (
        "CurveComparison of 3 samplers: 9 to 24 labels, 4 splits, score"
    )
    assert [line.split()[0] for line in lines[2:]] == frame.index.tolist()
    assert lines[1].split() == ["sampler", "AULC", "sd", "rank", "last", "seconds"]
    assert comparison._repr_html_().count("<tr>") == 4
    with pytest.raises(ValueError, match="by is 'pair'; it must be 'sampler' or"):
        comparison.to_frame(by="pair")
    again = pickle.loads(pickle.dumps(comparison))
    assert repr(again) == repr(comparison)


def compare_areas(test_ratio: float, **areas: list) -> CurveComparison:
    """Return a comparison whose curves have these areas."""
    curves = {name: make_curve(np.c_[a, a, a].tolist()) for name, a in areas.items()}
    return CurveComparison(curves=curves, test_ratio=test_ratio)


def test_tests_are_those_of_scipy_but_for_the_shared_rows() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 8))
    c = a + 0.2
    areas = {"a": a.tolist(), "b": b.tolist(), "c": c.tolist()}
    tests = compare_areas(0.0, **areas).paired_tests()
    assert [(t.first, t.second) for t in tests] == [("a", "b"), ("a", "c"), ("b", "c")]
    expected = stats.ttest_rel(a, b)
    assert tests[0].p_value == pytest.approx(expected.pvalue)
    assert tests[0].difference == pytest.approx((a - b).mean())
    assert tests[0].wins == (a > b).mean()
    # With ratio r the statistic shrinks by sqrt(1 + 8 r).
    shared = compare_areas(0.5, **areas).paired_tests("b")
    assert [(t.first, t.second) for t in shared] == [("a", "b"), ("c", "b")]
    statistic = expected.statistic / np.sqrt(1 + 8 * 0.5)
    assert shared[0].p_value == pytest.approx(2 * stats.t.sf(abs(statistic), 7))
    ranked = compare_areas(0.5, **areas).paired_tests("b", method="wilcoxon")
    assert ranked[0].p_value == pytest.approx(stats.wilcoxon(a, b).pvalue)


def test_samplers_that_never_differ_or_always_alike() -> None:
    tests = compare_areas(0.5, a=[0.5] * 3, b=[0.5] * 3, c=[0.75] * 3).paired_tests()
    assert [(t.p_value, t.wins) for t in tests] == [(1.0, 0.5), (0.0, 0.0), (0.0, 0.0)]


def test_adjustment_is_that_of_holm() -> None:
    # The example of four hypotheses: 0.005 * 4, 0.01 * 3, max(0.03, 0.03 * 2), 0.04.
    found = adjust_by_holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert found == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjust_by_holm(np.array([0.9, 0.6])).tolist() == [1.0, 1.0]


def test_comparisons_that_cannot_be_made_are_named(data: tuple) -> None:
    X, y = data[:2]
    with pytest.raises(ValueError, match="reference='d' is none of the samplers"):
        compare_areas(0.5, a=[0.1, 0.2], b=[0.1, 0.3]).paired_tests("d")
    with pytest.raises(ValueError, match="method is 'sign'; it must be"):
        compare_areas(0.5, a=[0.1, 0.2], b=[0.1, 0.3]).paired_tests(method="sign")
    with pytest.raises(ValueError, match="There is 1 split"):
        compare_areas(0.5, a=[0.1], b=[0.1]).paired_tests()
    settings: dict = {"initial": 9, "n_rounds": 1, "n_samples": 5, "cv": 2}
    with pytest.raises(ValueError, match="samplers is empty; give some by name"):
        compare({}, X, y, **settings)
    with pytest.raises(ValueError, match="KCenterSampler has no estimator"):
        compare({"margin": MARGIN, "far": KCenterSampler()}, X, y, **settings)
    twins = np.concatenate([X[:40], X[:40]]), np.concatenate([y[:40], y[:40]])
    samplers = {"margin": MARGIN, "random": RandomSampler(MODEL)}
    with pytest.warns(UserWarning, match="of 54 test rows, over all splits, are equal"):
        compare(samplers, *twins, **settings)


def fit_history(data: tuple, sizes: tuple[int, ...]) -> list[Any]:
    X, y = data[:2]
    history = []
    for n in sizes:
        known = np.where(np.arange(len(y)) < n, y, np.nan)
        history.append(clone(MARGIN).fit(X, known))
    return history


def test_budget_counts_labels(data: tuple) -> None:
    history = fit_history(data, (20, 30))
    assert not BudgetStop(31).should_stop(history)
    assert BudgetStop(30).should_stop(history)
    assert not BudgetStop(30).should_stop([])
    curve = play(MARGIN, data, n_rounds=9, stopping=BudgetStop(20))
    assert curve.n_labeled.tolist() == [9, 14, 19, 24]


def test_confidence_looks_at_the_best_row(data: tuple) -> None:
    X, y = data[:2]
    (sampler,) = fit_history(data, (30,))
    best = sampler.score_samples(X[30:]).max()
    assert ConfidenceStop(best + 1e-9).should_stop([sampler])
    assert not ConfidenceStop(best).should_stop([sampler])
    assert not ConfidenceStop(best + 1).should_stop([])
    random = RandomSampler(MODEL).fit(X, np.where(np.arange(90) < 9, y, np.nan))
    with pytest.raises(ValueError, match="RandomSampler gives its rows no scores"):
        ConfidenceStop(0.5).should_stop([random])


def test_stable_predictions_need_agreement_in_a_row(data: tuple) -> None:
    X, _, X_test, _ = data
    history = fit_history(data, (20, 30, 40, 50, 60))
    answers = [sampler.predict(X_test) for sampler in history]
    kappas = [
        cohen_kappa_score(answers[k], answers[k + 1]) for k in range(len(answers) - 1)
    ]
    lowest = min(kappas[-3:])
    assert lowest < max(kappas[-3:])
    for threshold, stops in ((lowest, True), (lowest + 1e-6, False)):
        rule = StablePredictionsStop(X_test, threshold=threshold)
        assert rule.should_stop(history) == stops
        assert not rule.should_stop(history[-3:])
    assert not StablePredictionsStop(X_test).should_stop([])
    same = [history[0]] * 2
    assert StablePredictionsStop(X[:1], threshold=1.0, n_rounds=1).should_stop(same)
    ridge = RandomSampler(Ridge()).fit(X, np.arange(90.0))
    with pytest.raises(ValueError, match="RandomSampler predicts numbers"):
        StablePredictionsStop(X, n_rounds=1).should_stop([ridge, ridge])


def test_rules_are_combined(data: tuple) -> None:
    class Always:
        def should_stop(self, history: Any) -> bool:
            return True

    history = fit_history(data, (20,))
    yes, no = BudgetStop(20), BudgetStop(21)
    assert (yes & yes).should_stop(history)
    assert not (yes & no).should_stop(history)
    assert (no | yes).should_stop(history)
    assert not (no | no).should_stop(history)
    assert (no | Always()).should_stop(history)
    assert not (no & (yes | yes)).should_stop(history)
    rule = StablePredictionsStop(data[2]) & no | ConfidenceStop(0.1)
    assert repr(rule) == (
        "((StablePredictionsStop(40 rows, threshold=0.99, n_rounds=3) & "
        "BudgetStop(21)) | ConfidenceStop(0.1))"
    )


def test_campaigns_stop_by_their_rules(data: tuple) -> None:
    X = StandardScaler().fit_transform(data[0])
    rule = StablePredictionsStop(X, threshold=0.9, n_rounds=2) | BudgetStop(60)
    settings: dict = {"n_rounds": 30, "n_samples": 4, "random_state": 0}
    full = play(MARGIN, data, n_repeats=4, **settings)
    curve = play(MARGIN, data, n_repeats=4, stopping=rule, **settings)
    ends = [len(rows) for rows in curve.indices]
    assert len(set(ends)) > 1
    assert curve.n_labeled[-1] == max(ends) <= 61
    for r, end in enumerate(ends):
        assert (curve.indices[r] == full.indices[r][:end]).all()
        assert (~np.isnan(curve.scores[r])).sum() == (end - 9) // 4 + 1


def test_rules_are_validated(data: tuple) -> None:
    with pytest.raises(ValueError, match="max_labels == 0, must be >= 1"):
        BudgetStop(0)
    with pytest.raises(TypeError, match="threshold must be an instance of"):
        ConfidenceStop("low")
    with pytest.raises(ValueError, match=r"threshold == 1\.5, must be <= 1"):
        StablePredictionsStop(data[0], threshold=1.5)
    with pytest.raises(ValueError, match="n_rounds == 0, must be >= 1"):
        StablePredictionsStop(data[0], n_rounds=0)
    with pytest.raises(ValueError, match="X has 0 rows, whose predictions"):
        StablePredictionsStop(data[0][:0])
