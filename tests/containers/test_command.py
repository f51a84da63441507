"""``orrery probes`` on the shipped recordings."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.cluster import DEMOS
from tests.containers.making import EVERY_3, pod, running
from tests.live.test_containers import KILLING, told_of, wrote
from tests.log.recordings import header, listing, pack

LIVENESS = DEMOS / "liveness" / "recording.jsonl.zst"
WEB = "shop/web-6b5d478965-h6svh"


def run(*arguments: object) -> str:
    """What the command says."""
    said = io.StringIO()
    call_command("probes", *map(str, arguments), stdout=said, stderr=io.StringIO())
    return said.getvalue()


def test_a_pod_at_two_times() -> None:
    before = run(LIVENESS, "--pod", WEB, "--at", "+3.5").splitlines()
    assert before[0] == "Running. It is Ready."
    assert "  in the EndpointSlices of shop/web: ready" in before
    assert "1. nginx, running, registry.lab/shop/web:1.0" in before
    after = run(LIVENESS, "--pod", WEB, "--at", "+7.2")
    assert "restarts: 1" in after
    assert "held (observed: status.started is false)" in after


def test_the_same_as_json() -> None:
    told = json.loads(run(LIVENESS, "--pod", WEB, "--json"))
    assert [probe["state"] for probe in told["containers"][0]["probes"]] == ["passing"] * 3


def test_events_count_wherever_their_list_stands(tmp_path: Path) -> None:
    file = tmp_path / "killed.jsonl.zst"
    made = pod(running(), livenessProbe=EVERY_3)
    lists = [listing(resource="v1/events"), listing(made, resource="v1/pods")]
    file.write_bytes(pack(header(), *lists, told_of(KILLING, 13, reason="Killing"), wrote(14, running())))
    assert "failed (observed: an Event “Killing”)" in run(file, "--pod", "shop/web-1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((LIVENESS, "--pod", "shop/nobody"), "There is no Pod shop/nobody at this time."),
        (("nothing.zst", "--pod", WEB), "nothing.zst cannot be read: No such file or directory."),
        ((DEMOS / "liveness" / "about.toml", "--pod", WEB), "cannot be read: "),
        ((LIVENESS, "--pod", WEB, "--at", "noon"), "“noon” is no time: write 2026-11-23T10:11:14Z"),
    ],
)
def test_what_is_wrong_is_a_sentence(arguments: tuple[object, ...], said: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert said in str(refused.value)
