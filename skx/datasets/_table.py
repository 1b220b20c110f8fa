# SPDX-License-Identifier: BSD-3-Clause
"""Reading of the shipped tables: one reader serves data frames and arrays."""

import csv
import gzip
import json
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import Bunch

from skx._optional import require

DATA = files("skx.datasets") / "data"


class Column(NamedTuple):
    """Numbers, or positions in ``levels`` with -1 for a missing value."""

    values: NDArray[Any]
    levels: list[Any] | None = None
    ordered: bool = False

    def as_numbers(self) -> NDArray[Any]:
        """Return numbers, or codes with NaN for a missing value."""
        if self.levels is None:
            return self.values
        return np.where(self.values < 0, np.nan, self.values)

    def as_labels(self) -> NDArray[Any]:
        """Return numbers, or the levels themselves; none may be missing."""
        if self.levels is None:
            return self.values
        return np.asarray(self.levels)[self.values]


def parse_column(cells: tuple[str, ...], kind: str, levels: list[Any] | None) -> Column:
    """Turn the text of a column into numbers or codes as the schema says."""
    if kind in ("int64", "float64"):
        numbers = np.array([float(cell or "nan") for cell in cells])
        return Column(numbers.astype(kind))
    levels = levels or sorted(set(cells) - {""})
    codes = {str(level): code for code, level in enumerate(levels)} | {"": -1}
    return Column(np.array([codes[cell] for cell in cells]), levels, kind == "ordered")


def read_columns(filename: str, schema: dict[str, Any]) -> dict[str, Column]:
    """Read every column of a shipped file, in the order of the file."""
    with (
        (DATA / filename).open("rb") as packed,
        gzip.open(packed, "rt", encoding="utf-8", newline="") as lines,
    ):
        header, *rows = csv.reader(lines)
    return {
        name: parse_column(cells, schema[name]["kind"], schema[name].get("levels"))
        for name, cells in zip(header, zip(*rows, strict=True), strict=True)
    }


def to_frame(columns: dict[str, Column]) -> Any:
    """Build a pandas DataFrame with Categorical columns for coded ones."""
    pd = require("pandas", "as_frame=True", otherwise="pass as_frame=False")
    return pd.DataFrame(
        {
            name: column.values
            if column.levels is None
            else pd.Categorical.from_codes(
                column.values, column.levels, ordered=column.ordered
            )
            for name, column in columns.items()
        }
    )


def describe(name: str) -> str:
    """Return the section on one data set of the README beside the files."""
    text = (DATA / "README.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {name}\n")[2].partition("\n## ")[0].strip()


def load_table(name: str, *, return_X_y: bool, as_frame: bool) -> Any:
    """Read one shipped data set; the public loaders document the result."""
    for option, value in (("return_X_y", return_X_y), ("as_frame", as_frame)):
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"{option} is {value!r}; pass True or False.")
    schema = json.loads((DATA / "schema.json").read_text(encoding="utf-8"))[name]
    columns = read_columns(f"{name}.csv.gz", schema["columns"])
    roles = schema["roles"]
    not_features = {*roles.values(), *schema["left_out"]}
    features = [column for column in columns if column not in not_features]
    if as_frame:
        frame = to_frame(columns)
        data = frame[features]
        series = {role: frame[column] for role, column in roles.items()}
    else:
        frame = None
        data = np.column_stack([columns[column].as_numbers() for column in features])
        data = data.astype(np.float64, copy=False)
        series = {role: columns[column].as_labels() for role, column in roles.items()}
    if return_X_y:
        return data, series["target"]
    categorical = [column for column in features if columns[column].levels is not None]
    return Bunch(
        data=data,
        target=series["target"],
        frame=frame,
        feature_names=features,
        target_names=columns[roles["target"]].levels,
        categorical_features=categorical,
        categories={column: columns[column].levels for column in categorical},
        sample_weight=series.get("sample_weight"),
        groups=series.get("groups"),
        DESCR=describe(name),
        filename=f"{name}.csv.gz",
    )
