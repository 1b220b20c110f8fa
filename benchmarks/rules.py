# SPDX-License-Identifier: BSD-3-Clause
"""Learning rules, and predicting with them, against rule learners, trees and boosting.

Peers get the table in the form that they take, made outside of what is timed. Only the
tree's one-hot columns are made within: it is a peer for users who need them.
"""

import csv
import gzip
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks._case import Case, Peer, installed_version
from benchmarks._device import device_case

KRKP = Path(__file__).parents[1] / "tests" / "vectors" / "rules_krkp.csv.gz"


class Table(NamedTuple):
    """Rows and classes, and what a peer takes."""

    X: Any
    y: np.ndarray
    given: Any = None


# Data


def real(name: str, form: Any = None) -> Table:
    """Return a table of skx.datasets, categories before numbers."""
    from skx import datasets

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    is_number = [dtype.kind in "fi" for dtype in X.dtypes]
    X = X.iloc[:, np.argsort(is_number, kind="stable")]
    y = np.asarray(y)
    return Table(X, y, form(X, y) if form else None)


def chess(form: Any = None) -> Table:
    """Return king and rook against king and pawn: 3196 rows of 36 categories."""
    import pandas as pd

    with gzip.open(KRKP, "rt", newline="") as file:
        names, *rows = csv.reader(file)
    X = pd.DataFrame(rows, columns=names)
    y = X.pop("label").to_numpy(dtype=str).astype(int)
    return Table(X, y, form(X, y) if form else None)


def mixed(n: int, d: int, seed: int = 0) -> Table:
    """Draw two numbers in three columns, and integers, and categories with missing.

    Classes follow few of them, with a fifth of noise.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    n_texts, n_counts = d // 6, d // 6
    n_floats = d - n_texts - n_counts
    columns: dict[str, Any] = {}
    numbers = rng.standard_normal((n_floats, n), dtype=np.float32)
    columns |= {f"number{j}": column for j, column in enumerate(numbers)}
    counts = rng.integers(0, 100, (n_counts, n), dtype=np.int32)
    columns |= {f"count{j}": column for j, column in enumerate(counts)}
    texts = [f"text{k}" for k in range(12)]
    for j in range(n_texts):
        codes = rng.integers(-1, 12, n, dtype=np.int8)
        columns[f"category{j}"] = pd.Categorical.from_codes(codes, texts)
    X = pd.DataFrame(columns)
    X.iloc[::50, 1] = np.nan
    is_likely = (numbers[0] > 0.3) & (counts[0] < 70)
    is_likely |= (X["category0"] == "text3").to_numpy() & (numbers[2] < 1.0)
    return Table(X, is_likely ^ (rng.random(n) < 0.2))


def as_dicts(X: Any, y: np.ndarray) -> list[dict[str, Any]]:
    """Return what foldrpp reads from a file: dicts, the larger class positive."""
    classes, counts = np.unique(y, return_counts=True)
    positive = classes[len(classes) - 1 - counts[::-1].argmax()]
    rows = _texts_and_floats(X).to_dict("records")
    for row, label in zip(rows, y, strict=True):
        row["label"] = int(label == positive)
    return rows


def as_lists(X: Any, y: np.ndarray) -> list[list[Any]]:
    """Return what foldrm reads from a file: lists with the class as text at the end."""
    rows = _texts_and_floats(X).to_numpy(dtype=object).tolist()
    return [[*row, str(label)] for row, label in zip(rows, y, strict=True)]


def _texts_and_floats(X: Any) -> Any:
    kinds = {name: float if X[name].dtype.kind in "fi" else str for name in X}
    texts = [name for name, kind in kinds.items() if kind is str]
    X = X.astype(dict.fromkeys(texts, object)).fillna(dict.fromkeys(texts, ""))
    return X.astype(kinds).rename(columns=lambda name: name.lower().replace(" ", "_"))


# Learners; each returns what computes the share of training rows that it gets right

Score = Callable[[], float]


def fit_fold(table: Table) -> Score:
    """Fit FOLD-R++ or FOLD-RM as published."""
    from skx.rules import FOLDRClassifier

    model = FOLDRClassifier(min_coverage=0.0, stall="stop", max_bins=None)
    return partial(model.fit(table.X, table.y).score, table.X, table.y)


def fit_fold_se(n_jobs: int | None, table: Table) -> Score:
    from skx.rules import FOLDSEClassifier

    model = FOLDSEClassifier(n_jobs=n_jobs).fit(table.X, table.y)
    return partial(model.score, table.X, table.y)


def fit_ripper(table: Table) -> Score:
    from skx.rules import RIPPERClassifier

    model = RIPPERClassifier(random_state=0).fit(table.X, table.y)
    return partial(model.score, table.X, table.y)


def learn_foldrpp(table: Table) -> Any:
    from foldrpp import Foldrpp

    names = [name for name in table.given[0] if name != "label"]
    model = Foldrpp(names, [], "label", "1")
    model.fit(table.given)
    return model


def fit_foldrpp(table: Table) -> Score:
    rows = table.given
    model = learn_foldrpp(table)
    labels = [row["label"] for row in rows]
    return lambda: float(np.mean(np.array(model.predict(rows)) == labels))


def fit_foldrm(table: Table) -> Score:
    from foldrm import Classifier

    rows = table.given
    model = Classifier(attrs=list(table.X.columns))
    model.fit(rows)
    labels = [row[-1] for row in rows]
    found = model.predict
    return lambda: float(np.mean(np.array(found(rows), dtype=object) == labels))


def fit_wittgenstein(table: Table) -> Score:
    from wittgenstein import RIPPER

    # The rarer class is the positive one, as skx has it.
    model = RIPPER(random_state=0)
    model.fit(table.X, y=table.y, pos_class=np.bincount(table.y).argmin())
    is_rare = table.y == np.bincount(table.y).argmin()
    return lambda: float(np.mean(np.array(model.predict(table.X)) == is_rare))


def fit_boosting(library: str, name: str, table: Table, **params: Any) -> Score:
    """Fit a classifier that reads frames with categories, at its defaults."""
    labels = np.unique(table.y, return_inverse=True)[1]
    model = getattr(import_module(library), name)(**params).fit(table.X, labels)
    return partial(model.score, table.X, labels)


def fit_tree(table: Table) -> Score:
    """Fit a tree of eight leaves after coding categories in columns of their own."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder
    from sklearn.tree import DecisionTreeClassifier

    texts = make_column_selector(dtype_exclude="number")
    hot = make_column_transformer((OneHotEncoder(), texts), remainder="passthrough")
    tree = DecisionTreeClassifier(max_leaf_nodes=8, random_state=0)
    model = make_pipeline(hot, tree).fit(table.X, table.y)
    return partial(model.score, table.X, table.y)


def check_score(slack: float, ours: Score, theirs: Score) -> None:
    """Require that rules are right about as often as the peer, or more often."""
    skx, peer = ours(), theirs()
    assert skx >= peer - slack, f"right for {skx} of the rows, the peer for {peer}"


# Predictions


class Learned(NamedTuple):
    """Rows, rules learned before, the rows for a peer, and what it learned."""

    X: Any
    rules: Any
    given: Any
    peer: Any


def thresholds(n: int) -> Learned:
    """Draw float32 rows of ten columns, and learn rules of eighteen conditions."""
    from sklearn.tree import DecisionTreeClassifier

    from skx.rules import FOLDRClassifier

    X = np.random.default_rng(0).standard_normal((n, 10), dtype=np.float32)
    few = X[:20_000]
    y = (few[:, 0] > 0) & (few[:, 1] < 1) | (few[:, 2] * few[:, 3] > 0.5)
    rules = FOLDRClassifier(tail=0.002).fit(few, y)
    assert rules.n_conditions_ == 18
    tree = DecisionTreeClassifier(max_leaf_nodes=18, random_state=0).fit(few, y)
    return Learned(X, rules, X, tree)


def adult_rules() -> Learned:
    """Return adult, and the rules that FOLD-R++ and foldrpp learn from it."""
    from skx.rules import FOLDRClassifier

    table = real("adult", as_dicts)
    rules = FOLDRClassifier(min_coverage=0.0, max_bins=None).fit(table.X, table.y)
    peer = None if installed_version("foldrpp") is None else learn_foldrpp(table)
    return Learned(table.X, rules, table.given, peer)


def predict(learned: Learned) -> np.ndarray:
    return learned.rules.predict(learned.X)


def predict_peer(learned: Learned) -> np.ndarray:
    return np.asarray(learned.peer.predict(learned.given))


def check_predictions(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Require as many predictions, of two classes that are mostly the same ones."""
    same = np.mean((ours == ours[0]) == (theirs == theirs[0]))
    assert ours.shape == theirs.shape, f"shapes {ours.shape} and {theirs.shape}"
    assert max(same, 1.0 - same) > 0.9, f"{same} of the predictions agree"


# On a device


def numbers(n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw float32 numbers; classes follow three of them, with a fifth of noise."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d), dtype=np.float32)
    is_likely = (X[:, 0] > 0.3) & (X[:, 1] < 0.8) | (X[:, 2] > 1.5)
    return X, is_likely ^ (rng.random(n) < 0.2)


def learned(n: int) -> tuple[np.ndarray, Any]:
    """Return rows and rules of eighteen conditions."""
    return thresholds(n)[:2]


def text_of_rules(name: str, X: Any, y: Any) -> str:
    """Fit a classifier and return its rules as text."""
    from skx import rules

    return getattr(rules, name)(tail=0.001).fit(X, y).export()


def predict_rows(X: Any, rules: Any) -> Any:
    return rules.predict(X)


def check_equal(there: Any, here: Any) -> None:
    """Require the same of the device as of the host."""
    assert np.array_equal(there, here), f"{there} on the device, {here} on the host"


def device_cases(scale: str) -> list[Case]:
    """S has few rows, where the device may not pay, M a million, L ten."""
    sizes = {"S": [200_000], "M": [1_000_000], "L": [10_000_000]}
    found = []
    for n in sizes[scale]:
        found += [
            device_case(
                name, numbers, partial(text_of_rules, name), check_equal, n=n, d=30
            )
            for name in ("FOLDSEClassifier", "FOLDRClassifier")
        ]
        found.append(device_case("predict", learned, predict_rows, check_equal, n=n))
    return found


# Cases

# How each peer learns, and how far below its share of right rows rules may stay.
PEERS: dict[str, tuple[Callable[[Table], Score], float]] = {
    "foldrpp": (fit_foldrpp, 0.002),
    "foldrm": (fit_foldrm, 0.02),
    "wittgenstein": (fit_wittgenstein, 0.01),
    "xgboost": (
        partial(fit_boosting, "xgboost", "XGBClassifier", enable_categorical=True),
        0.07,
    ),
    "lightgbm": (
        partial(fit_boosting, "lightgbm", "LGBMClassifier", verbosity=-1),
        0.05,
    ),
    "HistGradientBoosting": (
        partial(fit_boosting, "sklearn.ensemble", "HistGradientBoostingClassifier"),
        0.05,
    ),
    "tree": (fit_tree, 0.02),
}


def learning(
    task: str,
    run: Callable[[Table], Score],
    make: Callable[[], Table],
    peer: str | None = None,
    goal: float | None = None,
    *,
    growth_key: str = "n",
    **params: Any,
) -> Case:
    """Case of fitting on a table."""
    if peer is None:
        return Case(task=task, params=params, make=make, skx=run, growth_key=growth_key)
    theirs, slack = PEERS[peer]
    package = PACKAGES.get(peer, peer)
    return Case(
        task=task,
        params=params,
        make=make,
        skx=run,
        peer=Peer(name=peer, run=theirs, requires=(package,)),
        goal=goal,
        growth_key=growth_key,
        check=partial(check_score, slack),
    )


PACKAGES = {"HistGradientBoosting": "scikit-learn", "tree": "scikit-learn"}


def fold(table: str, peer: str = "foldrpp", goal: float | None = None) -> Case:
    """Case of FOLD-R++ or FOLD-RM on a real table."""
    form = as_dicts if peer == "foldrpp" else as_lists
    task = "FOLD-R++" if peer == "foldrpp" else "FOLD-RM"
    return learning(task, fit_fold, partial(real, table, form), peer, goal, data=table)


def fold_se(
    n: int,
    d: int,
    peer: str | None = None,
    goal: float | None = None,
    *,
    n_jobs: int | None = None,
    growth_key: str = "n",
) -> Case:
    """Case of FOLD-SE on mixed columns."""
    return learning(
        "FOLD-SE" + (" in all threads" if n_jobs else ""),
        partial(fit_fold_se, n_jobs),
        partial(mixed, n, d),
        peer,
        goal,
        growth_key=growth_key,
        n=n,
        d=d,
    )


def predicting(
    make: Callable[[], Learned], peer: str, goal: float | None, **params: Any
) -> Case:
    """Case of predicting with rules."""
    package = PACKAGES.get(peer, peer)
    return Case(
        task="predict",
        params=params,
        make=make,
        skx=predict,
        peer=Peer(name=peer, run=predict_peer, requires=(package,)),
        goal=goal,
        check=check_predictions,
    )


def cases(scale: str) -> list[Case]:
    """S has adult and chess; M credit cards, FOLD-RM and growth; L a million rows."""
    se = partial(fit_fold_se, None)
    adult = partial(real, "adult")
    goals = {"HistGradientBoosting": 6, "tree": 1.5, "xgboost": None, "lightgbm": None}
    found = [
        fold("adult", goal=60),
        *(
            learning("FOLD-SE", se, adult, peer, goal, data="adult")
            for peer, goal in goals.items()
        ),
        learning("RIPPER", fit_ripper, chess, "wittgenstein", 20, data="krkp"),
        predicting(adult_rules, "foldrpp", 200, data="adult"),
        *(
            predicting(partial(thresholds, n), "tree", None, n=n, conditions=18)
            for n in (100_000, 1_000_000)
        ),
    ]
    if scale != "S":
        found += [
            fold("credit_card_default", goal=60),
            *(fold(table, "foldrm") for table in ("optdigits", "avila")),
            *(fold_se(n, 30) for n in (10_000, 100_000)),
            *(fold_se(100_000, d, growth_key="d") for d in (10, 90)),
            learning("RIPPER", fit_ripper, adult, data="adult"),
        ]
    if scale == "L":
        found += [
            fold_se(1_000_000, 30),
            *(
                fold_se(1_000_000, 30, peer, goal, n_jobs=-1)
                for peer, goal in {
                    "xgboost": 8,
                    "lightgbm": 8,
                    "HistGradientBoosting": None,
                    "tree": None,
                }.items()
            ),
            predicting(
                partial(thresholds, 10_000_000),
                "tree",
                None,
                n=10_000_000,
                conditions=18,
            ),
        ]
    return found
