"""Markdown to HTML that is safe to be shown, whoever wrote it: CommonMark and tables, by markdown-it-py.

HTML in the text stays text, and pictures are their descriptions. A link leads to http(s), or moves the stage: it is a
query of the stage's address, such as ``?view=nodes&selected=v1/nodes:node-1``. Any other stays text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

MOST_NESTED: Final = 20
"""How deep quotes and lists may stand in each other."""


class _Renderer(RendererHTML):
    """Links say what they are: those that move the stage have ``data-stage``, others open beside this page."""

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The opening tag of a link."""
        token = tokens[idx]
        if str(token.attrs.get("href", "")).startswith("?"):
            token.attrSet("data-stage", "")
        else:
            token.attrSet("target", "_blank")
            token.attrSet("rel", "noopener noreferrer")
        return self.renderToken(tokens, idx, options, env)

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A picture would be fetched from elsewhere: its description stands in its place."""
        return escapeHtml(self.renderInlineAsText(tokens[idx].children or [], options, env))

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A cell says how it is aligned by a class: the page allows no styles in its HTML."""
        style = str(tokens[idx].attrs.pop("style", ""))
        if style:
            tokens[idx].attrSet("class", f"to-{style.removeprefix('text-align:')}")
        return self.renderToken(tokens, idx, options, env)

    td_open = th_open

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Headings in a chapter's text are below the chapter's own."""
        tokens[idx].tag = "h4"
        return self.renderToken(tokens, idx, options, env)

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The closing tag of such a heading."""
        return self.heading_open(tokens, idx, options, env)


def _make() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": MOST_NESTED}, renderer_cls=_Renderer).enable("table")
    made.validateLink = is_link  # type: ignore[method-assign] # the library's own way to say which links there are
    return made


def is_link(url: str) -> bool:
    """Whether a link may lead there."""
    return url.startswith("?") or url[:8].lower().startswith(("http://", "https://"))


_markdown: Final = _make()


def parse(text: str, *, first_line: int) -> list[Token]:
    """The blocks of this text, whose first line has this number. ``map`` of a block then has lines of the whole."""
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.map is not None:
            token.map = [token.map[0] + first_line, token.map[1] + first_line]
    return tokens


def render(tokens: Sequence[Token]) -> str:
    """The HTML of these blocks."""
    return str(_markdown.renderer.render(tokens, _markdown.options, {})).strip()


def render_inline(text: str) -> str:
    """The HTML of a piece of text that is no block of its own."""
    return str(_markdown.renderInline(text)).strip()


def plain(token: Token) -> str:
    """The text of a block's inline content without its marks."""
    return "".join(child.content for child in _walk([token]) if child.type in {"text", "code_inline", "softbreak"})


def links(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Each link in these blocks, with the line of the block that it stands in."""
    line = 0
    for token in tokens:
        line = token.map[0] if token.map else line
        for child in _walk([token]):
            if child.type == "link_open":
                yield line, str(child.attrs.get("href", ""))


def _walk(tokens: Sequence[Token]) -> Iterator[Any]:
    for token in tokens:
        yield token
        yield from _walk(token.children or [])
