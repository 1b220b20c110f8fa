# SPDX-License-Identifier: BSD-3-Clause
"""Campaigns whose processes are killed: nothing that was told is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

WORKER = Path(__file__).with_name("campaign_worker.py")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
]


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


def test_two_annotators_killed_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    found = run("random", tmp_path)
    assert found["n_kills"] == 220
    assert found["n_done"] > 1000  # they were not killed before they began


def test_annotator_killed_before_each_statement_loses_nothing(tmp_path: Path) -> None:
    found = run("statements", tmp_path)
    assert found["n_kills"] == 110
    assert found["n_done"] > 400


def test_file_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    found = run("creators", tmp_path)
    assert found["n_kills"] > 15
    assert 5 < found["n_new"] < found["n_kills"]
