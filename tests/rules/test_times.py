# SPDX-License-Identifier: BSD-3-Clause
import datetime as dt
import json
import sqlite3
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skx.rules import Condition, FOLDSEClassifier, RuleSet
from skx.rules._columns import Column
from skx.rules._export import condition_text, value_text
from skx.rules._times import UNITS, read_time, read_times, time_text

PARIS = dt.timezone(dt.timedelta(hours=1))
# Kind, a value, its microseconds counted by hand, and its text.
HOUR = 3_600_000_000
VALUES = [
    ("datetime", dt.date(1970, 1, 3), 48 * HOUR, "1970-01-03"),
    ("datetime", dt.datetime(1970, 1, 1, 2, 0, 5), 2 * HOUR + 5_000_000, None),
    ("datetime", dt.datetime(1969, 12, 31, 23), -HOUR, "1969-12-31T23:00:00"),
    ("datetime", np.datetime64("1970-01-02", "D"), 24 * HOUR, "1970-01-02"),
    ("datetime", np.datetime64("1970-01-01T01", "ns"), HOUR, "1970-01-01T01:00:00"),
    ("datetime", pd.Timestamp("1970-01-01 00:00:00.5"), 500_000, None),
    ("datetime UTC", dt.datetime(1970, 1, 1, 1, tzinfo=PARIS), 0, None),
    ("span", dt.timedelta(days=2, hours=3), 51 * HOUR, "2 days 03:00:00"),
    ("span", dt.timedelta(days=-1), -24 * HOUR, "-1 day"),
    ("span", np.timedelta64(90, "m"), HOUR * 3 // 2, "01:30:00"),
    ("span", pd.Timedelta(0), 0, "00:00:00"),
    ("time of day", dt.time(13, 5), 13 * HOUR + HOUR // 12, "13:05:00"),
]
TEXTS = {
    1: "1970-01-01T02:00:05",
    5: "1970-01-01T00:00:00.5",
    6: "1970-01-01T00:00:00Z",
}


@pytest.mark.parametrize("k", range(len(VALUES)))
def test_a_time_is_a_number_and_a_text(k: int) -> None:
    kind, value, microseconds, text = VALUES[k]
    text = text or TEXTS[k]
    assert read_time(value) == (kind, microseconds)
    assert time_text(microseconds, kind) == text
    assert value_text(value) == text


@pytest.mark.parametrize("kind", UNITS)
def test_what_is_no_whole_number_of_microseconds_has_no_text(kind: str) -> None:
    for number in (0.5, np.inf, 2.0**63):
        assert time_text(number, kind) is None
    column = Column("x", np.array([0.5]), [], times=kind)
    assert condition_text(Condition(0, "<=", 0.5), column) == "x <= 0.5"


def test_years_beyond_four_digits_have_text() -> None:
    far = np.datetime64("12345-06-07", "us")
    assert time_text(float(far.astype(np.int64)), "datetime") == "12345-06-07"


def days(n: int = 8) -> list[dt.datetime]:
    return [dt.datetime(2025, 3, 27) + dt.timedelta(k) for k in range(n)]


CONTAINERS = {
    "pandas": lambda v: pd.DataFrame({"sent": v}),
    "nanoseconds": lambda v: pd.DataFrame({"sent": np.array(v, dtype="M8[ns]")}),
    "objects": lambda v: pd.DataFrame({"sent": pd.Series(v, dtype=object)}),
    "dates": lambda v: pd.DataFrame({"sent": pd.Series([t.date() for t in v])}),
    "arrow": lambda v: pd.DataFrame(
        {"sent": pd.Series(v, dtype="timestamp[us][pyarrow]")}
    ),
    "arrow dates": lambda v: pd.DataFrame(
        {"sent": pd.Series(v, dtype="date32[pyarrow]")}
    ),
    "polars": lambda v: pl.DataFrame({"sent": v}),
    "polars dates": lambda v: pl.DataFrame({"sent": [t.date() for t in v]}),
    "array": lambda v: np.array(v, dtype="M8[s]").reshape(-1, 1),
    "object array": lambda v: np.array(v, dtype=object).reshape(-1, 1),
    "list": lambda v: [[t] for t in v],
}
LATE = ["no"] * 5 + ["yes"] * 3


@pytest.mark.filterwarnings("ignore:X (does not|has)")
@pytest.mark.parametrize("name", CONTAINERS)
def test_rules_show_dates_whatever_holds_them(name: str) -> None:
    X = CONTAINERS[name](days())
    model = FOLDSEClassifier().fit(X, LATE)
    column = "sent" if hasattr(X, "columns") else "x0"
    shown = f"{column} <= 2025-03-31"
    assert model.export() == f"'no' if {shown}\n'yes' otherwise\n"
    assert shown.replace("<", "&lt;") in model.export("html")
    why = model.explain(X[-1:])[0]
    assert f"{shown} does not hold (it is 2025-04-03)" in str(why)
    found = json.dumps(why.to_dict())
    assert '"value": "2025-04-03"' in found
    for other in CONTAINERS.values():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", "X (does not|has)")
            assert model.predict(other(days())).tolist() == LATE


def test_missing_dates_are_missing() -> None:
    X = pd.DataFrame({"sent": pd.Series([*days(4), None, None, None, None])})
    y = ["here"] * 4 + ["gone"] * 4
    for frame in (X, X.astype(object), pl.from_pandas(X)):
        model = FOLDSEClassifier(positive_class="gone", comparison="typed")
        model.fit(frame, y)
        assert model.export().startswith("'gone' if sent is missing\n")
        assert model.predict(frame).tolist() == y


def test_times_beside_numbers_are_categories() -> None:
    for other in (1.5, dt.timedelta(1), "never"):
        assert read_times(np.array([dt.date(2025, 1, 1), other], dtype=object)) is None


def test_chosen_dates_are_categories() -> None:
    X = pd.DataFrame({"sent": days(3) * 8})
    y = X["sent"].dt.day == 28
    model = FOLDSEClassifier(categorical_features=["sent"], positive_class=True)
    model.fit(X, y)
    assert model.export().startswith("True if sent is '2025-03-28'\n")
    assert model.predict(pl.from_pandas(X)).tolist() == y.tolist()


def test_dict_keeps_what_numbers_stand_for() -> None:
    model = FOLDSEClassifier().fit(CONTAINERS["pandas"](days()), LATE)
    data = json.loads(model.export("json"))
    (feature,) = data["features"]
    assert (feature["kind"], feature["times"]) == ("number", "datetime")
    value = data["rules"][0]["conditions"][0]["value"]
    assert value == (dt.date(2025, 3, 31) - dt.date(1970, 1, 1)).days * 24 * HOUR
    again = RuleSet.from_dict(data)
    assert again.export() == model.export()
    assert again.predict(CONTAINERS["polars"](days())).tolist() == LATE


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            {"times": "date"},
            r"features\[0\].times is 'date'; expected one of 'datetime'",
        ),
        ({"kind": "category", "range": None}, r"times is 'datetime'; expected null"),
    ],
)
def test_dict_with_wrong_times_is_refused(change: dict, match: str) -> None:
    data = FOLDSEClassifier().fit(CONTAINERS["pandas"](days()), LATE).to_dict()
    data["features"][0].update(change)
    with pytest.raises(ValueError, match=match):
        RuleSet.from_dict(data)


def test_machines_compare_microseconds_and_are_told_so() -> None:
    X = CONTAINERS["pandas"](days())
    model = FOLDSEClassifier().fit(X, LATE)
    numbers = [float(v) for v in X["sent"].astype("M8[us]").astype(np.int64)]
    python = model.export("python")
    assert "sent = number('sent')  # microseconds since 1970-01-01\n" in python
    scope: dict = {}
    exec(python, scope)
    assert [scope["predict_one"]({"sent": v}) for v in numbers] == LATE
    case = model.export("sql", dialect="sqlite")
    assert "/* 2025-03-31 */" in case
    with sqlite3.connect(":memory:") as base:
        base.execute("CREATE TABLE t (sent REAL)")
        base.executemany("INSERT INTO t VALUES (?)", [(v,) for v in numbers])
        found = base.execute(f"SELECT {case} FROM t").fetchall()
    base.close()
    assert [label for (label,) in found] == LATE
    for language in ("scasp", "prolog", "clingo"):
        assert "column 'sent', microseconds since 1970-01-01\n" in model.export(
            language
        )


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_numbers_where_the_fit_saw_dates_are_told() -> None:
    X = CONTAINERS["pandas"](days())
    model = FOLDSEClassifier().fit(X, LATE)
    for wrong, name in (
        (pd.DataFrame({"sent": np.arange(8)}), "numbers"),
        (np.arange(8.0).reshape(-1, 1), "numbers"),
        (X - X["sent"][0], "spans of time"),
    ):
        match = f"'sent' holds {name} and held datetimes when the rules were learned"
        with pytest.warns(UserWarning, match=match):
            model.predict(wrong)
    numbers = FOLDSEClassifier().fit(pd.DataFrame({"sent": np.arange(8)}), LATE)
    with pytest.warns(UserWarning, match="'sent' holds datetimes and held numbers"):
        numbers.predict(X)
