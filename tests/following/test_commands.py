"""The commands around live clusters, and the demo that follows one, as a person runs them."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from django.core.management import CommandError, call_command

from tests.following.conftest import SEALER, cluster_of, followable, following, objects_in, until
from tests.following.test_following import ROLLING_UPDATE, import_file, raw_events, raw_objects
from visualizer.following.adding import save
from visualizer.kube.access import Access, Token, from_json
from visualizer.kube.sealing import Sealer, generate_key
from visualizer.live.threads import in_thread
from visualizer.log.importing import import_recording
from visualizer.models import Cluster, Log

ROOT = Path(__file__).parent.parent.parent


def write_kubeconfig(folder: Path, server: str, *, token: str = "abc") -> Path:
    """A kubeconfig as people have them."""
    path = folder / "config"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "lab",
        "clusters": [{"name": "lab", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": {"token": token}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "me"}}],
    }
    path.write_text(json.dumps(config))  # JSON is YAML
    return path


async def run(*arguments: object) -> str:
    """What the command says."""
    said = io.StringIO()
    await in_thread(lambda: call_command(*map(str, arguments), stdout=said))
    return said.getvalue()


async def test_adding_a_cluster_tells_what_may_not_be_read(tmp_path: Path) -> None:
    async with cluster_of("deploy") as server:
        server.access.deny("v1/secrets")
        said = await run("add_cluster", "My lab", "--kubeconfig", write_kubeconfig(tmp_path, server.url))
        resources = len(followable(server))
    assert f"{resources - 1} of {resources} resources may be listed and watched" in said
    assert "v1/secrets  may not: get, list, watch" in said
    assert "  - apiGroups: ['']\n    resources: [secrets]\n    verbs: [get, list, watch]\n" in said
    assert f"added My lab: {server.url}, Kubernetes v1.36.2" in said
    kept = await in_thread(Cluster.objects.get)
    assert (kept.slug, kept.server, kept.is_insecure) == ("my-lab", server.url, False)


async def test_a_cluster_that_does_not_answer_is_not_added(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CommandError, match=r"lab was not added: .* cannot be reached: Connection refused"):
            await run("add_cluster", "lab", "--kubeconfig", write_kubeconfig(tmp_path, server))
    assert await in_thread(Cluster.objects.count) == 0


async def test_a_kubeconfig_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no kubeconfig at"):
        await run("add_cluster", "lab", "--kubeconfig", tmp_path / "nothing")


async def test_credentials_are_sealed_anew_with_the_first_key(settings: Any) -> None:
    old, new = generate_key(), generate_key()
    access = Access("http://127.0.0.1:1", "lab", "lab", "me", authentication=Token("abc"))
    await in_thread(lambda: save("lab", access, Sealer([old])))
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"cluster_keys": [new, old]})
    assert await run("rotate_keys") == "sealed anew: 1 clusters\n"
    kept = await in_thread(Cluster.objects.get)
    assert from_json(Sealer([new]).unseal(bytes(kept.access))) == access


async def test_a_stretch_of_a_live_log_is_recorded_and_the_log_outlives_the_cluster(tmp_path: Path) -> None:
    async with cluster_of("deploy") as server, following(server) as followed:
        await server.play()
        await until(followed.equals_the_cluster)
        said = await run("record", "lab", tmp_path / "kept.jsonl.zst", "--last", "1h")
        assert said.startswith("recorded lab: ")
        with (tmp_path / "kept.jsonl.zst").open("rb") as stream:
            kept = await in_thread(lambda: import_recording(stream, slug="kept"))
        assert await in_thread(lambda: objects_in(kept) == followed.objects())
        await run("remove_cluster", "lab")
        await server.until(lambda: not server.watches)
    assert await in_thread(lambda: list(Log.objects.filter(slug="lab").values_list("is_live", flat=True))) == [False]


@pytest.mark.parametrize(("command", "arguments"), [("record", ("web", "out")), ("remove_cluster", ("web",))])
async def test_an_unknown_cluster_is_answered_with_those_there_are(command: str, arguments: tuple[str, ...]) -> None:
    access = Access("http://127.0.0.1:1", "lab", "lab", "me", authentication=Token("abc"))
    await in_thread(lambda: save("lab", access, SEALER))
    with pytest.raises(CommandError, match=r"There is no cluster “web”.* There are: (lab|none yet)"):
        await run(command, *arguments)


async def test_the_demo_follows_the_cluster_of_a_kubeconfig(tmp_path: Path) -> None:
    """And ends where importing the recording ends that happened there, byte for byte."""
    async with cluster_of("rolling-update") as server, aiohttp.ClientSession() as session:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        kubeconfig = server.kubeconfig(tmp_path / "config")
        demo = await asyncio.create_subprocess_exec(
            sys.executable, "manage.py", "demo", "--port", str(port), "--kubeconfig", str(kubeconfig),
            cwd=ROOT, env={**os.environ, "ORRERY_DATA_DIR": str(tmp_path / "data")}, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            site = f"http://127.0.0.1:{port}"
            await _told(session, site, lambda told: told["is_synchronised"])
            events = await server.play()
            await _told(session, site, lambda told: sum(each["events"] for each in told["resources"]) == events)
            await _told(session, site, lambda told: told["cost"]["events_per_second"] == 0)
            async with session.get(f"{site}/api/logs/lab/recording") as answer:
                recording = await answer.read()
        finally:
            demo.send_signal(signal.SIGTERM)
            await asyncio.wait_for(demo.wait(), 20)
    kept = await in_thread(lambda: import_recording(io.BytesIO(recording), slug="kept"))
    imported = await in_thread(lambda: import_file(ROLLING_UPDATE))
    assert await in_thread(lambda: raw_objects(kept)) == await in_thread(lambda: raw_objects(imported))
    assert await in_thread(lambda: raw_events(kept)) == await in_thread(lambda: raw_events(imported))


async def _told(session: aiohttp.ClientSession, site: str, holds: Any) -> None:
    """Return when what the site tells of its only cluster fits."""
    async with asyncio.timeout(60):
        while True:
            try:
                async with session.get(f"{site}/api/clusters") as answer:
                    (told,) = await answer.json()
                if told["objects"] and holds(told):
                    return
            except (aiohttp.ClientConnectionError, ValueError):
                pass  # the server is not there yet, or knows no cluster yet
            await asyncio.sleep(0.1)


async def test_a_cluster_can_be_listed_instead_of_watched_and_kept_for_as_long_as_is_said(tmp_path: Path) -> None:
    async with cluster_of("deploy") as server:
        path = write_kubeconfig(tmp_path, server.url)
        await run("add_cluster", "lab", "--kubeconfig", path, "--poll-only", "--every", "1s", "--last", "12h")
        made = await in_thread(Cluster.objects.get)
        assert (made.is_polled, made.poll_seconds, made.keep_seconds, made.keep_bytes) == (True, 10, 43_200, None)
        await run("add_cluster", "lab", "--kubeconfig", path, "--most", "1GiB")
        made = await in_thread(Cluster.objects.get)
        assert (made.is_polled, made.keep_seconds, made.keep_bytes) == (False, 43_200, 1 << 30)
