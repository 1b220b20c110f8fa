# SPDX-License-Identifier: BSD-3-Clause
"""The file of a campaign: questions and answers in SQLite.

Every call is one transaction, and on the disk when it returns. Rows go by their names,
never by positions.
"""

import io
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from time import time as wall_clock
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 1
APPLICATION = 0x736B7863  # "skxc"
PATIENCE = 60.0  # seconds to wait for the transaction of another process

SCHEMA = (
    # Values are JSON, or arrays in NumPy's npy format.
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL)",
    "CREATE TABLE item (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE)",
    """CREATE TABLE round (
        id INTEGER PRIMARY KEY, time REAL NOT NULL, n_labeled INTEGER NOT NULL,
        sampler TEXT NOT NULL)""",
    # A question is somebody's until it expires; without a name, "" is somebody.
    """CREATE TABLE ask (
        id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES item,
        annotator TEXT NOT NULL, round INTEGER NOT NULL REFERENCES round, score REAL,
        time REAL NOT NULL, expires REAL NOT NULL, UNIQUE (item, annotator))""",
    # Without a label it is a skip, and the note its reason.
    """CREATE TABLE answer (
        id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES item,
        annotator TEXT NOT NULL, label TEXT, note TEXT, seconds REAL,
        time REAL NOT NULL, UNIQUE (item, annotator))""",
    """CREATE TABLE undone (
        id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES item,
        annotator TEXT NOT NULL, label TEXT, note TEXT, seconds REAL,
        time REAL NOT NULL, undone REAL NOT NULL)""",
)

# Rows asked of anybody that lack answers, are with nobody else now, and that this
# annotator has not answered; first those that were asked of this one.
OPEN = """
SELECT item.id, item.key FROM item JOIN (
    SELECT item, MIN(id) AS first, MAX(annotator = :annotator) AS mine
    FROM ask GROUP BY item) AS asked ON asked.item = item.id
WHERE NOT EXISTS (
    SELECT 1 FROM answer WHERE item = item.id AND annotator = :annotator)
AND (SELECT COUNT(*) FROM answer WHERE item = item.id) + (
    SELECT COUNT(*) FROM ask WHERE item = item.id AND annotator != :annotator
    AND expires > :now AND NOT EXISTS (
        SELECT 1 FROM answer
        WHERE item = ask.item AND annotator = ask.annotator)) < :votes
ORDER BY mine DESC, first
"""
MOVE = """
INSERT INTO undone (item, annotator, label, note, seconds, time, undone)
SELECT item, annotator, label, note, seconds, time, ? FROM answer WHERE id = ?
"""
ANSWERS = """
SELECT item.key, answer.annotator, answer.label, answer.note, answer.seconds,
    answer.time, ask.time, ask.score, ask.round
FROM answer JOIN item ON item.id = answer.item
LEFT JOIN ask ON ask.item = answer.item AND ask.annotator = answer.annotator
WHERE answer.label IS NOT NULL OR ? ORDER BY answer.id
"""


class Store:
    """Connection to the file of a campaign."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RLock()
        self._db: sqlite3.Connection | None = sqlite3.connect(
            path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
        except sqlite3.DatabaseError as error:
            self._db.close()
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise ValueError(
                f"{path} cannot be read as a campaign ({error}); give the file of one, "
                "or another path to begin one."
            ) from error

    def create(self, meta: dict[str, Any], rows: NDArray[np.uint64]) -> None:
        """Make the tables; refuse a file that has any."""
        with self._write() as db:
            if db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]:
                raise FileExistsError(
                    f"{self.path} exists. LabelCampaign.open(path, X=X, "
                    "sampler=sampler) goes on with a campaign; to begin another, give "
                    "another path."
                )
            for statement in SCHEMA:
                db.execute(statement)
            self._set_meta(db, meta, rows)
            db.execute(f"PRAGMA application_id = {APPLICATION}")
            db.execute(f"PRAGMA user_version = {FORMAT}")

    def read_meta(self) -> dict[str, Any]:
        """Return what the campaign was made with."""
        with self._read() as db:
            (application,) = db.execute("PRAGMA application_id").fetchone()
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if application != APPLICATION:
                raise ValueError(
                    f"{self.path} holds no campaign; begin one with "
                    "LabelCampaign(sampler, X, path)."
                )
            if version > FORMAT:
                raise ValueError(
                    f"{self.path} has format {version}, from a later version of skx; "
                    f"this one reads up to {FORMAT}. Upgrade skx."
                )
            found = db.execute("SELECT name, value FROM meta").fetchall()
        return {
            name: _load_array(value) if isinstance(value, bytes) else json.loads(value)
            for name, value in found
        }

    def change_rows(self, meta: dict[str, Any], rows: NDArray[np.uint64]) -> None:
        """Note that the rows are others now."""
        with self._write() as db:
            self._set_meta(db, meta, rows)

    def items_after(self, last: int) -> list[tuple[int, str]]:
        """Return numbers and names of rows that have come in after one."""
        with self._read() as db:
            return db.execute(
                "SELECT id, key FROM item WHERE id > ? ORDER BY id", (last,)
            ).fetchall()

    def taken(self) -> list[int]:
        """Return rows that were asked or answered by anybody."""
        with self._read() as db:
            found = db.execute("SELECT item FROM ask UNION SELECT item FROM answer")
            return [item for (item,) in found]

    def open_again(
        self,
        n: int,
        annotator: str,
        *,
        votes: int,
        lease: float,
        absent: set[int],
    ) -> list[int]:
        """Return rows that are still to be answered, and lease them."""
        now = wall_clock()
        values = {"annotator": annotator, "now": now, "votes": votes}
        with self._write() as db:
            found = [
                item
                for item, _ in db.execute(OPEN, values).fetchall()
                if item not in absent
            ][:n]
            db.executemany(
                "INSERT INTO ask (item, annotator, round, score, time, expires) "
                "SELECT item, ?, round, score, ?, ? FROM ask WHERE item = ? "
                "ORDER BY id LIMIT 1 "
                "ON CONFLICT DO UPDATE SET expires = excluded.expires",
                [(annotator, now, now + lease, item) for item in found],
            )
        return found

    def add_asks(
        self,
        keys: Sequence[str],
        scores: Sequence[float],
        annotator: str,
        *,
        lease: float,
        n_labeled: int,
        sampler: str,
    ) -> list[str]:
        """Ask new rows; return those that nobody else has been asked meanwhile."""
        now = wall_clock()
        with self._write() as db:
            taken = self._taken_keys(db, keys)
            new = [
                (key, score)
                for key, score in zip(keys, scores, strict=True)
                if key not in taken
            ]
            if new:
                number = db.execute(
                    "INSERT INTO round (time, n_labeled, sampler) VALUES (?, ?, ?)",
                    (now, n_labeled, sampler),
                ).lastrowid
                for key, score in new:
                    db.execute(
                        "INSERT INTO ask (item, annotator, round, score, time, "
                        "expires) VALUES (?, ?, ?, ?, ?, ?)",
                        (
                            self._item(db, key),
                            annotator,
                            number,
                            None if np.isnan(score) else score,
                            now,
                            now + lease,
                        ),
                    )
        return [key for key, _ in new]

    def answer(
        self,
        answers: Sequence[tuple[str, str | None]],
        annotator: str,
        *,
        note: str | None,
        seconds: float | None,
        replace: bool,
    ) -> tuple[int, str] | None:
        """Write answers, all or none.

        Returns the place of the first whose row has another label, and that label, if
        there is one and it must not be replaced.
        """
        now = wall_clock()
        with self._write() as db:
            entries, outdated = [], []
            for k, (key, label) in enumerate(answers):
                item = self._item(db, key)
                old = db.execute(
                    "SELECT id, label FROM answer WHERE item = ? AND annotator = ?",
                    (item, annotator),
                ).fetchone()
                if old:
                    if old[1] == label:
                        continue
                    if old[1] is not None and not replace:
                        return k, old[1]
                    outdated.append(old[0])
                entries.append((item, annotator, label, note, seconds, now))
            for number in outdated:
                self._undo(db, number, now)
            db.executemany(
                "INSERT INTO answer (item, annotator, label, note, seconds, time) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                entries,
            )
        return None

    def undo(self, annotator: str | None, lease: float) -> str | None:
        """Take back the latest answer, of an annotator or of all; return its row."""
        now = wall_clock()
        with self._write() as db:
            last = db.execute(
                "SELECT answer.id, item.id, key, annotator FROM answer "
                "JOIN item ON item.id = answer.item "
                "WHERE ?1 IS NULL OR annotator = ?1 ORDER BY answer.id DESC LIMIT 1",
                (annotator,),
            ).fetchone()
            if last is None:
                return None
            number, item, key, who = last
            self._undo(db, number, now)
            # Unless it has gone to somebody else after the lease.
            db.execute(
                "UPDATE ask SET expires = ?1 WHERE item = ?2 AND annotator = ?3 AND "
                "expires > ?4",
                (now + lease, item, who, now),
            )
        return key

    def labels(self) -> list[tuple[int, str, str]]:
        """Return row, annotator and label of each answer, in the order of rows."""
        with self._read() as db:
            return db.execute(
                "SELECT item, annotator, label FROM answer WHERE label IS NOT NULL "
                "ORDER BY item, id"
            ).fetchall()

    def answers(self, *, skips: bool) -> list[tuple[Any, ...]]:
        """Return all that is known of each answer, oldest first."""
        with self._read() as db:
            return db.execute(ANSWERS, (skips,)).fetchall()

    def count(self, votes: int) -> dict[str, Any]:
        """Return numbers of answers, by kind, annotator and label."""
        with self._read() as db:

            def number(query: str, *values: int) -> int:
                return db.execute(query, values).fetchone()[0]

            def groups(column: str) -> dict[str, int]:
                found = db.execute(
                    f"SELECT {column}, COUNT(*) FROM answer WHERE label IS NOT NULL "
                    f"GROUP BY {column} ORDER BY MIN(id)"
                )
                return dict(found.fetchall())

            answered = "FROM answer WHERE label IS NOT NULL"
            return {
                "n_labeled": number(f"SELECT COUNT(DISTINCT item) {answered}"),
                "n_answers": number(f"SELECT COUNT(*) {answered}"),
                "n_skipped": number("SELECT COUNT(*) FROM answer WHERE label IS NULL"),
                "n_open": number(
                    "SELECT COUNT(DISTINCT item) FROM ask WHERE NOT EXISTS (SELECT 1 "
                    "FROM answer WHERE item = ask.item AND annotator = ask.annotator) "
                    "AND (SELECT COUNT(*) FROM answer WHERE item = ask.item) < ?",
                    votes,
                ),
                "labels": groups("label"),
                "annotators": groups("annotator"),
            }

    def close(self) -> None:
        """Close the file; nothing is lost without."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    @property
    def is_open(self) -> bool:
        """Whether the file has not been closed."""
        return self._db is not None

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._db is None:
                raise RuntimeError(
                    f"The campaign in {self.path} is closed; LabelCampaign.open(path, "
                    "X=X, sampler=sampler) goes on with it."
                )
            yield self._db

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._read() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _set_meta(
        self, db: sqlite3.Connection, meta: dict[str, Any], rows: NDArray[np.uint64]
    ) -> None:
        values = [(name, json.dumps(value)) for name, value in meta.items()]
        db.executemany("REPLACE INTO meta VALUES (?, ?)", values)
        db.execute("REPLACE INTO meta VALUES ('rows', ?)", (_dump_array(rows),))

    def _item(self, db: sqlite3.Connection, key: str) -> int:
        db.execute("INSERT OR IGNORE INTO item (key) VALUES (?)", (key,))
        return db.execute("SELECT id FROM item WHERE key = ?", (key,)).fetchone()[0]

    def _taken_keys(self, db: sqlite3.Connection, keys: Sequence[str]) -> set[str]:
        return {
            key
            for key in keys
            if db.execute(
                "SELECT 1 FROM item WHERE key = ? AND (EXISTS (SELECT 1 FROM ask "
                "WHERE item = item.id) OR EXISTS (SELECT 1 FROM answer "
                "WHERE item = item.id))",
                (key,),
            ).fetchone()
        }

    def _undo(self, db: sqlite3.Connection, number: int, now: float) -> None:
        db.execute(MOVE, (now, number))
        db.execute("DELETE FROM answer WHERE id = ?", (number,))


def _dump_array(values: NDArray[Any]) -> bytes:
    content = io.BytesIO()
    np.save(content, values, allow_pickle=False)
    return content.getvalue()


def _load_array(content: bytes) -> NDArray[Any]:
    return np.load(io.BytesIO(content), allow_pickle=False)
