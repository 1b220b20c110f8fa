# SPDX-License-Identifier: BSD-3-Clause
"""A sampler that asks people, and a file that remembers."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from secrets import randbits
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

from skx import __version__
from skx._backend import on_host
from skx.active._campaign._answers import (
    Skip,
    answer_table,
    pair_labels,
    read_annotator,
    read_classes,
    read_label,
    read_names,
)
from skx.active._campaign._background import Background
from skx.active._campaign._items import Items
from skx.active._campaign._learner import Learner, find_copies
from skx.active._campaign._reading import (
    check_sampler,
    check_word,
    describe,
    read_keys,
    tell_difference,
)
from skx.active._campaign._rows import RowKeys
from skx.active._campaign._store import Store
from skx.active._greedy._reading import Positions, read_positions


class LabelCampaign:
    """Questions of a sampler, answers of people, and a file that keeps both.

    Labels are paid for and must not be lost: every answer is on the disk when `tell`
    returns, whatever becomes of the process afterwards. Use it when people answer over
    hours and days, from several places, or are several. To try a sampler on rows whose
    labels are known, `fit` and `query` in a loop are enough.

    Parameters
    ----------
    sampler : sampler
        Picks rows; cloned, and fitted anew to all answers when new rows are needed.
    X : {array-like, sparse matrix, dataframe} of shape (n_rows, n_features), or list
        Rows to choose from, of a kind that the sampler takes. They stay out of the
        file, and are handed to `open` again.
    path : str or path-like
        The file to make, on a local disk.
    ids : str, array-like of shape (n_rows,) or None, default=None
        Name of a column of X, or values, that name each row: strings or whole numbers.
        None knows a row by what it holds, so that any change of X makes others of them;
        with ids, columns may change. A column of ids stays in X, and it is for the
        model not to learn from it.
    classes : array-like of shape (n_classes,) or None, default=None
        Labels that can be told. None takes all strings, numbers and truth values.
    annotators : array-like of str or None, default=None
        Names of those who may answer; None for anybody.
    votes_per_row : int, at least 1, default=1
        Number of annotators who answer each row. Every row that is asked of one is
        asked of others too, until it has that many labels.
    lease : float, above 0, default=1800.0
        Seconds for which a row that was asked of an annotator is asked of nobody else.
        Longer than anybody takes for the rows of one `ask`.
    deduplicate : bool, default=False
        Whether rows that hold the same are one question: of such copies one is asked
        about, and the sampler is fitted to its label for all of them. Ids are not
        compared.
    embeddings : array-like of shape (n_rows, n_dimensions), default=None
        For samplers that measure distances, see their ``fit``.
    retrain : {"ask", "background"}, default="ask"
        When the sampler is fitted: in `ask`, to all answers, or in another thread while
        answers come in, so that `ask` takes the newest sampler that is ready. Take the
        latter where a fit takes longer than people like to wait.

    Attributes
    ----------
    path : Path
        The file.
    classes : list or None
        Labels that can be told.
    annotators : list or None
        Names of those who may answer.
    votes_per_row : int
        Number of annotators who answer each row.
    deduplicate : bool
        Whether rows that hold the same are one question.
    retrain : {"ask", "background"}
        When the sampler is fitted.

    See Also
    --------
    UncertaintySampler : What to ask a person about.
    DawidSkene : Labels from the answers of several annotators.
    NotebookLabeler : Buttons and keys for a campaign.

    Notes
    -----
    The file is an SQLite database with a write-ahead log, in which each call of `tell`
    is a transaction that is synchronised with the disk. A campaign that was killed, or
    of a machine that lost its power, goes on with `open`. Several processes of one
    machine can work on one file; file systems of a network do not keep its locks.

    A row that was asked and not answered is asked again first. Rows of an annotator
    whose lease has ended go to whoever asks next; late answers are taken all the same.
    A skip counts as an answer.

    Samplers without a seed get one that is kept in the file, so that the same answers
    lead to the same questions after an interruption.

    With several answers to a row, the sampler is fitted to the label of the most, of
    equal ones to the first class, or to the mean for a regressor. `export` and a model
    such as `DawidSkene` make more of them.

    With ``deduplicate``, answers stay with the row that they were told of, in `export`
    and in `progress`; for the sampler, a copy without a label has that of the first
    copy with one. No copy of a row that was asked, answered or skipped is asked.

    With ``retrain="background"`` each answer begins a fit to all that there are, unless
    one is under way; the first `ask` waits for one. The sampler of some answers is the
    same as ever, but which answers it has when it is asked depends on the time that
    fits and people take: their number is kept with each round. `fit_sampler` returns
    the one of all answers. Where a fit fails, `ask` raises why, until there are other
    answers. Fits are in a thread of joblib; nothing of them is in the file, and a
    process that ends does not wait for them.

    Parameters are stored as JSON, arrays in NumPy's format; nothing is pickled.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skx.active import KCenterSampler, LabelCampaign
    >>> X = np.array([[0.0], [1.0], [5.0], [9.0]])
    >>> path = tempfile.mkdtemp() + "/labels.sqlite"
    >>> with LabelCampaign(KCenterSampler(), X, path) as campaign:
    ...     rows = campaign.ask(2)
    ...     campaign.tell(rows[:1], ["middle"])
    >>> campaign = LabelCampaign.open(path, X=X, sampler=KCenterSampler())
    >>> bool(campaign.ask(1) == rows[1:])
    True
    >>> campaign.close()
    """

    @on_host
    def __init__(
        self,
        sampler: Any,
        X: Any,
        path: str | PathLike[str],
        *,
        ids: Any = None,
        classes: ArrayLike | None = None,
        annotators: ArrayLike | None = None,
        votes_per_row: int = 1,
        lease: float = 1800.0,
        deduplicate: bool = False,
        embeddings: ArrayLike | None = None,
        retrain: str = "ask",
    ) -> None:
        check_sampler(sampler)
        check_word(retrain, "retrain", "ask", "background")
        check_scalar(votes_per_row, "votes_per_row", Integral, min_val=1)
        check_scalar(lease, "lease", Real, min_val=0, include_boundaries="neither")
        if not isinstance(deduplicate, bool):
            raise TypeError(f"deduplicate={deduplicate!r}; expected True or False.")
        keys = read_keys(X, ids, embeddings)
        names = read_names(annotators)
        meta = {
            "skx": __version__,
            "created": datetime.now(UTC).isoformat(),
            "has_ids": ids is not None,
            "n_rows": len(keys),
            "fingerprint": keys.fingerprint,
            "classes": read_classes(classes),
            "annotators": names,
            "votes_per_row": int(votes_per_row),
            "lease": float(lease),
            "deduplicate": deduplicate,
            "seed": randbits(31),
        }
        store = Store(Path(path))
        try:
            store.create(meta, keys.hashes)
            self._attach(store, sampler, X, keys, embeddings, retrain)
        except BaseException:
            store.close()
            raise

    @classmethod
    @on_host
    def open(
        cls,
        path: str | PathLike[str],
        *,
        X: Any,
        sampler: Any,
        ids: Any = None,
        embeddings: ArrayLike | None = None,
        on_mismatch: str = "raise",
        retrain: str = "ask",
    ) -> "LabelCampaign":
        """Go on with a campaign.

        Parameters
        ----------
        path : str or path-like
            Its file.
        X : {array-like, sparse matrix, dataframe} of shape (n_rows, n_features), or \
list
            Its rows.
        sampler : sampler
            Picks rows from now on; need not be the one that did before.
        ids : str, array-like of shape (n_rows,) or None, default=None
            Names of rows, if the campaign was made with them.
        embeddings : array-like of shape (n_rows, n_dimensions), default=None
            For samplers that measure distances.
        on_mismatch : {"raise", "rows"}, default="raise"
            What to do where X does not have the rows of the campaign in their order:
            raise an error, or find each row by its id or by what it holds. Rows that
            are not found keep their answers in the file.
        retrain : {"ask", "background"}, default="ask"
            When the sampler is fitted; need not be what it was before.

        Returns
        -------
        campaign : LabelCampaign
            The campaign as it was after the last answer.
        """
        check_sampler(sampler)
        check_word(on_mismatch, "on_mismatch", "raise", "rows")
        check_word(retrain, "retrain", "ask", "background")
        if not Path(path).exists():
            raise FileNotFoundError(
                f"{path} does not exist; begin a campaign with "
                "LabelCampaign(sampler, X, path)."
            )
        store = Store(Path(path))
        try:
            meta = store.read_meta()
            if meta["has_ids"] != (ids is not None):
                made = "with ids; pass them" if meta["has_ids"] else "without ids"
                raise ValueError(f"The campaign in {path} was made {made}.")
            keys = read_keys(X, ids, embeddings)
            if keys.fingerprint != meta["fingerprint"]:
                if on_mismatch == "raise":
                    raise ValueError(tell_difference(keys, meta))
                changed = {"n_rows": len(keys), "fingerprint": keys.fingerprint}
                store.change_rows(changed, keys.hashes)
            campaign = cls.__new__(cls)
            campaign._attach(store, sampler, X, keys, embeddings, retrain)
            campaign._items.warn_of_absent()
        except BaseException:
            store.close()
            raise
        return campaign

    def ask(self, n: int = 1, annotator: str | None = None) -> Positions:
        """Return rows to label: those still open first, then new ones.

        Parameters
        ----------
        n : int, at least 1, default=1
            Number of rows.
        annotator : str or None, default=None
            Who will answer, where there are several. No row is asked of two at the same
            time, unless ``votes_per_row`` is above 1.

        Returns
        -------
        rows : ndarray of shape (n,), int64
            Positions in X, best first; fewer where no more are left.
        """
        check_scalar(n, "n", Integral, min_val=1)
        who = self._read_annotator(annotator)
        store, lease = self._store, self._lease
        again = store.open_again(
            int(n),
            who,
            votes=self.votes_per_row,
            lease=lease,
            absent=self._items.absent(),
        )
        rows = self._items.rows(again).tolist()
        while len(rows) < n:
            taken = self._learner.settled_rows(self._items.rows(store.taken()))
            n_free = len(self._keys) - len(taken)
            if not n_free:
                break
            sampler = self._ready_sampler()
            picks, scores = sampler.query(
                n_samples=min(int(n) - len(rows), n_free),
                exclude=taken,
                return_scores=True,
            )
            names = self._keys.names(picks)
            # Others may have asked for some of them while the sampler was fitted.
            mine = set(
                store.add_asks(
                    names,
                    scores.tolist(),
                    who,
                    lease=lease,
                    n_labeled=sampler.n_labeled_,
                    sampler=describe(self.sampler),
                )
            )
            pairs = zip(picks.tolist(), names, strict=True)
            rows += [row for row, name in pairs if name in mine]
            if len(mine) == len(picks):
                break
        return np.array(rows, np.int64)

    @on_host
    def tell(
        self,
        rows: ArrayLike,
        labels: Any,
        *,
        annotator: str | None = None,
        seconds: float | None = None,
        note: str | None = None,
        replace: bool = False,
    ) -> None:
        """Write labels down; they are on the disk when this returns.

        All of a call are written, or none. The same label once more changes nothing,
        so that a call which was interrupted can be repeated.

        Parameters
        ----------
        rows : int or array-like of int
            Positions in X; also such as were not asked, whose labels are known.
        labels : label or array-like of labels
            A string, number or truth value for each row.
        annotator : str or None, default=None
            Who answers.
        seconds : float or None, default=None
            Time that it took for each row, to be exported.
        note : str or None, default=None
            Anything to be exported with the labels.
        replace : bool, default=False
            Whether to replace another label that the annotator has told before.
        """
        positions, values = pair_labels(rows, labels, len(self._keys))
        texts = [
            read_label(value, self.classes, f"labels[{k}]")
            for k, value in enumerate(values)
        ]
        if seconds is not None:
            check_scalar(seconds, "seconds", Real, min_val=0)
        self._answer(
            positions, texts, annotator, replace=replace, seconds=seconds, note=note
        )

    def skip(
        self,
        rows: ArrayLike,
        reason: str | None = None,
        *,
        annotator: str | None = None,
        replace: bool = False,
    ) -> None:
        """Answer that there is no label; the rows are not asked again.

        Parameters
        ----------
        rows : int or array-like of int
            Positions in X.
        reason : str or None, default=None
            Why, to be exported.
        annotator : str or None, default=None
            Who answers.
        replace : bool, default=False
            Whether to replace a label that the annotator has told before.
        """
        positions = read_positions(np.atleast_1d(rows), len(self._keys), "rows")
        texts = [None] * len(positions)
        self._answer(positions, texts, annotator, replace=replace, note=reason)

    def undo(self, annotator: str | None = None) -> int:
        """Take back the latest answer or skip; its row is asked again.

        The answer stays in the log of the file.

        Parameters
        ----------
        annotator : str or None, default=None
            Whose answer to take back; None for the latest of all.

        Returns
        -------
        row : int
            Its position in X, -1 if it is not there.
        """
        who = None if annotator is None else self._read_annotator(annotator)
        key = self._store.undo(who, self._lease)
        if key is None:
            whose = "" if annotator is None else f" of {annotator!r}"
            raise ValueError(f"There is no answer{whose} to take back.")
        if self._background is not None:
            self._background.begin(self._items.told())
        return int(self._keys.find([key])[0])

    def progress(self) -> dict[str, Any]:
        """Count what has been asked and answered.

        Returns
        -------
        counts : dict
            ``n_rows`` of X, ``n_labeled`` rows with a label, ``n_answers``,
            ``n_skipped`` and ``n_open``, rows that were asked and wait for a label;
            ``labels`` and ``annotators`` hold the number of answers of each.
        """
        counts = self._store.count(self.votes_per_row)
        counts["labels"] = {json.loads(k): n for k, n in counts["labels"].items()}
        counts["annotators"] = {k or None: n for k, n in counts["annotators"].items()}
        return {"n_rows": len(self._keys), **counts}

    def export(self, *, skipped: bool = False) -> Any:
        """Return the answers, oldest first.

        Parameters
        ----------
        skipped : bool, default=False
            Whether to include rows that were skipped, whose label is missing.

        Returns
        -------
        answers : DataFrame or dict of ndarray
            One row per answer; a dict where pandas is not installed. ``row`` is the
            position in X, -1 where it is not there, ``key`` the id or hash, ``score``
            what the sampler gave, ``seconds`` and ``note`` what was told, ``asked`` and
            ``told`` are times (UTC), ``round`` numbers the fits of samplers.
        """
        found = self._store.answers(skips=skipped)
        return answer_table(found, self._keys)

    def run(
        self,
        oracle: Callable[[Positions], Any],
        n_samples: int,
        *,
        batch_size: int = 1,
        annotator: str | None = None,
    ) -> Positions:
        """Ask an oracle, and tell what it answers.

        Parameters
        ----------
        oracle : callable
            Takes positions of rows and returns a label for each, or raises `Skip`. A
            batch that it skips is then asked row by row.
        n_samples : int, at least 1
            Number of rows to ask about.
        batch_size : int, at least 1, default=1
            Rows of a call; the sampler is fitted once for each.
        annotator : str or None, default=None
            Who answers.

        Returns
        -------
        rows : ndarray of shape (n_samples,), int64
            Positions of the rows; fewer where no more are left.
        """
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        check_scalar(batch_size, "batch_size", Integral, min_val=1)
        asked: list[int] = []
        while len(asked) < n_samples:
            rows = self.ask(min(batch_size, n_samples - len(asked)), annotator)
            if not len(rows):
                break
            self._consult(oracle, rows, annotator)
            asked += rows.tolist()
        return np.array(asked, np.int64)

    def fit_sampler(self) -> Any:
        """Fit the sampler to all answers, unless it was since the last one.

        Returns
        -------
        sampler : sampler
            A fitted clone of the sampler, which predicts as its estimator does.
        """
        if self._background is not None:
            return self._background.exact(self._items.told())
        return self._learner.fit(self._items.told())

    def close(self) -> None:
        """Close the file. Answers are safe without, too."""
        self._store.close()

    def __enter__(self) -> "LabelCampaign":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed"
        if self._store.is_open:
            counts = self.progress()
            state = (
                f"{counts['n_labeled']} of {counts['n_rows']} rows labelled, "
                f"{counts['n_open']} open, {counts['n_skipped']} skipped"
            )
        sampler = type(self.sampler).__name__
        return f"LabelCampaign({str(self.path)!r}, {sampler}: {state})"

    def _attach(
        self,
        store: Store,
        sampler: Any,
        X: Any,
        keys: RowKeys,
        embeddings: Any,
        retrain: str,
    ) -> None:
        meta = store.read_meta()
        self.path = store.path
        self.sampler = sampler
        self.classes: list[Any] | None = meta["classes"]
        self.annotators: list[str] | None = meta["annotators"]
        self.votes_per_row: int = meta["votes_per_row"]
        self.deduplicate: bool = meta.get("deduplicate", False)
        self._lease: float = meta["lease"]
        self._store = store
        self._keys = keys
        self._learner = Learner(
            sampler,
            X,
            embeddings,
            seed=meta["seed"],
            classes=self.classes,
            copies=find_copies(X, keys) if self.deduplicate else None,
        )
        self.retrain = retrain
        self._background: Background | None = None
        if retrain == "background":
            self._background = Background(self._learner)
        self._items = Items(store, keys)

    def _ready_sampler(self) -> Any:
        """Return a sampler to ask: of all answers, or the newest that is ready."""
        if self._background is None:
            return self.fit_sampler()
        told = self._items.told()
        self._background.begin(told)
        return self._background.newest(told)

    def _read_annotator(self, annotator: str | None) -> str:
        is_named = self.annotators is not None or self.votes_per_row > 1
        return read_annotator(annotator, self.annotators, is_named=is_named)

    def _answer(
        self,
        rows: Positions,
        texts: Sequence[str | None],
        annotator: str | None,
        *,
        replace: bool,
        seconds: float | None = None,
        note: str | None = None,
    ) -> None:
        kept = self._store.answer(
            list(zip(self._keys.names(rows), texts, strict=True)),
            self._read_annotator(annotator),
            note=note,
            seconds=seconds,
            replace=replace,
        )
        if kept is not None:
            place, old = kept
            raise ValueError(
                f"Row {rows[place]} has the label {json.loads(old)!r} already; pass "
                "replace=True to give it another. Nothing has been written."
            )
        if self._background is not None:
            self._background.begin(self._items.told())

    def _consult(
        self, oracle: Callable[[Positions], Any], rows: Positions, annotator: str | None
    ) -> None:
        try:
            labels = oracle(rows)
        except Skip as reason:
            if len(rows) == 1:
                self.skip(rows, str(reason) or None, annotator=annotator)
                return
            for k in range(len(rows)):
                self._consult(oracle, rows[k : k + 1], annotator)
            return
        self.tell(rows, np.atleast_1d(labels), annotator=annotator)
