# SPDX-License-Identifier: BSD-3-Clause
import importlib.util
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import scaling
from benchmarks._claims import TESTS, count_claims, printed_p_values
from benchmarks._contests import (
    CONTESTS,
    Contest,
    StudyError,
    judge,
    lead,
    read_contests,
    read_tables,
    read_trials,
)
from benchmarks._page import LOSSES, render, write_report
from benchmarks._results import (
    RESULTS,
    ResultError,
    growth_series,
    newest,
    read_documents,
)
from benchmarks._scaling import growth_of_calls

ROOT = Path(__file__).parents[1]
NAMES = ("family", "scale", "environment", "rows")


def side(seconds: float, mib: float | None = 1.0, first: float = 1.0) -> dict:
    return {"median_wall_s": seconds, "peak_mib": mib, "first_call_s": first}


def row(task: str, n: int = 1000, peer: str | None = "other", **fields: object) -> dict:
    name = f"{task} n={n}" + (f" vs {peer}" if peer else "")
    return {
        "case": name,
        "task": task,
        "params": {"n": n},
        "growth_key": "n",
        "peer": peer,
        "peer_missing": [],
        "goal": None,
        "error": None,
        "sides": {},
        **fields,
    }


def compared(
    task: str,
    ratio: float,
    *,
    spread: float = 0.01,
    cpu: float = 2.0,
    mib: tuple[float, float] = (1.0, 1.0),
    first: tuple[float, float] = (1.0, 1.0),
    **fields: object,
) -> dict:
    return row(
        task,
        sides={
            "skx": side(1.0, mib[0], first[0]),
            "peer": side(ratio, mib[1], first[1]),
        },
        wall_ratio={"ratio": ratio, "lower": ratio - spread, "upper": ratio + spread},
        cpu_ratio=cpu,
        **fields,
    )


ROWS = [
    compared("won", 3.0, goal=2, result="met"),
    compared("slow", 0.5, first=(3.0, 1.0)),
    compared("nearly", 0.99, spread=0.02),
    compared("busy", 1.5, cpu=0.8),
    compared("large", 2.0, mib=(12.5, 10.0)),
    compared("a little larger", 2.0, mib=(1.5, 1.0)),
    compared("short", 2.0, goal=2.1, spread=0.3, result="not met (noisy)"),
    row("absent", peer_missing=["skx-no-such-peer"], sides={"skx": side(0.25)}),
    row("crashed", error="ValueError: a | b\nand c"),
    row("alone", peer=None, sides={"skx": side(2.0, None)}, most_s=1, most_mib=None),
]
ROWS[-1]["result"] = "not met"


def write(folder: Path, name: str, rows: list, **environment: object) -> Path:
    family, scale = name.split("-")
    env = {
        "date": "2026-01-02T03:04:05+00:00",
        "cpu": "a processor",
        "cores": 2,
        "load": 0.1,
        "python": "3.11.7",
        "versions": {"skx": "0.1", "numpy": "2.0", "missing-peer": None},
        **environment,
    }
    path = folder / f"{name}.json"
    document = dict(zip(NAMES, (family, scale, env, rows), strict=True))
    path.write_text(json.dumps(document))
    return path


def section(text: str, title: str) -> str:
    """What stands below a heading, to the next of any level."""
    return text.partition(f" {title}\n")[2].partition("\n#")[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "toys-S", ROWS)
    return tmp_path


def test_every_loss_is_listed_and_nothing_else(folder: Path) -> None:
    text = render(folder)
    nearly = "takes 1.01 times as long (0.99, 0.97-1.01; within the spread)"
    lost = {
        "Slower": [
            "- toys: slow n=1000 vs other: takes 2.00 times as long (0.50, 0.49-0.51)",
            f"- toys: nearly n=1000 vs other: {nearly}",
            "- toys: busy n=1000 vs other: 1.25 times the CPU time",
        ],
        "Larger": ["- toys: large n=1000 vs other: 2.5 MiB more (12.5 : 10.0)"],
        "Short of its goal": [
            "- toys: short n=1000 vs other: goal 2.1: not met (noisy), ratio 2.00",
            "- toys: alone n=1000: goal <= 1 s: not met",
        ],
        "Without figures": [
            r"- toys: crashed n=1000 vs other: ValueError: a \| b and c"
        ],
    }
    for title, lines in lost.items():
        assert section(text, title).strip().splitlines() == lines


def test_losses_stand_before_the_tables_and_bold_in_them(folder: Path) -> None:
    text = render(folder)
    assert text.index("## Where skx is slower") < text.index("## toys")
    table = section(text, "toys")
    assert "| 1 s | 500 ms | **0.50** (0.49-0.51) | 2.00 |" in table
    assert "| 3 s | 3.00 (2.99-3.01) | 2.00 | 1.0 : 1.0 | 1.00 : 1.00 |" in table
    assert "**12.5 : 10.0**" in table
    assert "**not met (noisy)**" in table
    assert "**3.00 : 1.00**" in table
    assert "no peer: skx-no-such-peer was not installed" in table
    assert r"**error: ValueError: a \| b and c**" in table


def test_summary_counts_wins_and_losses(folder: Path) -> None:
    # Ratios 0.5, 0.99, 1.5, 2, 2, 2, 3.
    line = "| toys | 7 | 2.00 (1.25-2.00) | 2 | 1 | 1 | 1 | 2 of 3 | 1 |  |"
    assert line in section(render(folder), "Summary")


def test_first_calls_that_take_longer_are_listed(folder: Path) -> None:
    starts = section(render(folder), "First call in a process")
    assert "- toys: in 1 of 7; there, in the median, 3.00 s of skx and 1.00 s" in starts


def test_a_page_without_losses_says_so(tmp_path: Path) -> None:
    write(tmp_path, "toys-S", ROWS[:1])
    text = render(tmp_path)
    for title in LOSSES:
        assert section(text, title).strip() == "No case."
    assert section(text, "First call in a process").strip() == "In no case."


def test_each_case_is_from_the_newest_file(tmp_path: Path) -> None:
    write(tmp_path, "toys-L", [compared("a", 5.0), compared("b", 5.0)])
    write(tmp_path, "toys-S", [compared("a", 0.5)], date="2026-01-03T00:00:00+00:00")
    write(tmp_path, "toys-M", [compared("a", 7.0)], date="2026-01-01T00:00:00+00:00")
    outcomes = newest(read_documents(tmp_path))["toys"]
    found = {
        o.case[0]: (o.document.scale, o.row["wall_ratio"]["ratio"]) for o in outcomes
    }
    assert found == {"a": ("S", 0.5), "b": ("L", 5.0)}


def test_files_that_do_not_go_together_are_named(tmp_path: Path) -> None:
    write(tmp_path, "toys-S", ROWS)
    assert "- Files" not in render(tmp_path)
    write(
        tmp_path,
        "games-S",
        ROWS,
        date="2026-01-04T00:00:00+00:00",
        load=4.5,
        versions={"skx": "0.1", "numpy": "2.1"},
    )
    summary = section(render(tmp_path), "Summary")
    assert "- Files are of 2 days, 2026-01-02 to 2026-01-04" in summary
    assert "- Files differ in numpy: 2.0, 2.1." in summary
    assert "differ in skx" not in summary
    assert "- games-S.json: a load of 4.5 on 2 cores at the start" in summary


def test_results_on_a_device_are_a_family_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, "toys-S", ROWS[:1])
    write(tmp_path, "toys-M", ROWS[1:2], device="a card")
    assert newest(read_documents(tmp_path)).keys() == {"toys", "toys-cuda"}
    assert "## toys on cuda" in render(tmp_path)


def power(n: int, exponent: float, peer: str | None = None) -> dict:
    sides = {"skx": side(1e-6 * n**exponent)}
    if peer:
        sides["peer"] = side(1e-6 * n**2.0)
    return row("power", n, peer, sides=sides)


def test_growth_is_of_the_file_with_the_most_sizes(tmp_path: Path) -> None:
    sizes = (100, 1000, 10_000)
    write(tmp_path, "toys-L", [power(n, 1.5, "other") for n in sizes])
    rows = [power(n, 9.0, "other") for n in sizes[:2]]
    write(tmp_path, "toys-S", rows, date="2026-01-05T00:00:00+00:00")
    found = {one.peer: one.seconds for one in growth_series(read_documents(tmp_path))}
    assert found.keys() == {None, "other"}
    assert found[None] == {n: pytest.approx(1e-6 * n**1.5) for n in sizes}


def test_report_has_a_growth_plot_that_names_exponents(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    write(tmp_path, "toys-S", [power(n, 1.5, "other") for n in (100, 1000)])
    path = write_report(tmp_path)
    assert path == tmp_path / "report.md"
    assert "](growth-toys.svg)" in path.read_text(encoding="utf-8")
    figure = ElementTree.parse(tmp_path / "growth-toys.svg")
    words = " ".join("".join(figure.getroot().itertext()).split())
    assert "skx: 1.50" in words
    assert "other: 2.00" in words


@pytest.mark.parametrize("text", ["{", "[]", '{"family": "toys"}'])
def test_a_broken_file_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "toys-S.json").write_text(text)
    with pytest.raises(ResultError, match=r"toys-S.json is no result file.* or delete"):
        read_documents(tmp_path)


def test_no_results_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="run `python -m benchmarks --all` first"):
        render(tmp_path)


# -- Accuracy --------------------------------------------------------------------------

STUDY = """# A study

Scores of tables,
in two lines.

| data | ours | one | two | note |
|---|---|---|---|---|
| a | 0.944 ± 0.1 | .94 | 0.900 | x |
| b | 0.951 | .94 | 0.900 | x |
| c | 0.900 | .95 | - | x |
| d | 0.999 | .94 | 0.9 | x |
| e | 0.999 | .93 | 0.9 | x |
| f | 0.999 | .92 | 0.9 | x |
| g | 0.999 | .91 | 0.9 | x |
| mean | 0 | 9 | 9 | x |

## Part, one

| method | error | loss |
| --- | --- | --- |
| ours | 2.5 | 30 |
| one | 2.0 | 40 |
"""
COLUMNS = Contest(
    study="toy",
    family="toys",
    measure="accuracy",
    ours="ours",
    peers=("one", "two"),
    place="in two",
    drop=("mean",),
    on_datasets=True,
)
LINES = Contest(
    study="toy",
    family="toys",
    measure="errors",
    ours="ours",
    peers=("one",),
    place="Part",
    by_line=True,
    least=True,
)


def test_tables_are_read_with_what_stands_above() -> None:
    first, second = read_tables(STUDY)
    assert (first.headings, first.above) == ([], "Scores of tables, in two lines.")
    assert first.header == ["data", "ours", "one", "two", "note"]
    assert len(first.lines) == 8
    assert (second.headings, second.above) == (["Part, one"], "")


def test_trials_are_compared_in_the_decimals_given() -> None:
    trials = read_trials(COLUMNS, STUDY)
    assert [trial.name for trial in trials] == list("abcdefg")
    leads = [lead(COLUMNS, trial, "one") for trial in trials]
    assert leads == [0.0, 0.01, -0.05, 0.06, 0.07, 0.08, 0.09]
    assert "two" not in trials[2].peers
    errors = read_trials(LINES, STUDY)
    assert [lead(LINES, trial, "one") for trial in errors] == [-0.5, 10.0]


def test_claims_over_data_sets_are_adjusted_for_their_number() -> None:
    found = [(contest, read_trials(contest, STUDY)) for contest in (COLUMNS, LINES)]
    one, two, lines = judge(found)
    assert (one.wins, one.ties, one.losses) == (5, 1, 1)
    assert (two.wins, two.ties, two.losses) == (6, 0, 0)
    # Six of six: 2 / 2**6, and twice that for the smaller of two p-values.
    assert two.p_value == pytest.approx(0.03125)
    assert two.p_holm == pytest.approx(0.0625)
    assert one.p_holm == pytest.approx(max(one.p_value, 0.0625))
    assert (lines.p_value, lines.p_holm, lines.gap) == (None, None, None)


def test_trials_that_are_behind_are_listed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "study-toy.md").write_text(STUDY, encoding="utf-8")
    found = read_contests(folder, (COLUMNS, LINES))
    monkeypatch.setattr("benchmarks._page.read_contests", lambda _: found)
    text = render(folder)
    lost = section(text, "Scores").strip().splitlines()
    place = "([study-toy.md](study-toy.md))"
    assert lost == [
        f"- toys, accuracy, ours in 1 of 7 trials {place}: c: 0.900 (one 0.95)",
        f"- toys, errors, ours in 1 of 2 trials {place}: error: 2.5 (one 2.0)",
    ]
    assert "| 12 : 1 : 2 |" in section(text, "Summary")
    outcome = "A study; skx better 12, equal 1, worse 2 times"
    assert f"- [study-toy.md](study-toy.md): {outcome}" in text


def test_a_study_that_changed_is_named_with_what_to_do() -> None:
    with pytest.raises(StudyError, match=r"study-toy\.md has no table .* CONTESTS"):
        read_trials(COLUMNS, STUDY.replace("ours", "theirs"))


def test_printed_p_values_are_rounded_up_and_adjusted() -> None:
    text = """# A study

| method | p | gap |
|---|---|---|
| a | 0.012 | 1, p 0.03, 62 |
| b | - | 2 (p 3e-08) |
| c | 1.000 | top 5 |
"""
    expected = [0.0125, 0.035, 3.5e-8, 1.0]
    assert printed_p_values(text) == pytest.approx(expected)
    # Adjusted: 4 * 3.5e-8, 3 * 0.0125, 2 * 0.035, 1.
    assert count_claims(text) == (4, 3, 2)


# -- The results of this repository ----------------------------------------------------


@pytest.fixture(scope="module")
def page() -> str:
    return render()


def test_committed_results_are_all_in_the_report(page: str) -> None:
    for document in read_documents():
        assert f"[{document.path.name}]" in page
        for found in document.rows:
            assert found["case"].replace("|", r"\|") in page
    assert {contest.study for contest, _ in read_contests()} == {
        contest.study for contest in CONTESTS
    }


def test_studies_that_print_p_values_are_told_with_their_test(page: str) -> None:
    told = section(page, "How accuracy is judged")
    for path in RESULTS.glob("study-*.md"):
        study = path.stem.removeprefix("study-")
        claims = count_claims(path.read_text(encoding="utf-8"))
        assert (claims.number > 0) is (study in TESTS), study
        assert (f"- [{path.name}]" in told) is (study in TESTS)


def test_committed_losses_are_all_listed(page: str) -> None:
    cases = "".join(section(page, title) for title in LOSSES)
    for group, outcomes in newest(read_documents()).items():
        for outcome in outcomes:
            listed = f"- {group}: {outcome.case}: " in cases
            assert listed is outcome.is_lost, outcome.case


def test_committed_report_is_that_of_the_committed_results(page: str) -> None:
    text = (RESULTS / "report.md").read_text(encoding="utf-8")
    assert text == page, "run `python -m benchmarks --report` and commit what it writes"


# -- The page on scaling ---------------------------------------------------------------


def test_scaling_extrapolates_by_the_last_exponent(tmp_path: Path) -> None:
    seconds = {1000: 1.0, 10_000: 2.0, 100_000: 20.0}
    rows = [row("t", n, None, sides={"skx": side(s, 1.0)}) for n, s in seconds.items()]
    rows.append(row("one size", 10, None, sides={"skx": side(1.0)}))
    rows.append(row("t", 1_000_000, None, error="too slow"))
    write(tmp_path, "scaling-L", rows)
    [growth] = growth_of_calls(*read_documents(tmp_path))
    assert growth.seconds == seconds
    assert growth.exponent == pytest.approx(1.0)
    assert growth.bytes_a_row == pytest.approx(2**20 / 100_000)
    assert growth.extrapolate(10_000_000) == pytest.approx(2000.0)


def test_scaling_table_has_every_call() -> None:
    pytest.importorskip("sphinx")
    path = ROOT / "docs" / "_ext" / "benchmark_results.py"
    spec = importlib.util.spec_from_file_location("benchmark_results", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.CALLS.keys() == scaling.CALLS.keys()
    [document] = [d for d in read_documents() if d.path.name == "scaling-L.json"]
    growths = growth_of_calls(document)
    assert [growth.task for growth in growths] == list(scaling.CALLS)
    lines = module.table_lines(growths)
    assert sum(line.startswith("   * - ") for line in lines) == len(growths) + 1
