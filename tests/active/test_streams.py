# SPDX-License-Identifier: BSD-3-Clause
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from skx.active import (
    Adwin,
    BalancedQuantileStream,
    DensityStream,
    FixedUncertaintyStream,
    LeverageStream,
    RandomVariableUncertaintyStream,
    SplitStream,
    VariableUncertaintyStream,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "active_stream.npz"
RULES = [
    FixedUncertaintyStream(n_classes=3, budget=0.2, window=20),
    VariableUncertaintyStream(budget=0.2, window=20),
    RandomVariableUncertaintyStream(budget=0.2, window=20, random_state=0),
    SplitStream(budget=0.2, window=20, random_share=0.4, random_state=0),
    DensityStream(budget=0.2, window=20, random_state=0),
    BalancedQuantileStream(budget=0.2, window=20),
    LeverageStream(budget=0.2, window=20),
]


@pytest.fixture
def stream() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.beta(1, 2, size=400), rng.normal(size=(400, 3))


def decide(rule, utilities: np.ndarray, X: np.ndarray) -> np.ndarray:
    if isinstance(rule, DensityStream):
        return rule.decide(utilities, X)
    return rule.decide(X if isinstance(rule, LeverageStream) else utilities)


def of_rules(test):
    return pytest.mark.parametrize("rule", RULES, ids=lambda r: type(r).__name__)(test)


def test_rules_agree_with_vectors() -> None:
    with np.load(VECTORS) as stored:
        settings = {"budget": float(stored["budget"]), "window": int(stored["window"])}
        fixed = FixedUncertaintyStream(n_classes=int(stored["n_classes"]), **settings)
        moving = VariableUncertaintyStream(step=float(stored["step"]), **settings)
        for rule, name in ((fixed, "fixed"), (moving, "variable")):
            asked = np.flatnonzero(rule.decide(stored["utility"]))
            assert asked.tolist() == stored[name].tolist()
            assert rule.n_asked_ == len(asked)
            assert rule.n_seen_ == 3000


@of_rules
def test_pieces_of_a_stream_are_as_the_whole(rule, stream: tuple) -> None:
    utilities, X = stream
    whole = decide(clone(rule), utilities, X)
    assert 0 < whole.sum() < len(X)
    single, pieces = clone(rule), clone(rule)
    one_by_one = [
        decide(single, utilities[i : i + 1], X[i : i + 1]) for i in range(400)
    ]
    assert (np.concatenate(one_by_one) == whole).all()
    found = []
    for k, (u, x) in enumerate(
        zip(np.array_split(utilities, 7), np.array_split(X, 7), strict=True)
    ):
        found.append(decide(pieces, u, x))
        if k == 3:
            pieces = pickle.loads(pickle.dumps(pieces))
    assert (np.concatenate(found) == whole).all()
    assert (pieces.n_seen_, pieces.n_asked_) == (400, whole.sum())
    assert (decide(pieces.reset(), utilities, X) == whole).all()
    assert (decide(clone(pieces), utilities, X) == whole).all()


@of_rules
@pytest.mark.parametrize("kind", ["beta", "ties", "constant", "rising"])
def test_the_budget_is_kept(rule, kind: str) -> None:
    rng = np.random.default_rng(1)
    n, window, budget = 1500, 20, 0.2
    utilities = {
        "beta": rng.beta(5, 1, size=n),
        "ties": rng.integers(2, size=n) * 0.9,
        "constant": np.full(n, 0.7),
        "rising": np.linspace(0, 1, n),
    }[kind]
    X = utilities[:, None] * rng.normal(size=(n, 2))
    asked = decide(clone(rule).set_params(budget=budget, window=window), utilities, X)
    if hasattr(rule, "patience"):
        ahead = np.cumsum(asked) - budget * np.arange(1, n + 1)
        assert ahead.max() <= rule.patience + 1
        assert abs(ahead[-1]) <= rule.patience + 1
    else:
        # What may be spent at once stands outside the long-run share.
        assert asked.sum() <= (budget + 1 / window) * n + budget * window + 1


def test_fixed_and_variable_rules_by_hand() -> None:
    rule = FixedUncertaintyStream(n_classes=2, budget=0.5, window=2)
    # Confidence of at most 0.75; spent after each row: 1, .5, 1.25, .625.
    assert rule.decide([0.25, 0.9, 0.24, 0.3]).tolist() == [True, False, False, True]
    assert rule.spent_ == 1.125
    rule = VariableUncertaintyStream(budget=1.0, window=9, step=0.5)
    assert rule.decide([0.1, 0.4, 0.6, 0.7]).tolist() == [True, False, True, True]
    assert rule.theta_ == 0.1875


def test_random_thresholds_are_normal_around_theta() -> None:
    rule = RandomVariableUncertaintyStream(
        budget=1.0, window=10**6, step=1e-9, delta=0.5, random_state=0
    )
    asked = rule.decide(np.full(8_000, 0.5))
    expected = 0.5 * math.erfc(-1 / math.sqrt(2))  # 1 + z / 2 > 1 / 2
    assert abs(asked.mean() - expected) < 4 * np.sqrt(expected * 0.16 / 8_000)
    same = clone(rule).decide(np.full(8_000, 0.5))
    assert (same == asked).all()
    other = clone(rule).set_params(random_state=1).decide(np.full(8_000, 0.5))
    assert (other != asked).any()


def test_no_deviation_is_the_variable_rule(stream: tuple) -> None:
    utilities, X = stream
    plain = VariableUncertaintyStream().decide(utilities)
    still = RandomVariableUncertaintyStream(delta=0).decide(utilities)
    all_dense = DensityStream(delta=0, min_density=0).decide(utilities, X)
    unsplit = SplitStream(random_share=0).decide(utilities)
    for asked in (still, all_dense, unsplit):
        assert (asked == plain).all()


def test_split_draws_a_fair_share() -> None:
    rule = SplitStream(budget=0.3, window=10**9, random_share=0.2, random_state=0)
    asked = rule.decide(np.zeros(8_000))
    drawn = rule.drawn_
    assert abs(drawn.mean() - 0.2) < 0.02
    assert abs(asked[drawn].mean() - 0.3) < 0.05
    alone = SplitStream(budget=0.3, window=10**9, random_share=1.0, random_state=0)
    assert abs(alone.decide(np.zeros(8_000)).mean() - 0.3) < 0.02


def test_balanced_quantile_in_plain_arrays(stream: tuple) -> None:
    utilities = np.round(stream[0], 1) * 7
    expected, n_asked = [], 0
    for t, u in enumerate(utilities):
        recent = utilities[max(0, t - 19) : t + 1]
        behind = 0.2 * (t + 1) - n_asked
        spread = recent.max() - recent.min()
        limit = np.quantile(recent, 0.8) - spread * behind / 50
        expected.append(u >= limit - 1e-12 if spread else behind > 0)
        n_asked += expected[-1]
    rule = BalancedQuantileStream(budget=0.2, window=20)
    assert rule.decide(utilities).tolist() == expected
    shifted = clone(rule).decide(utilities * 4 + 16)
    assert (shifted == expected).mean() > 0.97  # but for rounding of ties


def test_leverage_in_plain_arrays(stream: tuple) -> None:
    X = stream[1][:200]
    chosen, expected, leverages = np.eye(3) * 0.5, [], []
    for t, x in enumerate(X):
        inverse = np.linalg.inv(chosen)
        recent = X[max(0, t - 19) : t + 1]
        h = np.einsum("ij,jk,ik->i", recent, inverse, recent)
        behind = 0.2 * (t + 1) - sum(expected)
        limit = np.quantile(h, 0.8) - (h.max() - h.min()) * behind / 50
        expected.append(h[-1] >= limit if t else True)
        leverages.append(h[-1])
        if expected[-1]:
            chosen = chosen + np.outer(x, x)
    rule = LeverageStream(budget=0.2, window=20, alpha=0.5)
    assert rule.decide(X).tolist() == expected
    assert np.abs(rule.leverages_ - leverages).max() < 1e-10


def test_density_in_plain_arrays(stream: tuple) -> None:
    utilities, X = stream
    nearest, expected = {}, []
    for t, x in enumerate(X[:120]):
        near = {s: float(((X[s] - x) ** 2).sum()) for s in range(max(0, t - 20), t)}
        expected.append(sum(near[s] < nearest[s] for s in near))
        for s, square in near.items():
            nearest[s] = min(nearest[s], square)
        nearest[t] = min(near.values(), default=math.inf)
    rule = DensityStream(window=20, budget=0.5, delta=0)
    asked = rule.decide(utilities[:120], X[:120])
    assert rule.density_.tolist() == expected
    assert not asked[rule.density_ == 0].any()
    assert asked.any()


def all_cuts(values: list[float], delta: float) -> list[tuple[bool, int]]:
    """Return whether each value made the window shorter, and its length after."""
    window, found = [], []
    for value in values:
        window.append(value)
        changed = False
        while len(window) > 1 and is_cut(np.array(window), delta):
            window.pop(0)
            changed = True
        found.append((changed, len(window)))
    return found


def is_cut(window: np.ndarray, delta: float, cuts: list[int] | None = None) -> bool:
    n = len(window)
    level = np.log(2 * np.log(n) / delta)
    for n_old in cuts or range(1, n):
        m = 1 / (1 / n_old + 1 / (n - n_old))
        bound = np.sqrt(2 / m * window.var() * level) + 2 / (3 * m) * level
        if abs(window[:n_old].mean() - window[n_old:].mean()) >= bound:
            return True
    return False


def test_adwin_of_single_values_tries_all_cuts() -> None:
    rng = np.random.default_rng(0)
    values = np.r_[rng.random(60) * 0.3, 0.7 + rng.random(60) * 0.3, rng.random(20)]
    window = Adwin(delta=0.01, max_buckets=200)
    found = [(bool(window.update(v)[0]), window.width_) for v in values]
    expected = all_cuts(values.tolist(), 0.01)
    assert found == expected
    assert any(changed for changed, _ in expected)
    assert window.n_detections_ == sum(changed for changed, _ in expected)
    kept = values[-window.width_ :]
    assert abs(window.mean_ - kept.mean()) < 1e-12
    assert abs(window.variance_ - kept.var()) < 1e-12


def test_adwin_in_buckets_tries_their_edges() -> None:
    rng = np.random.default_rng(1)
    values = (rng.random(500) < np.r_[np.full(250, 0.1), np.full(250, 0.8)]) * 1.0
    window, buckets, kept = Adwin(max_buckets=2), [], []
    for value in values:
        kept.append(value)
        buckets.append(1)  # sizes, oldest first
        size = 1
        while buckets.count(size) > 2:
            at = buckets.index(size)
            buckets[at : at + 2] = [2 * size]
            size *= 2
        changed = False
        while len(kept) > 1 and len(buckets) > 1:
            if not is_cut(np.array(kept), 0.002, np.cumsum(buckets)[:-1].tolist()):
                break
            del kept[: buckets.pop(0)]
            changed = True
        assert window.update(value).tolist() == [changed]
        assert window.width_ == len(kept)
        assert abs(window.variance_ - np.var(kept)) < 1e-12
    assert window.n_detections_ > 0
    assert window.mean_ > 0.7


def test_adwin_in_pieces_and_without_a_change() -> None:
    rng = np.random.default_rng(2)
    values = (rng.random(3000) < 0.3) * 1.0
    window, pieces = Adwin(), Adwin()
    changed = window.update(values)
    assert not changed.any()
    assert window.width_ == 3000
    found = [pieces.update(part) for part in np.array_split(values, 11)]
    assert (np.concatenate(found) == changed).all()
    assert (pieces.mean_, pieces.variance_) == (window.mean_, window.variance_)
    again = pickle.loads(pickle.dumps(pieces))
    assert (again.update(1 - values) == pieces.update(1 - values)).all()
    assert again.n_detections_ > 0
    assert clone(again).update([0.5]).tolist() == [False]


@of_rules
def test_bad_streams_are_refused(rule, stream: tuple) -> None:
    utilities, X = stream
    for budget in (0, 1.5, -0.1):
        with pytest.raises(ValueError, match="The 'budget' parameter"):
            decide(clone(rule).set_params(budget=budget), utilities, X)
    with pytest.raises(ValueError, match="The 'window' parameter"):
        decide(clone(rule).set_params(window=0), utilities, X)
    fresh, (u, x) = clone(rule), (utilities.copy(), X.copy())
    u[5] = x[5, 1] = np.nan
    with pytest.raises(ValueError, match=r"utilities\[5\] is nan|contains NaN"):
        decide(fresh, u, x)
    # What is refused leaves no trace.
    assert (decide(fresh, utilities, X) == decide(clone(rule), utilities, X)).all()
    assert decide(fresh, utilities[:0], X[:0]).shape == (0,)


def test_utilities_must_be_shares_in_a_row() -> None:
    with pytest.raises(ValueError, match=r"utilities\[1\] is 1.2; this rule takes 1 -"):
        VariableUncertaintyStream().decide([0.2, 1.2])
    with pytest.raises(ValueError, match=r"utilities has the shape \(2, 1\)"):
        BalancedQuantileStream().decide([[0.2], [0.1]])
    assert BalancedQuantileStream().decide(8.5).tolist() == [True]


def test_rows_must_match() -> None:
    rule = DensityStream()
    with pytest.raises(ValueError, match="X has 1 rows but utilities has 2 entries"):
        rule.decide([0.1, 0.2], [[1.0]])
    rule.decide([0.1], [[1.0]])
    with pytest.raises(ValueError, match="X has 2 columns but the rows before had 1"):
        rule.decide([0.1], [[1.0, 2.0]])


def test_adwin_takes_numbers_from_0_to_1() -> None:
    with pytest.raises(
        ValueError, match=r"values\[1\] is 3; expected numbers in \[0, 1"
    ):
        Adwin().update([0, 3])
    with pytest.raises(ValueError, match=r"values\[0\] is nan"):
        Adwin().update(np.nan)
    with pytest.raises(ValueError, match=r"values has the shape \(1, 1\)"):
        Adwin().update([[0.0]])
    with pytest.raises(ValueError, match="The 'delta' parameter"):
        Adwin(delta=0).update([0.0])
