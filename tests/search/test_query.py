"""The search language: whatever is typed is read or answered in words, and what is printed is read again the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualizer.search.query import FIELDS, Query, Term, parse

VALUES = st.text(min_size=1, max_size=20)
KEYS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,12}", fullmatch=True).filter(lambda key: key.lower() != "restarts")
TERMS = st.one_of(
    st.builds(Term, st.just(""), st.just(""), VALUES, st.booleans()),
    st.builds(Term, st.sampled_from(sorted({*FIELDS} - {"ready", "restarts"})), st.just(":"), VALUES, st.booleans()),
    st.builds(Term, st.just("ready"), st.just(":"), st.sampled_from(["true", "false"]), st.booleans()),
    st.builds(
        Term,
        st.just("restarts"),
        st.sampled_from(["=", "!=", ">", "<", ">=", "<="]),
        st.integers(0, 999_999_999).map(str),
        st.booleans(),
    ),
    st.builds(Term, KEYS, st.sampled_from(["=", "!="]), VALUES, st.booleans()),
)


@given(st.lists(TERMS, max_size=6))
def test_a_query_that_is_printed_is_read_again_the_same(terms: list[Term]) -> None:
    query = Query(tuple(terms))
    assert parse(str(query)) == query


@given(st.one_of(st.text(), st.text(alphabet=':=<>!-"\\ *akip0'), st.text(alphabet=":=\"' restarts>ready")))
def test_whatever_is_typed_is_read_and_reads_the_same_when_printed(text: str) -> None:
    query = parse(text)
    assert parse(str(query)).terms == query.terms
    assert all(problem.endswith(".") for problem in query.problems)


def test_everything_at_once() -> None:
    query = parse('web kind:pod ns:shop ready:false restarts>3 app=web tier!=db -ip:10.244.1.7 "a b" fd00::1')
    assert query.problems == ()
    assert query.terms == (
        Term("", "", "web"),
        Term("kind", ":", "pod"),
        Term("namespace", ":", "shop"),
        Term("ready", ":", "false"),
        Term("restarts", ">", "3"),
        Term("app", "=", "web"),
        Term("tier", "!=", "db"),
        Term("ip", ":", "10.244.1.7", True),
        Term("", "", "a b"),
        Term("", "", "fd00::1"),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour:red", 'There is no field “colour”. To look for the text itself, put it in quotes: "colour:red".'),
        ("kind:", "Say which kind after “kind:”."),
        ("ready:maybe", "“ready:” takes true or false, and not “maybe”."),
        ("restarts>many", "“restarts>” takes a number, as in restarts>3, and not “many”."),
        ("node>3", "Only restarts can be compared with “>”, as in restarts>3; “node” cannot."),
        ("app=", "Say which value after “app=”."),
        ("-", "Say what to look for after “-”."),
        ("a " * 21, "A search has at most 20 terms, and this has 21."),
    ],
)
def test_what_is_not_understood_is_told_in_words(text: str, says: str) -> None:
    assert parse(text).problems == (says,)
