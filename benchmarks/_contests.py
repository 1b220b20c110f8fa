# SPDX-License-Identifier: BSD-3-Clause
"""Accuracy of skx against peers, read from the tables that the studies wrote.

A contest says which tables of a study hold scores of skx and of what a reader would use
in its place. Figures are those of the file, so that nothing is run, and nothing typed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from scipy.stats import wilcoxon

from benchmarks._results import RESULTS
from skx.model_selection import holm_correction

# Fewer data sets cannot give a p-value below 0.05.
LEAST_DATASETS = 6


class StudyError(ValueError):
    """The file of a study does not hold what a contest reads from it."""


class Table(NamedTuple):
    """A table of a Markdown file, the headings above it and the paragraph before it."""

    headings: list[str]  # without the title of the file
    above: str
    header: list[str]
    lines: list[list[str]]


@dataclass(frozen=True, kw_only=True)
class Contest:
    """Which scores of a study to compare.

    Methods are columns, and each line is a trial, named by its ``key`` columns; with
    ``by_line`` methods are lines, named likewise, and the columns ``trials``, or all
    others, are the trials. Without ``peers``, scores are leads over the peer. ``place``
    is what stands above a table, as its headings or in the paragraph before it: the
    contest takes all tables that have it, and the methods. Lines in ``drop`` are no
    trials; all must hold the cell ``where``. ``least``: less is better.
    ``on_datasets``: trials are data sets, which a test may take for a sample.
    ``one_unit``: scores of the trials have a mean; never with ``by_line``.
    ``names``: what to call methods whose names in the study are short.
    """

    study: str
    family: str
    measure: str
    ours: str
    peers: tuple[str, ...]
    place: str = ""
    least: bool = False
    by_line: bool = False
    key: tuple[int, ...] = (0,)
    trials: tuple[str, ...] = ()
    where: str | None = None
    on_datasets: bool = False
    one_unit: bool = True
    drop: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)

    def shown(self, method: str) -> str:
        """Name of a method that says more than the study's."""
        return self.names.get(method, method)


class Score(NamedTuple):
    """A number as it stands in the file."""

    value: float
    decimals: int

    def __str__(self) -> str:
        return f"{self.value:.{self.decimals}f}"


class Trial(NamedTuple):
    """Scores of skx and of each peer that has one."""

    name: str
    ours: Score
    peers: dict[str, Score]


class Duel(NamedTuple):
    """skx against one peer over the trials that both have."""

    contest: Contest
    peer: str
    wins: int
    ties: int
    losses: int
    gap: float | None  # mean lead of skx; None of measures that have no mean
    p_value: float | None
    p_holm: float | None


_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")

CONTESTS = (
    Contest(
        study="keel",
        family="resampling",
        measure="mean rank",
        ours="SMOTE",
        peers=("none", "random over-sampling"),
        by_line=True,
        trials=(
            "rank: AUC",
            "rank: average precision",
            "rank: balanced accuracy",
            "rank: log loss",
        ),
        least=True,
    ),
    Contest(
        study="keel",
        family="resampling",
        measure="mean AUC",
        ours="all",
        peers=(),
        names={"all": "samplers of skx", "its peer": "their peers"},
    ),
    Contest(
        study="smote-paper",
        family="resampling",
        measure="AUC",
        ours="SMOTE 100 %",
        peers=("under only",),
        names={"under only": "under-sampling alone"},
        key=(0, 1),
        place="AUC of the curve",
    ),
    Contest(
        study="rules-claims",
        family="rules",
        measure="accuracy",
        ours="FOLD-SE",
        peers=("tree, 8 leaves", "boosting"),
    ),
    Contest(
        study="rules-published",
        family="rules",
        measure="accuracy",
        ours="FOLDRClassifier",
        peers=("FOLD-R++ published", "FOLD-RM published"),
        on_datasets=True,
    ),
    Contest(
        study="rules-published",
        family="rules",
        measure="accuracy",
        ours="FOLDSEClassifier",
        peers=("FOLD-SE published",),
        on_datasets=True,
    ),
    Contest(
        study="rules-recall",
        family="rules",
        measure="accuracy",
        ours="FOLD-SE",
        peers=("tree of 8 leaves", "tree of 16 leaves"),
        by_line=True,
    ),
    Contest(
        study="multitask",
        family="multitask",
        measure="error, real tasks",
        ours="RMTGB",
        peers=(
            "R-MTGB, paper",
            "LightGBM, task as category",
            "LightGBM, pooled",
            "LightGBM, per task",
        ),
        place="Real tasks",
        least=True,
        on_datasets=True,
        one_unit=False,
        drop=("mean rank",),
    ),
    Contest(
        study="multitask",
        family="multitask",
        measure="error, drawn tasks",
        ours="RMTGB",
        peers=(
            "R-MTGB, paper",
            "LightGBM, task as category",
            "LightGBM, pooled",
            "LightGBM, per task",
        ),
        place="Drawn tasks",
        least=True,
    ),
    Contest(
        study="proportions-bags",
        family="proportions",
        measure="ROC area, linear",
        ours="bag",
        peers=("rows",),
        names={
            "bag": "ProportionLogisticRegression",
            "rows": "logistic regression on shares",
        },
        key=(0, 1),
        place="Area under",
    ),
    Contest(
        study="proportions-bags",
        family="proportions",
        measure="log loss, linear",
        ours="bag",
        peers=("rows",),
        names={
            "bag": "ProportionLogisticRegression",
            "rows": "logistic regression on shares",
        },
        key=(0, 1),
        place="Log loss",
        least=True,
    ),
    Contest(
        study="proportions-bags",
        family="proportions",
        measure="ROC area, trees",
        ours="boosting",
        peers=("trees, rows",),
        names={
            "boosting": "ProportionBoostingClassifier",
            "trees, rows": "LightGBM on shares",
        },
        key=(0, 1),
        place="Area under",
    ),
    Contest(
        study="proportions-bags",
        family="proportions",
        measure="log loss, trees",
        ours="boosting",
        peers=("trees, rows",),
        names={
            "boosting": "ProportionBoostingClassifier",
            "trees, rows": "LightGBM on shares",
        },
        key=(0, 1),
        place="Log loss",
        least=True,
    ),
    Contest(
        study="proportions-tables",
        family="proportions",
        measure="log loss, tables without noise",
        ours="no noise",
        peers=("known rows",),
        names={
            "no noise": "AggregateTableLogisticRegression",
            "known rows": "logistic regression, known rows",
        },
        least=True,
        drop=("recovered, %",),
    ),
    Contest(
        study="presto",
        family="ordinal",
        measure="error of probabilities",
        ours="PRESTO, brier",
        peers=("logit", "PO"),
        names={"logit": "logistic regression", "PO": "proportional odds"},
        key=(0, 1),
        place="Simulated rows",
        least=True,
    ),
    Contest(
        study="presto",
        family="ordinal",
        measure="soup data, errors",
        ours="PRESTO, brier",
        peers=("logit", "PO", "training rate"),
        names={"logit": "logistic regression", "PO": "proportional odds"},
        place="soup data",
        by_line=True,
        least=True,
    ),
    Contest(
        study="active-curves",
        family="active",
        measure="learning curves",
        ours="AULC",
        peers=("peer",),
        names={"AULC": "samplers of skx", "peer": "scikit-activeml"},
        key=(0, 1),
    ),
    Contest(
        study="active-anchors",
        family="active",
        measure="rare class, with trees",
        ours="anchors, margin",
        names={"anchors, margin": "AnchorSampler"},
        peers=("random", "margin"),
        by_line=True,
        key=(1,),
        trials=("rare rows", "mean F1", "last F1"),
        where="LightGBM",
    ),
    Contest(
        study="active-batches",
        family="active",
        measure="accuracy in batches",
        ours="BALD, power 1",
        peers=("BatchBALD", "random"),
        by_line=True,
        trials=("AULC", "last"),
    ),
    Contest(
        study="self-training",
        family="active",
        measure="accuracy of self-training",
        ours="bound",
        peers=("labels alone", "scikit-learn"),
        names={"bound": "TSimilaritySelfTraining"},
        place="labels",
        drop=("mean", "ahead of scikit-learn", "ahead of softmax, same criterion"),
    ),
)


def _cells(line: str) -> list[str]:
    found = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [cell.strip() for cell in found]


def read_tables(text: str) -> list[Table]:
    """Tables of a Markdown file, in their order."""
    tables: list[Table] = []
    headings: list[str] = []
    above: list[str] = []
    is_inside = is_open = False  # a table; a paragraph
    for line in text.splitlines():
        if match := re.match(r"(#+) (.*)", line):
            headings = [*headings[: len(match[1]) - 1], match[2]]
            above, is_inside, is_open = [], False, False
        elif not line.startswith("|"):
            if line.strip():
                above = [*above, line.strip()] if is_open else [line.strip()]
            is_inside, is_open = False, bool(line.strip())
        elif not is_inside:
            tables.append(Table(headings[1:], " ".join(above), _cells(line), []))
            is_inside, is_open = True, False
        elif not re.fullmatch(r"[|\s:-]+", line):
            tables[-1].lines.append(_cells(line))
    return tables


def _score(cell: str) -> Score | None:
    """First number of a cell; None where there is none."""
    match = _NUMBER.search(cell)
    if match is None:
        return None
    return Score(float(match[0]), len(match[0].partition(".")[2]))


def _trial(name: str, ours: str, peers: dict[str, str]) -> Trial | None:
    found = {peer: _score(cell) for peer, cell in peers.items()}
    known = {peer: score for peer, score in found.items() if score is not None}
    own = _score(ours)
    return Trial(name, own, known) if own is not None and known else None


def _trials_by_column(contest: Contest, table: Table) -> list[Trial | None]:
    """Trials of a table whose columns are methods."""
    start = max(contest.key) + 1
    methods = table.header[start:]
    peers = [peer for peer in contest.peers if peer in methods]
    if contest.ours not in methods or (contest.peers and not peers):
        return []
    found = []
    for line in table.lines:
        name = " ".join(line[k] for k in contest.key)
        if name not in contest.drop:
            own = line[start + methods.index(contest.ours)]
            scores = {peer: line[start + methods.index(peer)] for peer in peers}
            found.append(_trial(name, own, scores or {"its peer": "0.0000"}))
    return found


def _trials_by_line(contest: Contest, table: Table) -> list[Trial | None]:
    """Trials of a table whose lines are methods."""
    lines = {
        " ".join(line[k] for k in contest.key): line
        for line in table.lines
        if contest.where is None or contest.where in line
    }
    peers = [peer for peer in contest.peers if peer in lines]
    trials = contest.trials or table.header[max(contest.key) + 1 :]
    if contest.ours not in lines or not peers or not set(trials) <= set(table.header):
        return []
    columns = [(name, table.header.index(name)) for name in trials]
    return [
        _trial(name, lines[contest.ours][j], {peer: lines[peer][j] for peer in peers})
        for name, j in columns
    ]


def read_trials(contest: Contest, text: str) -> list[Trial]:
    """Trials of a contest in the text of its study."""
    read = _trials_by_line if contest.by_line else _trials_by_column
    found = [
        (table, [trial for trial in read(contest, table) if trial is not None])
        for table in read_tables(text)
        if contest.place in " > ".join([*table.headings, table.above])
    ]
    found = [(table, trials) for table, trials in found if trials]
    if not found:
        raise StudyError(
            f"study-{contest.study}.md has no table with {contest.ours!r} and one of "
            f"{', '.join(map(repr, contest.peers))} below {contest.place!r}; adapt "
            "CONTESTS in benchmarks/_contests.py to what the study writes."
        )
    if len(found) == 1:
        return found[0][1]
    names = [" > ".join(table.headings) for table, _ in found]
    short = [name.rpartition(" > ")[2].partition(",")[0] for name in names]
    if len(set(short)) == len(set(names)):
        names = short
    if len(set(names)) == 1:
        return [trial for _, trials in found for trial in trials]
    return [
        trial._replace(name=f"{name}, {trial.name}")
        for name, (_, trials) in zip(names, found, strict=True)
        for trial in trials
    ]


def lead(contest: Contest, trial: Trial, peer: str) -> float:
    """How far skx is ahead of a peer, below 0 where it is behind.

    Scores are rounded alike: a published .84 is no less than 0.844.
    """
    ours, theirs = trial.ours, trial.peers[peer]
    decimals = max(2, min(ours.decimals, theirs.decimals))
    gap = round(ours.value, decimals) - round(theirs.value, decimals)
    return round(-gap if contest.least else gap, decimals)


def _duel(contest: Contest, trials: Sequence[Trial], peer: str) -> Duel:
    gaps = [lead(contest, trial, peer) for trial in trials if peer in trial.peers]
    p_value = None
    if contest.on_datasets and len(gaps) >= LEAST_DATASETS:
        p_value = float(wilcoxon(gaps).pvalue) if any(gaps) else 1.0
    wins, losses = (sum(sign * gap > 0 for gap in gaps) for sign in (1, -1))
    ties = len(gaps) - wins - losses
    mean = fmean(gaps) if contest.one_unit and not contest.by_line else None
    return Duel(contest, peer, wins, ties, losses, mean, p_value, None)


def read_contests(
    folder: Path = RESULTS, contests: Sequence[Contest] = CONTESTS
) -> list[tuple[Contest, list[Trial]]]:
    """Contests whose study is in the folder, and their trials."""
    found = []
    for contest in contests:
        path = folder / f"study-{contest.study}.md"
        if path.exists():
            text = path.read_text(encoding="utf-8")
            found.append((contest, read_trials(contest, text)))
    return found


def judge(found: Sequence[tuple[Contest, list[Trial]]]) -> list[Duel]:
    """Each peer of each contest against skx; Holm's correction is for all tests."""
    duels = [
        _duel(contest, trials, peer)
        for contest, trials in found
        for peer in dict.fromkeys(name for trial in trials for name in trial.peers)
    ]
    p_values = [duel.p_value for duel in duels if duel.p_value is not None]
    adjusted = iter(holm_correction(p_values) if p_values else ())
    return [
        duel if duel.p_value is None else duel._replace(p_holm=float(next(adjusted)))
        for duel in duels
    ]
