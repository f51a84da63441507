"""The authorizer against a real API server's answers: every decision the same, and its reason among ours.

``rbac/policy-SEED.json.zst`` holds a cluster's RBAC objects and 2,000 SubjectAccessReviews with what the server said,
which ran with ``--authorization-mode=Node,RBAC``.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import zstandard

from visualizer.rbac.authorizer import decide
from visualizer.rbac.documents import read_policy, read_review

FILES = sorted((Path(__file__).parent / "rbac").glob("*.json.zst"))


def test_there_is_something_to_hold_the_authorizer_against():
    assert len(FILES) >= 4


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.split(".")[0])
def test_every_decision_is_the_servers_and_its_reason_is_among_ours(path):
    text = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
    policy, document = read_policy(text), msgspec.json.decode(text)
    assert len(document["decisions"]) == 2000
    wrong = []
    for answer in document["decisions"]:
        review = read_review(msgspec.json.encode(answer))
        ours = decide(policy, user=review.user, groups=review.groups, attributes=review.attributes)
        is_told = answer["reason"] in ours.reasons if answer["reason"] else ours.by != "RBAC" and not ours.reasons
        if ours.allowed != answer["allowed"] or not is_told:
            wrong.append((answer, ours))
    assert wrong == []
