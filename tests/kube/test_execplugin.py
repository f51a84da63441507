"""Exec plugins: small real programs, good and bad, and what comes of each."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.kube.pki import Authority
from visualizer.kube.access import Access, ClientCertificate, CredentialsError, Exec
from visualizer.kube.execplugin import ExecPlugin

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"
AUTHORITY = Authority()
ADA = AUTHORITY.client("ada")
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC).timestamp()


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def program(folder: Path, source: str, *, interpreter: str = sys.executable) -> str:
    """A program in the folder; what it is called by."""
    path = folder / "plugin"
    path.write_text(f"#!{interpreter}\n{source}\n")
    path.chmod(0o700)
    return str(path)


def answer(version: str = V1, **status: Any) -> str:
    """An ExecCredential as plugins write it."""
    return json.dumps({"kind": "ExecCredential", "apiVersion": version, "status": status})


def counting(folder: Path, **status: Any) -> str:
    """A plugin whose token tells how often it ran."""
    return program(
        folder,
        f"""
import json, pathlib
runs = pathlib.Path({str(folder / "runs")!r})
with runs.open("a") as file:
    file.write("x")
answer = json.loads({answer(**status)!r})
answer["status"]["token"] = f"token-{{len(runs.read_text())}}"
print(json.dumps(answer))
""",
    )


def plugin(
    command: str, *, env: dict[str, str] | None = None, access: dict[str, Any] | None = None, **how: Any
) -> ExecPlugin:
    """The plugin of an access."""
    run = {key: how.pop(key) for key in ("timeout_s", "clock") if key in how}
    authentication = Exec(**{"api_version": V1, "command": command} | how)
    said = {"server": "https://prod:6443", "context": "prod", "cluster": "prod", "user": "ada"} | (access or {})
    whole = Access(**said, authentication=authentication)
    return ExecPlugin(whole, authentication, env={"PATH": os.environ["PATH"]} if env is None else env, **run)


async def refusal(asked: ExecPlugin) -> str:
    """What the error says."""
    with pytest.raises(CredentialsError) as caught:
        await asked.credential()
    return str(caught.value)


@pytest.mark.parametrize("version", [V1, V1BETA1])
async def test_a_plugin_gives_a_token(tmp_path: Path, version: str) -> None:
    command = program(tmp_path, f"echo '{answer(version, token='t0ken')}'", interpreter="/bin/sh")
    given = await plugin(command, api_version=version).credential()
    assert (given.token, given.certificate, given.expires) == ("t0ken", None, None)
    assert "t0ken" not in repr(given)


async def test_a_plugin_gives_a_certificate_which_is_used_until_it_runs_out(tmp_path: Path) -> None:
    status = {"clientCertificateData": ADA.certificate.decode(), "clientKeyData": ADA.key.decode()}
    given = await plugin(program(tmp_path, f"print({answer(**status)!r})")).credential()
    assert given.token is None
    assert given.certificate == ClientCertificate(certificate=ADA.certificate, key=ADA.key)
    assert given.expires == pytest.approx(time.time() + 86400, abs=600)


async def test_it_gets_its_arguments_its_variables_and_the_cluster_and_no_terminal(tmp_path: Path) -> None:
    seen = tmp_path / "seen.json"
    command = program(
        tmp_path,
        f"""
import json, os, sys
with open({str(seen)!r}, "w") as file:
    json.dump([sys.argv[1:], dict(os.environ), sys.stdin.read()], file)
print({answer(token="t")!r})
""",
    )
    await plugin(
        command,
        args=("get-token", "--cluster", "a b"),
        env={"PATH": os.environ["PATH"], "HOME": "/home/ada", "REGION": "eu", "ORRERY_SECRET_KEY": "t0p-secret"},
        provide_cluster_info=True,
        cluster_config='{"audience": "prod"}',
        access={"certificate_authority": AUTHORITY.pem, "tls_server_name": "kubernetes"},
    ).credential()
    arguments, env, typed = json.loads(seen.read_text())
    assert (arguments, typed) == (["get-token", "--cluster", "a b"], "")
    assert (env["HOME"], env["REGION"]) == ("/home/ada", "eu")
    assert "ORRERY_SECRET_KEY" not in env
    assert json.loads(env["KUBERNETES_EXEC_INFO"]) == {
        "kind": "ExecCredential",
        "apiVersion": V1,
        "spec": {
            "interactive": False,
            "cluster": {
                "server": "https://prod:6443",
                "tls-server-name": "kubernetes",
                "certificate-authority-data": base64.b64encode(AUTHORITY.pem).decode(),
                "config": {"audience": "prod"},
            },
        },
    }


async def test_the_kubeconfigs_variables_count_more_and_the_cluster_is_told_only_when_asked_for(tmp_path: Path) -> None:
    command = program(tmp_path, 'echo "$REGION $KUBERNETES_EXEC_INFO" >&2; exit 3', interpreter="/bin/sh")
    access = Access(
        server="https://prod:6443",
        context="prod",
        cluster="prod",
        user="ada",
        authentication=Exec(api_version=V1, command=command, env={"REGION": "us"}),
    )
    assert isinstance(access.authentication, Exec)
    asked = ExecPlugin(access, access.authentication, env={"PATH": os.environ["PATH"], "REGION": "eu"})
    said = await refusal(asked)
    assert "It said: us {" in said
    assert "prod:6443" not in said


async def test_an_answer_is_kept_until_shortly_before_it_expires(tmp_path: Path, clock: Clock) -> None:
    asked = plugin(counting(tmp_path, expirationTimestamp="2030-01-01T12:01:00Z"), clock=clock)
    assert (await asked.credential()).token == "token-1"
    clock.now = NOW + 49
    assert (await asked.credential()).token == "token-1"
    clock.now = NOW + 50
    assert (await asked.credential()).token == "token-2"


async def test_an_answer_without_end_is_kept_until_it_is_refused(tmp_path: Path, clock: Clock) -> None:
    asked = plugin(counting(tmp_path), clock=clock)
    assert (await asked.credential()).token == "token-1"
    clock.now = NOW + 1e9
    assert (await asked.credential()).token == "token-1"
    asked.invalidate()
    assert (await asked.credential()).token == "token-2"


async def test_many_who_ask_at_once_share_one_run(tmp_path: Path) -> None:
    asked = plugin(counting(tmp_path))
    given = await asyncio.gather(*(asked.credential() for _ in range(20)))
    assert {each.token for each in given} == {"token-1"}


async def test_after_a_failure_the_next_one_who_asks_makes_it_run_again(tmp_path: Path) -> None:
    flag = tmp_path / "logged-in"
    command = program(tmp_path, f"test -e {flag} && echo '{answer(token='t')}'", interpreter="/bin/sh")
    asked = plugin(command)
    assert "ended with exit code 1" in await refusal(asked)
    flag.touch()
    assert (await asked.credential()).token == "t"


async def test_a_failing_plugin_is_told_with_the_end_of_what_it_said(tmp_path: Path) -> None:
    source = (
        'i=0; while [ $i -lt 9000 ]; do echo "line $i" >&2; i=$((i+1)); done; printf "\\033[31mlog in\\n" >&2; exit 7'
    )
    said = await refusal(plugin(program(tmp_path, source, interpreter="/bin/sh")))
    assert said == (
        f"{str(tmp_path / 'plugin')!r}, which gives the credentials of user 'ada' of context 'prod', ended with exit "
        "code 7. It said: line 8996 / line 8997 / line 8998 / line 8999 / [31mlog in"
    )


async def test_a_plugin_that_was_killed_is_told(tmp_path: Path) -> None:
    assert "was ended by signal 15." in await refusal(plugin(program(tmp_path, "kill $$", interpreter="/bin/sh")))


async def test_a_plugin_that_is_not_there_is_told_with_how_to_install_it(tmp_path: Path) -> None:
    said = await refusal(plugin("kubelogin", env={"PATH": str(tmp_path)}, install_hint="Get it by brew.\n"))
    assert said.startswith("'kubelogin', which gives the credentials of user 'ada' of context 'prod', is not there to")
    assert said.endswith("be run. Get it by brew.")


async def test_a_plugin_is_found_in_the_path(tmp_path: Path) -> None:
    program(tmp_path, f"echo '{answer(token='found')}'", interpreter="/bin/sh")
    assert (await plugin("plugin", env={"PATH": str(tmp_path)}).credential()).token == "found"


async def test_a_plugin_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    assert "cannot be started" in await refusal(plugin(program(tmp_path, "", interpreter="/no/such/interpreter")))
    command = program(tmp_path, "", interpreter="/bin/sh")
    assert "cannot be started: embedded null byte" in await refusal(plugin(command, args=("a\0b",)))
    (tmp_path / "plugin").chmod(0o600)
    assert "is not there to be run" in await refusal(plugin(command))


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "did not write an ExecCredential: Input data was truncated"),
        ("Please log in at https://login", "did not write an ExecCredential: JSON is malformed"),
        ('["t0p-secret"]', "did not write an ExecCredential: Expected `object`"),
        (answer(V1BETA1, token="t0p-secret"), f"did not write an ExecCredential of {V1}"),
        (json.dumps({"kind": "Pod", "apiVersion": V1}), f"did not write an ExecCredential of {V1}"),
        (json.dumps({"kind": "ExecCredential", "apiVersion": V1}), "gave neither a token nor a certificate"),
        (answer(token=""), "gave neither a token nor a certificate"),
        (answer(token="t0p-secret\nX-Header: y"), "gave a token with blanks"),
        (answer(token="t0p-secret", expirationTimestamp="2030-01-01T12:00:00"), "without its time zone"),
        (answer(token="t0p-secret", expirationTimestamp="soon"), "did not write an ExecCredential"),
        (answer(clientKeyData="t0p-secret"), "gave only half of clientCertificateData and clientKeyData"),
        (answer(clientCertificateData="x", clientKeyData="t0p-secret"), "client certificate of user 'ada'"),
        (
            answer(clientCertificateData=ADA.certificate.decode(), clientKeyData=AUTHORITY.client("x").key.decode()),
            "do not belong together",
        ),
    ],
)
async def test_an_answer_that_is_none_is_told_without_showing_it(tmp_path: Path, written: str, reason: str) -> None:
    (tmp_path / "answer").write_text(written)
    said = await refusal(plugin(program(tmp_path, f"cat {tmp_path}/answer", interpreter="/bin/sh")))
    assert reason in said
    assert "t0p-secret" not in said


async def test_a_plugin_that_hangs_is_told_with_the_last_it_said(tmp_path: Path) -> None:
    command = program(tmp_path, "echo waiting for the browser >&2; exec sleep 600", interpreter="/bin/sh")
    said = await refusal(plugin(command, timeout_s=1.5))
    assert said.endswith("did not end within 1.5 seconds. It said: waiting for the browser")


async def test_a_slow_plugin_is_waited_for(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    command = program(tmp_path, f"read line < {gate}; echo '{answer(token='late')}'", interpreter="/bin/sh")
    asked = plugin(command)
    asking = asyncio.create_task(asked.credential())
    await asyncio.to_thread(gate.write_text, "go\n")  # opens when the plugin has
    assert (await asking).token == "late"


async def test_a_plugin_that_writes_without_end_is_told(tmp_path: Path) -> None:
    said = await refusal(plugin(program(tmp_path, "exec cat /dev/zero", interpreter="/bin/sh")))
    assert said.endswith("wrote more than 1024 KiB.")
