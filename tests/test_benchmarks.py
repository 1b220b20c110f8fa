# SPDX-License-Identifier: BSD-3-Clause
import json
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import benchmarks
from benchmarks import _child, ordinal, resampling, rules
from benchmarks._case import Case, family_names, load_cases
from benchmarks._memory import extra_peak_mib
from benchmarks._statistics import (
    add_growth,
    growth_exponents,
    time_ratio,
    verdict,
    verdict_within,
)
from skx.ordinal import OrdinalRegression

SOURCE = Path(benchmarks.__file__).parent

WORKING_FAMILY = """
from functools import partial
from benchmarks._case import Case, Peer

def present(run):
    return Peer(name="builtin", run=run, requires=("numpy",))

def agree(ours, theirs):
    assert ours == theirs, "sums differ"

def allocate(n):
    return len(b"x" * (n * 2**20))

def cases(scale):
    sizes = (100, 1000) if scale == "S" else (100, 1000, 2000)
    found = [
        Case(task="sum", params={"n": n}, make=partial(range, n), skx=sum,
             peer=present(sum), goal=1e-9, check=agree)
        for n in sizes
    ]
    absent = Peer(name="nobody", run=sum, requires=("skx-no-such-peer",))
    found.append(Case(task="alone", make=partial(range, 9), skx=sum, peer=absent))
    found.append(Case(task="memory", make=lambda: 64, skx=allocate, goal=3.0))
    found.append(Case(task="limits", make=lambda: 64, skx=allocate, most_s=9.0,
                      most_mib=1))
    return found
"""

FAILING_FAMILY = """
import os
from benchmarks._case import Case, Peer

def wrong(ours, theirs):
    assert ours == theirs, f"{ours} is not {theirs}"

def cases(scale):
    peer = Peer(name="builtin", run=max, requires=())
    data = dict(make=lambda: [1, 2], peer=peer)
    return [
        Case(task="disagrees", skx=min, check=wrong, **data),
        Case(task="crashes", skx=lambda data: os._exit(3), **data),
    ]
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the runner whose families are the toys above."""
    root = tmp_path_factory.mktemp("root")
    folder = root / "benchmarks"
    folder.mkdir()
    for file in SOURCE.glob("_*.py"):
        shutil.copy(file, folder)
    (folder / "working.py").write_text(WORKING_FAMILY)
    (folder / "failing.py").write_text(FAILING_FAMILY)
    return root


def run(root: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "benchmarks", *words]
    return subprocess.run(command, cwd=root, capture_output=True, text=True)


def read(root: Path, name: str) -> dict:
    return json.loads((root / "benchmarks" / "results" / name).read_text())


@pytest.fixture(scope="module")
def worked(root: Path) -> SimpleNamespace:
    ended = run(root, "working")
    assert ended.returncode == 0, ended.stderr
    rows = {row["task"]: row for row in read(root, "working-S.json")["rows"]}
    table = (root / "benchmarks" / "results" / "working-S.md").read_text()
    return SimpleNamespace(ended=ended, rows=rows, table=table)


def test_growth_exponents_of_power_laws_are_exact() -> None:
    times = {n: 3e-7 * n**1.5 for n in (100_000, 1_000, 10_000)}
    assert growth_exponents(times) == pytest.approx({10_000: 1.5, 100_000: 1.5})
    assert growth_exponents({10: 1.0}) == {}


def test_growth_compares_only_cases_that_differ_in_size() -> None:
    rows = [
        {
            "task": "t",
            "params": {"n": n, "d": d},
            "growth_key": "n",
            "peer": None,
            "sides": {"skx": {"median_wall_s": n**2.0}},
        }
        for n, d in [(100, 1), (10, 1), (50, 2)]
    ]
    rows.append(rows[0] | {"params": {}, "sides": {"skx": {"median_wall_s": 1.0}}})
    rows.append(rows[0] | {"sides": {}})
    add_growth(rows)
    growth = [row["sides"].get("skx", {}).get("growth") for row in rows]
    assert growth == [pytest.approx(2.0), None, None, None, None]


def test_time_ratio_of_medians_with_quartiles_of_pairs() -> None:
    skx, peer = [1.0, 2.0, 2.0, 4.0, 1.0], [2.0, 2.0, 6.0, 20.0, 4.0]
    # Pairs 2, 1, 3, 5, 4; medians 4 and 2.
    assert time_ratio(skx, peer) == {"ratio": 2.0, "lower": 2.0, "upper": 4.0}


@pytest.mark.parametrize(
    ("lower", "upper", "goal", "expected"),
    [
        (1.5, 2.5, 1.5, "met"),
        (1.4, 2.5, 1.5, "met (noisy)"),
        (1.5, 2.5, 2.5, "not met (noisy)"),
        (1.5, 2.4, 2.5, "not met"),
    ],
)
def test_verdict_admits_noise(
    lower: float, upper: float, goal: float, expected: str
) -> None:
    ratio = {"ratio": 2.0, "lower": lower, "upper": upper}
    assert verdict(goal, ratio) == expected


@pytest.mark.parametrize(
    ("most", "values", "expected"),
    [
        (3.0, [1.0, 2.0, 3.0], "met"),
        (2.0, [1.0, 2.0, 3.0], "met (noisy)"),
        (1.6, [1.0, 2.0, 3.0], "not met (noisy)"),
        (1.4, [1.0, 2.0, 3.0], "not met"),
        (1.4, [1.0], "met"),
    ],
)
def test_verdict_within_a_limit(most: float, values: list, expected: str) -> None:
    assert verdict_within(most, values) == expected


@pytest.mark.parametrize(
    ("rounds", "elapsed", "done"),
    [
        (2, 1e9, False),
        (3, _child.BUDGET_S + 1, True),
        (4, _child.BUDGET_S - 1, False),
        (5, _child.SETTLE_S / 2, False),
        (5, _child.SETTLE_S + 1, True),
        (_child.MOST, 0.0, True),
    ],
)
def test_rounds_stop(rounds: int, elapsed: float, done: bool) -> None:
    assert _child._is_done(rounds, elapsed) is done


def test_sides_take_turns_in_going_first(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    case = SimpleNamespace(
        make=lambda: None,
        check=None,
        sides=lambda: {
            "skx": lambda _: calls.append("skx"),
            "peer": lambda _: calls.append("peer"),
        },
    )
    monkeypatch.setattr(_child, "MOST", 5)
    timings = _child.measure_time(case)
    assert calls[2:8] == ["skx", "peer", "peer", "skx", "skx", "peer"]
    assert all(len(t["wall_s"]) == len(t["cpu_s"]) == 5 for t in timings.values())


def test_extra_peak_sees_memory_freed_before_the_end() -> None:
    peak = extra_peak_mib(lambda: len(b"x" * (64 * 2**20)))
    assert peak is None or 60 < peak < 80


def test_case_names_must_be_unique(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(task="same", params={"n": 1}, make=int, skx=int)
    module = SimpleNamespace(cases=lambda scale: [case, case])
    monkeypatch.setitem(sys.modules, "benchmarks.doubled", module)
    with pytest.raises(ValueError, match="more than once: same n=1"):
        load_cases("doubled", "S")


def test_every_family_lists_cases_at_every_scale() -> None:
    for family in family_names():
        names = [{c.name for c in load_cases(family, scale)} for scale in "SML"]
        assert set() < names[0] <= names[1] <= names[2]


def test_cases_of_a_device_are_listed_without_one() -> None:
    for family in ("resampling", "neighbors"):
        names = [{c.name for c in load_cases(family, scale, "cuda")} for scale in "SML"]
        assert set() < names[0] <= names[1] <= names[2]


def test_run_writes_json_and_the_table_it_prints(worked: SimpleNamespace) -> None:
    assert worked.table in worked.ended.stdout
    row = worked.rows["sum"]
    assert row["case"] == "sum n=1000 vs builtin"
    assert row["result"] == "met"
    assert row["wall_ratio"]["lower"] <= row["wall_ratio"]["upper"]
    for side in row["sides"].values():
        assert len(side["wall_s"]) >= 5
        assert {"first_call_s", "peak_mib", "growth"} <= side.keys()
    line = next(line for line in worked.table.splitlines() if "n=1000" in line)
    assert "| 1e-09 | met |" in line


def test_memory_is_measured_without_a_peer(worked: SimpleNamespace) -> None:
    row = worked.rows["memory"]
    assert row["peer"] is None
    assert "result" not in row
    figures = row["sides"]["skx"]
    if figures["peak_method"] is not None:
        assert 60 < figures["peak_mib"] < 80


def test_limits_of_seconds_and_memory_are_judged(worked: SimpleNamespace) -> None:
    row = worked.rows["limits"]
    seconds, memory = row["result"].split(", ")
    assert seconds == "met"
    is_known = row["sides"]["skx"]["peak_mib"] is not None
    assert memory == ("not met" if is_known else "unknown")
    assert "| <= 9 s, <= 1 MiB |" in worked.table


def test_absent_peer_is_skipped_with_a_message(worked: SimpleNamespace) -> None:
    row = worked.rows["alone"]
    assert list(row["sides"]) == ["skx"]
    assert row["peer_missing"] == ["skx-no-such-peer"]
    assert 'skx-no-such-peer not installed (`pip install "skx[bench]"`)' in worked.table
    assert "Skipped peers: skx-no-such-peer not installed" in worked.ended.stderr


def test_failures_are_reported_and_exit_1(root: Path) -> None:
    pytest.importorskip("matplotlib")
    ended = run(root, "failing", "--report")
    assert ended.returncode == 1
    assert "error: AssertionError: 1 is not 2" in ended.stdout
    assert "error: Process ended with code 3." in ended.stdout
    rows = read(root, "failing-S.json")["rows"]
    assert [row["sides"] for row in rows] == [{}, {}]
    page = (root / "benchmarks" / "results" / "report.md").read_text()
    assert "- failing: disagrees vs builtin: AssertionError: 1 is not 2" in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["unheard"], "unknown family 'unheard'; choose from failing, working"),
        (["working", "--scale", "X"], "invalid choice: 'X'"),
        (["working", "--only", "n=2000"], "no case at scale S has 'n=2000' in it"),
        (["working", "--all"], "a family and --all; leave one of them out"),
        (["--report", "--only", "n=100"], "leave --only or --report out"),
        (["--report", "--scale", "L"], "add a family or --all"),
    ],
)
def test_wrong_command_line_exits_2(root: Path, words: list[str], message: str) -> None:
    ended = run(root, *words)
    assert ended.returncode == 2
    assert message in ended.stderr


def test_only_runs_some_cases_and_writes_nothing(root: Path) -> None:
    ended = run(root, "working", "--scale", "M", "--only", "alone")
    assert ended.returncode == 0
    assert "sum" not in ended.stdout
    assert not (root / "benchmarks" / "results" / "working-M.json").exists()


def test_report_alone_reads_what_is_there(root: Path, worked: SimpleNamespace) -> None:
    pytest.importorskip("matplotlib")
    before = read(root, "working-S.json")
    ended = run(root, "--report")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == ""
    assert read(root, "working-S.json") == before
    page = (root / "benchmarks" / "results" / "report.md").read_text()
    assert "sum n=1000 vs builtin" in page
    assert "alone vs nobody" in page


def test_report_without_results_says_what_to_run(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    shutil.copytree(SOURCE, tmp_path / "benchmarks", ignore=lambda *_: {"results"})
    ended = run(tmp_path, "--report")
    assert ended.returncode == 1
    assert "holds no results; run `python -m benchmarks --all` first." in ended.stderr


@pytest.mark.parametrize("density", [1.0, 0.5])
def test_oversampling_check_catches_wrong_answers(density: float) -> None:
    X, y = resampling.gaussian_mixture(300, 3, density=density)
    right = resampling._resample("imblearn.over_sampling", "SMOTE", (X, y))
    check = partial(resampling.check_oversampled, 300)
    check(right, right)
    touched, shifted, relabelled = right[0].copy(), right[0].copy(), right[1].copy()
    touched[:1] = touched[1:2]
    shifted[300:] = shifted[300:] * 5
    relabelled[-1] = 0
    wrong = {
        "shapes": (right[0][:-1], right[1][:-1]),
        "dtypes": (right[0].astype("float32"), right[1]),
        "given rows changed": (touched, right[1]),
        "means": (shifted, right[1]),
        "not equal": (right[0], relabelled),
    }
    for message, answer in wrong.items():
        with pytest.raises(AssertionError, match=message):
            check(answer, right)


@pytest.mark.parametrize("name", ["TomekLinks", "EditedNearestNeighbours"])
def test_cleaning_check_catches_wrong_answers(name: str) -> None:
    case = resampling.cleaner(name, None, n=400, d=3, spread=1.0)
    right = case.peer.run(case.make())
    case.check(case.skx(case.make()), right)
    with pytest.raises(AssertionError, match="not equal"):
        case.check(right[1:], right)
    with pytest.raises(AssertionError, match="400 of 400 rows are kept"):
        case.check(range(400), range(400))


def test_likelihood_check_catches_wrong_answers() -> None:
    make = partial(ordinal.ordered_classes, 400, 3, 4)
    right = ordinal._fit("nonrobust", make())
    X, y = make()
    model = OrdinalRegression(cov_type=None).fit(X, y)
    assert ordinal.loglik(X, y, right) == pytest.approx(model.loglik_, rel=1e-12)
    check = partial(ordinal.check_likelihood, make, 0.1)
    check(right, right)
    near = right._replace(coef=right.coef * 1.001)
    far = right._replace(coef=right.coef * 0.5)
    with pytest.raises(AssertionError, match="is below"):
        check(near, right)
    with pytest.raises(AssertionError, match="is far above"):
        check(right, far)
    ordinal.check_likelihood(make, None, right, far._replace(errors=None))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check(right, right._replace(errors=right.errors * 1.01))
    with pytest.raises(AssertionError, match="standard errors"):
        check(right, near._replace(coef=right.coef + 0.05 * right.errors))


def test_rule_checks_catch_wrong_answers() -> None:
    right, half = (lambda: 1.0), (lambda: 0.5)
    rules.check_score(0.01, right, half)
    rules.check_score(0.5, half, right)
    with pytest.raises(AssertionError, match=r"right for 0.5 of the rows, the peer"):
        rules.check_score(0.49, half, right)
    ours = np.array(["no", "yes"] * 10)
    theirs = np.array([1, 0] * 10)
    rules.check_predictions(ours, theirs)
    with pytest.raises(AssertionError, match="shapes"):
        rules.check_predictions(ours, theirs[:1])
    with pytest.raises(AssertionError, match=r"0.5 of the predictions agree"):
        rules.check_predictions(ours, np.repeat([1, 0], 10))


def test_peers_read_the_same_table() -> None:
    X, y = rules.chess()[:2]
    assert X.shape == (3196, 36)
    X, y = X.iloc[:5, :2], np.array(["b", "a", "b", "a", "a"])
    dicts = rules.as_dicts(X, y)
    assert [row["label"] for row in dicts] == [0, 1, 0, 1, 1]
    assert [row["a1"] for row in dicts] == X["a1"].tolist()
    assert rules.as_lists(X, y)[0] == [*X.iloc[0], "b"]
    mixed = rules.mixed(300, 12)
    assert mixed.X.isna().any(axis=0).sum() == 3
    row = rules.as_dicts(*mixed[:2])[0]
    assert {type(value) for value in row.values()} == {float, str, int}
