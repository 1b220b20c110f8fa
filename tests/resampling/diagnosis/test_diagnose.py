# SPDX-License-Identifier: BSD-3-Clause
"""diagnose: which rows are synthetic, what is found of them, what does not matter."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import SMOTENC
from imblearn.under_sampling import RandomUnderSampler
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skx.resampling import SMOTE, RandomOverSampler, diagnose


def gaussians(n_rare=9, n_common=60, n_columns=3, seed=0):
    """Two classes; nine rare rows are too few for the classifier, which takes time."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rare + n_common, n_columns))
    y = np.repeat([1, 0], [n_rare, n_common])
    X[y == 1] += 1.0
    return X, y


@pytest.fixture
def data():
    return gaussians()


@pytest.fixture
def resampled(data):
    return SMOTE(random_state=0).fit_resample(*data)


def assert_equal_reports(one, other, equal=assert_array_equal):
    assert one.classes == other.classes
    assert_array_equal(one.n_synthetic, other.n_synthetic)
    for name, values in one.measures.items():
        equal(values, other.measures[name], err_msg=name)
        equal(one.references[name], other.references[name])
    for name, values in one.column_measures.items():
        equal(values, other.column_measures[name], err_msg=name)
    assert one.readings == other.readings


# What is found


def test_copies_are_found_to_be_copies():
    X, y = gaussians(40, 200)
    report = diagnose(
        X, y, *RandomOverSampler(random_state=0).fit_resample(X, y), random_state=0
    )
    found = {name: values[0] for name, values in report.measures.items()}
    assert found["copy_share"] == found["close_share"] == 1.0
    assert found["distance_ratio"] == 0.0
    assert found["discriminator_auc"] == pytest.approx(0.5, abs=0.06)
    assert found["std_ratio"] == pytest.approx(1, abs=0.1)
    assert found["foreign_share"] == pytest.approx(
        report.references["foreign_share"][0], abs=0.12
    )
    assert found["new_values"] == -1.0
    flagged = {name for name, texts in report.readings.items() if texts[0]}
    assert flagged == {"copy_share", "close_share", "distance_ratio"}
    assert "class 1: 100% of the synthetic rows are copies of real rows." in (
        report.flags
    )


def test_smote_shrinks_the_variance_by_a_third_between_random_partners():
    # Partner p and base b differ, so cov(b, p) = -var / (n - 1), and the variance is
    # var E[u^2 + (1 - u)^2] + 2 E[u (1 - u)] cov(b, p).
    n = 150
    X, y = gaussians(n, 6000, n_columns=2)
    sampler = SMOTE(k_neighbors=n - 1, random_state=0)
    report = diagnose(X, y, *sampler.fit_resample(X, y), random_state=0, max_rows=20)
    expected = np.sqrt((2 / 3 - 1 / (3 * (n - 1))) * (n - 1) / n)
    assert report.column_measures["std_ratio"] == pytest.approx(expected, rel=0.03)
    assert "less spread out" in report.readings["std_ratio"][0]


def test_fresh_rows_of_the_same_distribution_stand_out_in_nothing():
    rng = np.random.default_rng(1)
    X, y = gaussians(100, 200)
    new = rng.normal(size=(200, 3)) + 1
    holdout = rng.normal(size=(80, 3)) + 1, np.ones(80, int)
    report = diagnose(
        X,
        y,
        np.vstack([X, new]),
        np.append(y, np.ones(200, int)),
        holdout=holdout,
        random_state=0,
    )
    assert report.flags == []
    assert_array_equal(report.n_holdout, [80])
    assert report.measures["distance_ratio"][0] == pytest.approx(1, abs=0.15)
    assert report.measures["close_share"][0] == pytest.approx(0.05, abs=0.05)
    assert report.references["close_share"][0] == pytest.approx(0.05, abs=0.01)


def test_noise_is_far_from_real_rows_and_told_apart():
    rng = np.random.default_rng(0)
    X, y = gaussians(40, 200)
    noise = rng.uniform(-50, 50, size=(160, 3))
    report = diagnose(
        X, y, np.vstack([X, noise]), np.append(y, np.ones(160, int)), random_state=0
    )
    assert report.measures["discriminator_auc"][0] > 0.95
    assert report.measures["distance_ratio"][0] > 10
    flagged = {name for name, texts in report.readings.items() if texts[0]}
    assert flagged >= {
        "column_distance",
        "std_ratio",
        "discriminator_auc",
        "distance_ratio",
    }
    assert "more spread out" in report.readings["std_ratio"][0]


def test_rows_put_into_another_class_are_found_there():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(60, 2)), rng.normal(size=(9, 2)) + 20])
    y = np.repeat([0, 1], [60, 9])
    new = np.vstack([rng.normal(size=(15, 2)), rng.normal(size=(5, 2)) + 20])
    report = diagnose(X, y, np.vstack([X, new]), np.append(y, np.ones(20, int)))
    assert report.measures["foreign_share"][0] == 0.75
    assert report.references["foreign_share"][0] == 0.0
    assert report.readings["foreign_share"] == [
        "75% of the synthetic rows fall among another class, and 0% of the real rows."
    ]


def test_half_copies_are_half_copies(data):
    X, y = data
    new = np.vstack([X[:3], X[:3] + 0.5])
    report = diagnose(X, y, np.vstack([X, new]), np.append(y, np.ones(6, int)))
    assert report.measures["copy_share"][0] == 0.5
    assert report.references["copy_share"][0] == 0.0


def test_copies_are_no_finding_where_real_rows_repeat():
    rng = np.random.default_rng(0)
    X = rng.integers(2, size=(200, 2)).astype(float)
    y = np.repeat([1, 0], [100, 100])
    new = rng.integers(2, size=(100, 2)).astype(float)
    report = diagnose(
        X, y, np.vstack([X, new]), np.append(y, np.ones(100, int)), random_state=0
    )
    assert report.measures["copy_share"][0] == report.references["copy_share"][0] == 1.0
    assert np.isnan(report.measures["distance_ratio"][0])
    assert report.flags == []


def test_holdout_takes_the_place_of_distances_between_real_rows(data, resampled):
    X, y = data
    without = diagnose(X, y, *resampled)
    far = diagnose(X, y, *resampled, holdout=(X + 100, y))
    ratios = [r.measures["distance_ratio"][0] for r in (without, far)]
    assert ratios[1] < ratios[0] / 10
    assert "mutually" in without.readings["distance_ratio"][0]
    assert "held-out rows" in far.readings["distance_ratio"][0]


def test_class_that_the_holdout_lacks_is_compared_with_real_rows(data, resampled):
    X, y = data
    holdout = X[y == 0] + 100, np.full((y == 0).sum(), 7)
    found = diagnose(X, y, *resampled, holdout=holdout, random_state=0)
    assert_array_equal(found.n_holdout, [0])
    assert_array_equal(
        found.reference_distances,
        diagnose(X, y, *resampled, random_state=0).reference_distances,
    )


def test_each_class_that_grew_is_measured_by_itself():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = np.repeat(["c", "b", "a"], [44, 9, 7])
    sampler = SMOTE(random_state=0, k_neighbors=3)
    X_new, y_new = sampler.fit_resample(X, y)
    both = diagnose(X, y, X_new, y_new)
    assert both.classes == ["a", "b"]
    assert_array_equal(both.n_real, [7, 9])
    assert_array_equal(both.n_synthetic, [37, 35])
    keep = y_new != "b"
    keep[:60] = True
    alone = diagnose(X, y, X_new[keep], y_new[keep])
    assert alone.classes == ["a"]
    for name, values in alone.measures.items():
        assert_allclose(values[0], both.measures[name][0], err_msg=name)


def test_class_of_one_row_gets_what_can_be_measured():
    X = np.append(np.arange(10.0), 50.0)[:, np.newaxis]
    y = np.append(np.zeros(10, int), 1)
    report = diagnose(X, y, np.append(X, [[50.0], [52.0]], axis=0), [*y, 1, 1])
    found = {name: values[0] for name, values in report.measures.items()}
    undefined = {name for name, value in found.items() if np.isnan(value)}
    assert undefined == {
        "std_ratio",
        "correlation_difference",
        "discriminator_auc",
        "distance_ratio",
        "close_share",
    }
    assert found["copy_share"] == 0.5
    assert np.isnan(report.references["copy_share"][0])
    # Nothing is left of its class once the closest row is out.
    assert found["foreign_share"] == report.references["foreign_share"][0] == 1.0
    assert report.reference_distances[0].size == 0


def test_table_of_one_class_has_no_other():
    X = np.arange(6.0)[:, np.newaxis]
    report = diagnose(X, np.ones(6), np.append(X, [[2.5]], axis=0), np.ones(7))
    assert np.isnan(report.measures["foreign_share"][0])


def test_categories_and_missing_values():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "age": rng.normal(size=69),
            "sex": pd.Categorical(rng.choice(["f", "m"], 69)),
            "town": pd.Series(rng.choice(["x", "y", "z"], 69), dtype="string"),
        }
    )
    y = np.repeat([1, 0], [9, 60])
    new = pd.DataFrame(
        {
            "age": [0.5, np.nan, 0.1] * 10,
            "sex": pd.Categorical(["f", "f", None] * 10),
            "town": pd.Series(["u"] * 30, dtype="string"),
        }
    )
    report = diagnose(
        X, y, pd.concat([X, new], ignore_index=True), np.append(y, [1] * 30)
    )
    assert report.columns == ["age", "sex", "town"]
    assert_array_equal(report.is_category, [False, True, True])
    of = {name: values[0] for name, values in report.column_measures.items()}
    real_f = (X["sex"][:9] == "f").mean()
    assert_allclose(of["distance"][1], (abs(2 / 3 - real_f) + 1 - real_f + 1 / 3) / 2)
    assert of["distance"][2] == pytest.approx(1.0)
    assert_allclose(of["missing_difference"], [1 / 3, 1 / 3, 0])
    assert of["new_values"][2] > 0.6
    assert np.isnan(of["std_ratio"][1:]).all()
    assert report.readings["missing_difference"] == [""]  # nine real rows
    assert "'town'" in report.readings["column_distance"][0]
    assert "'town'" in report.readings["new_values"][0]


def test_missing_more_often_is_told():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2))
    y = np.repeat([1, 0], [50, 50])
    new = rng.normal(size=(200, 2))
    new[:60, 1] = np.nan
    report = diagnose(X, y, np.vstack([X, new]), np.append(y, np.ones(200, int)))
    assert report.readings["missing_difference"] == [
        "column 1 is missing more often, by 30% of the rows."
    ]
    assert report.measures["missing_difference"][0] == pytest.approx(0.3)


def test_smotenc_of_the_peer_keeps_categories():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"a": rng.normal(size=69), "b": pd.Categorical(rng.choice(["x", "y"], 69))}
    )
    y = np.repeat(["rare", "common"], [9, 60])
    report = diagnose(X, y, *SMOTENC("auto", random_state=0).fit_resample(X, y))
    assert report.classes == ["rare"]
    assert report.column_measures["new_values"][0, 1] == 0.0


def test_categories_of_many_values_take_the_same_way():
    rng = np.random.default_rng(0)
    X = rng.choice([f"town {i}" for i in range(9999)], (60, 2)).astype(object)
    y = np.repeat([1, 0], [30, 30])
    new = rng.choice([f"town {i}" for i in range(9999)], (30, 2)).astype(object)
    report = diagnose(
        X, y, np.vstack([X, new]), np.append(y, np.ones(30, int)), random_state=0
    )
    # Two rows of different towns are all equally far.
    assert report.measures["distance_ratio"] == pytest.approx(1.0)
    assert not np.isnan(report.measures["discriminator_auc"][0])


def test_columns_without_variation():
    X, y = np.ones((30, 2)), np.repeat([1, 0], [15, 15])
    report = diagnose(X, y, np.ones((45, 2)), np.append(y, np.ones(15, int)))
    found = {name: values[0] for name, values in report.measures.items()}
    assert found["discriminator_auc"] == 0.5
    assert found["copy_share"] == report.references["copy_share"][0] == 1.0
    assert found["column_distance"] == 0.0
    assert np.isnan([found["std_ratio"], found["correlation_difference"]]).all()


def test_codes_named_as_categories_are_compared_as_such():
    X = np.column_stack([np.arange(12.0), np.tile([10.0, 20.0, 30.0], 4)])
    y = np.repeat([1, 0], [6, 6])
    new = np.array([[1.5, 25.0]])
    as_numbers = diagnose(X, y, np.vstack([X, new]), [*y, 1])
    as_codes = diagnose(X, y, np.vstack([X, new]), [*y, 1], categorical_features=[1])
    assert_array_equal(as_codes.is_category, [False, True])
    assert as_numbers.column_measures["distance"][0, 1] == pytest.approx(2 / 3)
    assert as_codes.column_measures["distance"][0, 1] == pytest.approx(1.0)


# Which rows are synthetic


def test_originals_may_be_anywhere(data, resampled):
    X, y = data
    X_new, y_new = resampled
    order = np.random.default_rng(0).permutation(len(y_new))
    report = diagnose(X, y, X_new, y_new, random_state=0)
    assert_array_equal(report.n_synthetic, [51])
    assert report.n_removed == 0
    assert_equal_reports(
        report, diagnose(X, y, X_new[order], y_new[order], random_state=0)
    )


@pytest.mark.parametrize("form", ["slice", "mask", "numbers", "negative"])
def test_synthetic_rows_can_be_named(data, resampled, form):
    n, n_all = len(data[1]), len(resampled[1])
    synthetic = {
        "slice": slice(n, None),
        "mask": np.arange(n_all) >= n,
        "numbers": list(range(n, n_all)),
        "negative": range(n - n_all, 0),
    }[form]
    assert_equal_reports(
        diagnose(*data, *resampled, synthetic=synthetic, random_state=0),
        diagnose(*data, *resampled, random_state=0),
    )


def test_table_of_synthetic_rows_alone(data, resampled):
    X, y = data
    X_new, y_new = resampled[0][len(y) :], resampled[1][len(y) :]
    report = diagnose(X, y, X_new, y_new, synthetic=slice(None), random_state=0)
    assert report.n_removed == len(y)
    # The rows come in another random order, which changes the last digit of sums.
    together = diagnose(X, y, *resampled, random_state=0)
    assert_equal_reports(report, together, assert_allclose)


def test_every_copy_counts_once(data):
    X, y = data
    X, y = np.vstack([X[:2], X]), np.append(y[:2], y)  # two rows are there twice
    X_new, y_new = RandomOverSampler(random_state=0).fit_resample(X, y)
    order = np.random.default_rng(0).permutation(len(y_new))
    report = diagnose(X, y, X_new[order], y_new[order])
    assert_array_equal(report.n_synthetic, [len(y_new) - len(y)])
    assert report.references["copy_share"][0] == pytest.approx(4 / 11)


def test_rows_that_were_cleaned_away_are_counted():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(69, 3))
    y = np.repeat([1, 0], [9, 60])
    X_new, y_new = SMOTEENN(random_state=0).fit_resample(X, y)
    kept = {row.tobytes() for row in X_new} & {row.tobytes() for row in X}
    report = diagnose(X, y, X_new, y_new)
    assert 0 < report.n_removed == len(X) - len(kept)
    assert report.n_synthetic.sum() == len(X_new) - len(kept)
    assert f"not in X_resampled: {report.n_removed}." in repr(report)


def test_row_with_another_label_is_not_the_original():
    X = np.arange(8.0)[:, np.newaxis]
    y = np.repeat([0, 1], 4)
    report = diagnose(X, y, np.append(X, [[2.0]], axis=0), [*y, 1])
    assert report.classes == [1]
    assert report.n_removed == 0


def test_zeros_of_both_signs_and_missing_values_are_recognised():
    X = np.array([[0.0, np.nan], [1.0, 2.0], [3.0, 4.0]])
    back = np.array([[-0.0, -np.nan], [1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    report = diagnose(X, [0, 1, 1], back, [0, 1, 1, 1])
    assert report.n_removed == 0
    assert_array_equal(report.n_synthetic, [1])


# What does not matter


def test_order_of_rows_does_not_matter():
    X, y = gaussians(30, 90)
    X[:30] = X[:30].round(1)  # ties and copies
    X_new, y_new = SMOTE(random_state=0, k_neighbors=3).fit_resample(X, y)
    X_new[130:150] = X[:20]
    holdout = X + 0.1, y
    rng = np.random.default_rng(0)
    one, two, three = (rng.permutation(len(t)) for t in (y, y_new, y))
    options = {"random_state": 0, "max_rows": 25}
    assert_equal_reports(
        diagnose(X, y, X_new, y_new, holdout=holdout, **options),
        diagnose(
            X[one],
            y[one],
            X_new[two],
            y_new[two],
            holdout=(holdout[0][three], y[three]),
            **options,
        ),
    )


def test_number_of_threads_does_not_matter():
    X, y = gaussians(40, 200)
    resampled = SMOTE(random_state=0).fit_resample(X, y)
    assert_equal_reports(
        diagnose(X, y, *resampled, random_state=0),
        diagnose(X, y, *resampled, random_state=0, n_jobs=2),
    )


def test_layout_does_not_matter(data, resampled, layout):
    X, y = data
    assert_equal_reports(
        diagnose(X, y, *resampled, random_state=0),
        diagnose(layout(X), y, layout(resampled[0]), resampled[1], random_state=0),
    )


@pytest.mark.parametrize("container", [pd.DataFrame, pl.DataFrame, np.ndarray.tolist])
def test_container_does_not_matter(data, resampled, container):
    X, y = data
    report = diagnose(container(X), y.tolist(), container(resampled[0]), resampled[1])
    plain = diagnose(X, y, *resampled)
    for name, values in plain.column_measures.items():
        assert_array_equal(values, report.column_measures[name])
    mixed = diagnose(container(X), y, *resampled)
    assert_array_equal(mixed.n_synthetic, plain.n_synthetic)


def test_single_precision_finds_the_same(data):
    X, y = data
    X = X.astype(np.float32)
    X_new, y_new = SMOTE(random_state=0).fit_resample(X, y)
    assert X_new.dtype == np.float32
    report = diagnose(X, y, X_new, y_new, random_state=0)
    assert report.n_removed == 0
    assert_equal_reports(
        report,
        diagnose(*(a.astype(float) for a in (X, y, X_new, y_new)), random_state=0),
    )


def test_units_of_columns_do_not_matter(data, resampled):
    X, y = data
    factors, shift = np.array([4.0, 0.5, 1024.0]), np.array([0.0, 8.0, -2.0])
    one = diagnose(X, y, *resampled, random_state=0)
    other = diagnose(
        X * factors + shift, y, resampled[0] * factors + shift, resampled[1]
    )
    for name, values in one.measures.items():
        assert_allclose(values, other.measures[name], err_msg=name)


def test_seed_chooses_the_sample(data):
    X, y = data
    resampled = SMOTE(random_state=0, sampling_strategy={1: 400}).fit_resample(X, y)
    some = [
        diagnose(X, y, *resampled, random_state=seed, max_rows=20) for seed in (0, 0, 1)
    ]
    every = diagnose(X, y, *resampled).synthetic_distances[0]
    assert_array_equal(some[0].synthetic_distances, some[1].synthetic_distances)
    assert (some[0].synthetic_distances[0] != some[2].synthetic_distances[0]).any()
    assert set(some[0].synthetic_distances[0]) <= set(every)
    assert some[0].synthetic_distances[0].size == 20


def test_input_is_left_as_it_was(data, resampled):
    before = [np.copy(a) for a in (*data, *resampled)]
    diagnose(*data, *resampled, holdout=(data[0] + 1, data[1]))
    for was, now in zip(before, (*data, *resampled), strict=True):
        assert_array_equal(was, now)


# What is refused


def test_rows_scaled_in_between_are_refused(data, resampled):
    X, y = data
    with pytest.raises(ValueError, match="None of the 69 rows of X is in X_resampled"):
        diagnose(2 * X, y, *resampled)


def test_result_without_synthetic_rows_is_refused(data):
    X, y = data
    less = RandomUnderSampler(random_state=0).fit_resample(X, y)
    with pytest.raises(ValueError, match="X_resampled holds no synthetic row: all of"):
        diagnose(X, y, *less)
    with pytest.raises(ValueError, match="X_resampled holds no synthetic row"):
        diagnose(X, y, X, y, synthetic=np.zeros(len(y), bool))


@pytest.mark.parametrize(
    ("synthetic", "message"),
    [
        ("after", "synthetic='after' is not known; pass 'auto'"),
        ([True, False], "synthetic does not fit X_resampled of 120 rows"),
        ([3, 120], "synthetic does not fit X_resampled of 120 rows"),
        ([0.5], "synthetic does not fit X_resampled of 120 rows"),
    ],
)
def test_unknown_synthetic_rows_are_refused(data, resampled, synthetic, message):
    with pytest.raises(ValueError, match=message):
        diagnose(*data, *resampled, synthetic=synthetic)


def test_labels_must_fit(data, resampled):
    X, y = data
    with pytest.raises(ValueError, match="y has 68 labels for 69 rows; give one"):
        diagnose(X, y[1:], *resampled)
    with pytest.raises(ValueError, match="y_resampled has 2 labels for 120 rows"):
        diagnose(X, y, resampled[0], [0, 1])
    with pytest.raises(ValueError, match="y_resampled holds class 2, which y does not"):
        diagnose(X, y, resampled[0], np.append(resampled[1][1:], 2))
    with pytest.raises(ValueError, match="y is continuous, but diagnose compares"):
        diagnose(X, y + 0.5 * X[:, 0], *resampled)
    with pytest.raises(ValueError, match=r"y has shape \(69, 2\); pass one column"):
        diagnose(X, np.column_stack([y, 1 - y]), *resampled)


def test_holdout_must_be_a_pair_of_unseen_rows(data, resampled):
    X, y = data
    with pytest.raises(ValueError, match="holdout has 1 parts; pass the pair"):
        diagnose(X, y, *resampled, holdout=(X,))
    with pytest.raises(ValueError, match="hold-out consists of the rows of X"):
        diagnose(X, y, *resampled, holdout=(X[::-1], y[::-1]))
    with pytest.raises(ValueError, match="y of the hold-out has 3 labels"):
        diagnose(X, y, *resampled, holdout=(X, [0, 1, 0]))
    with pytest.raises(ValueError, match="the hold-out has 2 columns but X has 3"):
        diagnose(X, y, *resampled, holdout=(X[:, :2], y))


def test_sparse_tables_are_refused(data, resampled):
    with pytest.raises(TypeError, match="X is sparse, but diagnose takes dense tables"):
        diagnose(sparse.csr_array(data[0]), data[1], *resampled)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("n_neighbors", 0),
        ("max_rows", 19),
        ("n_jobs", 1.5),
        ("random_state", "x"),
        ("holdout", 3),
        ("synthetic", 3),
        ("categorical_features", 3),
    ],
)
def test_options_are_validated(data, resampled, option, value):
    with pytest.raises(ValueError, match=f"The '{option}' parameter of diagnose must"):
        diagnose(*data, *resampled, **{option: value})
