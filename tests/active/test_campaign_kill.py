# SPDX-License-Identifier: BSD-3-Clause
"""Campaigns whose processes are killed: nothing that was told is lost."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

WORKER = Path(__file__).with_name("campaign_worker.py")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder in memory, if there is one: kills lose nothing that is written.

    Without the disk to wait for, they fall between statements more often.
    """
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def run(what: str, folder: Path) -> dict[str, int]:
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    done = subprocess.run(
        [sys.executable, WORKER, what, folder],
        capture_output=True,
        text=True,
        env={**os.environ, **single},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_annotators_killed_at_random_moments_lose_nothing(folder: Path) -> None:
    found = run("random", folder)
    assert found["n_kills"] == 240
    assert found["n_done"] > 100  # they were not killed before they began


def test_annotator_killed_before_each_statement_loses_nothing(folder: Path) -> None:
    found = run("statements", folder)
    assert found["n_kills"] == 100
    assert found["n_done"] > 200


def test_file_is_made_whole_or_not_at_all(folder: Path) -> None:
    found = run("creators", folder)
    assert found["n_kills"] > 15
    assert 5 < found["n_new"] < found["n_kills"]
