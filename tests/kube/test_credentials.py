"""Credentials: headers from tokens, real token files and real plugins, kept fresh, and shown to nobody."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import pickle
from pathlib import Path

import pytest

from tests.kube.accesses import Clock, access, by_certificate, certified, plugin
from tests.kube.pki import Authority
from visualizer.kube.access import Basic, CredentialsError, Token, TokenFile
from visualizer.kube.credentials import Credentials

ADA = Authority().client("ada")
NOW = 1_900_000_000.0


async def test_nobody_in_particular_has_no_headers() -> None:
    credentials = Credentials(access())
    assert await credentials.headers() == {}
    assert not await credentials.refresh()


async def test_a_password_is_shown_as_basic_authentication() -> None:
    headers = await Credentials(access(authentication=Basic(username="ada", password="pä:w"))).headers()
    assert headers == {"Authorization": f"Basic {base64.b64encode('ada:pä:w'.encode()).decode()}"}


async def test_a_token_that_was_refused_stays_the_same() -> None:
    credentials = Credentials(access(authentication=Token(token="t")))
    assert await credentials.headers() == {"Authorization": "Bearer t"}
    assert not await credentials.refresh()


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("one\n")
    os.utime(path, (NOW, NOW))
    return path


def write(path: Path, content: str) -> None:
    path.write_text(content)


def remove(path: Path) -> None:
    path.unlink()


async def test_a_token_file_that_changes_is_read_again(token_file: Path) -> None:
    credentials = Credentials(access(authentication=TokenFile(path=str(token_file))), clock=Clock(NOW))
    assert await credentials.headers() == {"Authorization": "Bearer one"}
    version = credentials.version
    write(token_file, "two\n")
    assert await credentials.headers() == {"Authorization": "Bearer two"}
    assert credentials.version > version


async def test_a_token_file_that_looks_unchanged_is_read_again_after_a_minute_or_a_refusal(token_file: Path) -> None:
    clock = Clock(NOW)
    credentials = Credentials(access(authentication=TokenFile(path=str(token_file))), clock=clock)

    def rewrite(token: str) -> None:
        token_file.write_text(f"{token}\n")
        os.utime(token_file, (NOW, NOW))

    assert await credentials.headers() == {"Authorization": "Bearer one"}
    rewrite("two")
    clock.now += 59
    assert await credentials.headers() == {"Authorization": "Bearer one"}
    clock.now += 1
    assert await credentials.headers() == {"Authorization": "Bearer two"}
    rewrite("six")
    assert await credentials.refresh()
    assert await credentials.headers() == {"Authorization": "Bearer six"}
    assert not await credentials.refresh()


async def test_a_token_that_kubelet_projects_is_followed_through_its_links(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "token").write_text(name)
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "token").symlink_to("..data/token")
    credentials = Credentials(access(authentication=TokenFile(path=str(tmp_path / "token"))), clock=Clock(NOW))
    assert await credentials.headers() == {"Authorization": "Bearer one"}
    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").rename(tmp_path / "..data")
    assert await credentials.headers() == {"Authorization": "Bearer two"}


@pytest.mark.parametrize("content", ["", " \n", "two words", "ünicode", "a\r\nHost: b"])
async def test_a_file_without_a_token_is_told_without_showing_it(token_file: Path, content: str) -> None:
    write(token_file, content)
    with pytest.raises(CredentialsError) as caught:
        await Credentials(access(authentication=TokenFile(path=str(token_file)))).headers()
    assert str(caught.value) == (
        f"The token file of user 'ada' of context 'prod' is empty or has no token in it: {token_file}."
    )


async def test_a_token_file_that_went_away_is_told_and_not_replaced_by_nobody(token_file: Path) -> None:
    credentials = Credentials(access(authentication=TokenFile(path=str(token_file))))
    await credentials.headers()
    remove(token_file)
    with pytest.raises(CredentialsError, match=r"cannot be read: .*token: No such file or directory"):
        await credentials.headers()


async def test_after_a_refusal_the_plugin_runs_anew(tmp_path: Path) -> None:
    credentials = Credentials(access(authentication=plugin(tmp_path, {"token": "a"}, {"token": "b"}, {"token": "b"})))
    assert await credentials.headers() == {"Authorization": "Bearer a"}
    assert await credentials.refresh()
    assert await credentials.headers() == {"Authorization": "Bearer b"}
    assert not await credentials.refresh()


async def test_who_was_refused_with_older_credentials_does_not_make_the_plugin_run(tmp_path: Path) -> None:
    credentials = Credentials(access(authentication=plugin(tmp_path, {"token": "a"}, {"token": "b"})))
    await credentials.headers()
    refused = credentials.version
    assert await credentials.refresh(refused)
    assert await credentials.refresh(refused)  # a third run would fail: there are two answers
    assert await credentials.headers() == {"Authorization": "Bearer b"}


async def test_many_that_are_refused_at_once_make_the_plugin_run_once(tmp_path: Path) -> None:
    credentials = Credentials(access(authentication=plugin(tmp_path, {"token": "a"}, {"token": "b"})))
    await credentials.headers()
    assert await asyncio.gather(*(credentials.refresh() for _ in range(10))) == [True] * 10


async def test_when_the_plugin_fails_nobody_goes_on_anonymously(tmp_path: Path) -> None:
    credentials = Credentials(access(authentication=plugin(tmp_path, {"token": "a"})))
    await credentials.headers()
    with pytest.raises(CredentialsError, match="ended with exit code 1"):
        await credentials.refresh()
    with pytest.raises(CredentialsError, match="ended with exit code 1"):
        await credentials.headers()


async def test_credentials_show_no_secret_and_are_not_pickled(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ways = [
        Token(token="t0p-secret"),
        Basic(username="ada", password="t0p-secret"),
        plugin(tmp_path, {"token": "t0p-secret", **by_certificate(ADA)}),
    ]
    caplog.set_level(logging.DEBUG)
    for way in ways:
        credentials = Credentials(access(authentication=way, client_certificate=certified(ADA)))
        await credentials.headers()
        await credentials.ssl_context()
        logging.getLogger("orrery").warning("%s %r %s", credentials, credentials, vars(credentials))
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(credentials)
    assert len(caplog.records) >= len(ways)
    assert "of user 'ada' of context 'prod'" in caplog.text
    for secret in ("t0p-secret", base64.b64encode(b"ada:t0p-secret").decode(), "PRIVATE KEY"):
        assert secret not in caplog.text
