# SPDX-License-Identifier: BSD-3-Clause
"""Aggregate tables: counts, noise, and tables from elsewhere."""

import math
import pickle
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy import sparse, stats

from skx.proportions import AggregateTables, TableNoise, make_aggregate_tables
from skx.proportions._mechanisms import gaussian_sd
from skx.proportions._tables import variance_of_excess

pd = pytest.importorskip("pandas")


def toy(n: int = 300, seed: int = 0) -> tuple[Any, np.ndarray]:
    """Text, declared categories, numbers with a gap, and codes."""
    rng = np.random.RandomState(seed)
    frame = pd.DataFrame(
        {
            "job": rng.choice(["cook", "nurse", "pilot"], n),
            "size": pd.Categorical(rng.choice(["s", "m"], n), ["s", "m", "l"]),
            "age": rng.normal(40.0, 9.0, n).round(1),
            "code": rng.randint(0, 4, n),
        }
    )
    frame.loc[rng.choice(n, 20, replace=False), "job"] = None
    frame.loc[rng.choice(n, 15, replace=False), "age"] = np.nan
    return frame, (rng.uniform(size=n) < 0.3).astype(int)


def fixed(n: int = 300) -> tuple[Any, np.ndarray, dict[str, Any]]:
    """Columns of which every key is declared."""
    frame, y = toy(n)
    frame["job"] = pd.Categorical(frame["job"], ["cook", "nurse", "pilot"])
    return frame, y, {"age": [30.0, 45.0], "code": [0.5, 1.5, 2.5]}


def test_counts_without_noise_are_those_of_groupby() -> None:
    X, y = toy()
    edges = [30.0, 40.0, 45.5]
    tables = make_aggregate_tables(X, y, bins={"age": edges, "code": None})
    cut = X.assign(age=pd.cut(X["age"], [-np.inf, *edges, np.inf], right=False), y=y)
    cut["age"] = cut["age"].cat.rename_categories(
        ["(-inf, 30)", "[30, 40)", "[40, 45.5)", "[45.5, inf)"]
    )
    for names in [*combinations(X, 1), *combinations(X, 2)]:
        made = tables.frame(*names).astype(dict.fromkeys(names, object))
        made = made[made["count"] > 0].astype(dict.fromkeys(names, object))
        made = made.where(made.notna(), "?")
        keys = [
            cut[name].astype(object).where(cut[name].notna(), "?") for name in names
        ]
        found = cut.groupby(keys)["y"].agg(["size", "sum"])
        assert len(found) == len(made)
        made = made.set_index(list(names)).loc[found.index]
        np.testing.assert_array_equal(made["count"], found["size"])
        np.testing.assert_array_equal(made["positives"], found["sum"])
    assert tables["size"]["count"].iloc[2] == 0  # declared, and in no row
    assert tables.n_rows == len(y)
    assert tables.prevalence == pytest.approx(y.mean())
    assert "no noise" in repr(tables)
    assert "<table>" in tables._repr_html_()
    turned = tables["code", "job"]
    assert list(turned.columns[:2]) == ["code", "job"]
    np.testing.assert_array_equal(
        turned["count"].to_numpy().reshape(4, 4), tables.counts[0, 3].T
    )


def test_numbers_are_cut_into_equal_parts_or_kept() -> None:
    x = np.arange(100.0)[:, None]
    y = np.arange(100) % 2
    np.testing.assert_array_equal(
        make_aggregate_tables(x, y, bins=4).counts[0,], [25, 25, 25, 25]
    )
    assert make_aggregate_tables(x, y, bins=None).counts[0,].shape == (100,)
    assert make_aggregate_tables(x % 3, y).counts[0,].tolist() == [34, 33, 33]
    constant = make_aggregate_tables(np.ones((4, 1)), [0, 1, 0, 1])
    assert constant.counts[0,].tolist() == [4]


@pytest.mark.parametrize("convert", ["numpy", "polars", "object"])
def test_containers_give_the_same_tables(convert: str) -> None:
    X, y = toy()
    X["size"] = X["size"].astype(object)
    expected = make_aggregate_tables(X, y)
    if convert == "polars":
        library = pytest.importorskip("polars")
        columns = {name: X[name].to_list() for name in X}
        columns["job"] = [v if isinstance(v, str) else None for v in columns["job"]]
        X = library.DataFrame(columns)
    else:
        X = X.to_numpy(dtype=object)
    made = make_aggregate_tables(X, y if convert != "object" else list(y))
    for key, table in expected.counts.items():
        np.testing.assert_array_equal(made.counts[key], table)
        np.testing.assert_array_equal(made.positives[key], expected.positives[key])


@pytest.mark.parametrize("delta", [None, 1e-6])
@pytest.mark.parametrize("pairs", [True, False])
def test_noise_has_the_distribution_that_is_stated(
    delta: float | None, pairs: bool
) -> None:
    X, y, edges = fixed()
    n_tables = 10 if pairs else 4
    if delta is None:
        scale = n_tables / 0.5
        law, sd = stats.laplace(0.0, scale), math.sqrt(2.0) * scale
    else:
        sd = gaussian_sd(0.5, delta, math.sqrt(n_tables))
        law = stats.norm(0.0, sd)
    positives, others, together = [], [], []
    exact = make_aggregate_tables(X, y, pairs=pairs, bins=edges, epsilon=1e9)
    for seed in range(30):
        noisy = make_aggregate_tables(
            X, y, pairs=pairs, bins=edges, epsilon=0.5, delta=delta, random_state=seed
        )
        assert noisy.counts.keys() == exact.counts.keys()
        for key, count in noisy.counts.items():
            plus = noisy.positives[key] - exact.positives[key]
            total = count - exact.counts[key]
            positives.append(plus.ravel())
            others.append((total - plus).ravel())
            together.append((plus * total).ravel())
        noise = noisy.noise
        assert noise.positives_sd == pytest.approx(sd)
        assert noise.count_sd == pytest.approx(sd * math.sqrt(2.0))
        assert noise.covariance == pytest.approx(sd**2)
    for drawn in (positives, others):
        assert stats.kstest(np.concatenate(drawn), law.cdf).pvalue > 1e-3
    mean = np.concatenate(together).mean()
    assert mean == pytest.approx(sd**2, rel=0.35)


def test_one_row_changes_each_table_by_one() -> None:
    # The sensitivity that the noise is made for.
    X, y, edges = fixed()
    whole = make_aggregate_tables(X, y, bins=edges)
    less = make_aggregate_tables(X[1:], y[1:], bins=edges)
    change = 0.0
    for key, count in whole.counts.items():
        plus = whole.positives[key] - less.positives[key]
        minus = count - less.counts[key] - plus
        change += np.abs(plus).sum() + np.abs(minus).sum()
    assert change == len(whole.counts)


@pytest.mark.parametrize("epsilon", [0.01, 0.5, 1.0, 10.0, 200.0])
@pytest.mark.parametrize("delta", [1e-10, 1e-5, 0.2])
def test_gaussian_noise_is_the_least_that_keeps_the_promise(
    epsilon: float, delta: float
) -> None:
    sd = gaussian_sd(epsilon, delta, 3.0)

    def spent(sd: float) -> float:
        # Largest P(S) - exp(epsilon) Q(S), at the likelihood ratio exp(epsilon).
        cut = epsilon * sd**2 / 3.0
        plus = stats.norm.sf(cut, loc=1.5, scale=sd)
        return plus - math.exp(epsilon) * stats.norm.sf(cut, loc=-1.5, scale=sd)

    cut = spent(sd)
    assert cut == pytest.approx(delta, rel=1e-5, abs=1e-13)


def test_a_seed_repeats_noise_and_tables_pickle() -> None:
    X, y, edges = fixed()
    one, two = (
        make_aggregate_tables(X, y, bins=edges, epsilon=1.0, random_state=3)
        for _ in range(2)
    )
    two = pickle.loads(pickle.dumps(two))
    for key in one.counts:
        np.testing.assert_array_equal(one.counts[key], two.counts[key])
    assert repr(one) == repr(two)
    assert "laplace noise, epsilon=1" in repr(one)


def test_keys_read_from_rows_are_told_with_privacy() -> None:
    X, y, edges = fixed()
    with pytest.warns(UserWarning, match="The keys of 'age', 'code' were read from X"):
        make_aggregate_tables(X, y, epsilon=1.0, random_state=0)
    # No warning, which would be an error here, and a key for what may be missing.
    tables = make_aggregate_tables(X, y, bins=edges, epsilon=1.0, random_state=0)
    assert all(column.values[-1] is None for column in tables.columns)


def test_tables_survive_a_journey_through_frames() -> None:
    X, y = toy()
    made = make_aggregate_tables(X, y, bins={"code": None})
    frames = [made[name] for name in X] + [made[a, b] for a, b in combinations(X, 2)]
    frames = [frame.drop(columns="rate") for frame in frames]
    back = AggregateTables.from_frames(frames, edges={"age": made.columns[2].edges})
    assert back.n_rows == pytest.approx(len(y))
    order = [back.names.index(name) for name in made.names]
    assert order == [0, 1, 2, 3]
    for key in made.counts:
        for mine, yours in zip(key, key, strict=True):
            assert set(made.columns[mine].values) == set(back.columns[yours].values)
        assert made.counts[key].sum() == back.counts[key].sum()
    pd.testing.assert_frame_equal(made["job", "age"], back["job", "age"])
    np.testing.assert_array_equal(
        made.columns[2].encode(X["age"]), back.columns[2].encode(X["age"])
    )


def test_frames_of_other_kinds_and_cells_that_are_not_given() -> None:
    one = {"a": ["x", "y", None], "count": [5.0, 3.0, 2.0], "positives": [1, 2, 0]}
    b = np.array(
        [(0, 7, 2), (1, 3, 1)],
        dtype=[("b", int), ("count", float), ("positives", float)],
    )
    pair = {"b": [1, 0], "a": ["x", "y"], "n": [2, 3], "k": [1, 1]}
    with pytest.raises(ValueError, match="has no column 'count'"):
        AggregateTables.from_frames([one, b, pair])
    pair = {"b": [1, 0], "a": ["x", "y"], "count": [2, 3], "positives": [1, 1]}
    tables = AggregateTables.from_frames([one, b, pair], classes=["no", "yes"])
    assert tables.n_rows == 10
    np.testing.assert_array_equal(
        tables.counts[0, 1], [[np.nan, 2], [3, np.nan], [np.nan, np.nan]]
    )
    assert len(tables["a", "b"]) == 2
    cut = AggregateTables.from_frames([b], edges={"b": [0.5]})
    assert cut.columns[0].encode(np.array([0.1, 7.0])).tolist() == [0, 1]


def test_tables_come_in_a_list() -> None:
    frame = pd.DataFrame(GOOD)
    for one in (frame, frame.to_records(index=False)):
        with pytest.raises(ValueError, match="frames is one table; give a list of"):
            AggregateTables.from_frames(one)
    with pytest.raises(ValueError, match="frames is a mapping with the keys"):
        AggregateTables.from_frames({"a": frame})


GOOD = {"a": ["x", "y"], "count": [5, 3], "positives": [1, 2]}


@pytest.mark.parametrize(
    ("frames", "options", "message"),
    [
        ([], {}, "holds no table of one column"),
        ([GOOD, GOOD], {}, "two tables of one column"),
        ([GOOD], {"edges": {"z": [1]}}, "edges names column 'z'"),
        ([GOOD], {"classes": [1, 1]}, "two different labels"),
        ([GOOD], {"n_rows": -1.0}, "n_rows is -1"),
        ([GOOD], {"count_sd": -1.0}, "count_sd=-1.0; give a finite number"),
        ([GOOD], {"count_sd": 1.0, "covariance": 1.0}, "exceeds the product"),
        ([{**GOOD, "count": [5, -3]}], {}, "holds a count of -3"),
        ([{**GOOD, "positives": [6, 1]}], {}, "positives below 0 or above"),
        ([{**GOOD, "count": [5, np.nan]}], {}, "not finite"),
        ([{**GOOD, "a": ["x", "x"]}], {}, "lists a cell twice"),
        ([{k: GOOD[k] for k in ("count", "positives")}], {}, "give one or two"),
        ([GOOD, {**GOOD, "b": [1, 2]}], {}, "no table of its own"),
        (
            [GOOD, {**GOOD, "b": [1, 2]}, {"b": [1], "count": [8], "positives": [3]}],
            {},
            "holds the key 2 of column 'b'",
        ),
    ],
)
def test_frames_that_do_not_fit_are_refused(
    frames: list, options: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        AggregateTables.from_frames(frames, **options)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"y": np.zeros(300)}, ValueError, "one class only"),
        ({"y": np.arange(300) % 3}, ValueError, "y holds 3 classes"),
        ({"y": np.zeros(7)}, ValueError, "inconsistent numbers of samples"),
        ({"delta": 0.1}, ValueError, "delta=0.1 needs epsilon"),
        ({"epsilon": 0.0}, ValueError, "'epsilon' parameter"),
        ({"bins": 1}, ValueError, "bins=1; give at least 2"),
        ({"bins": {"no": 3}}, ValueError, "bins names column 'no'"),
        ({"bins": {"job": 3}}, ValueError, "'job', which holds no numbers"),
        ({"bins": {"job": [1.0]}}, ValueError, "something that is no number"),
        ({"bins": {"age": [2.0, 1.0]}}, ValueError, "must increase"),
        ({"bins": {"age": [np.inf]}}, ValueError, "finite edges"),
        ({"X": np.zeros((0, 2)), "y": []}, ValueError, "minimum of 1"),
        ({"X": np.zeros(300)}, ValueError, "1 dimensions"),
        ({"X": sparse.eye_array(300)}, TypeError, r"Sparse data was .*X\.toarray"),
        ({"X": np.full((300, 1), np.inf)}, ValueError, "infinity; give finite numbers"),
        ({"X": pd.DataFrame({"a": [[1]] * 300})}, TypeError, "cannot be keys"),
    ],
)
def test_input_that_cannot_be_counted_is_refused(
    change: dict, error: type, message: str
) -> None:
    X, y = toy()
    with pytest.raises(error, match=message):
        make_aggregate_tables(**{"X": X, "y": y, **change})


def test_unknown_tables_are_refused() -> None:
    X, y = toy()
    tables = make_aggregate_tables(X, y, pairs=False)
    with pytest.raises(KeyError, match="names no table"):
        tables["height"]
    with pytest.raises(KeyError, match="no table of the pair"):
        tables["age", "job"]


def test_noise_of_an_excess() -> None:
    noise = TableNoise(2.0, 1.0, covariance=1.5)
    found = variance_of_excess(noise, np.array([0.0, 0.5]))
    np.testing.assert_allclose(found, [1.0, 1.0 + 1.0 - 1.5])
