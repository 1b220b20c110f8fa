# SPDX-License-Identifier: BSD-3-Clause
"""Rows and who is to label them."""

import warnings
from collections.abc import Mapping
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone, is_regressor
from sklearn.utils import check_consistent_length, check_scalar
from sklearn.utils.validation import check_is_fitted

from skx._base.sklearn import HasMethods, Interval, count_rows, fit_context
from skx._caller import caller_level
from skx.active._crowd import MajorityVote
from skx.active._crowd._votes import as_array, encode, find, listed
from skx.active._greedy._draws import best_rows
from skx.active._greedy._reading import Positions
from skx.active._samplers._labels import read_labels, take_labels
from skx.active._samplers._pool import Pool, Scores
from skx.active._samplers._wrapper import AroundSampler
from skx.active._scores import entropy


class AnnotatorSampler(AroundSampler):
    """Picks pairs of a row and an annotator.

    A label is worth what the row is worth to a sampler, times the chance that the
    annotator is right about it, by what the annotator costs. Use it where annotators
    differ in skill, price or in what they can judge. Where they are alike, any sampler
    will do, and `LabelCampaign` hands out its rows.

    Parameters
    ----------
    sampler : sampler with ``score_samples``
        Scores rows by numbers that are not negative, such as `UncertaintySampler`; of
        a classifier.
    aggregator : model of annotators or None, default=None
        Learns labels and skills from votes: `DawidSkene` also who knows which class.
        None is `MajorityVote`.
    annotators : array-like or None, default=None
        Names of all who can be asked, also of those who have not voted yet. None: those
        who have.
    max_votes : int, at least 1, default=1
        Most votes of a row. Above 1, rows whose votes leave their label in doubt are
        asked again, and compete with new ones.
    max_load : int, at least 1, or None, default=None
        Most rows that a query gives to one annotator.

    Attributes
    ----------
    sampler_ : sampler
        The sampler, fitted to the labels that votes lead to.
    aggregator_ : model of annotators
        The fitted model; only if there are votes.
    annotators_ : ndarray of shape (n_annotators,)
        Names of annotators.
    skills_ : ndarray of shape (n_annotators,)
        Probability that an annotator is right, over rows; the mean of the others for
        one without votes.
    n_labeled_ : int
        Number of rows with a vote.
    classes_ : ndarray of shape (n_classes,)
        Classes.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has them.

    See Also
    --------
    DawidSkene : Tables of confusions of annotators.
    LabelCampaign : Hands out rows to annotators, and keeps what they answer.

    Notes
    -----
    The utility of a pair is ``score * performance / cost``. The performance is the
    annotator's skill, or where the model of annotators has tables of confusions, the
    mean of the annotator's accuracies by class, weighted by the probabilities of
    classes that the estimator gives a new row, and the votes a row that has some. The
    score of the latter is multiplied by the entropy of its distribution of labels, by
    that of knowing nothing: new rows have a factor of 1, and rows without doubt 0.

    Pairs are chosen greedily, best first; of equal ones the row that comes first, then
    the annotator. That is not always the greatest sum under the limits. A query takes
    memory for one number per row and class, and for n_samples pairs of each annotator.

    References
    ----------
    M. Herde, D. Huseljic, B. Sick, A. Calma (2021). A survey on cost types, interaction
    schemes, and annotator performance models in selection algorithms for active
    learning in classification. IEEE Access 9.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skx.active import AnnotatorSampler, UncertaintySampler
    >>> X = np.array([[0.0], [1.0], [4.0], [6.0], [9.0]])
    >>> sampler = AnnotatorSampler(UncertaintySampler(LogisticRegression()))
    >>> y, who = ["low", "high", "low", "high"], ["Ann", "Ann", "Bob", "Cyd"]
    >>> sampler.fit(X, y, items=[0, 4, 0, 0], annotators=who).skills_
    array([1., 1., 0.])
    >>> sampler.query(n_samples=2)
    (array([2, 3]), array(['Ann', 'Ann'], dtype='<U3'))
    """

    __metadata_request__fit: ClassVar[dict] = {"items": True, "annotators": True}

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "sampler": [HasMethods(["fit", "query", "score_samples"])],
        "aggregator": [HasMethods(["fit", "predict_proba"]), None],
        "annotators": ["array-like", None],
        "max_votes": [Interval(Integral, 1, None, closed="left")],
        "max_load": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        sampler: Any,
        aggregator: Any = None,
        *,
        annotators: ArrayLike | None = None,
        max_votes: int = 1,
        max_load: int | None = None,
    ) -> None:
        self.sampler = sampler
        self.aggregator = aggregator
        self.annotators = annotators
        self.max_votes = max_votes
        self.max_load = max_load

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any,
        *,
        items: ArrayLike | None = None,
        annotators: ArrayLike | None = None,
        labeled: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        embeddings: ArrayLike | None = None,
        **params: Any,
    ) -> Any:
        """Fit the model of annotators to votes, and the sampler to their labels.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_rows, n_features)
            Rows with votes and rows without. Kept, not copied, for `query`.
        y : array-like of shape (n_votes,)
            Label of each vote; votes whose label is missing are left out.
        items : array-like of int of shape (n_votes,), default=None
            Position in X of each vote's row. None: y has one entry for each row.
        annotators : array-like of shape (n_votes,), default=None
            Who gave each vote: strings, numbers or other names. None: all are by one.
        labeled : array-like of bool of shape (n_votes,), default=None
            Which entries of y are votes, where y does not tell.
        sample_weight : array-like of shape (n_rows,), default=None
            Weights of rows for the estimator. Rows of weight 0 are not asked about.
        embeddings : array-like of shape (n_rows, n_dimensions), default=None
            Rows for samplers that measure distances.
        **params : dict
            Further arguments of the sampler's ``fit``.

        Returns
        -------
        self : AnnotatorSampler
            The fitted sampler.
        """
        if is_regressor(self.sampler):
            raise ValueError(
                f"sampler is {self.sampler!r}, which predicts numbers; skills of "
                "annotators are those of choosing the right class."
            )
        values, mask = read_labels(y, labeled, minus_one=True)
        n_rows = count_rows(X)
        places = np.arange(len(values))
        if items is None:
            check_consistent_length(X, values)
        else:
            places = _read_items(items, n_rows)
            check_consistent_length(values, places)
        votes, places = take_labels(values, mask), places[mask]
        names, codes = self._read_annotators(annotators, mask)
        voted = np.zeros(n_rows, np.bool_)
        voted[places] = True
        labels = np.full(n_rows, np.nan)
        self.annotators_ = as_array(names)
        self.skills_ = np.ones(len(names))
        self.__dict__.pop("aggregator_", None)
        if len(votes):
            model = MajorityVote() if self.aggregator is None else self.aggregator
            who = self.annotators_[codes]
            self.aggregator_ = clone(model).fit(votes, items=places, annotators=who)
            found = self.aggregator_.predict(np.flatnonzero(voted))
            labels = np.zeros(n_rows, found.dtype)
            labels[voted] = found
            self.skills_ = self._of_all(self.aggregator_.skills_)
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        super().fit(X, labels, labeled=voted, embeddings=embeddings, **params)
        self._places, self._codes = places, codes
        self._n_votes = np.bincount(places, minlength=n_rows)
        # From here on: rows that need no more votes, and those that do.
        self._labeled = self._n_votes >= self.max_votes
        self._wanted = ~self._labeled
        if sample_weight is not None:
            self._wanted &= np.asarray(sample_weight) != 0.0
        return self

    def query(
        self,
        X: Any = None,
        *,
        n_samples: int = 1,
        candidates: ArrayLike | None = None,
        exclude: ArrayLike | None = None,
        embeddings: ArrayLike | None = None,
        available: ArrayLike | None = None,
        cost: Any = None,
        return_scores: bool = False,
    ) -> Any:
        """Pick the rows to label next, and who is to label them.

        Parameters
        ----------
        X : {array-like, sparse matrix, dataframe} of shape (n_rows, n_features) or \
None, default=None
            Rows to pick from, none of which has a vote. None: those of `fit`.
        n_samples : int, at least 1, default=1
            Number of pairs to pick.
        candidates : array-like of positions or bool mask, default=None
            Rows that can be picked; all that lack votes if None.
        exclude : array-like of positions or bool mask, default=None
            Rows that are not to be picked.
        embeddings : array-like of shape (n_rows, n_dimensions), default=None
            Embeddings of X, if `fit` was given some and they are looked at.
        available : array-like of bool of shape (n_rows, n_annotators) or \
(n_annotators,), default=None
            Who can be asked about which row, by the order of ``annotators_``; None for
            everybody about everything.
        cost : mapping, array-like of shape (n_annotators,) or \
(n_rows, n_annotators), or None, default=None
            What a label costs, above 0: by name, by the order of ``annotators_``, or
            for each row. None: all cost the same.
        return_scores : bool, default=False
            Whether to return utilities too.

        Returns
        -------
        indices : ndarray of shape (n_samples,), int64
            Positions in X, or in X of `fit`, best first. If fewer pairs can be picked,
            all of them, with a warning.
        annotators : ndarray of shape (n_samples,)
            Name of the annotator for each.
        scores : ndarray of shape (n_samples,), float64
            Utilities of the pairs; only if ``return_scores``.
        """
        check_is_fitted(self)
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        pool = self._open_pool(X, candidates, exclude, embeddings)
        names = listed(self.annotators_)
        can = _read_available(available, count_rows(pool.X), len(names))
        costs = _read_cost(cost, count_rows(pool.X), names)
        rows, who, utilities = self._pick_pairs(pool, int(n_samples), can, costs)
        if len(rows) < n_samples:
            warnings.warn(
                f"n_samples={n_samples} but only {len(rows)} pairs of a row and an "
                "annotator can be picked; all of them are returned.",
                UserWarning,
                stacklevel=caller_level(),
            )
        if return_scores:
            return rows, self.annotators_[who], utilities
        return rows, self.annotators_[who]

    def _pick_pairs(
        self, pool: Pool, n_pairs: int, available: NDArray[Any], cost: NDArray[Any]
    ) -> tuple[Positions, Positions, Scores]:
        """Return rows, codes of annotators and utilities, greedily chosen."""
        rows = pool.candidates
        left = np.full(len(rows), self.max_votes)
        known = np.zeros((0, 2), np.int64)
        if pool.is_fitted:
            left -= self._n_votes[rows]
            known = np.column_stack([self._places, self._codes])
        chosen: list[tuple[float, int, int]] = []
        if len(rows):
            scores, proba = self._judge(pool)
        for who in range(len(self.annotators_) if len(rows) else 0):
            utilities = scores * self._performance(who, proba)
            utilities /= cost[rows if len(cost) > 1 else 0, who]
            can = available[rows if len(available) > 1 else 0, who] & (left > 0)
            can &= ~np.isin(rows, known[known[:, 1] == who, 0])
            places = np.flatnonzero(can)
            # A better pair is out of reach only where a pick has taken its row.
            best = best_rows(utilities[places], min(n_pairs, len(places)))
            chosen += [(-utilities[k], int(k), who) for k in places[best]]
        load = np.zeros(len(self.annotators_), np.int64)
        most = n_pairs if self.max_load is None else self.max_load
        picks: list[tuple[float, int, int]] = []
        for pair in sorted(chosen):
            _, place, who = pair
            if len(picks) < n_pairs and left[place] and load[who] < most:
                left[place] -= 1
                load[who] += 1
                picks.append(pair)
        utilities = np.array([-pair[0] for pair in picks], np.float64)
        places = np.array([place for _, place, _ in picks], np.int64)
        return rows[places], np.array([p[2] for p in picks], np.int64), utilities

    def _judge(self, pool: Pool) -> tuple[Scores, NDArray[np.float64] | None]:
        """Return scores of candidates, and probabilities of classes if of use."""
        rows = pool.candidates
        scores = self._score_pool(pool)
        if scores.min() < 0.0:
            raise ValueError(
                f"The sampler gives row {rows[scores.argmin()]} the score "
                f"{scores.min():.6g}; utilities need scores that are not negative, "
                "such as those of a classifier with predict_proba."
            )
        model: Any = getattr(self, "aggregator_", None)
        proba = None
        if hasattr(model, "confusion_") and hasattr(self.sampler_, "predict_proba"):
            proba = np.zeros((len(rows), len(model.classes_)))
            found = np.concatenate(
                [self.sampler_.predict_proba(X) for X in pool.chunks()]
            )
            can_be = found.any(axis=0)
            columns = find(
                listed(self.classes_[can_be]),
                listed(model.classes_),
                "classes",
                "class",
            )
            proba[:, columns] = found[:, can_be]
        if pool.is_fitted and model is not None:
            places = np.flatnonzero(self._n_votes[rows])
            if len(places):
                shares = model.predict_proba(rows[places])
                scores[places] *= entropy(shares, normalize=True)
                if proba is not None:
                    proba[places] = shares
        return scores, proba

    def _performance(self, who: int, proba: NDArray[np.float64] | None) -> Any:
        """Return the probability that an annotator is right, by row or for all."""
        if proba is None:
            return self.skills_[who]
        accuracies = np.diagonal(self.aggregator_.confusion_, axis1=1, axis2=2)
        return proba @ self._of_all(accuracies)[who]

    def _of_all(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what belongs to annotators with votes for all, the mean for others."""
        names = listed(self.annotators_)
        found = np.tile(values.mean(axis=0), (len(names), *[1] * (values.ndim - 1)))
        voters = listed(self.aggregator_.annotators_)
        found[find(voters, names, "annotators", "annotator")] = values
        return found

    def _read_annotators(
        self, annotators: Any, mask: NDArray[np.bool_]
    ) -> tuple[list[Any], Positions]:
        """Return names of annotators, and the place of each vote's among them."""
        known = None
        if self.annotators is not None:
            listing, known = encode(self.annotators, "annotators")
            if len(known) < len(listing) or not known:
                raise ValueError(
                    f"annotators={self.annotators!r}; expected distinct names."
                )
        if annotators is None:
            names = known or [0]
            if len(names) > 1 and mask.any():
                raise ValueError(
                    f"y holds votes and there are {len(names)} annotators; pass "
                    "annotators= to fit, who gave each vote."
                )
            return names, np.zeros(mask.sum(), np.int64)
        check_consistent_length(mask, annotators)
        short, found = encode(annotators, "annotators")
        codes = short[mask].astype(np.int64)
        if len(codes) and codes.min() < 0:
            raise ValueError("annotators is missing for a vote; name who gave it.")
        if known is None:
            return found, codes
        places = {name: k for k, name in enumerate(known)}
        for code in dict.fromkeys(codes.tolist()):
            if found[code] not in places:
                raise ValueError(
                    f"annotators holds {found[code]!r}, who is not among "
                    f"annotators={known} of the sampler."
                )
        table = np.array([places.get(name, 0) for name in found], np.int64)
        return known, table[codes] if len(codes) else codes


def _read_items(items: Any, n_rows: int) -> Positions:
    places = np.asarray(items)
    if places.ndim != 1 or (places.size and places.dtype.kind not in "iu"):
        raise ValueError(
            f"items has the shape {places.shape} and dtype {places.dtype}; expected "
            "the position in X of each vote's row."
        )
    if places.size and not (places.min() >= 0 and places.max() < n_rows):
        outside = places[(places < 0) | (places >= n_rows)][0]
        raise ValueError(
            f"items holds {outside} but X has {n_rows} rows; expected positions from 0 "
            f"to {n_rows - 1}."
        )
    return places.astype(np.int64)


def _read_available(given: Any, n_rows: int, n_names: int) -> NDArray[np.bool_]:
    """Return who can be asked, for each row, or one line for all of them."""
    if given is None:
        return np.ones((1, n_names), np.bool_)
    table = np.asarray(given)
    if table.dtype != bool or table.shape not in ((n_names,), (n_rows, n_names)):
        raise ValueError(
            f"available has the shape {table.shape} and dtype {table.dtype}; expected "
            f"truth values of shape ({n_rows}, {n_names}) or ({n_names},)."
        )
    return np.atleast_2d(table)


def _read_cost(given: Any, n_rows: int, names: list[Any]) -> NDArray[np.float64]:
    """Return costs of annotators, for each row, or one line for all of them."""
    if given is None:
        return np.ones((1, len(names)))
    if isinstance(given, Mapping):
        lost = [name for name in names if name not in given]
        if lost:
            raise ValueError(f"cost has no entry for {lost[0]!r}; name all annotators.")
        given = [given[name] for name in names]
    table = np.asarray(given, np.float64)
    if table.shape not in ((len(names),), (n_rows, len(names))):
        raise ValueError(
            f"cost has the shape {table.shape}; expected ({len(names)},) or "
            f"({n_rows}, {len(names)})."
        )
    if not (np.isfinite(table).all() and table.min() > 0.0):
        raise ValueError(f"cost holds {table.min():g}; expected numbers above 0.")
    return np.atleast_2d(table)
