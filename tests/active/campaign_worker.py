# SPDX-License-Identifier: BSD-3-Clause
"""Processes that work on a campaign until they are killed; run by a test.

Each writes down, outside the database, what it is about to do and what has been done.
After each kill the file must hold what was done, and beyond it at most the one step
that was under way, whole or not at all. Children are forked, as importing takes a
hundred times as long as a trial.
"""

import json
import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from skx.active import LabelCampaign, RandomSampler

X = np.arange(3000.0)[:, None]
SAMPLER = RandomSampler()
NAMES = ("ann", "bob")
Answers = dict[str, list[tuple[int, str | None]]]  # of each annotator, oldest first


def resume(path: Path, retrain: str = "ask") -> LabelCampaign:
    return LabelCampaign.open(path, X=X, sampler=SAMPLER, retrain=retrain)


def work(path: Path, log: Path, name: str, seed: int, deadly_statement: int) -> None:
    """Ask and answer for ever, or until a statement of SQL."""
    rng = random.Random(seed)
    notes = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(*what: Any) -> None:
        os.write(notes, json.dumps(what).encode() + b"\n")

    in_background = seed % 2 and not deadly_statement
    campaign = resume(path, "background" if in_background else "ask")
    note("open")
    n_left = [deadly_statement]

    def count(statement: str) -> None:
        n_left[0] -= 1
        if not n_left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    if deadly_statement:
        campaign._store._db.set_trace_callback(count)
    while True:
        rows = campaign.ask(rng.randrange(1, 6), name).tolist()
        note("asked", rows)
        while rows:
            draw = rng.random()
            if draw < 0.15:
                step: tuple = ("skip", rows.pop())
            elif draw < 0.3:
                step = ("undo",)
            else:
                count_ = min(len(rows), rng.randrange(1, 3))
                step = ("tell", *(rows.pop() for _ in range(count_)))
            note("begin", *step)
            if step[0] == "tell":
                labels = [f"{row}" for row in step[1:]]
                campaign.tell(step[1:], labels, annotator=name)
            elif step[0] == "skip":
                campaign.skip(step[1], "dull", annotator=name)
            else:
                with suppress(ValueError):
                    campaign.undo(name)
            note("done")


def replay(log: Path, name: str, answers: Answers) -> tuple[list, set[int], int]:
    """Apply what was done; return what was not finished, and rows that were asked."""
    pending: list = []
    asked: set[int] = set()
    n_done = 0
    for line in log.read_text().splitlines() if log.exists() else []:
        kind, *rest = json.loads(line)
        if kind == "asked":
            asked |= set(rest[0])
        elif kind == "begin":
            pending = rest
        elif kind == "done":
            apply(pending, answers[name])
            pending, n_done = [], n_done + 1
    return pending, asked, n_done


def apply(step: list, answers: list[tuple[int, str | None]]) -> None:
    if step[0] == "undo":
        del answers[-1:]
    else:
        answers += [(r, f"{r}" if step[0] == "tell" else None) for r in step[1:]]


def outcomes(step: list, answers: list) -> list[list]:
    """Return what may be in the file: the last step whole, or not at all."""
    after = list(answers)
    if step:
        apply(step, after)
    return [list(answers), after]


def start(path: Path, log: Path, name: str, seed: int, deadly: int) -> int:
    pid = os.fork()
    if not pid:
        try:
            work(path, log, name, seed, deadly)
        finally:
            os._exit(3)
    return pid


def check(path: Path, logs: dict[str, Path], answers: Answers, asked: dict) -> int:
    """Compare the file with the notes, and answer what is open."""
    n_done = 0
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not db.execute("PRAGMA foreign_key_check").fetchall()
    db.close()
    with resume(path) as campaign:
        table = campaign.export(skipped=True)
        for name, log in logs.items():
            step, rows, n = replay(log, name, answers)
            n_done += n
            asked[name] |= rows
            own = table[table.annotator == name] if len(table) else table
            labels = [x if isinstance(x, str) else None for x in own.label]
            found = list(zip(own.row.tolist(), labels, strict=True))
            possible = outcomes(step, answers[name])
            assert found in possible, (name, step, found[-5:], possible[0][-5:])
            answers[name] = found
        assert not asked[NAMES[0]] & asked[NAMES[1]], "asked of two"
        for name in logs:
            waiting = asked[name] - {row for row, _ in answers[name]}
            again = campaign.ask(len(waiting) + 1, name).tolist()
            assert waiting <= set(again), (name, waiting, again)
            assert not set(again) & {r for kept in answers.values() for r, _ in kept}
            asked[name] |= set(again)
        assert not asked[NAMES[0]] & asked[NAMES[1]], "asked of two"
        if answers["ann"] and n_done % 2:
            assert campaign.undo("ann") == answers["ann"].pop()[0]
    return n_done


def die(workers: dict[int, Path], rng: random.Random) -> None:
    """Kill processes at random moments, most of them when they are at work."""
    for pid, log in workers.items():
        is_to_begin = rng.random() < 0.9
        while is_to_begin and not (log.exists() and log.stat().st_size):
            time.sleep(0.001)
        time.sleep(rng.random() * 0.04)
        os.kill(pid, signal.SIGKILL)
    for pid in workers:
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status), "a process ended by itself"


def kill_workers(folder: Path, n_trials: int, *, by_statement: bool) -> dict[str, int]:
    """Kill two processes at random moments, or one before each statement in turn."""
    rng = random.Random(0)
    n_kills = n_done = 0
    for trial in range(n_trials):
        if trial % 10 == 0:
            path = folder / f"{by_statement}{trial}.sqlite"
            LabelCampaign(SAMPLER, X, path).close()
            answers: Answers = {name: [] for name in NAMES}
            asked: dict[str, set[int]] = {name: set() for name in NAMES}
        logs = {
            name: folder / f"{by_statement}{trial}.{name}"
            for name in NAMES[: 1 if by_statement else 2]
        }
        workers = {
            start(
                path, log, name, rng.randrange(2**30), by_statement * (trial + 1)
            ): log
            for name, log in logs.items()
        }
        if by_statement:
            _, status = os.waitpid(*workers, 0)
            assert os.WIFSIGNALED(status), "a process ended by itself"
        else:
            die(workers, rng)
        n_kills += len(workers)
        n_done += check(path, logs, answers, asked)
    return {"n_kills": n_kills, "n_done": n_done}


def kill_creators(folder: Path) -> dict[str, int]:
    """Kill a process before each statement that makes the file."""
    n_kills = n_new = 0
    original = sqlite3.connect
    while True:
        path = folder / f"new{n_kills}.sqlite"
        pid = os.fork()
        if not pid:
            n_left = [n_kills + 1]

            def count(statement: str, n_left: list[int] = n_left) -> None:
                n_left[0] -= 1
                if not n_left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)

            def connect(*args: Any, **options: Any) -> sqlite3.Connection:
                db = original(*args, **options)
                db.set_trace_callback(count)
                return db

            sqlite3.connect = connect  # type: ignore[assignment]
            LabelCampaign(SAMPLER, X, path).close()
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):
            return {"n_kills": n_kills, "n_new": n_new}
        n_kills += 1
        try:
            resume(path).close()
        except (ValueError, FileNotFoundError):
            n_new += 1
            LabelCampaign(SAMPLER, X, path).close()


if __name__ == "__main__":
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "creators":
        print(json.dumps(kill_creators(folder)))
    else:
        by_statement = what == "statements"
        print(
            json.dumps(
                kill_workers(
                    folder, 100 if by_statement else 120, by_statement=by_statement
                )
            )
        )
