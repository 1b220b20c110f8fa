# SPDX-License-Identifier: BSD-3-Clause
"""Frames of pandas and polars: categories, missing values, and columns of tasks."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skx.multitask import MTGBRegressor, RMTGBClassifier, RMTGBRegressor

COLOURS = np.array(["red", "green", "blue", "grey"])


def small(cls: type = RMTGBRegressor, **params: Any) -> Any:
    model = cls(n_iter_shared=5, n_iter_task=3, max_leaf_nodes=4, min_samples_leaf=2)
    if hasattr(model, "n_iter_outlier"):
        model.set_params(n_iter_outlier=3)
    return model.set_params(early_stopping=False, random_state=0, **params)


def columns(n: int = 90) -> tuple[dict[str, Any], np.ndarray]:
    """Return columns by name, colours with gaps, and a target."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, n)
    size = rng.integers(0, 9, n).astype(float)
    size[::10] = np.nan
    shop = np.array(["north", "south", "west"])[rng.integers(0, 3, n)]
    y = 3.0 * np.isin(codes, [0, 2]) + np.nan_to_num(size) * (shop == "west")
    colour = COLOURS[codes].astype(object)
    colour[::11] = None
    return {"size": size, "colour": colour, "shop": shop}, y + rng.normal(size=n)


def pandas_frame(names: tuple[str, ...] = ("size", "colour", "shop")) -> Any:
    data, y = columns()
    frame = pd.DataFrame({name: data[name] for name in names})
    return frame.astype({"colour": "category"}), y


def polars_frame() -> Any:
    data, y = columns()
    frame = pl.DataFrame(
        {
            "size": pl.Series(data["size"], nan_to_null=True),
            "colour": pl.Series(data["colour"].tolist(), dtype=pl.Categorical),
            "shop": data["shop"],
        }
    )
    return frame, y


def as_codes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the same as numbers, colours by their alphabet, and the shops."""
    data, y = columns()
    order = {name: k for k, name in enumerate(sorted(COLOURS))}
    codes = [order.get(value, np.nan) for value in data["colour"]]
    return np.column_stack([data["size"], codes]), data["shop"], y


def test_frames_are_their_numbers_and_categories() -> None:
    X, shops, y = as_codes()
    expected = small(categorical_features=[1]).fit(X, y, shops).predict(X, shops)
    frame, _ = pandas_frame()
    other, _ = polars_frame()
    for X in (frame, other):
        model = small(task_feature="shop").fit(X, y)
        np.testing.assert_array_equal(model.predict(X), expected)
        assert model.tasks_.tolist() == ["north", "south", "west"]
        assert model.feature_names_in_.tolist() == ["size", "colour", "shop"]
        assert model.task_feature_name_ == "shop"
        without = X.drop(columns="shop") if X is frame else X.drop("shop")
        given = small().fit(without, y, X["shop"])
        np.testing.assert_array_equal(given.predict(without, X["shop"]), expected)
    # Categories matter here.
    plain = small(categorical_features=None).fit(as_codes()[0], y, shops)
    assert (plain.predict(as_codes()[0], shops) != expected).any()


def test_categories_go_by_value_and_not_by_code() -> None:
    frame, y = pandas_frame()
    model = small(task_feature="shop").fit(frame, y)
    expected = model.predict(frame)
    for categories in (sorted(COLOURS, reverse=True), [*COLOURS, "never seen"]):
        other = frame.assign(colour=frame["colour"].cat.set_categories(categories))
        np.testing.assert_array_equal(model.predict(other), expected)
    some = frame[frame["colour"] == "red"].copy()
    some["colour"] = some["colour"].cat.remove_unused_categories()
    np.testing.assert_array_equal(
        model.predict(some), expected[(frame["colour"] == "red").to_numpy()]
    )


def test_unseen_categories_are_missing_values() -> None:
    frame, y = pandas_frame()
    model = small(task_feature="shop").fit(frame, y)
    missing = frame.assign(colour=pd.Categorical([None] * len(y), COLOURS))
    unseen = frame.assign(colour=pd.Categorical(["pink"] * len(y)))
    np.testing.assert_array_equal(model.predict(unseen), model.predict(missing))
    assert (model.predict(unseen) != model.predict(frame)).any()


@pytest.mark.parametrize("dtype", ["category", "string", "object"])
def test_tasks_go_by_value(dtype: str) -> None:
    frame, y = pandas_frame()
    model = small(task_feature="shop").fit(frame, y)
    other = frame.assign(shop=frame["shop"].astype(dtype))
    again = small(task_feature="shop").fit(other, y)
    np.testing.assert_array_equal(again.predict(other), model.predict(frame))
    # A column that may hold pandas' NA, which does not compare with anything.
    gap = other.copy()
    gap.loc[0, "shop"] = pd.NA if dtype == "string" else None
    with pytest.raises(ValueError, match="task id of row 0 is missing"):
        model.fit(gap, y)
    with pytest.warns(UserWarning, match="1 rows belong to tasks .* not seen: None"):
        again.predict(gap)


def test_unused_levels_are_no_tasks() -> None:
    frame, y = pandas_frame()
    shop = pd.Categorical(frame["shop"], ["east", "north", "south", "west"])
    model = small(task_feature="shop").fit(frame.assign(shop=shop), y)
    assert model.tasks_.tolist() == ["north", "south", "west"]


def test_nullable_numbers_are_numbers() -> None:
    frame, y = pandas_frame()
    expected = small(task_feature="shop").fit(frame, y).predict(frame)
    nullable = frame.assign(size=frame["size"].astype("Int64"))
    assert nullable["size"].isna().any()
    model = small(task_feature="shop").fit(nullable, y)
    np.testing.assert_array_equal(model.predict(nullable), expected)
    tasks = pd.Series(pd.factorize(frame["shop"])[0], dtype="Int64")
    model = small().fit(frame[["size", "colour"]], y, tasks)
    assert model.n_tasks_ == 3
    tasks[4] = pd.NA
    with pytest.raises(ValueError, match="task id of row 4 is missing"):
        model.fit(frame[["size", "colour"]], y, tasks)


@pytest.mark.parametrize("missing", [pd.NA, None, np.nan])
def test_categories_of_text_may_be_missing_in_any_way(missing: Any) -> None:
    frame, y = pandas_frame()
    expected = small(task_feature="shop").fit(frame, y).predict(frame)
    texts = frame["colour"].astype(object).where(frame["colour"].notna(), missing)
    other = frame.assign(colour=texts)
    model = small(task_feature="shop", categorical_features=["colour"])
    np.testing.assert_array_equal(model.fit(other, y).predict(other), expected)


def test_an_array_of_objects_may_hold_categories_and_tasks() -> None:
    frame, y = pandas_frame()
    expected = small(task_feature="shop").fit(frame, y).predict(frame)
    array = frame.astype(object).to_numpy()
    model = small(task_feature=2, categorical_features=[1]).fit(array, y)
    np.testing.assert_array_equal(model.predict(array), expected)
    assert model.task_feature_name_ == 2
    mask = small(task_feature=-1, categorical_features=[False, True, False])
    np.testing.assert_array_equal(mask.fit(array, y).predict(array), expected)


@pytest.mark.slow
def test_the_rarest_of_too_many_categories_are_put_together() -> None:
    rng = np.random.default_rng(0)
    codes = np.concatenate([np.repeat(np.arange(254), 4), np.arange(254, 300)])
    y = np.where(codes < 254, codes % 2, 5.0) + 0.1 * rng.normal(size=len(codes))
    frame = pd.DataFrame({"code": pd.Categorical(codes), "x": rng.normal(size=len(y))})
    model = MTGBRegressor(n_iter_task=0, learning_rate=1.0, l2_regularization=0.0)
    model.set_params(early_stopping=False, n_iter_shared=40, min_samples_leaf=1)
    tasks = np.zeros(len(y), dtype=int)
    predicted = model.fit(frame, y, tasks).predict(frame, tasks)
    together = frame.assign(code=pd.Categorical(np.minimum(codes, 254)))
    expected = model.fit(together, y, tasks).predict(together, tasks)
    np.testing.assert_array_equal(predicted, expected)
    assert np.abs(predicted - y).max() < 1.0


def test_columns_of_text_say_what_to_do() -> None:
    frame, y = pandas_frame()
    frame["colour"] = frame["colour"].astype(object)
    with pytest.raises(ValueError, match=r"'[a-z]*'\. .* categorical_features names"):
        small(task_feature="shop").fit(frame, y)


def test_names_of_columns_are_checked() -> None:
    frame, y = pandas_frame()
    model = small(task_feature="shop").fit(frame, y)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[["colour", "size", "shop"]])
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[["size", "shop"]])


def test_classes_may_be_texts_in_frames() -> None:
    frame, y = pandas_frame()
    labels = pd.Series(np.where(y > np.median(y), "high", "low"))
    model = small(RMTGBClassifier, task_feature="shop").fit(frame, labels)
    assert model.classes_.tolist() == ["high", "low"]
    assert set(model.predict(frame)) == {"high", "low"}
    np.testing.assert_allclose(model.predict_proba(frame).sum(axis=1), 1.0)
    assert model.score(frame, labels) > 0.8
