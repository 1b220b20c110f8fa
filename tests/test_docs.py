# SPDX-License-Identifier: BSD-3-Clause
import doctest
import inspect
import json
import re
import shutil
import subprocess
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from runpy import run_path

import pytest

import skx
from skx.resampling import SMOTE
from skx.testing import all_estimators

ROOT = Path(__file__).parents[1]
COMMANDS = {
    "demo": 'python -m venv .venv && .venv/bin/pip install ".[plot]" '
    "&& .venv/bin/python -m skx demo",
    "test": 'python -m venv .venv && .venv/bin/pip install -e ".[test]" '
    "&& .venv/bin/pytest -n auto",
}
FAMILIES = [
    import_module(f"skx.{package.name}")
    for package in iter_modules(skx.__path__)
    if package.ispkg and not package.name.startswith("_")
]
MODULES = FAMILIES + [
    value
    for family in FAMILIES
    for value in map(vars(family).get, getattr(family, "__all__", []))
    if inspect.ismodule(value)
]
PUBLIC = [
    (module.__name__.removeprefix("skx."), name)
    for module in MODULES
    for name in getattr(module, "__all__", [])
    if getattr(module, name) not in MODULES
]


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def api_page() -> str:
    """Text of docs/api.rst, which the build writes."""
    return run_path(str(ROOT / "docs/_ext/api_page.py"))["page"]()


def documented() -> set[tuple[str, str]]:
    """Pairs of package and name that the summaries of the API page list."""
    pairs, package = set(), ""
    for line in api_page().splitlines():
        if match := re.fullmatch(r"\.\. currentmodule:: (\S+)", line):
            package = match[1].removeprefix("skx").removeprefix(".")
        elif match := re.fullmatch(r" {3}(\w+)", line):
            pairs.add((package, match[1]))
    return pairs


def citation() -> dict[str, str]:
    """Top-level keys of CITATION.cff that hold plain text."""
    lines = re.findall(r"^(\S+): (.+)$", text("CITATION.cff"), flags=re.MULTILINE)
    return {key: value.strip('"') for key, value in lines}


@pytest.mark.parametrize("name", COMMANDS)
def test_readme_command_stands_verbatim_in_its_block(name: str) -> None:
    block = f"<!-- ci:{name} -->\n```bash\n{COMMANDS[name]}\n```\n"
    assert text("README.md").count(block) == 1


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize("name", COMMANDS)
def test_ci_runs_the_command_of_the_readme(name: str) -> None:
    shown = subprocess.run(
        ["bash", str(ROOT / ".ci" / "run"), "show", name],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == COMMANDS[name] + "\n"


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_ci_shows_no_unknown_block() -> None:
    shown = subprocess.run(
        ["bash", str(ROOT / ".ci" / "run"), "show", "nonsense"],
        capture_output=True,
        check=False,
    )
    assert shown.returncode != 0
    assert shown.stdout == b""


EXAMPLES = re.findall(r"```python\n(.*?)```", text("README.md"), flags=re.DOTALL)


def test_readme_has_an_example_of_every_family_and_stays_short() -> None:
    shown = {
        name for example in EXAMPLES for name in re.findall(r"skx\.(\w+)", example)
    }
    others = {"skx.datasets", "skx.model_selection", "skx.testing"}
    families = {family.__name__ for family in FAMILIES} - others
    assert {f"skx.{name}" for name in shown} == families | {"skx.datasets"}
    assert len(text("README.md").splitlines()) < 120


@pytest.mark.parametrize("example", EXAMPLES)
def test_comments_of_readme_examples_are_what_they_print(
    example: str, capsys: pytest.CaptureFixture
) -> None:
    exec(compile(example, "README.md", "exec"), {})
    printed = [line for line in capsys.readouterr().out.splitlines() if line]
    assert printed
    assert printed == re.findall(r"^# (.*)$", example, flags=re.MULTILINE)


def test_times_of_readme_stand_in_the_results_that_it_names() -> None:
    table = re.findall(
        r"^(\| .* \|) `(\S+-L\.md)` \|$", text("README.md"), re.MULTILINE
    )
    assert table
    for cells, file in table:
        assert f"\n{cells} " in text(f"benchmarks/results/{file}"), cells


@pytest.mark.parametrize("path", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_within_the_checkout_lead_somewhere(path: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", text(path))
    assert [link for link in links if not (ROOT / link).exists()] == []


PAGES = [
    "docs/index.rst",
    "docs/scaling.rst",
    *sorted(
        str(p.relative_to(ROOT))
        for p in ROOT.glob("docs/migration/*.rst")
        if p.stem != "index"
    ),
    *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/user_guide/*/*.rst")),
    "docs/user_guide/active.rst",
    "docs/user_guide/model_selection.rst",
    "docs/user_guide/multitask.rst",
    "docs/user_guide/ordinal.rst",
    "docs/user_guide/proportions.rst",
    "docs/user_guide/resampling.rst",
    "docs/user_guide/rules.rst",
]


@pytest.mark.parametrize("page", PAGES)
def test_examples_of_page_show_what_comes_out(page: str) -> None:
    failed, tried = doctest.testfile(str(ROOT / page), module_relative=False)
    assert tried > 0
    assert failed == 0


def test_api_page_lists_every_public_name() -> None:
    assert set(PUBLIC) - documented() == set()


def test_api_page_lists_nothing_else() -> None:
    for package, name in documented():
        module = import_module(f"skx.{package}" if package else "skx")
        assert hasattr(module, name), f"{package}.{name}"


def test_compliance_page_has_a_row_for_every_estimator() -> None:
    compliance = run_path(str(ROOT / "docs/_ext/compliance.py"))
    record = json.loads(text("docs/checks.json"))
    page = compliance["page"](record, all_estimators())
    rows = re.findall(r"^   \* - :class:`~skx\.(\w+)\.(\w+)`$", page, re.MULTILINE)
    classes = [(cls.__module__.split(".")[1], name) for name, cls in all_estimators()]
    assert sorted(rows) == sorted(classes)


def test_compliance_page_claims_no_check_that_was_not_run() -> None:
    compliance = run_path(str(ROOT / "docs/_ext/compliance.py"))
    why = {"times": 2, "reason": "no reason"}
    entry = {
        "scikit-learn": {"passed": 41, "skipped": {"check_a": why}},
        "imbalanced-learn": {"passed": 7, "expected failures": {"check_b": why}},
        "place": "copied",
    }
    found, unknown = compliance["row"](SMOTE, entry), compliance["row"](SMOTE, None)
    assert found[:3] == [
        ":class:`~skx.resampling.SMOTE`",
        "41, 2 skipped",
        "7, 2 expected",
    ]
    assert unknown[:3] == [found[0], "not recorded", ""]
    assert (found[-1], unknown[-1]) == ("copied", "")
    # What a class takes is read from it: sparse rows, NaN, weights.
    assert found[3:8] == unknown[3:8] == ["yes", "yes", "", "yes", ""]
    assert list(compliance["reasons"]({"SMOTE": entry})) == [
        "- ``check_b`` fails as expected for SMOTE: no reason",
        "- ``check_a`` skipped for SMOTE: no reason",
    ]


def test_every_family_with_estimators_has_a_user_guide() -> None:
    families = {package.partition(".")[0] for package, _ in PUBLIC} - {
        "datasets",
        "testing",
    }
    assert {page.stem for page in (ROOT / "docs/user_guide").glob("*.rst")} == {
        "index",
        *families,
    }


def test_links_of_diagrams_lead_to_the_api_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SKX_DOCS_URL", "https://example.org")
    link = SMOTE()._doc_link_template
    assert link == "https://example.org/api/generated/skx.resampling.SMOTE.html"
    assert ":toctree: api/generated" in api_page()


def test_citation_names_version_and_authors() -> None:
    cited = citation()
    assert cited["cff-version"] == "1.2.0"
    assert cited["version"] == skx.__version__
    assert cited["license"] == "BSD-3-Clause"
    assert "- name: the skx developers" in text("CITATION.cff")
    assert 'authors = [{ name = "the skx developers" }]' in text("pyproject.toml")


def test_changelog_begins_with_this_version() -> None:
    newest = re.search(r"^## (\S+)", text("CHANGELOG.md"), flags=re.MULTILINE)
    assert newest is not None
    assert newest[1] == skx.__version__


def test_decisions_are_numbered_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    records = sorted(path.stem for path in folder.glob("*.md"))
    listed = re.findall(r"^ {3}(\d.*)$", text("docs/decisions/index.rst"), re.MULTILINE)
    assert listed == records
    assert [int(name[:3]) for name in records] == list(range(1, len(records) + 1))


def test_example_scripts_are_found_by_the_gallery() -> None:
    scripts = list((ROOT / "docs" / "examples").rglob("*.py"))
    assert scripts
    assert all(script.name.startswith("plot_") for script in scripts)
