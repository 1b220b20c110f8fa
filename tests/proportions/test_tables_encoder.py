# SPDX-License-Identifier: BSD-3-Clause
"""Rates by key, from tables."""

import numpy as np
import pytest
from scipy import optimize, special, stats
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from skx.proportions import (
    AggregateTableEncoder,
    AggregateTables,
    TableNoise,
    make_aggregate_tables,
)
from skx.proportions._table_rates import shrink_rates


def rows(n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.RandomState(0)
    X = rng.randint(0, 5, (n, 3))
    rate = 0.15 + 0.1 * X[:, 0] + 0.3 * (X[:, 1] == X[:, 2])
    return X, (rng.uniform(size=n) < rate).astype(int)


def test_rates_without_noise_are_smoothed_by_a_pseudo_count() -> None:
    X, y = rows()
    tables = make_aggregate_tables(X, y, bins=None)
    encoder = AggregateTableEncoder(tables=tables).fit(X)
    m = y.mean()
    n, k = tables.counts[0,], tables.positives[0,]
    _, t = shrink_rates(n, k, np.full(5, m), tables.noise)
    s = 1.0 / (t * m * (1.0 - m))
    np.testing.assert_allclose(encoder.rates_[0,], (k + s * m) / (n + s))


def test_variance_of_effects_is_that_of_greatest_likelihood() -> None:
    rng = np.random.RandomState(0)
    n = rng.uniform(50, 400, 40)
    m = 0.2
    rate = m + rng.normal(0, 0.06, 40)
    noise = TableNoise(12.0, 5.0, 20.0)
    k = n * rate + rng.normal(0, 5.0, 40)
    _, t = shrink_rates(n, k, np.full(40, m), noise)

    def loss(log_t: float) -> float:
        excess = 25.0 + (m * 12.0) ** 2 - 2 * m * 20.0
        variance = n * m * (1 - m) + excess + np.exp(log_t) * (n * m * (1 - m)) ** 2
        return -stats.norm.logpdf(k - m * n, scale=np.sqrt(variance)).sum()

    best = optimize.minimize_scalar(loss, bounds=(-10, 3), method="bounded")
    assert np.log(t) == pytest.approx(best.x, abs=1e-3)


def test_shrinkage_with_noise_is_the_normal_posterior() -> None:
    n, k = np.array([100.0, 400.0, 30.0]), np.array([60.0, 60.0, 1.0])
    m, noise = np.full(3, 0.25), TableNoise(0.0, 8.0)
    rates, t = shrink_rates(n, k, m, noise)
    prior = t * (0.25 * 0.75) ** 2
    error = (n * 0.25 * 0.75 + 64.0) / n**2
    expected = 0.25 + prior / (prior + error) * (k / n - 0.25)
    np.testing.assert_allclose(rates, expected)


def test_noise_alone_gives_the_overall_rate() -> None:
    rng = np.random.RandomState(0)
    n = np.full(50, 100.0)
    rates, t = shrink_rates(
        n, 30.0 + rng.normal(0, 5.0, 50), np.full(50, 0.3), TableNoise(0.0, 500.0)
    )
    assert t == 0.0
    np.testing.assert_array_equal(rates, 0.3)


def test_pairs_shrink_to_what_their_keys_say() -> None:
    X, y = rows()
    tables = make_aggregate_tables(X, y, bins=None)
    encoder = AggregateTableEncoder(tables=tables, output="logit").fit(X)
    base = special.logit(y.mean())
    found = encoder.transform(np.array([[0, 9, 1], [9, 9, 9]]))
    np.testing.assert_allclose(found[1], base)
    np.testing.assert_allclose(found[0, 1], base)  # unknown key
    np.testing.assert_allclose(found[0, 3], found[0, 0] + found[0, 1] - base)
    assert encoder.get_feature_names_out().tolist() == [
        "x0", "x1", "x2", "x0 & x1", "x0 & x2", "x1 & x2",
    ]  # fmt: skip
    rates = AggregateTableEncoder(tables=tables).fit(X).transform(X)
    np.testing.assert_allclose(special.logit(rates), encoder.transform(X))
    assert rates.shape == (600, 6)
    alone = AggregateTableEncoder(tables=tables, pairs=False).fit(X).transform(X)
    np.testing.assert_array_equal(alone, rates[:, :3])


def test_missing_values_have_a_rate_where_the_tables_know_them() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": ["x", "x", "y", "y", None, None] * 20})
    y = np.tile([0, 1, 0, 0, 1, 1], 20)
    encoder = AggregateTableEncoder().set_output(transform="pandas")
    found = encoder.fit_transform(frame, y)
    assert list(found.columns) == ["a"]
    assert found["a"][4] > 0.8 > 0.2 > found["a"][2]
    known = AggregateTableEncoder().fit(frame.dropna(), y[frame["a"].notna()])
    overall = known.tables_.prevalence
    assert known.transform(frame)[4, 0] == pytest.approx(overall)


def test_a_frame_with_more_columns_and_a_pipeline() -> None:
    pd = pytest.importorskip("pandas")
    X, y = rows()
    frame = pd.DataFrame(X, columns=list("abc"))
    tables = make_aggregate_tables(frame[["a", "b"]], y, bins=None)
    pipe = make_pipeline(
        AggregateTableEncoder(tables=tables), DecisionTreeClassifier(max_depth=3)
    ).fit(frame, y)
    assert pipe[0].get_feature_names_out().tolist() == ["a", "b", "a & b"]
    assert pipe.score(frame, y) > max(y.mean(), 1 - y.mean())
    with pytest.raises(ValueError, match="lacks column 'b' of the tables"):
        pipe[0].fit(frame[["a", "c"]])
    with pytest.raises(ValueError, match="requires y to be passed"):
        AggregateTableEncoder().fit(frame)


def test_noisy_tables_predict_better_shrunken() -> None:
    X, y = rows(4000)
    exact = make_aggregate_tables(X, y, bins=None)
    rng = np.random.RandomState(1)
    noise = TableNoise(0.0, 50.0)
    errors = {(0,): [], (1, 2): []}
    for _ in range(20):
        positives = {
            key: table + rng.normal(0.0, 50.0, table.shape)
            for key, table in exact.positives.items()
        }
        noisy = AggregateTables(
            exact.columns, exact.counts, positives,
            noise=noise, n_rows=exact.n_rows, classes=exact.classes,
        )  # fmt: skip
        rates = AggregateTableEncoder(tables=noisy).fit(X).rates_
        for key, found in errors.items():
            true = exact.positives[key] / exact.counts[key]
            raw = positives[key] / exact.counts[key]
            found.append([np.mean((r - true) ** 2) for r in (rates[key], raw)])
    for key, found in errors.items():
        ours, raw = np.mean(found, axis=0)
        assert ours < raw * 0.9 ** (len(key) - 1)
