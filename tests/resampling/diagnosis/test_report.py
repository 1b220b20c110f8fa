# SPDX-License-Identifier: BSD-3-Clause
"""DiagnosisReport: the same numbers as tables, text and plots."""

import pickle
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal

from skx.resampling import DiagnosisReport, diagnose


@pytest.fixture
def report() -> DiagnosisReport:
    """Two classes that grew, by copies and by moved copies; a category, few rows."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"<size>": rng.normal(size=40), "kind": rng.choice(["a", "b"], 40)}
    )
    y = np.repeat(["<few>", "some", "many"], [5, 9, 26])
    moved = X[5:14].assign(**{"<size>": X["<size>"][5:14] + 100})
    X_new = pd.concat([X, X[:5], moved], ignore_index=True)
    y_new = np.concatenate([y, y[:14]])
    keep = np.arange(54) != 39  # as if it had been cleaned away
    return diagnose(X, y, X_new[keep], y_new[keep], random_state=0)


@pytest.fixture
def closed():
    yield
    plt.close("all")


def test_frame_by_class_holds_every_measure(report):
    frame = report.to_frame()
    assert list(frame) == [
        "class",
        "measure",
        "value",
        "reference",
        "flagged",
        "reading",
    ]
    assert len(frame) == 2 * len(report.measures) == 20
    for c, label in enumerate(["<few>", "some"]):
        rows = frame[frame["class"] == label].set_index("measure")
        for name, values in report.measures.items():
            assert_array_equal(rows.loc[name, "value"], values[c])
            assert_array_equal(rows.loc[name, "reference"], report.references[name][c])
            assert rows.loc[name, "reading"] == report.readings[name][c]
    assert frame["flagged"].dtype == bool
    assert_array_equal(frame["flagged"], frame["reading"] != "")


def test_frame_by_column_holds_every_column(report):
    frame = report.to_frame(by="column")
    assert list(frame) == ["class", "column", "kind", *report.column_measures]
    assert frame["kind"].tolist() == ["number", "category"] * 2
    assert frame["column"].tolist() == ["<size>", "kind"] * 2
    assert_allclose(
        frame["distance"].to_numpy().reshape(2, 2), report.column_measures["distance"]
    )


def test_frame_by_something_else_is_refused(report):
    with pytest.raises(ValueError, match="by is 'row'; it must be 'class' or 'column'"):
        report.to_frame(by="row")


def test_flags_name_class_and_finding(report):
    assert "class '<few>': 100% of the synthetic rows are copies of real rows." in (
        report.flags
    )
    assert sum(flag.startswith("class 'some': ") for flag in report.flags) == sum(
        bool(texts[1]) for texts in report.readings.values()
    )


def test_text_shows_values_references_and_flags(report):
    text = repr(report)
    assert text.startswith("DiagnosisReport\n\nclass '<few>': 5 synthetic rows, 5 real")
    lines = text.splitlines()
    (copies, _) = [line.split() for line in lines if line.startswith("  copy_share")]
    assert copies == ["copy_share", "1.000", "0.000", "*"]
    (auc, _) = [line.split() for line in lines if line.startswith("  discriminator")]
    assert auc == ["discriminator_auc", "-", "0.500"]
    assert "* 100% of the synthetic rows are copies of real rows." in lines
    assert lines[-1] == "Rows of X that are not in X_resampled: 1."
    assert max(map(len, lines)) < 120


def test_text_names_what_distances_are_compared_with():
    X, y = np.arange(8.0)[:, np.newaxis], np.repeat([0, 1], 4)
    new = np.append(X, [[6.5]], axis=0), [*y, 1]
    assert "those between real rows" in repr(diagnose(X, y, *new))
    held_out = diagnose(X, y, *new, holdout=([[5.2], [6.2]], [1, 1]))
    assert "those of 2 held-out rows" in repr(held_out)
    assert "are not in X_resampled" not in repr(held_out)


def test_html_shows_the_same_and_escapes_names(report):
    html = report._repr_html_()
    assert "<few>" not in html
    assert "class &#x27;&lt;few&gt;&#x27;: 5 synthetic rows" in html
    assert html.count("<tr><td>") == 20
    assert html.count("<li>") == len(report.flags)
    assert "Rows of X that are not in X_resampled: 1." in html


def test_plot_draws_three_panels_for_each_class(report, closed):
    assert report.plot() is report
    assert report.axes_.shape == (2, 3)
    assert isinstance(report.figure_, Figure)
    report.figure_.canvas.draw()
    left, middle, right = report.axes_[1]
    distance = report.column_measures["distance"][1]
    (points,) = left.lines
    assert_array_equal(points.get_xdata(), np.sort(distance)[::-1])
    names = [text.get_text().split("\n")[0] for text in left.get_yticklabels()]
    assert names == ["<size>", "kind"]
    steps = {line.get_label(): line for line in middle.lines}
    assert set(steps) == {"synthetic rows", "real rows, mutually"}
    assert_array_equal(
        steps["synthetic rows"].get_xdata()[1:-1], report.synthetic_distances[1]
    )
    assert steps["synthetic rows"].get_ydata()[-1] == 1.0
    hollow, filled = right.collections
    assert filled.get_offsets()[1, 0] == report.measures["copy_share"][1]
    assert hollow.get_offsets()[3, 0] == report.references["foreign_share"][1]


def test_plot_of_one_class_and_few_columns(report, closed):
    report.plot("some", max_columns=1)
    assert report.axes_.shape == (1, 3)
    assert "'some'" in report.axes_[0, 0].get_title()
    assert len(report.axes_[0, 0].get_yticklabels()) == 1


def test_plot_on_axes_of_the_user(report, closed):
    figure, axes = plt.subplots(2, 3)
    report.plot(axes=axes)
    assert report.figure_ is figure
    assert report.axes_[1, 2] is axes[1, 2]
    with pytest.raises(ValueError, match="axes holds 6 axes; give 3, three for each"):
        report.plot("some", axes=axes)


def test_plot_of_a_class_that_did_not_grow_is_refused(report):
    with pytest.raises(ValueError, match="label='many' gained no rows; the classes"):
        report.plot("many")


def test_report_survives_pickling(report, closed):
    again = pickle.loads(pickle.dumps(report.plot()))
    assert repr(again) == repr(report)


@pytest.mark.parametrize(
    ("package", "call"), [("pandas", "to_frame"), ("matplotlib", "plot")]
)
def test_missing_package_is_named(report, monkeypatch, package, call):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"DiagnosisReport\.{call} needs {package}"):
        getattr(report, call)()
