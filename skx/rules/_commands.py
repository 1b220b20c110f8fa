# SPDX-License-Identifier: BSD-3-Clause
"""What ``python -m skx`` runs for this family."""

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from skx._report import Report
from skx.datasets import load_adult
from skx.rules import FOLDRClassifier, FOLDSEClassifier

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Rules: a short list with exceptions as the model (FOLD)"
QUICK_ROWS = 8000


def demo(report: Report, *, quick: bool) -> None:
    """Predict who earns more than 50 000 dollars, by rules that can be read."""
    report.step("reading adult")
    bunch = load_adult(as_frame=False)
    X, y = _with_texts(bunch), bunch.target
    if quick:
        X, _, y, _ = train_test_split(
            X, y, train_size=QUICK_ROWS, stratify=y, random_state=0
        )
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.25, stratify=y, random_state=0
    )
    report.step("compiling the kernels, which is needed once")
    warmup()
    task = f"adult, {len(y_train)} rows"
    sizes: dict[str, Any] = {}
    accuracies: dict[str, float] = {}
    methods = _methods(bunch)
    for method, (model, is_skx) in methods.items():
        report.step(method)
        start = perf_counter()
        with threadpool_limits(1):
            model.fit(X_train, y_train)
        seconds = perf_counter() - start
        predicted = model.predict(X_test)
        sizes[method] = _size(model)
        accuracies[method] = accuracy_score(y_test, predicted)
        scores = {
            "accuracy": accuracies[method],
            "balanced accuracy": balanced_accuracy_score(y_test, predicted),
            "log loss": log_loss(y_test, model.predict_proba(X_test)),
            **sizes[method],
        }
        report.add_row(task, method, scores=scores, seconds=seconds, is_skx=is_skx)
    short = methods["FOLD-SE"][0].rule_set_
    short = replace(
        short,
        columns=tuple(
            replace(column, name=name)
            for column, name in zip(short.columns, bunch.feature_names, strict=True)
        ),
    )
    report.note(
        "Scores on a quarter of the rows, which no method saw; seconds of a fit in one "
        "thread, encoding included, which the rules do without. For the tree, leaves "
        "count as rules and splits as conditions."
    )
    report.note(f"The whole model of FOLD-SE:\n\n{short}".rstrip())
    report.figure(
        "size",
        lambda figure: _draw(figure, sizes, accuracies),
        "Accuracy on unseen rows against the number of conditions to read.",
    )


def warmup() -> None:
    """Compile the kernels for numbers in any layout, categories and missing values."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(60, 3))
    numbers[::7, 0] = np.nan
    y = (numbers[:, 2] > 0).astype(int) + (numbers[:, 1] > 0)
    mixed = numbers.astype(object)
    mixed[:, 1] = np.where(numbers[:, 1] > 0, "a", "b")
    # More codes than a byte holds.
    many = np.vstack([numbers, rng.normal(size=(240, 3))])
    for classifier in (FOLDRClassifier(), FOLDSEClassifier()):
        for data, target in ((numbers, y > 0), (numbers, y), (mixed, y > 0)):
            classifier.fit(data, target).predict(data)
        classifier.fit(many, many[:, 1] > 0)
    for dtype in (np.float64, np.float32):
        for order in ("C", "F"):
            data = np.array(many, dtype=dtype, order=order)
            for is_writeable in (True, False):
                data.flags.writeable = is_writeable
                classifier.fit(data[:60], y > 0)
                classifier.fit(data, many[:, 1] > 0)
                for rows in (data, data[::2]):
                    classifier.predict(rows)


def _with_texts(bunch: Any) -> NDArray[Any]:
    """Return the table with texts for categories and None for missing."""
    table = bunch.data.astype(object)
    for name in bunch.categorical_features:
        j = bunch.feature_names.index(name)
        texts = np.array([*bunch.categories[name], None], dtype=object)
        codes = np.where(np.isnan(bunch.data[:, j]), -1, bunch.data[:, j])
        table[:, j] = texts[codes.astype(np.intp)]
    return table


def _methods(bunch: Any) -> dict[str, tuple[Any, bool]]:
    names = list(bunch.feature_names)
    nominal = [names.index(name) for name in bunch.categorical_features]
    hot = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), nominal), remainder="passthrough"
    )
    numbered = make_column_transformer(
        (
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
            nominal,
        ),
        remainder="passthrough",
    )
    boosting = HistGradientBoostingClassifier(
        categorical_features=list(range(len(nominal))), random_state=0
    )
    tree = DecisionTreeClassifier(max_leaf_nodes=8, random_state=0)
    return {
        "FOLD-SE": (FOLDSEClassifier(), True),
        "FOLD-R++": (FOLDRClassifier(min_coverage=0.0), True),
        "tree of 8 leaves": (make_pipeline(hot, tree), False),
        "HistGradientBoosting": (make_pipeline(numbered, boosting), False),
    }


def _size(model: Any) -> dict[str, float | str]:
    """Return what there is to read: rules and conditions, or leaves and splits."""
    if hasattr(model, "n_rules_"):
        return {"rules": model.n_rules_, "conditions": model.n_conditions_}
    last = model[-1]
    if hasattr(last, "get_n_leaves"):
        leaves = int(last.get_n_leaves())
        return {"rules": leaves, "conditions": leaves - 1}
    return {}


def _draw(
    figure: "Figure", sizes: dict[str, Any], accuracies: dict[str, float]
) -> None:
    axes = figure.subplots()
    for method, accuracy in accuracies.items():
        if "conditions" not in sizes[method]:
            axes.axhline(accuracy, color="grey", linestyle=":", label=method)
            continue
        axes.plot(sizes[method]["conditions"], accuracy, "o", label=method)
    axes.set(xlabel="conditions to read", ylabel="accuracy on unseen rows")
    axes.legend()
