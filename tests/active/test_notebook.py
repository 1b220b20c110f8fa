# SPDX-License-Identifier: BSD-3-Clause
"""The labeller of notebooks, by the models of its widgets."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from skx.active import LabelCampaign, NotebookLabeler, RandomSampler

X = pd.DataFrame({"a": np.arange(12.0), "b": np.arange(12.0) ** 2})


@pytest.fixture
def campaign(tmp_path: Path) -> Iterator[LabelCampaign]:
    path = tmp_path / "labels.sqlite"
    sampler = RandomSampler(random_state=0)
    with LabelCampaign(sampler, X, path, classes=["no", "<yes>"]) as campaign:
        yield campaign


def shown(labeler: NotebookLabeler) -> Any:
    return labeler.widget.children[0].children[0]


def test_missing_package_and_classes_are_told(
    campaign: LabelCampaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "skx\[notebook\]"'):
        NotebookLabeler(campaign)
    with pytest.raises(ValueError, match="There are 40 classes and 34 keys"):
        NotebookLabeler(campaign, classes=range(40))
    with (
        LabelCampaign(RandomSampler(), X, tmp_path / "open") as free,
        pytest.raises(ValueError, match="the campaign was made without; name the"),
    ):
        NotebookLabeler(free)


def test_buttons_answer(campaign: LabelCampaign) -> None:
    pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")
    labeler = NotebookLabeler(campaign, batch_size=3)
    first = labeler.row
    assert first == campaign.ask(1)[0]
    assert f"{X.b[first]}" in shown(labeler).value
    buttons = labeler.widget.children[1].children
    names = [button.description for button in buttons]
    assert names == ["no [1]", "<yes> [2]", "skip [s]", "undo [u]"]
    buttons[1].click()
    second = labeler.row
    assert second not in (first, None)
    buttons[2].click()
    found = campaign.export(skipped=True)
    assert found.row.tolist() == [first, second]
    assert found.label.isna().tolist() == [False, True]
    assert found.label[0] == "<yes>"
    assert found.seconds[0] >= 0.0
    third = labeler.row
    buttons[3].click()
    assert labeler.row == second
    buttons[0].click()
    assert labeler.row == third
    assert "2 of 12 rows labelled, 0 skipped" in labeler.widget.children[3].value


def test_keys_answer(campaign: LabelCampaign) -> None:
    pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")
    labeler = NotebookLabeler(campaign, render=lambda row: f"row <{row}>")
    field = labeler.widget.children[2]
    first = labeler.row
    assert shown(labeler).value == f"<pre>row &lt;{first}&gt;</pre>"
    field.value = "2"
    assert field.value == ""
    field.value = "S"
    field.value = "?"
    assert campaign.progress()["labels"] == {"<yes>": 1}
    assert campaign.progress()["n_skipped"] == 1
    field.value = "uu"
    assert labeler.row == first
    field.value = "u"
    assert "no answer to take back" in labeler.widget.children[3].value
    for _ in range(12):
        field.value = "1"
    assert labeler.row is None
    assert "No rows are left." in shown(labeler).value
    field.value = "1s"
    assert campaign.progress()["labels"] == {"no": 12}


def test_anything_can_be_shown(campaign: LabelCampaign) -> None:
    widgets = pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")
    button = widgets.Button()
    for thing, kind, part in (
        (b"\x89PNG", widgets.Image, b"\x89PNG"),
        (Figure(), widgets.Image, b"\x89PNG"),
        (X, widgets.HTML, "<table"),
        (np.arange(3), widgets.HTML, "[0 1 2]"),
    ):
        labeler = NotebookLabeler(campaign, render=lambda row, thing=thing: thing)
        assert isinstance(shown(labeler), kind)
        value = shown(labeler).value
        assert part in (bytes(value) if kind is widgets.Image else value)
    labeler = NotebookLabeler(campaign, render=lambda row: button)
    assert shown(labeler) is button
    assert labeler._repr_mimebundle_() == labeler.widget._repr_mimebundle_()
