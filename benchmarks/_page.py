# SPDX-License-Identifier: BSD-3-Clause
"""The report: one page of all result files, with what was lost ahead of all else."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median, quantiles

from benchmarks._claims import TESTS, count_claims
from benchmarks._contests import Contest, Duel, Trial, judge, lead, read_contests
from benchmarks._figures import draw_growth
from benchmarks._report import both, goals, seconds
from benchmarks._results import (
    MEMORY_STEP,
    RESULTS,
    Document,
    Outcome,
    ResultError,
    growth_series,
    newest,
    read_documents,
)

REPORT = "report.md"
TITLES = {
    "active_crowd": "skx.active, several annotators",
    "neighbors": "Neighbour search, on which skx.resampling rests",
    "scaling": "Single calls as rows grow",
}
FAMILIES = ("resampling", "rules", "multitask", "proportions", "ordinal", "active")
INTRODUCTION = f"""\
Made by `python -m benchmarks --report` from the files of `benchmarks/results`; no
figure is typed. Ratios are time of the peer over time of skx, medians of calls in turn
on the same data, with quartiles of the single rounds in brackets: below 1 skx is
slower, and in bold. Memory is the peak above what was held before the call, and bold
where skx takes over {MEMORY_STEP:g} MiB more. The first call of a process is apart, as
it loads compiled kernels. Each case is shown once, from the newest file that has it."""
ACCURACY = """\
Scores are those of the studies named, as they stand there. A trial is a line of the
study: a data set, a size, a setting. Trials are counted as better, equal or worse in
the decimals given; a single one says little. Where trials are data sets and at least
six, p is that of Wilcoxon's signed-rank test over data sets, adjusted by Holm's method
(`skx.model_selection.holm_correction`) for all tests of this page: only below 0.05
there is a claim."""
NO_TESTS = """\
P-values are taken as the largest that would be printed alike. Other studies give
standard errors, or scores alone. Standard errors over splits of one table are too small
for a test, as the splits share rows."""

Link = Callable[[str], str]


def _relative(name: str) -> str:
    return f"[{name}]({name})"


def _table(header: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    rows = [header, ["---"] * len(header), *lines]
    return ["", *(f"| {' | '.join(row)} |" for row in rows), ""]


def _title(group: str) -> str:
    family, _, device = group.partition("-")
    default = f"skx.{family}" if family in FAMILIES else family
    return TITLES.get(family, default) + (f" on {device}" if device else "")


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s'[: number != 1]}"


# -- What was lost ---------------------------------------------------------------------


def _slower(outcome: Outcome) -> str:
    row, words = outcome.row, []
    if outcome.is_slower:
        wall = row["wall_ratio"]
        words.append(
            f"takes {1 / wall['ratio']:.2f} times as long "
            "({ratio:.2f}, {lower:.2f}-{upper:.2f}".format(**wall)
            + ("; within the spread)" if wall["upper"] >= 1.0 else ")")
        )
    if outcome.takes_more_cpu:
        words.append(f"{1 / row['cpu_ratio']:.2f} times the CPU time")
    return ", ".join(words)


def _larger(outcome: Outcome) -> str:
    if not outcome.is_larger:
        return ""
    return f"{outcome.extra_mib:.1f} MiB more ({both(outcome.row, 'peak_mib', '.1f')})"


def _short(outcome: Outcome) -> str:
    row = outcome.row
    if not outcome.misses_goal:
        return ""
    ratio = f", ratio {row['wall_ratio']['ratio']:.2f}" if outcome.is_compared else ""
    return f"goal {goals(row)}: {row['result']}{ratio}"


def _failed(outcome: Outcome) -> str:
    return _plain(outcome.row["error"]) if outcome.failed else ""


# Headings of what can be lost, and functions that say it of a case, or nothing.
LOSSES = {
    "Slower": _slower,
    "Larger": _larger,
    "Short of its goal": _short,
    "Without figures": _failed,
}


def _lost_cases(groups: dict[str, list[Outcome]]) -> list[str]:
    lines = []
    for title, say in LOSSES.items():
        lost = [
            f"- {group}: {_plain(outcome.case)}: {words}"
            for group, outcomes in groups.items()
            for outcome in outcomes
            if (words := say(outcome))
        ]
        lines += [f"### {title}", "", *(lost or ["No case."]), ""]
    return lines


def _lost_starts(groups: dict[str, list[Outcome]]) -> list[str]:
    lines = []
    for group, outcomes in groups.items():
        compared = [outcome for outcome in outcomes if outcome.is_compared]
        lost = [outcome for outcome in compared if outcome.starts_slower]
        if lost:
            sides = [
                [outcome.side(name)["first_call_s"] for outcome in lost]
                for name in ("skx", "peer")
            ]
            ours, theirs = (f"{median(side):.2f} s" for side in sides)
            lines.append(
                f"- {group}: in {len(lost)} of {len(compared)}; there, in the median, "
                f"{ours} of skx and {theirs} of the peer"
            )
    return lines or ["In no case."]


def _lost_scores(found: Sequence[tuple[Contest, list[Trial]]], link: Link) -> list[str]:
    lines = []
    for contest, trials in found:
        behind = [
            f"{trial.name}: {trial.ours} ({', '.join(better)})"
            for trial in trials
            if (
                better := [
                    f"{contest.shown(peer)} {score}"
                    for peer, score in trial.peers.items()
                    if lead(contest, trial, peer) < 0
                ]
            )
        ]
        if behind:
            file = link(f"study-{contest.study}.md")
            lines.append(
                f"- {contest.family}, {contest.measure}, "
                f"{contest.shown(contest.ours)} in {len(behind)} of "
                f"{_count(len(trials), 'trial')} ({file}): " + _plain("; ".join(behind))
            )
    return lines or ["No trial."]


# -- Tables ----------------------------------------------------------------------------


def _totals(duels: Sequence[Duel]) -> tuple[int, int, int]:
    """Trials in which skx is better, equal and worse."""
    return (
        sum(duel.wins for duel in duels),
        sum(duel.ties for duel in duels),
        sum(duel.losses for duel in duels),
    )


def _summary(groups: dict[str, list[Outcome]], duels: Sequence[Duel]) -> list[str]:
    lines = []
    for group, outcomes in groups.items():
        compared = [outcome for outcome in outcomes if outcome.is_compared]
        aimed = [outcome for outcome in outcomes if goals(outcome.row)]
        scored = [duel for duel in duels if duel.contest.family == group]
        if not (compared or aimed or scored or any(o.failed for o in outcomes)):
            continue
        ratios = [outcome.row["wall_ratio"]["ratio"] for outcome in compared]
        spread = f"{median(ratios):.2f}" if ratios else ""
        if len(ratios) > 1:
            lower, _, upper = quantiles(ratios, n=4, method="inclusive")
            spread += f" ({lower:.2f}-{upper:.2f})"
        scores = _totals(scored)
        lines.append(
            [
                group,
                str(len(compared)),
                spread,
                str(sum(outcome.is_slower for outcome in compared)),
                str(sum(outcome.takes_more_cpu for outcome in compared)),
                str(sum(outcome.is_larger for outcome in compared)),
                str(sum(outcome.starts_slower for outcome in compared)),
                f"{sum(o.misses_goal for o in aimed)} of {len(aimed)}" if aimed else "",
                str(sum(outcome.failed for outcome in outcomes)),
                " : ".join(map(str, scores)) if scored else "",
            ]
        )
    header = (
        "family",
        "comparisons",
        "median ratio (quartiles of cases)",
        "slower",
        "more CPU",
        "more memory",
        "slower first call",
        "goals missed",
        "failed",
        "scores better : equal : worse",
    )
    return _table(header, lines)


def _bold(text: str, is_lost: bool) -> str:
    return f"**{text}**" if is_lost and text else text


def _compared(outcomes: Sequence[Outcome]) -> list[str]:
    lines = []
    for outcome in outcomes:
        row = outcome.row
        ours, theirs = (outcome.side(name) for name in ("skx", "peer"))
        wall = row["wall_ratio"]
        spread = " ({lower:.2f}-{upper:.2f})".format(**wall)
        cpu = f"{row['cpu_ratio']:.2f}" if "cpu_ratio" in row else ""
        lines.append(
            [
                _plain(outcome.case),
                outcome.document.scale,
                seconds(ours["median_wall_s"]),
                seconds(theirs["median_wall_s"]),
                _bold(f"{wall['ratio']:.2f}", outcome.is_slower) + spread,
                _bold(cpu, outcome.takes_more_cpu),
                _bold(both(row, "peak_mib", ".1f"), outcome.is_larger),
                _bold(both(row, "first_call_s", ".2f"), outcome.starts_slower),
                goals(row),
                _bold(row.get("result", ""), outcome.misses_goal),
            ]
        )
    header = (
        "case",
        "scale",
        "skx",
        "peer",
        "peer / skx (quartiles)",
        "CPU ratio",
        "extra MiB, skx : peer",
        "first call, s",
        "goal",
        "result",
    )
    return _table(header, lines) if lines else []


def _alone(outcomes: Sequence[Outcome]) -> list[str]:
    lines = []
    for outcome in outcomes:
        row, ours = outcome.row, outcome.side("skx")
        if outcome.failed:
            result = f"**error: {_plain(row['error'])}**"
        elif row["peer_missing"]:
            result = f"no peer: {', '.join(row['peer_missing'])} was not installed"
        else:
            result = _bold(row.get("result", ""), outcome.misses_goal)
        peak, growth = ours.get("peak_mib"), ours.get("growth")
        lines.append(
            [
                _plain(outcome.case),
                outcome.document.scale,
                seconds(ours["median_wall_s"]) if ours else "",
                "" if peak is None else f"{peak:.1f}",
                "" if growth is None else f"{growth:.2f}",
                goals(row),
                result,
            ]
        )
    header = ("case", "scale", "skx", "extra MiB", "growth", "goal", "result")
    return _table(header, lines) if lines else []


def _scores(duels: Sequence[Duel], link: Link) -> list[str]:
    lines = []
    for duel in duels:
        contest = duel.contest
        p, p_holm = (
            "" if value is None else f"{value:.3f}"
            for value in (duel.p_value, duel.p_holm)
        )
        lines.append(
            [
                contest.measure + (" (less is better)" if contest.least else ""),
                contest.shown(contest.ours),
                contest.shown(duel.peer),
                str(duel.wins),
                str(duel.ties),
                _bold(str(duel.losses), duel.losses > 0),
                "" if duel.gap is None else f"{duel.gap:+.4f}",
                p,
                p_holm,
                link(f"study-{contest.study}.md"),
            ]
        )
    header = (
        "score",
        "skx",
        "against",
        "better",
        "equal",
        "worse",
        "mean lead",
        "p",
        "p, Holm",
        "study",
    )
    return _table(header, lines) if lines else []


# -- Where it was measured -------------------------------------------------------------


def warnings_of(documents: Sequence[Document]) -> list[str]:
    """Say what to know before files are compared with one another."""
    found = []
    days = sorted({document.date[:10] for document in documents})
    if len(days) > 1:
        found.append(
            f"- Files are of {len(days)} days, {days[0]} to {days[-1]}: skx may have "
            "changed in between. Ratios within a case are of one run."
        )
    versions: dict[str, set[str]] = {}
    for document in documents:
        environment = document.environment
        for name in ("cpu", "cores", "python"):
            versions.setdefault(name, set()).add(str(environment[name]))
        for name, version in environment["versions"].items():
            if version is not None:
                versions.setdefault(name, set()).add(version)
    for name, seen in sorted(versions.items()):
        if len(seen) > 1:
            found.append(f"- Files differ in {name}: {', '.join(sorted(seen))}.")
    for document in documents:
        load, cores = (document.environment[name] for name in ("load", "cores"))
        if load is not None and cores is not None and load >= cores:
            found.append(
                f"- {document.path.name}: a load of {load} on {_count(cores, 'core')} "
                "at the start; other work ran beside it, and its ratios are rough."
            )
    return found


def _machines(documents: Sequence[Document], link: Link) -> list[str]:
    lines = []
    for document in documents:
        env = document.environment
        versions = (f"{name} {v or 'absent'}" for name, v in env["versions"].items())
        lines.append(
            [
                link(document.path.name),
                env["date"],
                f"{env.get('device', '')} {env['cpu']}, {env['cores']} cores".strip(),
                str(env["load"]),
                f"Python {env['python']}, {', '.join(versions)}",
            ]
        )
    return _table(("file", "date", "machine", "load at the start", "versions"), lines)


def _studies(
    folder: Path, documents: Sequence[Document], duels: Sequence[Duel], link: Link
) -> list[str]:
    """Link, title and outcome of each file that no benchmark wrote."""
    known = {document.path.stem for document in documents} | {Path(REPORT).stem}
    lines = []
    for path in sorted(folder.glob("*.md")):
        if path.stem not in known:
            title = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
            line = f"- {link(path.name)}: {title}"
            scored = [d for d in duels if path.stem == f"study-{d.contest.study}"]
            if scored:
                wins, ties, losses = _totals(scored)
                line += f"; skx better {wins}, equal {ties}, worse {losses} times"
            lines.append(line)
    return lines


def _tests(folder: Path, link: Link) -> list[str]:
    """Which tests studies made, and what Holm's correction leaves of their claims."""
    lines = []
    for study, text in TESTS.items():
        path = folder / f"study-{study}.md"
        if path.exists():
            claims = count_claims(path.read_text(encoding="utf-8"))
            lines.append(
                f"- {link(path.name)}: {text}. Of {claims.number} p-values "
                f"{claims.alone} are below 0.05, and {claims.adjusted} when adjusted "
                "by Holm's method for all of the file."
            )
    return lines


# -- The page --------------------------------------------------------------------------


def figure_name(group: str) -> str:
    return f"growth-{group}.svg"


def write_figures(documents: Sequence[Document], folder: Path) -> None:
    """Write the growth plot of each family that has two sizes of anything."""
    folder.mkdir(parents=True, exist_ok=True)
    for group in {document.group for document in documents}:
        series = growth_series(d for d in documents if d.group == group)
        if series:
            draw_growth(series, folder / figure_name(group))


def render(folder: Path = RESULTS, link: Link = _relative, figures: str = "") -> str:
    """Return the report on the result files of a folder, in Markdown.

    ``link`` makes a reference to one of these files; ``figures`` goes before the names
    of the figures.
    """
    documents = read_documents(folder)
    if not documents:
        raise ResultError(
            f"{folder} holds no results; run `python -m benchmarks --all` first."
        )
    groups = newest(documents)
    contests = read_contests(folder)
    duels = judge(contests)
    lines = [
        "# What was measured",
        "",
        INTRODUCTION,
        "",
        "## Summary",
        *_summary(groups, duels),
        *warnings_of(documents),
        "",
        "## Where skx is slower, larger or worse",
        "",
        *_lost_cases(groups),
        "### First call in a process",
        "",
        *_lost_starts(groups),
        "",
        "### Scores",
        "",
        *_lost_scores(contests, link),
        "",
    ]
    for group, outcomes in groups.items():
        lines += [f"## {_title(group)}", ""]
        lines += _compared([outcome for outcome in outcomes if outcome.is_compared])
        alone = [outcome for outcome in outcomes if not outcome.is_compared]
        if alone:
            lines += ["Without a peer:", *_alone(alone)]
        if growth_series(d for d in documents if d.group == group):
            text = f"Seconds over rows, cases of {group}, log-log"
            lines += [
                "Growth with rows, broken lines for peers; the number is the exponent "
                "between the two largest sizes.",
                "",
                f"![{text}]({figures}{figure_name(group)})",
                "",
            ]
        scored = [duel for duel in duels if duel.contest.family == group]
        if scored:
            lines += ["Accuracy:", *_scores(scored, link)]
    if duels:
        lines += ["## How accuracy is judged", "", ACCURACY, ""]
        lines += ["Tests in the studies themselves:", "", *_tests(folder, link), ""]
        lines += [NO_TESTS, ""]
    studies = _studies(folder, documents, duels, link)
    if studies:
        lines += ["## Studies and stored figures", "", *studies, ""]
    lines += ["## Machine and versions", *_machines(documents, link)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def write_report(folder: Path = RESULTS) -> Path:
    """Write the report and its figures beside the results; return its path."""
    text = render(folder)
    write_figures(read_documents(folder), folder)
    path = folder / REPORT
    path.write_text(text, encoding="utf-8")
    return path
