"""Accesses for tests, plugins that give one answer after the other, and a clock that is put forward by hand."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.kube.pki import Pair
from visualizer.kube.access import Access, ClientCertificate, Exec


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def access(server: str = "https://prod:6443", **fields: Any) -> Access:
    """An access with some fields."""
    return Access(**{"server": server, "context": "prod", "cluster": "prod", "user": "ada"} | fields)


def certified(pair: Pair) -> ClientCertificate:
    """As an access has it."""
    return ClientCertificate(certificate=pair.certificate, key=pair.key)


def plugin(folder: Path, *answers: dict[str, Any]) -> Exec:
    """A plugin that gives one answer after the other, and then fails."""
    whole = [
        {"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": status}
        for status in answers
    ]
    (folder / "answers").write_text(json.dumps(whole))
    path = folder / "plugin"
    path.write_text(f"""#!{sys.executable}
import json, pathlib
answers = pathlib.Path({str(folder / "answers")!r})
first, *rest = json.loads(answers.read_text())
answers.write_text(json.dumps(rest))
print(json.dumps(first))
""")
    path.chmod(0o700)
    return Exec(api_version="client.authentication.k8s.io/v1", command=str(path))


def by_certificate(pair: Pair) -> dict[str, str]:
    """What a plugin answers that gives a certificate."""
    return {"clientCertificateData": pair.certificate.decode(), "clientKeyData": pair.key.decode()}
