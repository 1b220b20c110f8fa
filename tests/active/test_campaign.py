# SPDX-License-Identifier: BSD-3-Clause
"""Campaigns: what is asked, what is kept, and who is asked."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from skx.active import (
    ColdStartSampler,
    CostAwareSampler,
    KCenterSampler,
    LabelCampaign,
    RandomSampler,
    Skip,
    StochasticBatchSampler,
    UncertaintySampler,
)
from skx.active._campaign import _answers, _campaign, _rows, _store
from skx.active._campaign._rows import RowKeys, hash_rows

X, TRUTH = make_classification(60, 4, random_state=0)
SAMPLER = UncertaintySampler(LogisticRegression())
FIRST = [0, 1, 2, 3, 4, 5]  # of both classes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.sqlite"


@pytest.fixture
def campaign(path: Path) -> Iterator[LabelCampaign]:
    """Return one with six labels."""
    with LabelCampaign(SAMPLER, X, path) as campaign:
        campaign.tell(FIRST, TRUTH[FIRST])
        yield campaign


def reopen(path: Path, sampler: Any = SAMPLER, rows: Any = X, **options: Any) -> Any:
    return LabelCampaign.open(path, X=rows, sampler=sampler, **options)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a clock that stands until it is moved."""
    now = [1e9]
    monkeypatch.setattr(_store, "wall_clock", lambda: now[0])
    return now


def test_new_rows_are_those_of_a_sampler_that_knows_all_answers(
    campaign: LabelCampaign,
) -> None:
    y = np.full(60, np.nan)
    y[FIRST] = TRUTH[FIRST]
    for n in (1, 4, 2):
        rows = campaign.ask(n)
        assert rows.dtype == np.int64
        assert (rows == clone(SAMPLER).fit(X, y).query(n_samples=n)).all()
        campaign.tell(rows, TRUTH[rows])
        y[rows] = TRUTH[rows]
    assert (
        campaign.fit_sampler().predict(X) == clone(SAMPLER).fit(X, y).predict(X)
    ).all()
    assert campaign.fit_sampler() is campaign.fit_sampler()


def test_open_rows_are_asked_first(campaign: LabelCampaign) -> None:
    rows = campaign.ask(4)
    assert (campaign.ask(2) == rows[:2]).all()
    assert (campaign.ask(4) == rows).all()
    campaign.tell(rows[1], 1)
    more = campaign.ask(5)
    assert (more[:3] == rows[[0, 2, 3]]).all()
    assert not set(more[3:]) & {*rows, *FIRST}


@pytest.mark.parametrize(
    "sampler", [SAMPLER, RandomSampler(), StochasticBatchSampler(SAMPLER)]
)
def test_interruption_changes_nothing(
    sampler: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_campaign, "randbits", lambda n: 5)
    asked: list[list[int]] = []
    for interrupted in (False, True):
        path = tmp_path / f"{interrupted}.sqlite"
        campaign = LabelCampaign(sampler, X, path)
        campaign.tell(FIRST, TRUTH[FIRST])
        asked.append([])
        for _ in range(4):
            rows = campaign.ask(3)
            if interrupted:
                campaign.close()
                campaign = reopen(path, sampler)
                assert (campaign.ask(3) == rows).all()
            campaign.tell(rows, TRUTH[rows])
            asked[-1] += rows.tolist()
        campaign.close()
    assert asked[0] == asked[1]
    assert len(set(asked[0])) == 12


def test_answers_are_on_the_disk_when_tell_returns(
    campaign: LabelCampaign, path: Path
) -> None:
    for row in campaign.ask(3):
        campaign.tell(row, 1)
        with sqlite3.connect(path) as other:
            (n,) = other.execute("SELECT COUNT(*) FROM answer").fetchone()
        other.close()
        assert n == campaign.progress()["n_answers"]
    db = campaign._store._db
    assert db is not None
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    campaign.close()
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_file_holds_json_and_plain_arrays(campaign: LabelCampaign, path: Path) -> None:
    campaign.ask(2)
    with sqlite3.connect(path) as db:
        meta = dict(db.execute("SELECT name, value FROM meta"))
        samplers = db.execute("SELECT sampler FROM round").fetchall()
    db.close()
    rows = meta.pop("rows")
    assert rows.startswith(b"\x93NUMPY")
    assert all(json.loads(value) is not ... for value in meta.values())
    params = json.loads(samplers[0][0])["params"]
    assert params["measure"] == "margin"
    assert params["estimator__C"] == 1.0


def test_same_label_again_changes_nothing(campaign: LabelCampaign) -> None:
    campaign.tell(9, 1)
    before = campaign.progress()
    campaign.tell([9, 0], [1, TRUTH[0]])
    assert campaign.progress() == before
    with pytest.raises(ValueError, match="Row 9 has the label 1 already; pass replace"):
        campaign.tell([30, 9], [0, 0])
    assert campaign.progress() == before  # all or nothing
    with pytest.raises(ValueError, match="Row 9 has the label 1 already"):
        campaign.skip(9)
    campaign.tell(9, 0, replace=True)
    labels = campaign.export().set_index("row").label
    assert labels[9] == 0
    assert campaign.progress()["n_answers"] == 7


def test_skipped_rows_are_not_asked_again(campaign: LabelCampaign) -> None:
    rows = campaign.ask(3)
    campaign.skip(rows[:2], "too dark")
    assert campaign.progress()["n_skipped"] == 2
    assert campaign.progress()["n_open"] == 1
    more = campaign.ask(60)
    assert len(more) == 60 - 6 - 2
    assert not set(rows[:2]) & set(more)
    assert len(campaign.export()) == 6
    skips = campaign.export(skipped=True).iloc[6:]
    assert skips.row.tolist() == rows[:2].tolist()
    assert skips.note.tolist() == ["too dark"] * 2
    assert skips.label.tolist() == [None] * 2
    campaign.tell(rows[0], 1)  # on second thoughts
    assert campaign.progress()["n_skipped"] == 1


def test_undo_takes_back_the_latest_and_asks_again(
    campaign: LabelCampaign, path: Path
) -> None:
    rows = campaign.ask(3)
    campaign.tell(rows[:2], [0, 1])
    campaign.skip(rows[2])
    assert campaign.undo() == rows[2]
    assert campaign.undo() == rows[1]
    assert (campaign.ask(2) == rows[1:]).all()
    assert campaign.export().row.tolist() == [*FIRST, rows[0]]
    campaign.tell(rows[1], 0)
    assert campaign.export().label.tolist()[-1] == 0
    for _ in range(8):
        campaign.undo()
    with pytest.raises(ValueError, match="no answer to take back"):
        campaign.undo()
    # Rows that were never asked are as if never told.
    assert campaign.progress()["n_open"] == 3
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT COUNT(*) FROM undone").fetchone() == (10,)
    db.close()


def test_everything_is_asked_in_the_end(campaign: LabelCampaign) -> None:
    seen: list[int] = []
    while len(rows := campaign.ask(7)):
        campaign.tell(rows, TRUTH[rows])
        seen += rows.tolist()
    assert sorted(seen) == list(range(6, 60))
    assert campaign.progress()["n_labeled"] == 60


def test_rows_are_of_one_annotator_at_a_time(path: Path, clock: list[float]) -> None:
    with (
        LabelCampaign(RandomSampler(), X, path, lease=60.0) as ann,
        reopen(path, RandomSampler()) as bob,
    ):
        first = ann.ask(5, "ann")
        second = bob.ask(5, "bob")
        assert not set(first) & set(second)
        assert (ann.ask(5, "ann") == first).all()
        bob.tell(second[:2], [0, 1], annotator="bob")
        assert (bob.ask(3, "bob") == second[2:]).all()
        clock[0] += 59.0
        assert (ann.ask(2, "ann") == first[:2]).all()  # two leases begin anew
        clock[0] += 2.0
        # Bob's own first, then what was asked longest ago.
        assert (bob.ask(6, "bob") == [*second[2:], *first[2:]]).all()
        assert (ann.ask(2, "ann") == first[:2]).all()
        assert not set(ann.ask(4, "ann")) & set(bob.ask(6, "bob"))
        ann.tell(first[2], 1, annotator="ann")  # late, and kept
        assert first[2] not in bob.ask(20, "bob")
        assert ann.progress()["annotators"] == {"bob": 2, "ann": 1}
        assert ann.undo("ann") == first[2]  # Bob has it
        assert first[2] not in ann.ask(20, "ann")
        assert first[2] in bob.ask(6, "bob")


def test_leases_end_by_the_clock_in_the_file(path: Path, clock: list[float]) -> None:
    with LabelCampaign(RandomSampler(), X, path, lease=60.0) as campaign:
        rows = campaign.ask(3, "ann")
    clock[0] += 61.0
    with reopen(path, RandomSampler()) as campaign:
        assert (campaign.ask(3, "bob") == rows).all()
    clock[0] -= 30.0
    with reopen(path, RandomSampler()) as campaign:
        assert not set(rows) & set(campaign.ask(3, "cyd"))


def test_several_votes_are_asked_for_when_wanted(path: Path) -> None:
    names = ["ann", "bob", "cyd"]
    with LabelCampaign(
        RandomSampler(), X[:8], path, votes_per_row=2, annotators=names
    ) as campaign:
        first = campaign.ask(3, "ann")
        assert (campaign.ask(3, "bob") == first).all()
        assert not set(campaign.ask(3, "cyd")) & set(first)
        campaign.tell(first, [0, 0, 1], annotator="ann")
        campaign.skip(first[0], annotator="bob")
        # Two have answered or are about to.
        assert not set(campaign.ask(8, "cyd")) & set(first)
        for name in names * 3:
            rows = campaign.ask(8, name)
            campaign.tell(rows, rows % 2, annotator=name)
        votes = campaign.export()
        n_votes = votes.groupby("row").annotator.nunique()
        assert (n_votes == np.where(n_votes.index == first[0], 1, 2)).all()
        assert len(n_votes) == 8
        assert len(votes) == 15
        with pytest.raises(ValueError, match="annotator='eve' is not among"):
            campaign.ask(1, "eve")
        with pytest.raises(ValueError, match=r"name who it is, one of \['ann'"):
            campaign.ask(1)


def test_threads_never_get_the_same_row(path: Path) -> None:
    asked: dict[str, list[int]] = {"ann": [], "bob": [], "cyd": []}
    errors: list[BaseException] = []
    with LabelCampaign(RandomSampler(), X, path) as campaign:

        def work(name: str) -> None:
            try:
                while len(rows := campaign.ask(2, name)):
                    asked[name] += rows.tolist()
                    campaign.tell(rows, [0, 1][: len(rows)], annotator=name)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(name,)) for name in asked]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not errors
    assert sorted(row for rows in asked.values() for row in rows) == list(range(60))


def test_votes_make_one_label(tmp_path: Path) -> None:
    with LabelCampaign(
        SAMPLER, X[:4], tmp_path / "classes", votes_per_row=3, classes=["no", "yes"]
    ) as campaign:
        for name, labels in {"ann": ["yes"] * 3, "bob": ["no", "yes", "no"]}.items():
            campaign.tell([2, 0, 3], labels, annotator=name)
        campaign.tell(3, "yes", annotator="cyd")
        rows, labels = campaign._learner.labels(campaign._items.told())
        found = dict(zip(rows.tolist(), labels.tolist(), strict=True))
        assert found == {2: "no", 0: "yes", 3: "yes"}  # equal votes: the first class
    with LabelCampaign(
        RandomSampler(Ridge()), X[:4], tmp_path / "numbers", votes_per_row=2
    ) as campaign:
        campaign.tell([2, 1], [0.5, 2.0], annotator="ann")
        campaign.tell(2, 1.0, annotator="bob")
        rows, labels = campaign._learner.labels(campaign._items.told())
        assert dict(zip(rows.tolist(), labels.tolist(), strict=True)) == {1: 2, 2: 0.75}
        assert campaign.fit_sampler().n_labeled_ == 2


def test_other_rows_are_refused(campaign: LabelCampaign, path: Path) -> None:
    campaign.close()
    changed = X.copy()
    changed[7, 2] += 1e-12
    match = r"X has 60 rows and the campaign 60, of which 59 are among them\. Pass"
    with pytest.raises(ValueError, match=match):
        reopen(path, rows=changed)
    with pytest.raises(
        ValueError, match="of which 60 are among them, in another order"
    ):
        reopen(path, rows=X[::-1])
    with pytest.raises(ValueError, match="X has 40 rows and the campaign 60, of which"):
        reopen(path, rows=X[:40])
    with pytest.raises(ValueError, match="made without ids"):
        reopen(path, ids=range(60))
    with pytest.raises(ValueError, match="on_mismatch='drop'; expected 'raise' or"):
        reopen(path, on_mismatch="drop")
    reopen(path).close()


def test_rows_are_found_where_they_have_gone(
    campaign: LabelCampaign, path: Path
) -> None:
    asked = campaign.ask(3)
    campaign.close()
    order = np.random.default_rng(0).permutation(60)
    places = np.argsort(order)
    moved = reopen(path, rows=X[order], on_mismatch="rows")
    assert moved.export().row.tolist() == places[FIRST].tolist()
    assert (moved.ask(3) == places[asked]).all()
    moved.tell(places[asked[0]], 1)
    moved.close()
    with reopen(path, rows=X[order]) as again:  # these are its rows now
        assert again.progress()["n_labeled"] == 7
    kept = np.setdiff1d(np.arange(60), [0, asked[1]])
    with pytest.warns(UserWarning, match="2 rows of the campaign are not in X"):
        fewer = reopen(path, rows=X[kept], on_mismatch="rows")
    assert fewer.export().row.tolist()[0] == -1
    assert fewer.fit_sampler().n_labeled_ == 6
    rows = fewer.ask(58)
    assert len(rows) == 58 - 6
    assert rows[0] == np.flatnonzero(kept == asked[2])[0]
    for _ in range(7):
        fewer.undo()
    fewer.close()


def test_ids_name_rows_whatever_they_hold(path: Path) -> None:
    frame = pd.DataFrame(X, columns=list("abcd")).assign(name=np.arange(60) * 3)
    sampler = RandomSampler()
    with LabelCampaign(sampler, frame, path, ids="name") as campaign:
        campaign.tell(5, "x")
        assert campaign.export().key.tolist() == [15]
    with reopen(path, sampler, frame.assign(a=0.0), ids="name") as campaign:
        assert campaign.export().row.tolist() == [5]
    moved = frame.iloc[::-1]
    with pytest.raises(ValueError, match="in another order"):
        reopen(path, sampler, moved, ids="name")
    with reopen(path, sampler, moved, ids="name", on_mismatch="rows") as campaign:
        assert campaign.export().row.tolist() == [54]
    with pytest.raises(ValueError, match="made with ids; pass them"):
        reopen(path, sampler, frame)
    for ids, error, match in (
        ("nobody", ValueError, "ids='nobody' is no column of X"),
        ([1, 2], ValueError, "ids has 2 entries but X has 60 rows"),
        ([1, 1, *range(58)], ValueError, "ids holds 1 more than once"),
        (X[:, 0], TypeError, "of type float; ids are strings or whole numbers"),
    ):
        with pytest.raises(error, match=match):
            RowKeys(frame, ids)


def test_copies_of_a_row_are_rows_of_their_own(path: Path) -> None:
    copies = np.repeat([[1.0], [2.0]], 3, axis=0)
    keys = RowKeys(copies)
    names = keys.names(np.arange(6))
    assert len(set(names)) == 6
    assert (keys.find(names) == np.arange(6)).all()
    assert keys.find([f"{names[0]}:9", "0" * 16, "f" * 16]).tolist() == [-1] * 3
    with LabelCampaign(RandomSampler(), copies, path) as campaign:
        rows = campaign.ask(6)
        campaign.tell(rows, list("abcdef"))
        found = campaign.export()
        assert found.row.tolist() == rows.tolist()


def test_rows_have_the_same_hash_in_every_container() -> None:
    numbers = np.round(X, 2).astype(np.float32)
    numbers[3, 1] = np.nan
    names = list("abcd")
    expected = hash_rows(numbers)
    assert len(set(expected)) == 60
    for other in (
        numbers.astype(np.float64),
        np.asfortranarray(numbers),
        numbers[::-1][::-1],
        pd.DataFrame(numbers, columns=names),
        pl.DataFrame(numbers, schema=names),
        numbers.astype(np.float64).tolist(),
    ):
        assert (hash_rows(other) == expected).all()
    counts = np.arange(12).reshape(6, 2)
    assert (hash_rows(counts) == hash_rows(counts.astype(float))).all()
    assert (hash_rows(counts - 0.0) == hash_rows(np.where(counts, counts, -0.0))).all()
    held = sparse.csr_array(np.eye(5)[[0, 1, 1, 4]])
    assert (hash_rows(held) == hash_rows(held.tocsc())).all()
    assert len(set(hash_rows(held))) == 3
    mixed = {"a": ["x", "y", None], "b": [1.5, 2.5, 3.5], "c": [True, False, True]}
    assert (hash_rows(pd.DataFrame(mixed)) == hash_rows(pl.DataFrame(mixed))).all()


def test_rows_of_other_values_have_other_hashes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = ["a", "b", "", "a "]
    images = [np.zeros((2, 2)), np.zeros((2, 3)), np.zeros(4), np.ones((2, 2))]
    stack = np.arange(24.0).reshape(4, 2, 3)
    large = np.array([[2**60], [2**60 + 1], [-(2**60) - 1], [3]])
    days = np.array([["2020-01-01"], ["2020-01-02"], ["NaT"]], "M8[D]")
    for rows in (texts, np.array(texts), images, stack, large, days):
        hashes = hash_rows(rows)
        assert len(set(hashes)) == len(rows)
        with monkeypatch.context() as patch:
            patch.setattr(_rows, "CHUNK_ROWS", 1)
            assert (hash_rows(rows) == hashes).all()
    assert (hash_rows(texts) == hash_rows(np.array(texts))).all()
    with pytest.raises(TypeError, match="X holds values of type object, by which"):
        hash_rows([object()])


def test_texts_need_no_table(path: Path) -> None:
    texts = ["good film", "bad film", "good good", "bad", "film", "good", "so bad"]
    model = make_pipeline(CountVectorizer(), LogisticRegression())
    with LabelCampaign(
        UncertaintySampler(model), texts, path, classes=["bad", "good"]
    ) as campaign:
        campaign.tell([0, 1], ["good", "bad"])
        assert campaign.ask(1) == [4]
        assert campaign.fit_sampler().predict(["good"]) == ["good"]


def test_embeddings_reach_the_sampler(path: Path) -> None:
    codes = np.array([[0.0], [1.0], [2.0], [10.0]])
    texts = list("abcd")
    with LabelCampaign(KCenterSampler(), texts, path, embeddings=codes) as campaign:
        campaign.tell(0, "x")
        assert campaign.ask(1) == [3]


def test_progress_and_export_tell_all(
    path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    with LabelCampaign(SAMPLER, X, path) as campaign:
        assert len(campaign.export()) == 0
        campaign.tell([0, 1], ["a", "b"], annotator="ann", note="known")
        clock[0] += 1.5
        rows = campaign.ask(2)
        scores = campaign.fit_sampler().score_samples(X)
        clock[0] += 2.0
        campaign.tell(rows[0], "b", seconds=1.25)
        assert campaign.progress() == {
            "n_rows": 60,
            "n_labeled": 3,
            "n_answers": 3,
            "n_skipped": 0,
            "n_open": 1,
            "labels": {"a": 1, "b": 2},
            "annotators": {"ann": 2, None: 1},
        }
        table = campaign.export()
        assert table.row.tolist() == [0, 1, rows[0]]
        assert table.label.tolist() == ["a", "b", "b"]
        assert table.note.tolist()[:2] == ["known"] * 2
        assert table.seconds.tolist()[2] == 1.25
        assert table.asked.isna().tolist() == [True, True, False]
        assert (table.told - table.asked)[2] == pd.Timedelta(seconds=2.0)
        assert table.told[0] == pd.Timestamp(1e9, unit="s")
        assert table["round"].tolist() == [0, 0, 1]
        assert table.score[2] == scores[rows[0]]
        monkeypatch.setattr(_answers, "installed_version", lambda package: None)
        plain = campaign.export()
        assert isinstance(plain, dict)
        assert plain["label"].tolist() == table.label.tolist()
        expected = (
            f"LabelCampaign({str(path)!r}, UncertaintySampler: 3 of 60 rows labelled, "
            "1 open, 0 skipped)"
        )
        assert repr(campaign) == expected
    assert repr(campaign) == f"LabelCampaign({str(path)!r}, UncertaintySampler: closed)"


def test_oracles_answer_or_skip(campaign: LabelCampaign) -> None:
    calls: list[list[int]] = []

    def oracle(rows: np.ndarray) -> np.ndarray:
        calls.append(rows.tolist())
        if (rows % 5 == 0).any():
            raise Skip("a fifth")
        return TRUTH[rows]

    asked = campaign.run(oracle, 20, batch_size=4)
    assert len(asked) == 20
    answers = campaign.export(skipped=True).iloc[6:].set_index("row")
    assert sorted(answers.index) == sorted(asked)
    for row, answer in answers.iterrows():
        assert answer.label == (TRUTH[row] if row % 5 else None)
        assert pd.isna(answer.note) if row % 5 else answer.note == "a fifth"
    assert len(calls) > 5  # skipped batches row by row
    assert len(campaign.run(oracle, 100)) == 60 - 6 - 20
    single = [call for call in calls if len(call) == 1]
    assert len(single) >= 34


def test_a_model_without_labels_is_told_how_to_begin(path: Path) -> None:
    with LabelCampaign(SAMPLER, X, path) as campaign:
        match = r"The campaign has no label and UncertaintySampler .*ColdStartSampler"
        with pytest.raises(ValueError, match=match):
            campaign.ask(1)
        campaign.tell([0, 1], [1, 1])
        match = r"The campaign has labels of one class only .*ColdStartSampler"
        with pytest.raises(ValueError, match=match):
            campaign.ask(1)
        campaign.tell(2, 0)
        assert len(campaign.ask(1)) == 1


def test_cold_starts_need_no_labels(path: Path) -> None:
    sampler = ColdStartSampler(SAMPLER, min_labeled=4)
    with LabelCampaign(sampler, X, path) as campaign:
        rows = campaign.run(lambda rows: TRUTH[rows], 20, batch_size=2)
        assert len(set(rows)) == 20
        assert (
            rows[:4] == KCenterSampler().fit(X, [None] * 60).query(n_samples=4)
        ).all()
        assert not campaign.fit_sampler().is_cold_


def test_samplers_may_return_fewer_rows(campaign: LabelCampaign, path: Path) -> None:
    sampler = CostAwareSampler(SAMPLER, cost=lambda X: np.ones(len(X)), budget=3)
    with reopen(path, sampler) as other:
        assert len(other.ask(10)) == 3


def test_wrong_labels_are_told(path: Path) -> None:
    with LabelCampaign(SAMPLER, X, path, classes=[0, 1]) as campaign:
        campaign.tell(0, 1.0)
        assert campaign.export().label.tolist() == [1]
        for rows, labels, error, match in (
            (1, 2, ValueError, r"labels\[0\] is 2, which is not among \[0, 1\]"),
            ([1, 2], [0, None], ValueError, r"labels\[1\] is None; expected a label"),
            (1, np.nan, ValueError, r"labels\[0\] is nan; expected a label"),
            (1, 1j, TypeError, "of type complex; labels are strings, numbers or"),
            ([1, 2], [0], ValueError, "labels has 1 entries but rows has 2"),
            ([1, 2], "no", ValueError, "labels is 'no' for 2 rows"),
            (60, 1, ValueError, "rows holds 60 but X has 60 rows"),
            ([1, 1], [0, 0], ValueError, "rows holds 1 more than once"),
        ):
            with pytest.raises(error, match=match):
                campaign.tell(rows, labels)
        assert campaign.progress()["n_answers"] == 1
        with pytest.raises(TypeError, match="annotator=7; names of annotators are"):
            campaign.ask(1, 7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="classes is"):
        LabelCampaign(SAMPLER, X, path.with_name("other"), classes=["a", "a"])


def test_wrong_files_are_told(campaign: LabelCampaign, path: Path) -> None:
    with pytest.raises(FileExistsError, match=r"exists\. LabelCampaign\.open\(path"):
        LabelCampaign(SAMPLER, X, path)
    campaign.close()
    campaign.close()
    with pytest.raises(RuntimeError, match=r"is closed; LabelCampaign\.open"):
        campaign.ask(1)
    with pytest.raises(FileNotFoundError, match="does not exist; begin a campaign"):
        reopen(path.with_name("nowhere"))
    assert not path.with_name("nowhere").exists()
    other = path.with_name("notes.txt")
    other.write_text("Nothing to see here, only plain words. " * 30)
    with pytest.raises(ValueError, match=r"notes.txt cannot be read as a campaign"):
        reopen(other)
    empty = path.with_name("empty")
    empty.touch()
    with pytest.raises(ValueError, match="holds no campaign; begin one with"):
        reopen(empty)
    LabelCampaign(SAMPLER, X, empty).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(ValueError, match="has format 99, from a later version of skx"):
        reopen(path)
    with pytest.raises(TypeError, match="expected a sampler such as"):
        LabelCampaign(LogisticRegression(), X, path.with_name("third"))
    assert not path.with_name("third").exists()


def test_failed_writes_leave_no_trace(
    campaign: LabelCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = campaign.progress()
    with monkeypatch.context() as patch:
        patch.setattr(_store, "MOVE", "no SQL")
        with pytest.raises(sqlite3.OperationalError):
            campaign.undo()
    assert campaign.progress() == before
    campaign.tell(50, 1)
    assert campaign.progress()["n_answers"] == 7


# Copies


def twins(kind: str) -> tuple[Any, dict[str, Any]]:
    """Return 60 rows, 30 of which hold the same as one of the others."""
    rows = np.concatenate([X[:30], X[:30]])
    if kind == "frame with ids":
        return pd.DataFrame(rows), {"ids": [f"row {k}" for k in range(60)]}
    if kind == "column of ids":
        return pl.DataFrame(rows).with_row_index("id"), {"ids": "id"}
    return (sparse.csr_array(rows) if kind == "sparse" else rows), {}


@pytest.mark.parametrize("kind", ["array", "sparse", "frame with ids", "column of ids"])
def test_copies_are_asked_about_once_and_told_all(kind: str, path: Path) -> None:
    rows, options = twins(kind)
    campaign = LabelCampaign(SAMPLER, rows, path, deduplicate=True, **options)
    campaign.tell([30, 31, 2, 3, 4], TRUTH[[0, 1, 2, 3, 4]])
    campaign.skip(35)
    y = np.full(60, np.nan)
    y[[*range(5), *range(30, 35)]] = TRUTH[[*range(5), *range(5)]]
    for _ in range(2):
        expected = (
            clone(SAMPLER).fit(rows, y).query(n_samples=5, exclude=[5, *range(30, 60)])
        )
        asked = campaign.ask(5)
        assert (asked == expected).all()
        campaign.tell(asked, TRUTH[asked])
        y[asked] = y[asked + 30] = TRUTH[asked]
        campaign.close()
        campaign = reopen(path, rows=rows, **options)  # the file knows
        assert campaign.deduplicate
    assert campaign.progress()["n_labeled"] == 15
    assert len(campaign.ask(60)) == 14
    assert len(campaign.export()) == 15
    campaign.close()


def test_copies_keep_labels_of_their_own(path: Path) -> None:
    rows = np.concatenate([X[:20], X[:20], X[:20]])
    with LabelCampaign(KCenterSampler(), rows, path, deduplicate=True) as campaign:
        campaign.tell([20, 40, 3], ["a", "b", "c"])
        sampler = campaign.fit_sampler()
    labeled = np.flatnonzero(sampler._labeled)
    assert labeled.tolist() == [0, 3, 20, 23, 40, 43]
    assert sampler._labels.tolist() == ["a", "c", "a", "c", "b", "c"]


def test_copies_are_rows_like_others_unless_told(path: Path) -> None:
    rows, _ = twins("array")
    with LabelCampaign(SAMPLER, rows, path) as campaign:
        campaign.tell(FIRST, TRUTH[FIRST])
        assert not campaign.deduplicate
        assert len(campaign.ask(60)) == 54
        assert campaign.fit_sampler().n_labeled_ == 6
    with pytest.raises(TypeError, match="deduplicate='yes'; expected True or False"):
        LabelCampaign(SAMPLER, rows, path, deduplicate="yes")  # type: ignore[arg-type]
