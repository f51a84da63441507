"""A live cluster on a viewer's screen while his network fails him."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import ROOT, free_port, wait_until_serving
from tests.browser.test_stage import open_stage, shown_pods

KUBECTL = Path(sys.executable).parent / "kubectl"
RECORDING = ROOT / "demos" / "rolling-update" / "recording.jsonl.zst"
MINUTE_MS = 60_000


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    """Leads to a cluster in which nothing happens but by kubectl."""
    path = tmp_path / "config"
    command = [sys.executable, "-m", "tests.apiserver", str(RECORDING), "--still", "--kubeconfig", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        next(line for line in process.stdout if line.startswith("export KUBECONFIG="))
        yield path
        process.terminate()


@pytest.fixture
def live(kubeconfig: Path, tmp_path: Path) -> Iterator[str]:
    """The address of ``orrery demo --kubeconfig``."""
    port, log = free_port(), tmp_path / "server.log"
    environment = {**os.environ, "ORRERY_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "manage.py", "demo", "--port", str(port), "--kubeconfig", str(kubeconfig)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_serving(process, address, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def kubectl(kubeconfig: Path, *arguments: str) -> None:
    """Alter the cluster."""
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "HOME": str(kubeconfig.parent)}
    subprocess.run([KUBECTL, *arguments], env=environment, check=True, capture_output=True, timeout=30)


def test_a_viewer_who_is_cut_off_for_a_minute_is_told_so_and_then_sees_what_is(
    page: Page, live: str, kubeconfig: Path
) -> None:
    is_cut = False
    opened: list[WebSocketRoute] = []

    def carry(socket: WebSocketRoute) -> None:
        if is_cut:
            socket.close()
            return
        socket.connect_to_server()
        opened.append(socket)

    page.route_web_socket(re.compile("/ws/logs/"), carry)
    page.clock.install()
    open_stage(page, live, "/logs/lab/?view=nodes")
    expect(page.locator('[data-pod^="shop/web"]')).to_have_count(3)

    is_cut = True
    opened.pop().close()
    expect(page.get_by_text("not connected", exact=True)).to_be_visible()
    kubectl(kubeconfig, "delete", "pods", "--namespace=shop", "--selector=app=web", "--wait=false")
    page.clock.run_for(MINUTE_MS)
    assert opened == []
    assert len(shown_pods(page, "web")) == 3, "the old picture stays, and says how old it is"
    expect(page.locator("main.stale")).to_be_visible()

    is_cut = False
    page.clock.run_for(MINUTE_MS)
    expect(page.locator('[data-pod^="shop/web"]')).to_have_count(0)
    expect(page.locator('[data-pod^="shop/db"]')).to_have_count(2)
    expect(page.locator("main.stale")).to_have_count(0)
    assert len(opened) == 1, "it connected once, and stayed"
    page.goto("about:blank")  # before its server goes
