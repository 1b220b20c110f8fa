# SPDX-License-Identifier: BSD-3-Clause
import math
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import binomtest
from sklearn import config_context
from sklearn.exceptions import NotFittedError

from skx import _optional
from skx.rules import Condition, FOLDRClassifier, FOLDSEClassifier, Rule, RuleSet
from skx.rules._columns import Column
from skx.rules._explain import explain
from tests.rules.random_rules import covers, holds, rows_for, rule_sets, says

# The example of the FOLD-R++ paper.
COLUMN = pd.DataFrame({"x": [1, 2, 3, 3, 5, 6, 6, "b", 2, 4, 6, 7, "a"]})
SIDES = np.array(["+"] * 8 + ["-"] * 5)


def of_paper() -> FOLDRClassifier:
    return FOLDRClassifier(min_coverage=0).fit(COLUMN, SIDES)


def cells(*values):
    return pd.DataFrame({"x": pd.Series(values, dtype=object)})


def test_exception_that_applies_is_told() -> None:
    (why,) = of_paper().explain(cells(4))
    assert (why.class_, why.rule_index, why.decided) == ("-", -1, None)
    assert str(why) == (
        "'-', because no rule applies (right for 100.0% of 3 training rows)\n"
        "    rule 0 does not apply:\n"
        "        x is not 'a' holds (it is 4)\n"
        "        not x > 6 holds (it is 4)\n"
        "        exception applies:\n"
        "            x > 3 holds (it is 4)\n"
        "            x <= 4 holds (it is 4)"
    )


def test_exception_that_does_not_apply_is_told() -> None:
    (why,) = of_paper().explain(cells(None))
    assert (why.class_, why.rule_index, why.rejected) == ("+", 0, ())
    assert str(why) == (
        "'+', by rule 0 (right for 80.0% of 10 training rows)\n"
        "    x is not 'a' holds (it is missing)\n"
        "    not x > 6 holds (it is missing)\n"
        "    exception does not apply: x > 3 does not hold (it is missing)"
    )


def test_first_condition_that_fails_is_told() -> None:
    first, second = of_paper().explain(cells("a", 7), style="text")
    assert first.endswith(
        "rule 0 does not apply: x is not 'a' does not hold (it is 'a')"
    )
    assert second.endswith("rule 0 does not apply: not x > 6 does not hold (it is 7)")


def test_dict_holds_values_of_the_row() -> None:
    (why,) = of_paper().explain(cells(5), style="dict")
    text = "x is not 'a' and not x > 6 unless (x > 3 and x <= 4)"
    assert why == {
        "class": "+",
        "rule_index": 0,
        "decided": {
            "rule": text,
            "covers": True,
            "conditions": [
                {"condition": "x is not 'a'", "value": 5, "holds": True},
                {"condition": "not x > 6", "value": 5, "holds": True},
            ],
            "exceptions": [
                {
                    "rule": "x > 3 and x <= 4",
                    "covers": False,
                    "conditions": [
                        {"condition": "x > 3", "value": 5, "holds": True},
                        {"condition": "x <= 4", "value": 5, "holds": False},
                    ],
                    "exceptions": [],
                }
            ],
        },
        "rejected": [],
    }


def test_all_rules_tells_of_those_before_the_deciding_one() -> None:
    X = np.repeat([[1.0], [2.0], [3.0]], 5, axis=0)
    model = FOLDRClassifier().fit(X, np.repeat(["a", "b", "c"], 5))
    last = [[2.0]]
    k = int(model.apply(last)[0])
    assert k > 0
    (short,) = model.explain(last)
    (whole,) = model.explain(last, all_rules=True)
    assert short.rejected == ()
    assert [at for at, _ in whole.rejected] == list(range(k))
    assert not any(attempt.covers for _, attempt in whole.rejected)
    assert short.decided == whole.decided


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_truth_in_an_explanation_is_that_of_the_words(data) -> None:
    rules = data.draw(rule_sets())
    rows = data.draw(rows_for(rules))

    def check(attempt, rule, row):
        assert len(attempt.conditions) == len(rule.conditions)
        for finding, c in zip(attempt.conditions, rule.conditions, strict=True):
            column = rules.columns[c.feature]
            assert finding.holds == holds(c, row[c.feature], column, rules.typed)
        assert attempt.covers == covers(rule, row, rules)
        for tried, exception in zip(attempt.exceptions, rule.exceptions, strict=False):
            check(tried, exception, row)
        if all(finding.holds for finding in attempt.conditions):
            stopped = any(tried.covers for tried in attempt.exceptions)
            assert stopped or len(attempt.exceptions) == len(rule.exceptions)
        else:
            assert attempt.exceptions == ()

    for why, row in zip(explain(rules, rows, "", all_rules=True), rows, strict=True):
        assert why.class_ == says(rules, row)
        before = len(rules.rules) if why.rule_index < 0 else why.rule_index
        assert [k for k, _ in why.rejected] == list(range(before))
        for k, attempt in why.rejected:
            assert not attempt.covers
            check(attempt, rules.rules[k], row)
        if why.decided is not None:
            assert why.decided.covers
            check(why.decided, rules.rules[why.rule_index], row)
        assert str(why)


def test_explanations_are_the_same_for_every_container() -> None:
    X = np.array([[1.0, 2.0], [3.0, 0.0], [0.0, 5.0], [2.0, 2.0]] * 5)
    y = np.array([0, 1, 1, 0] * 5)
    expected = FOLDSEClassifier().fit(X, y).explain(X, style="dict")
    for data in (X.astype(np.float32), sparse.csr_array(X), X.tolist()):
        assert FOLDSEClassifier().fit(data, y).explain(data, style="dict") == expected
    named = [
        FOLDSEClassifier().fit(frame, y).explain(frame, style="text")
        for frame in (pd.DataFrame(X, columns=["a", "b"]), pl.DataFrame(X, ["a", "b"]))
    ]
    assert named[0] == named[1]


def test_one_class_is_explained() -> None:
    model = FOLDSEClassifier().fit([[1.0], [2.0]], [3, 3])
    assert model.explain([[1.0]], style="text") == [
        "3, because no rule applies (right for 100.0% of 2 training rows)"
    ]


def test_model_from_a_dict_explains_without_counts() -> None:
    model = FOLDRClassifier.from_dict(of_paper().to_dict())
    (why,) = model.explain(cells("a"))
    assert str(why).startswith("'-', because no rule applies\n")
    stats = model.rule_stats_
    assert stats["support"].iloc[0] == 10.0
    assert np.isnan(stats["support"].iloc[-1])


def test_explain_refuses_other_styles_and_columns() -> None:
    model = of_paper()
    with pytest.raises(
        ValueError, match=r"style is 'html'; expected one of 'object', "
    ):
        model.explain(COLUMN, style="html")
    with pytest.raises(ValueError, match="feature names should match"):
        model.explain(COLUMN.rename(columns={"x": "z"}))
    with pytest.raises(NotFittedError):
        FOLDRClassifier().explain(COLUMN)


def test_statistics_are_counts_of_the_training_rows() -> None:
    model = of_paper()
    stats = model.rule_stats_
    assert stats.index.tolist() == [0, -1]
    assert stats["rule"].tolist()[1] == "otherwise"
    assert stats["class"].tolist() == ["+", "-"]
    fired = model.apply(COLUMN)
    for k, row in stats.iterrows():
        inside = SIDES[fired == k]
        right = int((inside == row["class"]).sum())
        n = len(inside)
        assert row["support"] == row["coverage"] == n
        assert row["precision"] == pytest.approx(right / n)
        assert row["laplace"] == pytest.approx((right + 1) / (n + 2))
        # Two-sided, so that z is 3.
        level = math.erf(3 / math.sqrt(2))
        interval = binomtest(right, n).proportion_ci(level, method="wilson")
        assert row["wilson"] == pytest.approx(interval.low, abs=1e-12)


def test_coverage_counts_rows_that_earlier_rules_take() -> None:
    model = FOLDRClassifier(min_coverage=1).fit(COLUMN, SIDES)
    covered = model.rule_set_.covers(COLUMN)
    assert model.rule_stats_["coverage"].tolist()[:-1] == covered.sum(axis=0).tolist()
    assert (model.rule_stats_["coverage"] > model.rule_stats_["support"]).any()


def test_statistics_of_weights_are_those_of_repetition() -> None:
    weights = np.arange(1, 14)
    weighted = FOLDRClassifier().fit(COLUMN, SIDES, sample_weight=weights)
    rows = np.repeat(np.arange(13), weights)
    repeated = FOLDRClassifier().fit(COLUMN.iloc[rows], SIDES[rows])
    pd.testing.assert_frame_equal(weighted.rule_stats_, repeated.rule_stats_)


def test_statistics_without_pandas_say_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name):
        raise ModuleNotFoundError(name=name)

    model = of_paper()
    monkeypatch.setattr(_optional, "import_module", missing)
    with pytest.raises(ModuleNotFoundError, match=r"rule_stats_ needs pandas.* rules_"):
        _ = model.rule_stats_


def test_statistics_before_fit_are_no_attribute() -> None:
    assert not hasattr(FOLDRClassifier(), "rule_stats_")


class Tags(HTMLParser):
    """Nesting of tags, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open, self.seen, self.text = [], [], ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_table_shows_rules_and_exceptions() -> None:
    page = Tags(of_paper().rule_set_._repr_html_())
    assert page.seen.count("tr") == 3
    assert page.seen.count("li") == 1
    assert "unless x > 3 and x <= 4" in page.text
    assert "0.800" in page.text
    assert page.text.endswith("'-'otherwise")


def test_table_escapes_names_values_and_classes() -> None:
    evil = "<script>alert('&')</script>"
    X = pd.DataFrame({evil: [evil, "b"] * 5})
    model = FOLDSEClassifier().fit(X, [evil, "no"] * 5)
    page = Tags(model.rule_set_._repr_html_())
    assert "script" not in page.seen
    assert page.text.count("<script>alert(") >= 3


@pytest.mark.parametrize(("n_rules", "n_folded"), [(200, 0), (203, 3)])
def test_long_lists_are_folded(n_rules: int, n_folded: int) -> None:
    rules = tuple(Rule((Condition(0, "<=", float(k)),), (), 1) for k in range(n_rules))
    column = Column("x", np.arange(float(n_rules)), [])
    page = Tags(
        RuleSet((column,), True, np.array([0, 1]), rules, 0).export("html"),
    )
    assert page.seen.count("details") == (n_folded > 0)
    assert (f"{n_folded} more rules" in page.text) == (n_folded > 0)
    shown = page.seen[: page.seen.index("details")] if n_folded else page.seen
    assert shown.count("tr") == 1 + 200 + (n_folded == 0)


@settings(max_examples=30, deadline=None)
@given(rules=rule_sets())
def test_every_rule_set_has_a_table(rules) -> None:
    page = Tags(rules._repr_html_())
    assert page.seen.count("li") == rules.n_rules - len(rules.rules)


def test_diagram_of_the_estimator_stays_scikit_learns() -> None:
    model = of_paper()
    with config_context(display="diagram"):
        assert "sk-estimator" in model._repr_html_()
    with config_context(display="text"):
        assert repr(model) == "FOLDRClassifier(min_coverage=0)"


def test_short_forms() -> None:
    rules = of_paper().rule_set_
    assert repr(rules) == "<RuleSet: rules=2, conditions=4, - otherwise>"
    assert str(rules) == rules.export("text")
    (rule,) = rules.rules
    text = "class 0 if x0 != 'a' and not x0 > 6.0 unless (x0 > 3.0 and x0 <= 4.0)"
    assert repr(rule) == f"<Rule: {text}>"
    for condition in rule.conditions:
        assert eval(repr(condition)) == condition


def test_booleans_read_naturally() -> None:
    X = pd.DataFrame({"smoker": [True, False, True, False]})
    y = np.array(["ill", "well", "ill", "well"])
    well = FOLDSEClassifier().fit(X, y)
    assert well.export() == "'well' if smoker is False\n'ill' otherwise\n"
    ill = FOLDSEClassifier(positive_class="ill").fit(X, y)
    # "Not False" also holds of what is no boolean.
    assert ill.rules_[0].conditions == (Condition(0, "!=", False),)
    text = "smoker is True (or unknown)"
    assert ill.export() == f"'ill' if {text}\n'well' otherwise\n"
    rows = pd.DataFrame({"smoker": [True, None, "often", False]})
    whys = ill.explain(rows)
    assert [why.class_ for why in whys] == ["ill", "ill", "ill", "well"]
    assert f"{text} holds (it is missing)" in str(whys[1])
    assert f"{text} does not hold (it is False)" in str(whys[3])


def test_booleans_beside_text_are_categories_like_any() -> None:
    column = Column("smoker", np.empty(0), [False, True, "often"])
    rules = RuleSet(
        (column,),
        True,
        np.array([0, 1]),
        (Rule((Condition(0, "!=", False),), (), 1),),
        0,
    )
    assert rules.export() == "1 if smoker is not False\n0 otherwise\n"


def test_a_list_of_explanations_reads_as_their_texts():
    X = [["red", 1], ["red", 2], ["blue", 3], ["green", 4]]
    model = FOLDSEClassifier().fit(X, ["stop", "stop", "go", "go"])
    texts = model.explain(X[:2], style="text")
    assert repr(model.explain(X[:2])) == f"[{', '.join(texts)}]"
