# SPDX-License-Identifier: BSD-3-Clause
"""MLSMOTE: which labels grow, where the new rows lie, which labels they carry."""

import pickle
from collections.abc import Callable

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse, stats
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.neighbors import KNeighborsClassifier

from skx.resampling import MLSMOTE, SMOTE

COUNTS = [111, 70, 9, 20, 41]


def make_table(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows with none to five labels, of which the third and fourth are rare."""
    rng = np.random.default_rng(seed)
    y = np.zeros((200, len(COUNTS)), np.int64)
    for label, count in enumerate(COUNTS):
        y[rng.permutation(200)[:count], label] = 1
    return rng.normal(size=(200, 4)) + y[:, :4], y


def resample(X, y, **parameters):
    sampler = MLSMOTE(**{"random_state": 0} | parameters)
    return *sampler.fit_resample(X, y), sampler


def made_for(sampler: MLSMOTE) -> np.ndarray:
    """Label that each new row was made for."""
    return np.repeat(*zip(*sampler.sampling_strategy_.items(), strict=True))


def neighbors_by_hand(X, y, base: int, label: int, k: int) -> np.ndarray:
    bag = np.flatnonzero(y[:, label])
    bag = bag[bag != base]
    distances = ((X[bag] - X[base]) ** 2).sum(axis=1)
    return bag[np.lexsort((bag, distances))][:k]


# Which labels, how many


def test_imbalance_ratios_by_hand() -> None:
    X, y = make_table()
    sampler = MLSMOTE().fit(X, y)
    ratios = [1, 111 / 70, 111 / 9, 111 / 20, 111 / 41]
    assert_allclose(sampler.imbalance_ratios_, ratios)
    assert_allclose(sampler.mean_imbalance_ratio_, np.mean(ratios))
    # 4.9 on average.
    assert sampler.sampling_strategy_ == {2: 9, 3: 20}


def test_strategies() -> None:
    X, y = make_table()
    for strategy, expected in [
        (0.1, {2: 2}),
        (0.5, {2: 46, 3: 35}),
        (1.0, {2: 102, 3: 91}),
        ({4: 100, 2: 30, 0: 111}, {2: 21, 4: 59}),
        ({}, {}),
    ]:
        X_out, y_out, sampler = resample(X, y, sampling_strategy=strategy)
        assert sampler.sampling_strategy_ == expected
        assert (
            MLSMOTE(sampling_strategy=strategy).fit(X, y).sampling_strategy_ == expected
        )
        assert len(X_out) == len(y_out) == 200 + sum(expected.values())
        # Others may come along, but none is missing.
        added = y_out[200:].sum(axis=0)
        assert all(added[label] >= number for label, number in expected.items())


def test_equal_labels_stay_as_they_are() -> None:
    y = np.tile(np.eye(3, dtype=int), (10, 1))
    X = np.random.default_rng(0).normal(size=(30, 2))
    X_out, y_out, sampler = resample(X, y)
    assert sampler.sampling_strategy_ == {}
    assert sampler.parents_.shape == (0, 2)
    assert_array_equal(X_out, X)
    assert_array_equal(y_out, y)
    assert not np.shares_memory(X_out, X)


def test_labels_without_rows_do_not_count() -> None:
    X, y = make_table()
    wide = np.column_stack([np.zeros(200, int), y])
    X_out, _, sampler = resample(X, wide)
    assert sampler.imbalance_ratios_[0] == np.inf
    assert sampler.mean_imbalance_ratio_ == MLSMOTE().fit(X, y).mean_imbalance_ratio_
    assert sampler.sampling_strategy_ == {3: 9, 4: 20}
    assert len(X_out) == 229


# Rows and their labels


@pytest.mark.parametrize("k", [1, 2, 5, 8])
def test_rows_lie_between_neighbours_that_share_the_label(k: int) -> None:
    X, y = make_table()
    X_out, y_out, sampler = resample(X, y, k_neighbors=k, sampling_strategy=0.4)
    assert_array_equal(X_out[:200], X)
    assert_array_equal(y_out[:200], y)
    shares = sampler.parent_weights_
    mixed = (shares[:, :, np.newaxis] * X[sampler.parents_]).sum(axis=1)
    assert_allclose(X_out[200:], mixed, atol=1e-14)
    labels = made_for(sampler)
    assert (np.diff(labels) >= 0).all()
    for (base, partner), label in zip(sampler.parents_, labels, strict=True):
        assert partner in neighbors_by_hand(X, y, base, label, k)


@pytest.mark.parametrize("labelset", ["ranking", "union", "intersection"])
@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_label_sets_by_hand(labelset: str, k: int, kind: Callable) -> None:
    X, y = make_table()
    _, y_out, sampler = resample(
        X, kind(y), k_neighbors=k, labelset=labelset, sampling_strategy=0.4
    )
    y_out = y_out.toarray() if sparse.issparse(y_out) else y_out
    labels = made_for(sampler)
    for base, label, found in zip(
        sampler.parents_[:, 0], labels, y_out[200:], strict=True
    ):
        voters = [base, *neighbors_by_hand(X, y, base, label, k)]
        for other in range(y.shape[1]):
            votes = sum(y[voter, other] for voter in voters)
            expected = {
                "ranking": 2 * votes > k + 1,
                "union": votes >= 1,
                "intersection": votes == k + 1,
            }[labelset]
            assert found[other] == expected
    assert (y_out[200:][np.arange(labels.size), labels] == 1).all()


def test_rows_of_a_label_serve_as_base_equally_often() -> None:
    X, y = make_table()
    _, _, sampler = resample(X, y, sampling_strategy={2: 9 + 31, 3: 20 + 20})
    uses = np.bincount(sampler.parents_[:31, 0], minlength=200)[y[:, 2] == 1]
    assert sorted(uses) == [3] * 5 + [4] * 4
    # The paper's amount: each row once.
    assert_array_equal(np.sort(sampler.parents_[31:, 0]), np.flatnonzero(y[:, 3]))


def test_partners_and_shares_are_uniform() -> None:
    X, y = make_table()
    _, _, sampler = resample(X, y, k_neighbors=8, sampling_strategy={2: 9 + 20_000})
    pairs = sampler.parents_ @ [200, 1]
    _, counts = np.unique(pairs, return_counts=True)
    assert counts.size == 72
    assert stats.chisquare(counts).pvalue > 1e-3
    shares = sampler.parent_weights_[:, 1]
    assert stats.kstest(shares, "uniform").pvalue > 1e-3


def test_labels_have_their_own_draws_whatever_else_grows() -> None:
    X, y = make_table()
    _, _, both = resample(X, y)
    _, _, one = resample(X, y, sampling_strategy={3: 40})
    assert_array_equal(both.parents_[9:], one.parents_)
    assert_array_equal(both.parent_weights_[9:], one.parent_weights_)
    shares = both.parent_weights_[:, 1]
    assert not np.isin(shares[:9], shares[9:]).any()


def test_a_vector_of_classes_is_one_label_per_row() -> None:
    rng = np.random.default_rng(0)
    y = np.repeat(["common", "rare", "usual"], [60, 12, 48])
    X = rng.normal(size=(120, 3))
    X_out, y_out, sampler = resample(X, y)
    assert sampler.sampling_strategy_ == {"rare": 12}
    assert y_out.dtype == y.dtype
    assert_array_equal(y_out, [*y, *["rare"] * 12])
    # The same rows as SMOTE makes.
    expected, _ = SMOTE(sampling_strategy={"rare": 24}, random_state=0).fit_resample(
        X, y
    )
    assert_array_equal(X_out, expected)
    assert isinstance(resample(X, y.tolist())[1], list)
    named = pd.Series(y, name="kind", dtype="category", index=range(1, 121))
    _, y_out, _ = resample(X, named)
    assert y_out.dtype == named.dtype
    assert_array_equal(y_out.index, range(132))


# What must change nothing


def test_layout_and_threads_change_nothing(layout: Callable, float_dtype: type) -> None:
    X, y = make_table()
    X = X.astype(float_dtype)
    X[::9, 0] = np.nan
    expected, y_expected, _ = resample(X, y)
    assert expected.dtype == float_dtype
    for n_jobs in (1, 2):
        X_out, y_out, _ = resample(layout(X), layout(y), n_jobs=n_jobs)
        assert_array_equal(X_out, expected)
        assert_array_equal(y_out, y_expected)


def test_order_of_labels_changes_only_the_draws() -> None:
    X, y = make_table()
    order = [3, 0, 4, 2, 1]
    _, y_out, sampler = resample(X, y)
    _, y_moved, moved = resample(X, y[:, order])
    assert moved.sampling_strategy_ == {0: 20, 3: 9}
    # Each row of the label is base once and its neighbours vote: no draw matters.
    rows = np.lexsort((sampler.parents_[:, 0], made_for(sampler)))
    rows_moved = np.lexsort((moved.parents_[:, 0], np.array(order)[made_for(moved)]))
    assert_array_equal(y_moved[200:][rows_moved], y_out[200:][rows][:, order])


def test_seeds_clones_and_pickles() -> None:
    X, y = make_table()
    expected, _, sampler = resample(X, y)
    for copy in (clone(sampler), pickle.loads(pickle.dumps(sampler))):
        assert_array_equal(copy.fit_resample(X, y)[0], expected)
    assert not np.array_equal(resample(X, y, random_state=1)[0], expected)
    state = np.random.RandomState(0)
    moved = [resample(X, y, random_state=state)[0] for _ in range(2)]
    assert not np.array_equal(*moved)


def test_input_is_never_changed() -> None:
    X, y = make_table()
    X_before, y_before = X.copy(), y.copy()
    resample(X, y)
    assert_array_equal(X, X_before)
    assert_array_equal(y, y_before)


def test_works_in_the_pipelines_of_imblearn() -> None:
    X, y = make_table()
    model = make_pipeline(MLSMOTE(random_state=0), KNeighborsClassifier()).fit(X, y)
    by_hand = KNeighborsClassifier().fit(*resample(X, y)[:2])
    assert_array_equal(model.predict(X), by_hand.predict(X))


# Containers

KINDS = {
    "bool": (lambda y: y.astype(bool), np.ndarray),
    "uint8": (lambda y: y.astype(np.uint8), np.ndarray),
    "float32": (lambda y: y.astype(np.float32), np.ndarray),
    "list": (lambda y: y.tolist(), list),
    "csr": (sparse.csr_matrix, sparse.csr_matrix),
    "csc of bool": (lambda y: sparse.csc_array(y.astype(bool)), sparse.csc_array),
    "lil": (sparse.lil_array, sparse.lil_array),
    "pandas": (lambda y: pd.DataFrame(y, columns=list("vwxyz")), pd.DataFrame),
    "nullable": (lambda y: pd.DataFrame(y).astype("boolean"), pd.DataFrame),
    "polars": (lambda y: pl.DataFrame(y, schema=list("vwxyz")), pl.DataFrame),
}


@pytest.mark.parametrize("name", KINDS)
def test_indicator_comes_back_as_what_it_was(name: str) -> None:
    X, y = make_table()
    expected_X, expected, _ = resample(X, y)
    convert, kind = KINDS[name]
    given = convert(y)
    X_out, y_out, sampler = resample(X, given)
    assert type(y_out) is kind
    assert_array_equal(X_out, expected_X)
    for attribute in ("dtype", "format"):
        if hasattr(given, attribute):
            assert getattr(y_out, attribute) == getattr(given, attribute)
    if hasattr(given, "columns"):
        assert list(y_out.columns) == list(given.columns)
        assert list(y_out.dtypes) == list(given.dtypes)
    dense = y_out.toarray() if sparse.issparse(y_out) else np.asarray(y_out, float)
    assert_array_equal(dense, expected)
    names = list(getattr(given, "columns", range(5)))
    assert sampler.sampling_strategy_ == {names[2]: 9, names[3]: 20}


def test_labels_are_named_by_the_columns_of_a_frame() -> None:
    X, y = make_table()
    frame = pd.DataFrame(y, columns=list("vwxyz"))
    _, y_out, _ = resample(X, frame, sampling_strategy={"x": 30})
    assert y_out["x"].sum() == 30


def test_stored_zeros_are_zeros() -> None:
    X, y = make_table()
    stored = sparse.csr_array(np.ones_like(y))
    stored.data[:] = y.ravel()
    assert_array_equal(resample(X, stored)[1].toarray(), resample(X, y)[1])


def test_sparse_rows_are_as_dense_ones() -> None:
    X, y = make_table()
    X[np.abs(X) < 0.7] = 0
    expected, y_expected, _ = resample(X, y)
    X_out, y_out, _ = resample(sparse.csc_array(X), sparse.csr_array(y))
    assert isinstance(X_out, sparse.csc_array)
    assert_allclose(X_out.toarray(), expected, atol=1e-14)
    assert_array_equal(y_out.toarray(), y_expected)


def test_frames_come_back_as_what_they_were() -> None:
    X, y = make_table()
    frame = pd.DataFrame(X, columns=list("abcd"), index=range(5, 205))
    frame["n"] = np.arange(200) % 7
    X_out, _, sampler = resample(frame, y)
    assert X_out.dtypes.tolist() == frame.dtypes.tolist()
    assert_array_equal(X_out.index, range(229))
    assert sampler.feature_names_in_.tolist() == list("abcdn")
    bases = frame["n"].to_numpy()[sampler.parents_]
    assert (X_out["n"][200:] >= bases.min(axis=1)).all()
    assert (X_out["n"][200:] <= bases.max(axis=1)).all()


# Awkward tables


@given(
    X=hnp.arrays(float, (30, 2), elements=st.floats(-1e6, 1e6)),
    y=hnp.arrays(np.int8, (30, 4), elements=st.integers(0, 1)),
    labelset=st.sampled_from(["ranking", "union", "intersection"]),
)
@pytest.mark.filterwarnings("ignore:Label . has 1 row")
def test_any_table_keeps_the_promises(X, y, labelset) -> None:
    if not y.any():
        y[0, 0] = 1
    sampler = MLSMOTE(labelset=labelset, small_class="shrink", random_state=0)
    X_out, y_out = sampler.fit_resample(X, y)
    assert_array_equal(X_out[:30], X)
    assert_array_equal(y_out[:30], y)
    low, high = X[sampler.parents_].min(axis=1), X[sampler.parents_].max(axis=1)
    assert ((low <= X_out[30:]) & (X_out[30:] <= high)).all()
    assert len(X_out) == len(y_out) == 30 + sum(sampler.sampling_strategy_.values())
    for label, number in sampler.sampling_strategy_.items():
        assert y_out[30:, label].sum() >= number == y[:, label].sum()


def test_duplicates_are_no_obstacle() -> None:
    X, y = make_table()
    X_out, y_out, _ = resample(np.repeat(X, 6, axis=0), np.repeat(y, 6, axis=0))
    # Five of a row's neighbours are its copies: it is repeated as it is.
    assert len(np.unique(np.column_stack([X_out, y_out]), axis=0)) == 200


def test_rows_of_weight_zero_are_neither_parents_nor_voters() -> None:
    X, y = make_table()
    weight = np.random.default_rng(0).uniform(0.5, 2, 200)
    weight[::4] = 0
    sampler = MLSMOTE(random_state=0, small_class="shrink")
    X_out, y_out, weight_out = sampler.fit_resample(X, y, sample_weight=weight)
    assert_array_equal(weight_out[:200], weight)
    mixed = (sampler.parent_weights_ * weight[sampler.parents_]).sum(axis=1)
    assert_allclose(weight_out[200:], mixed)
    # As if those rows were not there, but for the counts.
    alone = weight > 0
    strategy = {
        label: int(y[alone, label].sum()) + number
        for label, number in sampler.sampling_strategy_.items()
    }
    X_few, y_few, _ = resample(
        X[alone], y[alone], sampling_strategy=strategy, small_class="shrink"
    )
    assert_array_equal(X_out[200:], X_few[alone.sum() :])
    assert_array_equal(y_out[200:], y_few[alone.sum() :])


def test_weights_can_be_requested() -> None:
    with config_context(enable_metadata_routing=True):
        sampler = MLSMOTE().set_fit_resample_request(sample_weight=True)
        requests = sampler.get_metadata_routing().fit_resample.requests
    assert requests == {"sample_weight": True}


# Errors


def refuse(message: str, X=None, y=None, **parameters) -> None:
    table = make_table()
    X, y = table[0] if X is None else X, table[1] if y is None else y
    with pytest.raises(ValueError, match=message):
        MLSMOTE(**parameters).fit_resample(X, y)


def test_labels_with_few_rows() -> None:
    X, y = make_table()
    message = (
        r"Label 2 has 9 rows \(of positive weight, if there are weights\), fewer than "
        r"k_neighbors \+ 1 = 10; lower k_neighbors, pass small_class='shrink', or name "
        "the labels that should grow by sampling_strategy"
    )
    refuse(message, k_neighbors=9)
    resample(X, y, k_neighbors=9, sampling_strategy={3: 40})
    X_out, y_out, sampler = resample(X, y, k_neighbors=9, small_class="shrink")
    assert len(X_out) == 229
    _, y_eight, eight = resample(X, y, k_neighbors=8)
    assert_array_equal(sampler.parents_[:9], eight.parents_[:9])
    assert_array_equal(y_out[200:209], y_eight[200:209])


def test_label_of_one_row() -> None:
    X, y = make_table()
    y[np.flatnonzero(y[:, 2])[1:], 2] = 0
    refuse("Label 2 has 1 row .* fewer than k_neighbors", y=y)
    with pytest.warns(UserWarning, match="Label 2 has 1 row to draw new ones between"):
        X_out, _, sampler = resample(X, y, small_class="shrink")
    assert sampler.sampling_strategy_ == {}
    assert len(X_out) == 200


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ({2: 3}, "asks for 3 samples of class 2, which has 9 already"),
        ({7: 300}, "names class 7, which is not present in y"),
        ({"x": 300}, "names class 'x', which is not present in y"),
        ("all", "The 'sampling_strategy' parameter of MLSMOTE"),
        (1.5, "The 'sampling_strategy' parameter of MLSMOTE"),
    ],
)
def test_bad_strategies(strategy: object, message: str) -> None:
    refuse(message, sampling_strategy=strategy)


@pytest.mark.parametrize(
    "parameters", [{"k_neighbors": 0}, {"labelset": "all"}, {"small_class": "skip"}]
)
def test_bad_parameters(parameters: dict) -> None:
    (name,) = parameters
    refuse(f"The '{name}' parameter of MLSMOTE must be", **parameters)


NO_INDICATOR = r"is no indicator of labels, .* MultiLabelBinarizer .* of lists"


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.full((200, 2), 2), r"y has shape \(200, 2\) and " + NO_INDICATOR),
        (np.full((200, 2), 0.5), NO_INDICATOR),
        (np.full((200, 2), np.nan), NO_INDICATOR),
        (np.full((200, 2), "1"), NO_INDICATOR),
        (np.full((200, 2), None), NO_INDICATOR),
        (np.ones((200, 2, 1)), NO_INDICATOR),
        (pd.DataFrame({"a": [1, None] * 100, "b": 1}, dtype="Int8"), NO_INDICATOR),
        (pd.DataFrame({"a": ["x", "y"] * 100, "b": 1}), NO_INDICATOR),
        (pl.DataFrame({"a": [1, None] * 100, "b": [1, 0] * 100}), NO_INDICATOR),
        (sparse.csr_array(np.full((200, 2), 2)), NO_INDICATOR),
        ([["news"], ["a", "b"]] * 100, r"y is made of lists .* and " + NO_INDICATOR),
        (np.linspace(0, 1, 200), "Unknown label type: continuous. MLSMOTE needs an"),
        (np.ones((7, 2), int), "inconsistent numbers of samples"),
        (np.repeat([1, np.nan], 100), "Input y contains NaN"),
    ],
)
def test_bad_targets(y, message: str) -> None:
    refuse(message, y=y)


def test_bad_input() -> None:
    X, _ = make_table()
    frame = pd.DataFrame(X).assign(shop="north")
    refuse("Column 'shop' has dtype .* but MLSMOTE computes with numbers", X=frame)
    refuse("Input contains infinity", X=np.where(X > 2, np.inf, X))
    with pytest.raises(ValueError, match="requires y to be passed, but the target y"):
        MLSMOTE().fit_resample(X, None)


def test_generated_data_of_scikit_learn() -> None:
    X, y = make_multilabel_classification(
        300, 6, n_classes=7, n_labels=2, random_state=3
    )
    X_out, y_out, sampler = resample(X, y)
    rare = list(sampler.sampling_strategy_)
    assert rare
    before, after = y.sum(axis=0), y_out.sum(axis=0)
    assert (after.max() / after[rare] < before.max() / before[rare]).all()
    assert X_out.shape == (y_out.shape[0], 6)
