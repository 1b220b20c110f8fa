# SPDX-License-Identifier: BSD-3-Clause
"""How bags come in: the target, both forms of input, and what is refused."""

import pickle
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils import shuffle

from skx.proportions import ProportionLogisticRegression, bag_target
from skx.proportions._bags import Bags, read_bags

BAGS = ["b", "a", "b", "c", "a", "b"]


def read(y: Any, bags: Any = None, **options: Any) -> Bags:
    options.setdefault("sample_weight", None)
    weights = options.pop("sample_weight")
    return read_bags(y, bags, weights, len(y), owner="Model", **options)


def test_target_from_each_kind_of_value() -> None:
    shares = [0.5, 2 / 3, 0.0]
    expected = np.array([2 / 3, 0.5, 2 / 3, 0.0, 0.5, 2 / 3])
    frame = pd.Series(shares, index=list("abc"))
    for given in (
        {"proportions": shares},
        {"proportions": dict(zip("abc", shares, strict=True))},
        {"proportions": frame[::-1]},
        {"proportions": expected},
        {"counts": {"a": 1, "b": 2, "c": 0, "elsewhere": 9}},
        {"y": [1, 0, 1, 0, 1, 0]},
        {"means": shares},
    ):
        y = bag_target(BAGS, **given)
        assert_allclose(y["value"], expected)
        assert_array_equal(y["bag"], [1, 0, 1, 2, 0, 1])
        assert_array_equal(y["size"], [3, 2, 3, 1, 2, 3])


def test_totals_of_pandas_may_have_more_bags_than_rows_do() -> None:
    totals = pd.Series([1, 9, 2, 0, 4], index=["a", "x", "b", "c", "y"])
    y = bag_target(BAGS, counts=totals)
    assert_allclose(y["value"], [2 / 3, 0.5, 2 / 3, 0.0, 0.5, 2 / 3])
    pairs = pd.MultiIndex.from_tuples([("u", 1), ("v", 2), ("w", 3)])
    by_pair = pd.Series([0.5, 1.0, 0.0], index=pairs)
    y = bag_target([("u", 1), ("v", 2), ("u", 1), ("v", 2)], proportions=by_pair)
    assert_allclose(y["value"], [0.5, 1.0, 0.5, 1.0])
    with pytest.raises(ValueError, match="no entry for bag 'b', nor for 1 others"):
        bag_target(BAGS, counts=pd.Series([1, 2, 3, 4], index=list("axyz")))
    with pytest.raises(ValueError, match="counts has several entries for bag 'a'"):
        bag_target(BAGS, counts=pd.Series([1, 2, 3, 4], index=list("abca")))


def test_target_keeps_the_numbers_of_bags() -> None:
    y = bag_target([17, 4, 17], proportions={4: 0.0, 17: 0.5})
    assert_array_equal(y["bag"], [17, 4, 17])


def test_target_of_numbers_holds_means() -> None:
    y = bag_target([0, 0, 1], y=[[0.5, 2.0], [1.5, 4.0], [7.5, 8.0]])
    assert_allclose(y["value"], [[1.0, 3.0], [1.0, 3.0], [7.5, 8.0]])


def copies(y: np.ndarray, tmp_path: Any) -> list[np.ndarray]:
    joblib.dump(y, tmp_path / "y")
    return [
        y[::2],
        y[[0, 3]],
        np.concatenate([y, y]),
        pickle.loads(pickle.dumps(y)),
        joblib.load(tmp_path / "y", mmap_mode="r"),
        shuffle(y, random_state=0),
    ]


@pytest.mark.parametrize("classes", [("x", "y", "z"), (3, 5, 9)])
def test_classes_of_a_target_survive_what_pipelines_do(
    classes: tuple, tmp_path: Any
) -> None:
    counts = {"a": [1, 1, 0], "b": [0, 1, 2], "c": [0, 0, 1]}
    y = bag_target(BAGS, counts=counts, classes=classes)
    for other in copies(y, tmp_path):
        assert other.dtype == y.dtype
        whole = other if len(other) == len(y) else None
        if whole is not None:
            assert_array_equal(read(whole).classes, classes)


def test_labels_and_columns_name_the_classes() -> None:
    y = bag_target(BAGS, y=["no", "yes", "yes", "no", "no", "no"])
    assert_array_equal(read(y).classes, ["no", "yes"])
    assert_allclose(read(y).values, [0.5, 1 / 3, 0.0])
    frame = pd.DataFrame({"low": [0.5, 0.2, 1.0], "high": [0.5, 0.8, 0.0]})
    frame.index = list("abc")
    assert_array_equal(read(bag_target(BAGS, proportions=frame)).classes, frame.columns)
    rows = frame.loc[BAGS]
    assert_array_equal(read(rows, BAGS).classes, frame.columns)
    assert read(bag_target(BAGS, y=[1, 0, 0, 0, 0, 0])).classes is None


def test_both_forms_are_read_alike() -> None:
    y = bag_target(BAGS, proportions=[0.5, 2 / 3, 0.0])
    for bags in (BAGS, np.array(BAGS), pd.Series(BAGS), pl.Series(BAGS), y["bag"]):
        one, other = read(y), read(y["value"], bags)
        for name in ("order", "indptr", "values", "weights"):
            assert_array_equal(getattr(one, name), getattr(other, name))
    assert_array_equal(read(y, BAGS).order, one.order)
    assert_array_equal(other.order, [1, 4, 0, 2, 5, 3])


def test_bags_of_any_one_type() -> None:
    y = [0.5, 0.5, 0.0]
    for bags in (
        [(1, "a"), (1, "a"), (0, "b")],
        [True, True, False],
        pd.to_datetime(["2024-01-02", "2024-01-02", "2024-01-01"]),
        pd.Categorical(["u", "u", "t"]),
        [2.0, 2.0, -1.0],
    ):
        assert_array_equal(read(y, bags).order, [2, 0, 1])


def test_rows_without_weight_leave_their_bag() -> None:
    y = bag_target([0, 0, 1, 1, 2], proportions=[0.5, 1.0, 0.0])
    bags = read(y, sample_weight=[1.0, 0.0, 2.0, 1.0, 0.0])
    assert_array_equal(bags.order, [0, 2, 3])
    assert_array_equal(bags.ids, [0, 1])
    assert_allclose(bags.totals, [1.0, 3.0])
    assert bags.prior == pytest.approx((0.5 + 3.0) / 4.0)


def test_means_and_parts_of_bags() -> None:
    random = np.random.RandomState(0)
    codes = random.randint(0, 6, 40)
    weights = random.randint(1, 4, 40)
    bags = read(
        bag_target(codes, proportions=np.linspace(0, 1, 6)), sample_weight=weights
    )
    rows = random.normal(size=(40, 2))
    expected = [
        np.average(rows[codes == b], axis=0, weights=weights[codes == b])
        for b in range(6)
    ]
    assert_allclose(bags.means(rows[bags.order]), expected)
    assert_allclose(bags.means(rows[bags.order, 1]), np.array(expected)[:, 1])
    part = bags.take(np.array([1, 4]))
    ones, fours = np.flatnonzero(codes == 1), np.flatnonzero(codes == 4)
    assert_array_equal(part.order, [*ones, *fours])
    assert_allclose(part.means(rows[part.order]), np.array(expected)[[1, 4]])
    assert_array_equal(bags.take(bags.values > 0.7).ids, [4, 5])


def test_counts_are_rounded_with_a_warning() -> None:
    y = bag_target([5, 5, 5, 6, 6, 6], proportions=[0.33, 0.5])
    with pytest.warns(UserWarning, match=r"bag 6 stands for a count of 1\.5 among"):
        assert_array_equal(read(y).counts(), [1.0, 2.0])
    assert_allclose(read(y).counts(noisy=True), [0.99, 1.5])


def test_counts_of_classes_add_up_to_sizes() -> None:
    third = np.full((1, 3), 1 / 3)
    with pytest.warns(UserWarning, match="was rounded to"):
        counts = read(bag_target([0] * 5, proportions=third)).counts()
    assert_array_equal(np.sort(counts[0]), [1.0, 2.0, 2.0])


GOOD = np.array([0.5, 0.5, 1.0, 1.0, 1.0])
IDS = np.array([0, 0, 17, 17, 17])
TARGET = bag_target(IDS, proportions=[0.5, 1.0])
SHARES = np.array([[0.5, 0.2, 0.3]] * 2 + [[0.0, 0.1, 0.9]] * 3)


@pytest.mark.parametrize(
    ("y", "bags", "message"),
    [
        (
            GOOD,
            None,
            r"was given no bags\. Pass bags=, one label per row, or y=",
        ),
        (TARGET[:4], None, r"bag 17 has 2 of its 3 rows; splitting a bag changes"),
        (GOOD, IDS[:4], r"bags has 4 entries but X has 5 rows; give one per row"),
        (GOOD[:4], IDS, r"y has 4 entries but X has 5 rows"),
        (GOOD, IDS[:, None], r"bags must be one-dimensional, .* shape \(5, 1\)"),
        (
            GOOD,
            [[0], [0], [1], [1], [1]],
            r"cannot name a bag \(unhash.*list.*; give one",
        ),
        (GOOD, [0, 0, None, 1, 1], r"bags\[2\] is missing; every row needs a bag"),
        (GOOD, [0, 0, np.nan, 1, 1], r"bags\[2\] is missing"),
        (GOOD, np.array([0, 0, "NaT", 1, 1], "M8[D]"), r"bags\[2\] is missing"),
        (GOOD, [0, 0, "x", "x", "x"], r"mixes labels of types int, str, which have no"),
        (
            TARGET,
            [0, 0, 0, 17, 17],
            r"bags and y\['bag'\] put rows together",
        ),
        (GOOD + 0.2, IDS, r"value of bag 17 is 1\.2; shares lie in \[0, 1\]"),
        (GOOD - 0.6, IDS, r"value of bag 0 is -0\.1; shares lie"),
        (SHARES + 0.01, IDS, r"shares of bag 0 sum to 1\.03; .* sum to 1 \(tolerance"),
        (
            [0.5, 0.4, 1, 1, 1],
            IDS,
            r"not constant within bag 0: it ranges from 0\.4 to 0\.5",
        ),
        (GOOD * 0, IDS, r"share of every bag is 0: all rows are of one class"),
        (GOOD * 0 + 1, IDS, r"share of every bag is 1: all rows are of one class"),
        (
            np.eye(3)[[1] * 5],
            IDS,
            r"All bags hold rows of one class only, and there is nothing",
        ),
        (["x"] * 5, IDS, r"y holds 'x'; it must hold numbers, the share of each"),
        (
            GOOD * np.nan,
            IDS,
            r"NaN or infinity, first in row 0; every bag needs",
        ),
        (
            pd.array([0.5, 0.5, 1.0, None, 1.0], dtype="Float64"),
            IDS,
            "NaN or infinity, first in row 3; every bag needs",
        ),
        ([0.5, 0.5, "x", 1.0, 1.0], IDS, "y holds '(x|0.5)'; it must hold numbers"),
        (GOOD + 1j, IDS, r"y holds \(0\.5\+1j\); it must hold numbers"),
        (None, IDS, r"requires y to be passed, but the target y is None"),
        (np.zeros((5, 2, 2)), IDS, r"y has shape \(5, 2, 2\); expected \(n_samples,\)"),
    ],
)
def test_bad_input_is_refused(y: Any, bags: Any, message: str) -> None:
    n = 5 if bags is not None or y is None else len(y)
    model = ProportionLogisticRegression()
    with pytest.raises(ValueError, match=message):
        model.fit(np.eye(n), y, bags=bags)


def test_whole_numbers_are_no_means() -> None:
    for numbers in ([3, 4, 3, 5, 4, 4], [3, 4, 3, 4, 4, 4]):
        with pytest.raises(ValueError, match=r"whole numbers, .* means=\.\.\."):
            read(bag_target(BAGS, y=numbers), kind="mean")
    # Shares of named classes, and of 0 and 1, are means.
    read(bag_target(BAGS, y=list("nynynn")), kind="mean")
    read(bag_target(BAGS, y=[0, 1, 0, 1, 1, 1]), kind="mean")
    read(bag_target(BAGS, means=pd.DataFrame(np.eye(3) + 1, list("abc"))), kind="mean")


def test_a_target_that_lost_its_fields_is_refused() -> None:
    with pytest.raises(ValueError, match=r"y holds tuples, .* as it is"):
        read(pd.Series(bag_target(BAGS, counts=[1, 2, 0]).tolist()), BAGS)


def test_weights_that_leave_nothing_are_refused() -> None:
    model = ProportionLogisticRegression()
    with pytest.raises(ValueError, match="zero"):
        model.fit(np.zeros((5, 2)), TARGET, np.zeros(5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bag_target(IDS), "was given no values; give exactly one of"),
        (
            lambda: bag_target(IDS, counts=[1, 1], means=[1, 1]),
            "was given counts and means; give exactly one of",
        ),
        (lambda: bag_target([], means=[]), "bags is empty"),
        (
            lambda: bag_target(IDS, counts=[1, 4]),
            r"counts of bag 17 is 4\.0 but the bag has 3 rows\. For counts with noise",
        ),
        (
            lambda: bag_target(IDS, counts=[[1, 1, 0], [1, 1, 0]]),
            "counts of bag 17 sum to 2 but the bag has 3 rows",
        ),
        (
            lambda: bag_target(IDS, proportions={0: 0.5}),
            "proportions has no entry for bag 17; give one",
        ),
        (
            lambda: bag_target(IDS, proportions=[0.1, 0.2, 0.3]),
            "proportions has 3 entries but there are 2 bags and 5 rows",
        ),
        (
            lambda: bag_target([2, 1], proportions=[0.1, 0.2]),
            "2 entries, which may be in the order of rows or of the sorted bags",
        ),
        (
            lambda: bag_target(IDS, proportions=[0.1, np.nan]),
            "proportions of bag 17 is not finite",
        ),
        (
            lambda: bag_target(IDS, proportions=[0.1, 0.2, 0.3, 0.3, 0.3]),
            r"not constant within bag 0: it ranges from 0\.1 to 0\.2",
        ),
        (lambda: bag_target(IDS, y=[0, 1]), "y has 2 entries but bags has 5"),
        (lambda: bag_target(IDS, y=["u"] * 5), "y holds one class, 'u'; shares need"),
        (
            lambda: bag_target(IDS, means=[0, 1], sizes=[2, 1]),
            "sizes says 1 rows for bag 17, which has 3",
        ),
        (
            lambda: bag_target(IDS, counts=[0, 1], classes=["x"]),
            "classes has 1 entries but the shares are those of 2",
        ),
        (
            lambda: bag_target(IDS, counts=[0, 1], classes=["x", "x"]),
            r"classes names a class twice: \['x', 'x'\]",
        ),
        (
            lambda: bag_target(IDS, means=0.3),
            r"means is 0\.3; give one entry for each bag",
        ),
        (
            lambda: bag_target(IDS, means=["low", "high"]),
            "means holds something that is no number .*low",
        ),
        (
            lambda: bag_target(IDS, means=np.zeros((2, 2, 2))),
            r"means has shape \(2, 2, 2\); expected \(2,\), or \(2, n_targets\)",
        ),
        (
            lambda: bag_target(IDS, means=[0, 1], sizes=[2, 3.5]),
            r"sizes of bag 17 is 3\.5; give one whole number",
        ),
        (
            lambda: bag_target(IDS, y=["u", "v", None, "v", "u"]),
            "y holds None for row 2; every row of a bag counts",
        ),
        (
            lambda: bag_target(IDS, y=["u", "v", np.nan, "v", "u"]),
            "y holds nan for row 2; every row of a bag counts",
        ),
        (
            lambda: bag_target([2, 0, 1], proportions=pd.Series([0.1, 0.2, 0.3])),
            "3 entries, which may be in the order of rows or of the sorted bags",
        ),
    ],
)
def test_bad_targets_are_refused(call: Callable, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_declared_sizes_show_rows_that_are_not_here() -> None:
    y = bag_target(IDS, counts=[1, 3], sizes={0: 2, 17: 4})
    assert_allclose(y["value"][2:], 0.75)
    with pytest.raises(ValueError, match="bag 17 has 3 of its 4 rows"):
        read(y)


@pytest.mark.parametrize("kind", ["share", "mean"])
@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_target_with_a_hole_is_refused(kind: Any, odd: float) -> None:
    y = TARGET.copy()
    y["value"][4] = odd
    with pytest.raises(
        ValueError, match=r"value of bag 17 is .*; every bag needs a fi"
    ):
        read(y, kind=kind)


def test_days_are_bags_and_columns_of_one_share_are_shares() -> None:
    days = pd.to_datetime(["2024-01-02", "2024-01-02", "2024-01-01"])
    by_day = pd.Series([0.2, 0.5], index=pd.to_datetime(["2024-01-01", "2024-01-02"]))
    for given in (by_day, by_day.to_dict(), by_day.to_frame(), [[0.2], [0.5]]):
        y = bag_target(days, proportions=given)
        assert_allclose(y["value"], [0.5, 0.5, 0.2])
        assert read(y).classes is None
