"""Secrets at rest: sealed with the first key, opened by any, and by nothing else."""

from __future__ import annotations

import os
import pickle
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualizer.kube.sealing import KEY_FILE, Sealer, SealingError, generate_key, keys_in

OLD, NEW, STRANGE = generate_key(), generate_key(), generate_key()


@given(st.binary(max_size=4096))
def test_what_is_sealed_is_unsealed_and_not_seen(secret: bytes) -> None:
    sealed = Sealer([NEW]).seal(secret)
    assert Sealer([NEW]).unseal(sealed) == secret
    assert len(secret) < 8 or secret not in sealed


def test_every_key_opens_and_the_first_one_seals() -> None:
    sealed_before = Sealer([OLD]).seal(b"kubeconfig")
    both = Sealer([NEW, OLD])
    assert both.unseal(sealed_before) == b"kubeconfig"
    assert Sealer([NEW]).unseal(both.seal(b"kubeconfig")) == b"kubeconfig"


def test_after_rotating_the_old_key_is_needed_no_more() -> None:
    rotated = Sealer([NEW, OLD]).rotate(Sealer([OLD]).seal(b"kubeconfig"))
    assert Sealer([NEW]).unseal(rotated) == b"kubeconfig"
    with pytest.raises(SealingError):
        Sealer([OLD]).unseal(rotated)


@pytest.mark.parametrize("open_it", [Sealer.unseal, Sealer.rotate])
def test_another_key_opens_nothing(open_it) -> None:
    sealed = Sealer([STRANGE]).seal(b"kubeconfig")
    with pytest.raises(SealingError, match="None of the 2 sealing keys opens this secret"):
        open_it(Sealer([NEW, OLD]), sealed)


@given(st.binary(max_size=200))
def test_what_was_never_sealed_does_not_open(garbage: bytes) -> None:
    with pytest.raises(SealingError):
        Sealer([NEW]).unseal(garbage)


def test_what_was_changed_after_sealing_does_not_open() -> None:
    sealed = bytearray(Sealer([NEW]).seal(b"kubeconfig"))
    sealed[30] ^= 1
    with pytest.raises(SealingError):
        Sealer([NEW]).unseal(bytes(sealed))


def test_without_a_key_there_is_no_sealer() -> None:
    with pytest.raises(SealingError, match="no sealing key"):
        Sealer([])


def test_a_key_that_is_none_is_told_by_its_place_and_not_shown() -> None:
    with pytest.raises(SealingError, match="Sealing key 2 of 2") as caught:
        Sealer([NEW, "correct-horse-battery-staple"])
    assert "horse" not in str(caught.value)


def test_a_sealer_shows_no_key_and_is_not_pickled() -> None:
    sealer = Sealer([NEW])
    assert NEW not in f"{sealer} {sealer!r}"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(sealer)


def test_the_key_file_is_made_at_first_use_for_its_owner_only_and_then_kept(tmp_path: Path) -> None:
    keys = keys_in(tmp_path)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert keys_in(tmp_path) == keys
    assert Sealer(keys_in(tmp_path)).unseal(Sealer(keys).seal(b"kubeconfig")) == b"kubeconfig"
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_who_comes_first_makes_the_key_file_and_the_others_use_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: tuple(keys_in(tmp_path)), range(64)))
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_key_may_be_put_before_the_others_in_the_file(tmp_path: Path) -> None:
    (old,) = keys_in(tmp_path)
    path = tmp_path / KEY_FILE
    path.write_text(f"{NEW}\n{old}\n")
    assert keys_in(tmp_path) == [NEW, old]


def test_a_key_file_that_everybody_reads_is_refused(tmp_path: Path) -> None:
    keys_in(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o604)
    with pytest.raises(SealingError, match="open to every user"):
        keys_in(tmp_path)


def test_an_empty_key_file_is_not_filled_with_a_key_that_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / KEY_FILE
    os.close(os.open(path, os.O_CREAT, 0o600))
    with pytest.raises(SealingError, match="no keys in it"):
        keys_in(tmp_path)
    assert path.read_bytes() == b""
