# SPDX-License-Identifier: BSD-3-Clause
"""The shipped tables, their loaders and the two doors, frames and arrays."""

import hashlib
import inspect
import json
import os
import subprocess
import sys
import zipfile
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import ascii_uppercase

import numpy as np
import pandas as pd
import pytest

from skx import datasets

DATA = files("skx.datasets") / "data"
SCHEMA = json.loads((DATA / "schema.json").read_text(encoding="utf-8"))

COPYISTS = [8572, 10, 206, 705, 2190, 3923, 893, 1039, 1663, 89, 1044, 533]
A_TO_M = [789, 766, 736, 805, 768, 775, 773, 734, 755, 747, 739, 761, 792]
N_TO_Z = [783, 753, 803, 783, 758, 748, 796, 813, 764, 752, 787, 786, 734]
LETTERS = dict(zip(ascii_uppercase, A_TO_M + N_TO_Z, strict=True))
DIGITS = [554, 571, 557, 572, 568, 558, 558, 566, 554, 562]
GROUNDS = {
    "cotton crop": 703,
    "damp grey soil": 626,
    "grey soil": 1358,
    "red soil": 1533,
    "vegetation stubble": 707,
    "very damp grey soil": 1508,
}
GRADES = {3: 10, 4: 53, 5: 681, 6: 638, 7: 199, 8: 18}

# Rows, columns of the file, features, and rows of each class as published.
SHAPES = {
    "abalone19": (4174, 9, 8, {"negative": 4142, "positive": 32}),
    "adult": (32561, 15, 13, {"<=50K": 24720, ">50K": 7841}),
    "avila": (20867, 11, 9, dict(enumerate(COPYISTS))),
    "bank_marketing": (45211, 17, 15, {"no": 39922, "yes": 5289}),
    "covid_testing": (15223, 13, 11, {"negative": 14358, "positive": 865}),
    "credit_card_default": (30000, 24, 23, {0: 23364, 1: 6636}),
    "kidney_disease": (400, 25, 24, {"ckd": 250, "notckd": 150}),
    "letter": (20000, 17, 16, LETTERS),
    "mushroom": (8124, 23, 22, {"e": 4208, "p": 3916}),
    "nass_cds": (26217, 15, 11, {"alive": 25037, "dead": 1180}),
    "optdigits": (5620, 65, 64, dict(enumerate(DIGITS))),
    "satimage": (6435, 37, 36, GROUNDS),
    "spambase": (4601, 58, 57, {"nonspam": 2788, "spam": 1813}),
    "wine_quality_red": (1599, 12, 11, GRADES),
}

MISSING = {
    "adult": {"workclass": 1836, "occupation": 1843, "native_country": 583},
    "covid_testing": {"ct_result": 137, "payor_group": 6981, "patient_class": 6971},
    "kidney_disease": {
        "age": 9,
        "bp": 12,
        "sg": 47,
        "al": 46,
        "su": 49,
        "rbc": 152,
        "pc": 65,
        "pcc": 4,
        "ba": 4,
        "bgr": 44,
        "bu": 19,
        "sc": 17,
        "sod": 87,
        "pot": 88,
        "hemo": 52,
        "pcv": 71,
        "wbcc": 106,
        "rbcc": 131,
        "htn": 2,
        "dm": 2,
        "cad": 2,
        "appet": 1,
        "pe": 1,
        "ane": 1,
    },
    "mushroom": {"stalk_root": 2480},
    "nass_cds": {"yearVeh": 1, "injSeverity": 153},
}

LEFT_OUT = {
    "adult": {"fnlwgt"},
    "avila": {"Task"},
    "bank_marketing": {"duration"},
    "covid_testing": {"ct_result"},
    "nass_cds": {"weight", "caseid", "injSeverity"},
}

every_set = pytest.mark.parametrize("name", SHAPES)


def loader(name):
    return getattr(datasets, f"load_{name}")


@cache
def as_frame(name):
    return loader(name)()


@cache
def as_array(name):
    return loader(name)(as_frame=False)


def test_shipped_files_are_the_documented_ones():
    shipped = {entry.name: entry.read_bytes() for entry in DATA.iterdir()}
    tables = {f"{name}.csv.gz" for name in SHAPES}
    assert shipped.keys() == tables | {"README.md", "schema.json"}
    assert sum(map(len, shipped.values())) < 4_000_000
    assert SCHEMA.keys() == SHAPES.keys()
    loaders = [name for name in datasets.__all__ if name.startswith("load_")]
    assert loaders == [f"load_{name}" for name in SHAPES]


@every_set
def test_shipped_bytes_are_unchanged(name):
    content = (DATA / f"{name}.csv.gz").read_bytes()
    assert hashlib.sha256(content).hexdigest() == SCHEMA[name]["sha256"]


@every_set
def test_shipped_bytes_equal_the_originals(name):
    folder = os.environ.get("SKX_EXTRA_DATA")
    if folder is None:
        pytest.skip("SKX_EXTRA_DATA names no folder with the original files")
    original = Path(folder, "data", f"{name}.csv.gz").read_bytes()
    assert (DATA / f"{name}.csv.gz").read_bytes() == original


@every_set
def test_shape_and_class_counts_are_the_published_ones(name):
    n_rows, n_columns, n_features, classes = SHAPES[name]
    loaded = as_frame(name)
    assert loaded.frame.shape == (n_rows, n_columns)
    assert loaded.data.shape == (n_rows, n_features)
    assert loaded.target_names == list(classes)
    assert loaded.target.value_counts(sort=False).to_dict() == classes


@every_set
def test_missing_counts_are_the_published_ones(name):
    counts = as_frame(name).frame.isna().sum()
    assert counts[counts > 0].to_dict() == MISSING.get(name, {})


@every_set
def test_left_out_columns_stay_in_the_frame(name):
    loaded = as_frame(name)
    held_back = LEFT_OUT.get(name, set()) | {loaded.target.name}
    assert set(loaded.frame) - set(loaded.data) == held_back
    assert list(loaded.data) == loaded.feature_names
    assert all(f"`{column}`" in loaded.DESCR for column in LEFT_OUT.get(name, ()))


@every_set
def test_frame_equals_the_text_of_the_file(name):
    frame = as_frame(name).frame
    with (DATA / f"{name}.csv.gz").open("rb") as packed:
        text = pd.read_csv(
            packed, compression="gzip", dtype=str, keep_default_na=False, na_values=[""]
        )
    assert list(frame) == list(text)
    for column in frame:
        if frame[column].dtype == "category":
            actual = [str(label) for label in frame[column].dropna()]
            expected = text[column].dropna()
            assert frame[column].isna().equals(text[column].isna())
        else:
            actual = frame[column]
            expected = text[column].astype(float)
        np.testing.assert_array_equal(actual, expected, err_msg=column)


@every_set
def test_dtypes_follow_the_cells(name):
    for column, values in as_frame(name).frame.items():
        if values.dtype != "category":
            whole = values.notna().all() and (values % 1 == 0).all()
            assert values.dtype == ("int64" if whole else "float64"), column


@every_set
def test_array_equals_frame(name):
    frame, array = as_frame(name), as_array(name)
    assert array.data.dtype == np.float64
    assert array.frame is None
    for key in ("feature_names", "target_names", "categorical_features", "categories"):
        assert array[key] == frame[key]
    for position, feature in enumerate(frame.feature_names):
        values = frame.data[feature]
        if feature in frame.categorical_features:
            assert values.cat.categories.tolist() == frame.categories[feature]
            values = values.cat.codes.astype(float).replace(-1, np.nan)
        np.testing.assert_array_equal(array.data[:, position], values, err_msg=feature)
    for key in ("target", "sample_weight", "groups"):
        if frame[key] is None:
            assert array[key] is None
        else:
            np.testing.assert_array_equal(array[key], np.asarray(frame[key]))


@every_set
def test_categorical_features_are_the_categorical_columns(name):
    loaded = as_frame(name)
    categorical = loaded.data.select_dtypes("category")
    assert loaded.categorical_features == list(categorical)
    assert list(loaded.categories) == list(categorical)


def test_return_X_y_gives_data_and_target():
    X, y = datasets.load_kidney_disease(return_X_y=True)
    pd.testing.assert_frame_equal(X, as_frame("kidney_disease").data)
    pd.testing.assert_series_equal(y, as_frame("kidney_disease").target)
    X, y = datasets.load_kidney_disease(return_X_y=True, as_frame=False)
    np.testing.assert_array_equal(X, as_array("kidney_disease").data)
    np.testing.assert_array_equal(y, as_array("kidney_disease").target)


def test_ordered_levels_keep_their_order():
    speed = as_frame("nass_cds").data["dvcat"].cat
    assert speed.ordered
    assert speed.categories.tolist() == ["1-9km/h", "10-24", "25-39", "40-54", "55+"]
    assert as_frame("wine_quality_red").target.cat.ordered
    assert not as_frame("adult").target.cat.ordered


def test_weights_and_groups_are_the_named_columns():
    weighted = {name for name in SHAPES if as_frame(name).sample_weight is not None}
    grouped = {name for name in SHAPES if as_frame(name).groups is not None}
    assert weighted == {"adult", "nass_cds"}
    assert grouped == {"avila"}
    assert as_frame("adult").sample_weight.name == "fnlwgt"
    assert as_frame("nass_cds").sample_weight.name == "weight"
    sizes = as_frame("avila").groups.value_counts()
    assert (len(sizes), sizes.min(), sizes.max()) == (48, 9, 7030)


def test_targets_of_numbers_are_numbers():
    assert as_array("optdigits").target.dtype == np.int64
    assert as_array("letter").target.dtype.kind == "U"


@every_set
def test_description_gives_origin_licence_and_citation(name):
    loaded = as_frame(name)
    for entry in ("Origin", "Licence", "Citation", "Changes", "Left out", "Pitfalls"):
        assert f"\n- {entry}" in loaded.DESCR
    assert "#" not in loaded.DESCR
    assert loaded.filename == f"{name}.csv.gz"


@every_set
def test_docstring_has_every_section(name):
    text = inspect.getdoc(loader(name))
    for section in ("Parameters", "Returns", "Raises", "References", "Examples"):
        assert f"\n{section}\n{'-' * len(section)}\n" in text
    assert all(f"`{column}`" in text for column in LEFT_OUT.get(name, ()))


def test_frame_without_pandas_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    message = (
        r"as_frame=True needs pandas, which is not installed; "
        r'run pip install "skx\[dataframe\]" or pass as_frame=False\.'
    )
    with pytest.raises(ImportError, match=message):
        datasets.load_kidney_disease()


def test_array_needs_no_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert datasets.load_kidney_disease(as_frame=False).data.shape == (400, 24)


@pytest.mark.parametrize("option", ["return_X_y", "as_frame"])
def test_option_that_is_no_bool_is_refused(option):
    with pytest.raises(TypeError, match=rf"{option} is 'no'; pass True or False\."):
        datasets.load_kidney_disease(**{option: "no"})


def run_python(code, path):
    environment = {**os.environ, "PYTHONPATH": str(path)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_import_is_light():
    code = (
        "import sys, skx.datasets; "
        "print({'numba', 'imblearn', 'lightgbm', 'matplotlib'} & set(sys.modules))"
    )
    assert run_python(code, Path(datasets.__file__).parents[2]) == "set()"


def test_loaders_work_from_a_zip_file(tmp_path):
    package = Path(datasets.__file__).parents[1]
    archive = tmp_path / "skx.zip"
    with zipfile.ZipFile(archive, "w") as target:
        shared = [*package.glob("*.py"), *(package / "_base").glob("*.py")]
        for file in (*shared, *(package / "datasets").rglob("*.*")):
            target.write(file, file.relative_to(package.parent))
    code = (
        "import skx.datasets as d; "
        "print(d.__file__, d.load_adult(as_frame=False).data.shape)"
    )
    output = run_python(code, archive)
    assert output.startswith(str(archive))
    assert output.endswith("(32561, 13)")
