# SPDX-License-Identifier: BSD-3-Clause
"""Rules as dicts: edited by hand, checked, and made a classifier again."""

import copy
import json
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from skx.rules import FOLDRClassifier, FOLDSEClassifier, RIPPERClassifier, RuleSet

PENGUINS = {
    "version": 1,
    "comparison": "typed",
    "classes": ["Adelie", "Gentoo"],
    "default": "Adelie",
    "features": [
        {"name": "bill", "kind": "number"},
        {"name": "island", "kind": "category", "categories": ["Biscoe", "Dream"]},
        {"name": "note", "kind": "mixed", "categories": ["?"], "range": [0, 9]},
    ],
    "rules": [
        {
            "class": "Gentoo",
            "conditions": [
                {"feature": "bill", "op": ">", "value": 45},
                {"feature": "island", "op": "!=", "value": None},
            ],
            "exceptions": [
                {"conditions": [{"feature": 2, "op": "==", "value": "?"}]},
                {"conditions": [{"feature": "bill", "op": "<=", "value": 46.5}]},
            ],
        }
    ],
}
ROWS = np.array(
    [
        [46.0, "Biscoe", 1],
        [47.0, "Torgersen", 1],
        [47.0, None, 1],
        [47.0, "Dream", "?"],
        [None, "Dream", 1],
        [math.inf, "Dream", None],
    ],
    dtype=object,
)
SAID = ["Adelie", "Gentoo", "Adelie", "Adelie", "Adelie", "Gentoo"]


def changed(path, value):
    """Return PENGUINS with another value at a place like "rules.0.class"."""
    data = copy.deepcopy(PENGUINS)
    *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    at = data
    for key in way:
        at = at[key]
    if value is KeyError:
        del at[last]
    else:
        at[last] = value
    return data


def test_rules_written_by_hand_predict():
    rules = RuleSet.from_dict(PENGUINS)
    assert rules.predict(ROWS).tolist() == SAID
    assert rules.predict(ROWS.tolist()).tolist() == SAID
    assert (rules.n_rules, rules.n_conditions) == (3, 4)
    again = RuleSet.from_dict(json.loads(rules.export("json", indent=None)))
    assert again.to_dict() == rules.to_dict()


@pytest.mark.parametrize("library", [pd, pl])
def test_frames_are_read_by_names(library):
    rules = RuleSet.from_dict(PENGUINS)
    columns = dict(zip(["bill", "island", "note"], ROWS[:3].T, strict=True))
    columns["bill"] = columns["bill"].astype(float)
    columns = {name: list(values) for name, values in columns.items()}
    frame = library.DataFrame(columns)
    assert rules.predict(frame).tolist() == SAID[:3]
    assert rules.predict(frame[["note", "bill", "island"]]).tolist() == SAID[:3]
    wide = library.DataFrame({"more": [1, 2, 3], **columns})
    assert rules.predict(wide).tolist() == SAID[:3]
    with pytest.raises(ValueError, match="X has no column 'island', or several"):
        rules.predict(frame[["bill", "note"]])


def test_tables_of_another_width():
    rules = RuleSet.from_dict(PENGUINS)
    with pytest.raises(ValueError, match=r"shape \(6, 2\), but the rules are for tabl"):
        rules.predict(ROWS[:, :2])


CONDITION = "rules.0.conditions.0"
MISTAKES = [
    ("version", 2, r"version is 2; expected 1, the only one"),
    ("version", KeyError, r"The rule set has no 'version'; it needs \['version', 'co"),
    ("comparison", "loose", r"comparison is 'loose'; expected one of 'typed', 'compl"),
    ("classes", ["b", "a"], r"classes is \['b', 'a'\]; expected classes of one type"),
    ("classes", ["a", "a"], r"expected classes of one type, each once, ascending"),
    ("classes", [], r"classes is \[\]; expected classes of one type"),
    ("classes", [1, "a"], r"expected classes of one type"),
    ("classes", [None], r"classes\[0\] is None; expected text, a number or a boolean"),
    ("classes", "ab", r"classes is 'ab'; expected a list"),
    ("default", "Emperor", r"default is 'Emperor'; expected one of the classes \['Ad"),
    ("default", ["Adelie"], r"default is \['Adelie'\]; expected one of the classes"),
    ("rules", {}, r"rules is \{\}; expected a list"),
    ("rules.0", [], r"rules\[0\] is \[\]; expected a dict"),
    ("rules.0.class", "x", r"rules\[0\].class is 'x'; expected one of the classes"),
    ("rules.0.unless", [], r"rules\[0\] has the unknown key 'unless'; expected are"),
    ("rules.0.support", "3", r"rules\[0\].support is '3'; expected a number"),
    ("rules.0.conditions", [], r"rules\[0\].conditions is empty, and a rule without"),
    ("rules.0.exceptions.1.class", "x", r"exceptions\[1\] has the unknown key 'class'"),
    ("rules.0.exceptions.1.conditions", [], r"rules\[0\].exceptions\[1\].conditions"),
    (f"{CONDITION}.op", "=<", r"rules\[0\].conditions\[0\].op is '=<'; expected one"),
    (f"{CONDITION}.op", ["<="], r"conditions\[0\].op is \['<='\]; expected one of"),
    (f"{CONDITION}.op", "==", r"value is 45; expected null for missing; numbers are"),
    (f"{CONDITION}.op", KeyError, r"conditions\[0\] has no 'op'; it needs"),
    (f"{CONDITION}.value", "45", r"conditions\[0\].value is '45'; expected a number"),
    (f"{CONDITION}.value", True, r"conditions\[0\].value is True; expected a number"),
    (f"{CONDITION}.value", None, r"conditions\[0\].value is None; expected a number"),
    (f"{CONDITION}.value", math.nan, r"value is nan; expected text, a number, a bool"),
    (f"{CONDITION}.value", {"number": "x"}, r"is \{\'number\': \'x\'\}; expected"),
    (f"{CONDITION}.negated", 1, r"conditions\[0\].negated is 1; expected true or fal"),
    (f"{CONDITION}.feature", "beak", r"feature is 'beak'; expected one of the feature"),
    (f"{CONDITION}.feature", 3, r"conditions\[0\].feature is 3; expected one of"),
    (f"{CONDITION}.feature", True, r"feature is True; expected one of the features"),
    (f"{CONDITION}.feature", "island", r"op is '>', but column 'island' holds categ"),
    ("rules.0.conditions.1.value", "Rio", r"is 'Rio'; expected null or one of the cat"),
    ("features.0.kind", "text", r"features\[0\].kind is 'text'; expected one of 'num"),
    ("features.0.name", 5, r"features\[0\].name is 5; expected text"),
    ("features.0.categories", ["a"], r"categories is \['a'\]; expected none, as"),
    ("features.1.categories", ["a", "a"], r"expected each category once"),
    ("features.1.categories", [None], r"categories\[0\] is None; expected text"),
    ("features.1.range", [1, 2], r"features\[1\].range is \[1, 2\]; expected null"),
    ("features.2.categories", [1], r"expected text or booleans beside numbers of ki"),
    ("features.2.range", None, r"range is None; expected the smallest and the large"),
]


@pytest.mark.parametrize(("place", "value", "message"), MISTAKES)
def test_mistakes_are_named_with_their_place(place, value, message):
    with pytest.raises(ValueError, match=message):
        RuleSet.from_dict(changed(place, value))


def test_columns_of_one_name_are_known_by_position():
    data = changed("features.2.name", "bill")
    with pytest.raises(ValueError, match=r"feature is 'bill'; expected a position, as"):
        RuleSet.from_dict(data)
    data["rules"][0]["conditions"][0]["feature"] = 0
    del data["rules"][0]["exceptions"][1]
    rules = RuleSet.from_dict(data)
    features = [c["feature"] for c in rules.to_dict()["rules"][0]["conditions"]]
    assert features == [0, "island"]
    assert RuleSet.from_dict(rules.to_dict()).to_dict() == rules.to_dict()


def test_infinity_is_written_so_that_json_allows_it():
    data = changed(f"{CONDITION}.value", {"number": "-inf"})
    rules = RuleSet.from_dict(data)
    assert rules.rules[0].conditions[0].value == -math.inf
    text = rules.export("json")
    assert json.loads(text, parse_constant=pytest.fail)
    again = RuleSet.from_dict(json.loads(text))
    assert again.rules[0].conditions[0].value == -math.inf


def table(seed=0, n=150):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "size": np.round(rng.normal(size=n), 2),
            "zip": pd.Categorical(rng.integers(1, 5, n)),
            "town": rng.choice(["Oslo", "it's", "Rome"], n),
            "seen": rng.random(n) < 0.5,
            "mix": rng.choice(np.array([1, 2, 3.5, "?", None], dtype=object), n),
        }
    )
    X.loc[rng.random(n) < 0.1, "town"] = None
    X.loc[rng.random(n) < 0.1, "size"] = np.nan
    score = X["size"].fillna(0) + (X["town"] == "Rome") + (X["zip"] == 3)
    y = np.array(["low", "mid", "top"])[np.digitize(score, [0.1, 1.0])]
    return X, y


@pytest.mark.parametrize("classifier", [FOLDRClassifier, FOLDSEClassifier])
def test_a_classifier_comes_back_from_json(classifier):
    X, y = table()
    model = classifier().fit(X[:100], y[:100])
    again = classifier.from_dict(json.loads(json.dumps(model.to_dict())))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(again.apply(X), model.apply(X))
    np.testing.assert_array_equal(again.feature_names_in_, model.feature_names_in_)
    assert again.to_dict() == model.to_dict()
    assert (again.n_rules_, again.n_conditions_) == (
        model.n_rules_,
        model.n_conditions_,
    )
    assert again.default_class_ == model.default_class_
    assert RuleSet.from_dict(model.to_dict()).predict(X).tolist() == list(
        model.predict(X)
    )


@pytest.mark.parametrize(
    "classifier", [FOLDRClassifier, FOLDSEClassifier, RIPPERClassifier]
)
@pytest.mark.parametrize("labels", [["no", "yes"], [False, True], [3, 7], [1, 2, 3]])
def test_what_fit_sets_comes_back(classifier, labels):
    X = np.arange(120.0).reshape(60, 2) % 41
    y = np.array(labels)[np.digitize(X[:, 1], [13, 26]) % len(labels)]
    model = classifier().fit(X, y)
    again = classifier.from_dict(json.loads(json.dumps(model.to_dict())))
    fitted = {name for name in vars(model) if name.endswith("_") and name[0] != "_"}
    assert fitted == {name for name in vars(again) if name.endswith("_")}
    assert model.feature_importances_.sum() == pytest.approx(1)
    np.testing.assert_array_equal(
        again.feature_importances_, model.feature_importances_
    )
    assert hasattr(model, "positive_class_") == (
        len(labels) == 2 and classifier is not RIPPERClassifier
    )
    if hasattr(model, "positive_class_"):
        assert again.positive_class_ == model.positive_class_
        assert type(again.positive_class_) is type(model.positive_class_)


@pytest.mark.parametrize(
    ("key", "value", "match"),
    [
        ("positive_class", "Chinstrap", "positive_class is 'Chinstrap'; expected one"),
        ("feature_importances", [1.0], r"feature_importances is \[1.0\]; expected 3"),
        ("feature_importances", [1, 0, "a"], r"feature_importances\[2\] is 'a'"),
    ],
)
def test_attributes_that_do_not_fit_are_refused(key, value, match):
    with pytest.raises(ValueError, match=match):
        FOLDSEClassifier.from_dict({**PENGUINS, key: value})
    # Rules written by hand have none.
    assert not hasattr(FOLDSEClassifier.from_dict(PENGUINS), f"{key}_")


def test_a_classifier_of_an_array_has_no_names():
    X, y = table()
    X = X.to_numpy(dtype=object)
    model = FOLDRClassifier().fit(X, y)
    again = FOLDRClassifier.from_dict(model.to_dict())
    assert not hasattr(again, "feature_names_in_")
    assert not hasattr(
        FOLDRClassifier.from_dict(model.rule_set_.to_dict()), "feature_names_in_"
    )
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    with pytest.raises(ValueError, match="X has 4 features, but FOLDRClassifier is"):
        again.predict(X[:, :4])


@pytest.mark.parametrize("classifier", [FOLDRClassifier, FOLDSEClassifier])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_rescoring_on_the_rows_of_the_fit_changes_nothing(classifier, class_weight):
    X, y = table()
    weights = np.arange(len(y)) % 3
    model = classifier(class_weight=class_weight).fit(X, y, weights)
    before = model.to_dict()
    model.rescore(X, y, weights)
    after = model.to_dict()
    proba = [rule.pop("probabilities") for rule in before["rules"]]
    again = [rule.pop("probabilities") for rule in after["rules"]]
    np.testing.assert_allclose(again, proba, rtol=1e-12)
    for one, other in zip(before["rules"], after["rules"], strict=True):
        for key in ("support", "coverage", "precision"):
            assert one.pop(key) == pytest.approx(other.pop(key), rel=1e-12)
    assert before["rules"] == after["rules"]


def test_rescoring_rules_written_by_hand():
    model = FOLDRClassifier.from_dict(PENGUINS)
    frame = pd.DataFrame(ROWS, columns=["bill", "island", "note"])
    assert model.predict(frame).tolist() == SAID
    with pytest.raises(ValueError, match="without probabilities, as new rules do; cal"):
        model.predict_proba(frame)
    y = ["Gentoo", "Gentoo", "Adelie", "Adelie", "Adelie", "Adelie"]
    assert model.rescore(frame, y, [1, 2, 1, 1, 1, 1]) is model
    (rule,) = model.rules_
    # Rows 1 (weight 2) and 5 are covered, one of them is of the rule's class.
    assert (rule.support, rule.coverage, rule.precision) == (3.0, 3.0, 2 / 3)
    prior = np.array([4, 3]) / 7  # and smoothing is 2
    covered = (np.array([1, 2]) + 2 * prior) / 5
    others = (np.array([3, 1]) + 2 * prior) / 6
    expected = [covered if label == "Gentoo" else others for label in SAID]
    np.testing.assert_allclose(model.predict_proba(frame), expected)
    assert model.predict(frame).tolist() == SAID


def test_a_new_rule_waits_for_its_probabilities():
    X, y = table()
    model = FOLDSEClassifier().fit(X, y)
    data = model.to_dict()
    rule = {
        "class": "mid",
        "conditions": [{"feature": "town", "op": "==", "value": "Oslo"}],
    }
    data["rules"].insert(0, rule)
    edited = FOLDSEClassifier.from_dict(data)
    assert set(edited.predict(X[X["town"] == "Oslo"])) == {"mid"}
    with pytest.raises(ValueError, match="call rescore"):
        edited.predict_proba(X)
    assert "default_probabilities" not in edited.to_dict()
    proba = edited.rescore(X, y).predict_proba(X)
    assert np.all((proba > 0) & (proba < 1))
    rule["probabilities"] = [0.5, 0.5, 0.5]
    with pytest.raises(ValueError, match=r"rules\[0\].probabilities is \[0.5, 0.5, 0"):
        FOLDSEClassifier.from_dict(data)


def test_rescoring_needs_rows_of_every_class_and_of_no_other():
    X, y = table()
    model = FOLDSEClassifier().fit(X, y)
    with pytest.raises(ValueError, match=r"y holds the classes \['low', 'mid'\], but"):
        model.rescore(X[y != "top"], y[y != "top"])
    with pytest.raises(ValueError, match="'new'"):
        model.rescore(X, np.where(y == "top", "new", y))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.rescore(X, y[1:])


def test_nothing_to_export_before_fit():
    for call in ("export", "to_dict"):
        with pytest.raises(NotFittedError, match="not fitted"):
            getattr(FOLDRClassifier(), call)()


def test_numbers_that_are_categories_of_a_frame_stay_so():
    frame = pd.DataFrame({"zip": pd.Categorical([1, 2, 3] * 8)})
    y = [0, 1, 0] * 8
    model = FOLDRClassifier().fit(frame, y)
    assert model.predict(frame).tolist() == y
    assert model.predict(frame.astype(int)).tolist() == y
    scope = {}
    exec(model.export("python"), {}, scope)
    assert [scope["predict_one"]({"zip": v}) for v in (1, 2, 3)] == y[:3]
    # The other way round: numbers at the fit, categories later.
    model = FOLDRClassifier().fit(frame.astype(int), y)
    assert model.predict(frame).tolist() == y


@given(st.integers(0, 10**6))
def test_fitted_models_say_the_same_as_python_on_new_rows(seed):
    X, y = table(seed % 7, n=60)
    rng = np.random.default_rng(seed)
    model = (FOLDRClassifier, FOLDSEClassifier)[seed % 2](tail=0.0).fit(X, y)
    strange = np.array([None, math.inf, -math.inf, "new", 2, 0.5, True, "?"], object)
    cells = {}
    for name in X:  # shuffled, with cells that the fit did not see
        column = rng.permutation(X[name].to_numpy(dtype=object))[:20]
        cells[name] = np.where(rng.random(20) < 0.3, rng.choice(strange, 20), column)
    new = pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in cells.items()})
    scope = {}
    exec(model.export("python"), {}, scope)
    found = [scope["predict_one"](row) for row in new.to_dict("records")]
    assert found == model.predict(new).tolist()
    again = type(model).from_dict(json.loads(json.dumps(model.to_dict())))
    assert again.predict(new).tolist() == found
