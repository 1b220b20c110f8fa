# SPDX-License-Identifier: BSD-3-Clause
"""Rows of X by their numbers in the file, which grow with every row that is asked."""

import json
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from skx._caller import caller_level
from skx.active._campaign._rows import RowKeys
from skx.active._campaign._store import Store
from skx.active._greedy._reading import Positions


class Items:
    """Translates numbers of the file to positions in X.

    Other processes add to the file, so what it has got since is read at each call.
    """

    def __init__(self, store: Store, keys: RowKeys) -> None:
        self._store = store
        self._keys = keys
        self._rows: dict[int, int] = {}  # -1 for rows that are not in X
        self._absent: set[int] = set()

    def absent(self) -> set[int]:
        """Return the numbers of rows that are not in X."""
        self._catch_up()
        return self._absent

    def warn_of_absent(self) -> None:
        """Warn where rows of the campaign are not in X."""
        n_absent = len(self.absent())
        if n_absent:
            warnings.warn(
                f"{n_absent} rows of the campaign are not in X; what was answered "
                "about them stays in the file, and the sampler does not see it.",
                UserWarning,
                stacklevel=caller_level(),
            )

    def rows(self, items: Iterable[int]) -> Positions:
        """Return the positions of those that are in X."""
        self._catch_up()
        rows = np.array([self._rows[item] for item in items], np.int64)
        return rows[rows >= 0]

    def told(self) -> list[tuple[int, str, Any]]:
        """Return row, annotator and label of each answer whose row is in X."""
        answers = self._store.labels()
        self._catch_up()
        return [
            (self._rows[item], who, json.loads(text))
            for item, who, text in answers
            if item not in self._absent
        ]

    def _catch_up(self) -> None:
        new = self._store.items_after(next(reversed(self._rows), 0))
        positions = self._keys.find([key for _, key in new]).tolist()
        for (item, _), row in zip(new, positions, strict=True):
            self._rows[item] = row
            if row < 0:
                self._absent.add(item)
