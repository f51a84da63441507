"""What a pod asks for, and quantities read exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity

from tests.scheduling.making import asking
from visualizer.quantities import parse, to_words
from visualizer.scheduling.requests import count_limits, count_requests

suffixes = st.sampled_from(["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"])


@given(st.decimals(0, 10**6, places=3).map(lambda number: f"{number:f}"), suffixes)
def test_quantities_are_what_the_clients_own_parser_makes_of_them(number: str, suffix: str) -> None:
    assert parse(f"{number}{suffix}") == Fraction(parse_quantity(f"{number}{suffix}"))


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1e3", 1000), ("5E-1", Fraction(1, 2)), ("1E", 10**18), (".5", Fraction(1, 2)), ("-1", -1), ("3.", 3)],
)
def test_exponents_and_bare_points_are_read(text: str, amount: Fraction) -> None:
    assert parse(text) == amount


@given(st.text(max_size=12))
def test_what_is_no_quantity_is_none_and_no_error(text: str) -> None:
    assert parse(text) is None or parse(text) == parse(text)


@pytest.mark.parametrize("text", ["", "x", "1Kb", "1 Gi", "--1", "1e", "0x1", "1e999", "1" * 99, "１"])
def test_these_are_none(text: str) -> None:
    assert parse(text) is None


def test_amounts_are_told_as_a_person_would() -> None:
    told = [to_words("cpu", Fraction(6, 10)), to_words("memory", Fraction(3 * 2**29)), to_words("pods", Fraction(110))]
    assert told == ["0.6", "1.5Gi", "110"]


def container(cpu: str, **more: object) -> dict:
    return {"name": "c", "resources": {"requests": {"cpu": cpu}}, **more}


SIDECAR = {"restartPolicy": "Always"}


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ({"containers": [container("1"), container("500m")]}, "1.5"),
        ({"containers": [container("1")], "initContainers": [container("3"), container("2")]}, "3"),
        ({"containers": [container("1")], "initContainers": [container("2", **SIDECAR)]}, "3"),
        ({"containers": [container("1")], "initContainers": [container("2", **SIDECAR), container("4")]}, "6"),
        ({"containers": [container("1")], "initContainers": [container("4"), container("2", **SIDECAR)]}, "4"),
        ({"containers": [container("1")], "overhead": {"cpu": "250m"}}, "1.25"),
        ({"containers": [container("1")], "resources": {"requests": {"cpu": "2"}}}, "2"),
        ({"containers": [container("0.1001")]}, "0.101"),
    ],
)
def test_containers_run_side_by_side_and_init_containers_one_after_another(spec: dict, cpu: str) -> None:
    assert count_requests(asking(**spec).spec)["cpu"] == Fraction(cpu)


def limited(cpu: str, **more: object) -> dict:
    return {"name": "c", "resources": {"limits": {"cpu": cpu}}, **more}


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ({"containers": [limited("1"), container("500m")]}, "1"),
        ({"containers": [limited("1")], "initContainers": [limited("2", **SIDECAR), limited("4")]}, "6"),
        ({"containers": [limited("1")], "overhead": {"cpu": "250m"}}, "1.25"),
        ({"containers": [container("1")], "overhead": {"cpu": "250m"}}, None),
        ({"containers": [limited("0")], "overhead": {"cpu": "250m"}}, "0"),
        ({"containers": [limited("1")], "resources": {"limits": {"cpu": "3"}}}, "3"),
    ],
)
def test_limits_add_up_likewise_and_overhead_comes_on_top_where_there_are_any(spec: dict, cpu: str | None) -> None:
    assert count_limits(asking(**spec).spec).get("cpu") == (None if cpu is None else Fraction(cpu))
