# SPDX-License-Identifier: BSD-3-Clause
"""Reads the result files, and tells what was lost in them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks._case import SCALES

RESULTS = Path(__file__).parent / "results"
# Differences of peak memory below this many MiB are those of single pages and arenas.
MEMORY_STEP = 1.0


class ResultError(ValueError):
    """A result file cannot be read."""


@dataclass(frozen=True)
class Document:
    """One result file: the cases of a family at one scale, run at one time."""

    path: Path
    family: str
    scale: str
    environment: dict[str, Any]
    rows: list[dict[str, Any]]

    @property
    def date(self) -> str:
        return str(self.environment["date"])

    @property
    def group(self) -> str:
        """Family, and the device where it is not the host."""
        return self.family + ("-cuda" if "device" in self.environment else "")


@dataclass(frozen=True)
class Outcome:
    """One case, and the file that it was read from."""

    row: dict[str, Any]
    document: Document

    @property
    def case(self) -> str:
        return str(self.row["case"])

    @property
    def is_compared(self) -> bool:
        return "wall_ratio" in self.row

    def side(self, name: str) -> dict[str, Any]:
        return dict(self.row["sides"].get(name, {}))

    @property
    def extra_mib(self) -> float | None:
        """Memory of skx above that of the peer, None where either is not known."""
        ours, theirs = (self.side(name).get("peak_mib") for name in ("skx", "peer"))
        return None if ours is None or theirs is None else ours - theirs

    @property
    def is_slower(self) -> bool:
        return self.is_compared and self.row["wall_ratio"]["ratio"] < 1.0

    @property
    def takes_more_cpu(self) -> bool:
        return self.is_compared and self.row.get("cpu_ratio", 1.0) < 1.0

    @property
    def is_larger(self) -> bool:
        return self.extra_mib is not None and self.extra_mib > MEMORY_STEP

    @property
    def misses_goal(self) -> bool:
        return "not met" in self.row.get("result", "")

    @property
    def starts_slower(self) -> bool:
        ours, theirs = (self.side(name).get("first_call_s") for name in ("skx", "peer"))
        return ours is not None and theirs is not None and ours > theirs

    @property
    def failed(self) -> bool:
        return self.row["error"] is not None

    @property
    def is_lost(self) -> bool:
        return (
            self.failed
            or self.is_slower
            or self.takes_more_cpu
            or self.is_larger
            or self.misses_goal
        )


class Series(NamedTuple):
    """Median seconds by size, of cases that differ in their number of rows alone."""

    task: str
    params: tuple[tuple[str, Any], ...]
    peer: str | None  # None: skx
    seconds: dict[int, float]
    date: str


def read_documents(folder: Path = RESULTS) -> list[Document]:
    """All result files of a folder, the oldest first."""
    documents = []
    for path in folder.glob("*.json"):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            fields = (found[key] for key in ("family", "scale", "environment", "rows"))
            document = Document(path, *fields)
            if document.scale not in SCALES:
                raise ValueError(f"unknown scale {document.scale!r}")
            documents.append((document.date, document.path.name, document))
        except (KeyError, TypeError, ValueError) as error:
            raise ResultError(
                f"{path} is no result file of a benchmark ({error!r}); write it anew "
                "by `python -m benchmarks FAMILY --scale SCALE`, or delete it."
            ) from error
    return [document for *_, document in sorted(documents, key=lambda d: d[:2])]


def newest(documents: Iterable[Document]) -> dict[str, list[Outcome]]:
    """Cases of each family, each from the newest file that has it."""
    groups: dict[str, dict[str, Outcome]] = {}
    for document in sorted(documents, key=lambda d: d.date):
        found = groups.setdefault(document.group, {})
        for row in document.rows:
            found[row["case"]] = Outcome(row, document)
    return {group: list(found.values()) for group, found in sorted(groups.items())}


def growth_series(documents: Iterable[Document]) -> list[Series]:
    """Series over rows, each from the file with the most sizes, then the newest.

    skx has one series whatever the number of its peers.
    """
    best: dict[Any, Series] = {}
    for document in documents:
        series: dict[Any, Series] = {}
        for row in document.rows:
            size = row["params"].get("n")
            if row["growth_key"] != "n" or size is None:
                continue
            rest = tuple((k, v) for k, v in row["params"].items() if k != "n")
            for side, figures in row["sides"].items():
                peer = row["peer"] if side == "peer" else None
                key = (row["task"], rest, peer)
                one = series.setdefault(key, Series(*key, {}, document.date))
                one.seconds.setdefault(size, figures["median_wall_s"])
        for key, one in series.items():
            old = best.get(key)
            rank = (len(one.seconds), one.date)
            if old is None or rank > (len(old.seconds), old.date):
                best[key] = one
    return [one for one in best.values() if len(one.seconds) > 1]
