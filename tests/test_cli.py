# SPDX-License-Identifier: BSD-3-Clause
import base64
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

import skx
from skx import _commands
from skx.__main__ import main
from skx._report import Report

COMMANDS = """
TITLE = "Toys & games"


def demo(report, *, quick):
    report.step(f"quick is {quick}")
    scores = {"score": 0.51239, "rows": 1200}
    report.add_row("<dice>", "scikit-learn", scores=scores, seconds=0.25)
    scores = {"score": 0.5, "note": "exact"}
    report.add_row("<dice>", "skx Toy", scores=scores, seconds=0.0104, is_skx=True)
    report.note("Dice are <fair>.")

    def draw(figure):
        figure.subplots().plot([0, 1], [1, 0])

    report.figure("line", draw, 'A "falling" line.')


def warmup():
    print("compiled")
"""
FAILING = COMMANDS.replace('    report.note("Dice', '    1 / 0\n    report.note("Dice')

AddFamily = Callable[..., None]


@pytest.fixture
def add_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AddFamily]:
    """Return a function that adds a family to an skx that seems to have none."""
    folder = tmp_path / "families"
    folder.mkdir()
    find_families = _commands.families
    own = find_families()
    monkeypatch.setattr(
        _commands,
        "families",
        lambda: [name for name in find_families() if name not in own],
    )
    monkeypatch.setattr(skx, "__path__", [*skx.__path__, str(folder)])
    added = []

    def add(name: str, commands: str = COMMANDS) -> None:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("")
        (folder / name / "_commands.py").write_text(commands)
        added.append(name)

    yield add
    for name in added:
        sys.modules.pop(f"skx.{name}._commands", None)
        if sys.modules.pop(f"skx.{name}", None) is not None:
            delattr(skx, name)


def usage_error(capsys: pytest.CaptureFixture, *arguments: str) -> str:
    """Run a command that must exit with code 2, and return its error text."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    return capsys.readouterr().err


def test_families_are_found_by_their_file_without_import(add_family: AddFamily) -> None:
    add_family("toy", "raise RuntimeError('imported')")
    add_family("chess")
    assert _commands.families() == ["chess", "toy"]
    assert "skx.toy" not in sys.modules


def test_families_of_the_library_implement_the_interface() -> None:
    for family in _commands.families():
        commands = _commands._load(family)
        assert isinstance(commands.TITLE, str)
        assert callable(commands.demo)
        assert callable(commands.warmup)


@pytest.mark.parametrize("command", ["demo", "warmup"])
def test_unknown_family_is_named_with_the_known_ones(
    command: str, add_family: AddFamily, capsys: pytest.CaptureFixture
) -> None:
    add_family("toy")
    add_family("chess")
    error = usage_error(capsys, command, "toy", "toi")
    assert "Unknown family 'toi'; known: chess, toy." in error


@pytest.mark.usefixtures("add_family")
def test_demo_without_any_family_says_so(capsys: pytest.CaptureFixture) -> None:
    assert "No family of this installation has a demo." in usage_error(capsys, "demo")


def test_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture) -> None:
    assert "'play'" in usage_error(capsys, "play")


def test_no_command_prints_help(capsys: pytest.CaptureFixture) -> None:
    assert main([]) == 0
    assert "demo" in capsys.readouterr().out


def test_info_prints_versions(capsys: pytest.CaptureFixture) -> None:
    assert main(["info"]) == 0
    assert skx.__version__ in capsys.readouterr().out


def test_demo_prints_progress_and_table(
    add_family: AddFamily, capsys: pytest.CaptureFixture
) -> None:
    add_family("toy")
    assert main(["demo", "toy", "toy"]) == 0
    shown = capsys.readouterr()
    assert re.fullmatch(r"\[ +\d+\.\d s\] toy: quick is False\n", shown.err)
    assert shown.out == (
        "Toys & games\n"
        "============\n"
        "\n"
        "task    method        score  rows   note  seconds\n"
        "------  ------------  -----  ----  -----  -------\n"
        "<dice>  scikit-learn  0.512  1200      -    0.250\n"
        "        skx Toy *     0.500     -  exact    0.010\n"
        "* skx\n"
        "\n"
        "Dice are <fair>.\n"
        "\n"
    )


def test_quick_is_passed_on_and_all_families_run(
    add_family: AddFamily, capsys: pytest.CaptureFixture
) -> None:
    add_family("toy")
    add_family("chess")
    assert main(["demo", "--quick"]) == 0
    steps = re.findall(r"\w+: quick is \w+", capsys.readouterr().err)
    assert steps == ["chess: quick is True", "toy: quick is True"]


def test_rows_of_one_task_stand_together() -> None:
    report = Report("toy")
    for task in ["b", "a", "b"]:
        report.add_row(task, "method", scores={}, seconds=1)
    sizes = [(task, len(rows)) for task, rows in report.rows_by_task.items()]
    assert sizes == [("b", 2), ("a", 1)]


def test_figures_are_not_drawn_without_out() -> None:
    report = Report("toy")
    report.figure("line", lambda figure: pytest.fail("was drawn"), "caption")
    assert report.plots == []


class Page(HTMLParser):
    """The tags of a page; they must be nested properly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "img"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_out_writes_pngs_and_one_self_contained_page(
    tmp_path: Path, add_family: AddFamily, capsys: pytest.CaptureFixture
) -> None:
    add_family("toy")
    add_family("chess")
    out = tmp_path / "new" / "folder"
    assert main(["demo", "--quick", "--out", str(out)]) == 0
    assert f"Wrote {out / 'index.html'}" in capsys.readouterr().out
    names = sorted(path.name for path in out.iterdir())
    assert names == ["chess_line.png", "index.html", "toy_line.png"]
    png = (out / "toy_line.png").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")

    text = (out / "index.html").read_text(encoding="utf-8")
    page = Page(text)
    targets = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in {"src", "href", "srcset"}
    ]
    assert all(target.startswith(("data:", "#")) for target in targets)
    assert not re.search(r"@import|url\(|<script", text)
    images = page.attributes("img")
    assert [image["alt"] for image in images] == ['A "falling" line.'] * 2
    embedded = images[1]["src"].removeprefix("data:image/png;base64,")
    assert base64.b64decode(embedded, validate=True) == png
    assert all("scope" in attributes for attributes in page.attributes("th"))
    for part in [
        "Toys &amp; games</h2>",
        "&lt;dice&gt;</th>",
        "<p>Dice are &lt;fair&gt;.</p>",
        "Quick run",
        f"<dt>skx</dt><dd>{skx.__version__}</dd>",
    ]:
        assert part in text


def test_out_without_matplotlib_names_the_extra_before_any_demo(
    tmp_path: Path,
    add_family: AddFamily,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    add_family("toy")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    error = usage_error(capsys, "demo", "--out", str(tmp_path / "out"))
    assert (
        "--out needs matplotlib, which is not installed; "
        'run pip install "skx[plot]".' in error
    )
    assert "quick is" not in error
    assert not (tmp_path / "out").exists()


def test_out_at_a_file_is_a_usage_error(
    tmp_path: Path, add_family: AddFamily, capsys: pytest.CaptureFixture
) -> None:
    add_family("toy")
    out = tmp_path / "file"
    out.write_text("")
    assert f"--out {out} is no folder" in usage_error(capsys, "demo", "--out", str(out))


def test_a_failing_family_keeps_the_others_and_sets_the_exit_code(
    tmp_path: Path, add_family: AddFamily, capsys: pytest.CaptureFixture
) -> None:
    add_family("chess", FAILING)
    add_family("toy")
    assert main(["demo", "--out", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert "Traceback" in shown.err
    assert "Failed: chess" in shown.err
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    failure = "This demo stopped early: ZeroDivisionError: division by zero"
    for result in [shown.out, text]:
        assert result.count(failure) == 1
        assert result.count("skx Toy *") == 2
    assert len(Page(text).attributes("img")) == 1


def test_warmup_compiles_each_family(
    add_family: AddFamily, capsys: pytest.CaptureFixture
) -> None:
    add_family("toy")
    add_family("chess")
    assert main(["warmup"]) == 0
    assert re.fullmatch(
        r"compiled\nchess: \d+\.\d s\ncompiled\ntoy: \d+\.\d s\nkernel cache: .+\n",
        capsys.readouterr().out,
    )
    assert main(["warmup", "toy"]) == 0
    assert capsys.readouterr().out.count("compiled") == 1


def test_public_warmup_returns_seconds(
    add_family: AddFamily, capsys: pytest.CaptureFixture
) -> None:
    add_family("toy")
    seconds = skx.warmup()
    assert list(seconds) == ["toy"]
    assert seconds["toy"] >= 0
    assert capsys.readouterr().out == "compiled\n"
    assert skx.warmup([]) == {}
    with pytest.raises(ValueError, match=r"Unknown family 'toi'; known: toy\."):
        skx.warmup("toi")


def test_import_and_usage_errors_stay_light() -> None:
    program = """
import sys, skx
skx.warmup, skx.show_versions
from skx.__main__ import main
try:
    main(["demo", "nonsense"])
except SystemExit as stop:
    assert stop.code == 2
heavy = {"numba", "sklearn", "lightgbm", "imblearn", "matplotlib", "cupy", "pandas"}
print(heavy & set(sys.modules))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "set()\n"


def test_module_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "skx", "--version"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == f"skx {skx.__version__}\n"
