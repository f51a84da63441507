"""The files that start a team's server name commands and options that there are, and the cluster role only reads."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from dashboard.environment import ROOT, Environment

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PROCFILE = dict(re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE))
RBAC = list(yaml.safe_load_all((ROOT / "deploy" / "rbac.yaml").read_text()))
OWN = ("migrate", "web", "watcher", "worker", "beat")
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def commands() -> list[Any]:
    """Each command that Orrery's processes are started with, and whose it is."""
    found = [
        pytest.param(shlex.split(line.replace("${PORT:-8000}", "8000")), id=f"Procfile {name}")
        for name, line in PROCFILE.items()
    ]
    found += [pytest.param(COMPOSE["services"][name]["command"], id=f"compose {name}") for name in OWN]
    found.append(pytest.param(yaml.safe_load(DOCKERFILE.rpartition("\nCMD ")[2]), id="Dockerfile"))
    return found


@pytest.mark.parametrize("command", commands())
def test_every_process_is_started_by_a_command_that_there_is(command: list[str]) -> None:
    program, name, *options = command
    assert program == "orrery"
    parser = load_command_class(get_commands()[name], name).create_parser("orrery", name)
    parser.parse_args(options)  # raises where there is no such option


def test_the_procfile_and_the_containers_have_the_same_processes() -> None:
    assert set(PROCFILE) - {"release"} == {"web", "watcher", "worker", "beat"}
    assert set(COMPOSE["services"]) == {*OWN, "postgres", "redis"}


def test_every_container_that_stays_has_a_health_check_and_waits_for_what_it_needs() -> None:
    for name, service in COMPOSE["services"].items():
        if name != "migrate":
            assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
    for name in set(OWN) - {"migrate"}:
        assert set(COMPOSE["services"][name]["depends_on"]) == {"postgres", "redis", "migrate"}


def test_every_setting_of_the_containers_is_one_and_every_secret_comes_from_outside() -> None:
    example = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked == example
    settings = {f"ORRERY_{name.upper()}" for name in Environment.model_fields}
    for name in OWN:
        variables = COMPOSE["services"][name]["environment"]
        assert set(variables) <= settings
        assert variables["ORRERY_LOGIN"] == "true"
        for secret in ("ORRERY_SECRET_KEY", "ORRERY_CLUSTER_KEYS"):
            assert variables[secret].startswith("${")
        assert re.search(r":\$\{POSTGRES_PASSWORD:\?[^}]+\}@", variables["ORRERY_DATABASE_URL"])


def test_the_image_is_made_of_files_that_there_are_and_does_not_run_as_root() -> None:
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
    assert "\nUSER orrery\n" in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE
    assert "\nHEALTHCHECK " in DOCKERFILE


def test_the_cluster_role_only_reads_and_only_asks_about_itself() -> None:
    (role,) = [document for document in RBAC if document["kind"] == "ClusterRole"]
    for rule in role["rules"]:
        if "selfsubjectaccessreviews" in rule.get("resources", ()):
            assert rule["verbs"] == ["create"]
        else:
            assert set(rule["verbs"]) <= {"get", "list", "watch"}
        assert "*" not in rule.get("apiGroups", ())
    paths = {path for rule in role["rules"] for path in rule.get("nonResourceURLs", ())}
    assert {"/livez", "/readyz", "/metrics", "/version"} <= paths
    (binding,) = [document for document in RBAC if document["kind"] == "ClusterRoleBinding"]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]


def test_the_team_script_reads_the_procfile_and_finds_redis() -> None:
    asked = (
        "import runpy; team = runpy.run_path('scripts/team');"
        "print(sorted(team['read_procfile']()), team['redis_program']())"
    )
    said = subprocess.check_output([sys.executable, "-c", asked], cwd=ROOT, text=True)
    assert said.startswith(str(sorted(PROCFILE)))
    assert shutil.which(said.split()[-1])
