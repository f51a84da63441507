"""The file runs its own script and nothing else, whatever its recording is called."""

from __future__ import annotations

import base64
import hashlib
import re

import msgspec

from tests.offline import carried
from visualizer.offline.contents import Contents
from visualizer.offline.page import Player, make_page

HOSTILE = "</title></script><script>alert(1)</script>\u2028<img src=x onerror=alert(2)>\"'&"
CONTENTS = Contents(
    "deploy", b'{"intro":"</script><!--"}', b'{"opening":{},"frames":[]}', b'{"pool":["</script>"],"tapes":{}}'
)
PLAYER = Player("const end = '</script>', begin = `<SCRIPT><!--`;", "p::after { content: '</style>' }")


def text_of(page: str, tag: str, attributes: str = "") -> str:
    """What stands in the only element of this kind."""
    (found,) = re.findall(f"<{tag}{attributes}>(.*?)</{tag}>", page, re.DOTALL)
    return found


def test_a_title_is_text() -> None:
    page = make_page(msgspec.structs.replace(CONTENTS, title=HOSTILE), PLAYER).decode()
    assert "alert(1)</script>" not in page
    assert "<img" not in page
    assert len(re.findall(r"<script", page)) == 4


def test_the_policy_lets_only_this_script_and_this_style_run_and_loads_nothing() -> None:
    page = make_page(CONTENTS, PLAYER).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for tag, attributes, rule in (("script", ' type="module"', "script-src"), ("style", "", "style-src")):
        digest = hashlib.sha256(text_of(page, tag, attributes).encode()).digest()
        assert rules[rule] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert rules["img-src"] == "data: blob:"
    assert set(rules) == {"default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"}
    assert page.index("Content-Security-Policy") < page.index("<title>")


def test_no_tag_of_the_players_own_texts_ends_it() -> None:
    page = make_page(CONTENTS, PLAYER).decode()
    assert text_of(page, "script", ' type="module"') == r"const end = '\x3c/script>', begin = `\x3cSCRIPT>\x3c!--`;"
    assert text_of(page, "style") == r"p::after { content: '\3c /style>' }"


def test_the_parts_are_the_contents() -> None:
    parts = carried.parts_of(make_page(CONTENTS, PLAYER))
    assert parts == {
        "start": {"intro": "</script><!--"},
        "pictures": {"opening": {}, "frames": []},
        "answers": {"pool": ["</script>"], "tapes": {}},
    }
