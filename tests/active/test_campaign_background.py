# SPDX-License-Identifier: BSD-3-Clause
"""Samplers that are fitted while answers come in."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, get_ident
from typing import Any

import numpy as np
import pytest
from sklearn import config_context, get_config
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from skx.active import ColdStartSampler, LabelCampaign, UncertaintySampler

X, TRUTH = make_classification(60, 4, random_state=0)
FIRST = [0, 1, 2, 3, 4, 5]  # of both classes


class Gate:
    """Lets fits in other threads through one by one."""

    def __init__(self) -> None:
        self.is_open, self.has_begun = Event(), Event()
        self.home = get_ident()
        self.seen: list[tuple[int, bool, bool]] = []


GATE = Gate()


class Slow(LogisticRegression):
    """Waits for the gate where it is not fitted in the main thread."""

    def fit(self, X: Any, y: Any) -> Any:
        is_away = get_ident() != GATE.home
        GATE.seen.append((len(y), is_away, get_config()["assume_finite"]))
        if is_away:
            GATE.has_begun.set()
            assert GATE.is_open.wait(20)
        return super().fit(X, y)


SAMPLER = UncertaintySampler(Slow())


@pytest.fixture(autouse=True)
def gate() -> Iterator[Gate]:
    GATE.__init__()  # type: ignore[misc]
    yield GATE
    GATE.is_open.set()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.sqlite"


def begin(path: Path, sampler: Any = SAMPLER) -> LabelCampaign:
    return LabelCampaign(sampler, X, path, retrain="background")


def picks(rows: Any, n: int, taken: Any) -> list[int]:
    """Return what a sampler that was fitted to these rows asks."""
    y = np.full(60, np.nan)
    y[rows] = TRUTH[rows]
    sampler = UncertaintySampler(LogisticRegression()).fit(X, y)
    return sampler.query(n_samples=n, exclude=np.array(taken)).tolist()


def finish(campaign: LabelCampaign) -> None:
    GATE.is_open.set()
    background: Any = campaign._background
    if background._fit is not None:
        assert background._fit.is_done.wait(20)


def test_asks_the_newest_sampler_that_is_ready(path: Path, gate: Gate) -> None:
    with begin(path) as campaign:
        campaign.tell(FIRST, TRUTH[FIRST])
        finish(campaign)
        known = list(FIRST)
        rows = campaign.ask(3).tolist()
        assert rows == picks(known, 3, known)
        gate.is_open.clear()
        gate.has_begun.clear()
        campaign.tell(rows, TRUTH[rows])  # begins a fit that waits
        assert gate.has_begun.wait(20)
        more = campaign.ask(2).tolist()
        assert more == picks(known, 2, known + rows)
        campaign.tell(more, TRUTH[more])
        finish(campaign)
        last = campaign.ask(2).tolist()  # takes what is ready, and begins with all
        assert last == picks(known + rows, 2, known + rows + more)
        finish(campaign)
        assert campaign.fit_sampler().n_labeled_ == 11
        assert [(n, away) for n, away, _ in gate.seen] == [
            (6, True),
            (9, True),
            (11, True),
        ]
        with closing(sqlite3.connect(path)) as db:
            rounds = db.execute("SELECT n_labeled FROM round ORDER BY id").fetchall()
        assert rounds == [(6,), (6,), (9,)]


def test_first_question_waits_for_a_sampler(path: Path, gate: Gate) -> None:
    gate.is_open.set()
    with begin(path) as campaign:
        campaign.tell(FIRST, TRUTH[FIRST])
        assert campaign.ask(4).tolist() == picks(FIRST, 4, FIRST)
    with LabelCampaign.open(
        path, X=X, sampler=SAMPLER, retrain="background"
    ) as campaign:
        rows = campaign.ask(6).tolist()
        assert rows[:4] == picks(FIRST, 4, FIRST)
        assert rows[4:] == picks(FIRST, 2, FIRST + rows[:4])
    assert [away for _, away, _ in gate.seen] == [True, True]


def test_sampler_of_all_answers_is_the_same_as_without(path: Path, gate: Gate) -> None:
    with begin(path) as campaign:
        campaign.tell(FIRST, TRUTH[FIRST])
        assert gate.has_begun.wait(20)
        campaign.tell([6, 7], TRUTH[[6, 7]])
        sampler = campaign.fit_sampler()  # while the other waits
        assert sampler.n_labeled_ == 8
        assert gate.seen[-1][:2] == (8, False)
        finish(campaign)
        assert campaign.fit_sampler() is sampler
        campaign.ask(1)
        assert campaign.fit_sampler() is sampler, "an older one took its place"
        assert campaign.undo() in (6, 7)
        assert campaign.fit_sampler().n_labeled_ == 7
    with LabelCampaign.open(path, X=X, sampler=SAMPLER) as campaign:
        again = campaign.fit_sampler()
        assert campaign.retrain == "ask"
    y = np.full(60, np.nan)
    y[[*FIRST, 6]] = TRUTH[[*FIRST, 6]]
    expected = clone(SAMPLER).fit(X, y)
    assert (again.predict_proba(X) == expected.predict_proba(X)).all()


def test_what_cannot_be_fitted_is_told_by_ask(path: Path, gate: Gate) -> None:
    gate.is_open.set()
    ones = np.flatnonzero(TRUTH == 1)[:3]
    with begin(path) as campaign:
        with pytest.raises(ValueError, match="The campaign has no label"):
            campaign.ask()
        campaign.tell(ones, TRUTH[ones])
        for _ in range(2):
            with pytest.raises(ValueError, match="has labels of one class only"):
                campaign.ask()
        campaign.tell(FIRST, TRUTH[FIRST])
        known = sorted({*FIRST, *ones.tolist()})
        assert campaign.ask(2).tolist() == picks(known, 2, known)
        finish(campaign)
        # An older sampler hides no error: of the last labels only ones are left.
        for row in known:
            if TRUTH[row] != 1:
                campaign.skip(row, replace=True)
        finish(campaign)
        campaign.tell(ones[0], 1)
        finish(campaign)
        with pytest.raises(ValueError, match="has labels of one class only"):
            campaign.ask(9)
        assert campaign.progress()["n_answers"] == len(
            [row for row in known if TRUTH[row] == 1]
        )


def test_fits_in_threads_have_the_configuration(path: Path, gate: Gate) -> None:
    gate.is_open.set()
    with begin(path) as campaign, config_context(assume_finite=True):
        campaign.tell(FIRST, TRUTH[FIRST])
        campaign.ask()
    assert gate.seen == [(6, True, True)]


def test_closing_does_not_wait(path: Path, gate: Gate) -> None:
    campaign = begin(path)
    campaign.tell(FIRST, TRUTH[FIRST])
    assert gate.has_begun.wait(20)
    campaign.close()
    assert not gate.is_open.is_set()
    with LabelCampaign.open(path, X=X, sampler=SAMPLER) as again:
        assert again.progress()["n_labeled"] == 6


def test_oracles_are_asked_with_samplers_of_the_background(
    path: Path, gate: Gate
) -> None:
    gate.is_open.set()
    with begin(path, ColdStartSampler(SAMPLER)) as campaign:
        rows = campaign.run(lambda rows: TRUTH[rows], 60, batch_size=7)
        assert sorted(rows.tolist()) == list(range(60))
        assert campaign.fit_sampler().n_labeled_ == 60
    with pytest.raises(ValueError, match="retrain='never'; expected 'ask' or 'backg"):
        LabelCampaign(SAMPLER, X, path, retrain="never")
