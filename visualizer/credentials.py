"""What looks like a credential: by the names that people give to variables and flags, and in commands."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final

MASK: Final = "<masked>"

_WORDS: Final = frozenset(
    {
        *(
            "PASSWORD",
            "PASSWORDS",
            "PASSWD",
            "PASSPHRASE",
            "PWD",
            "PASS",
            "SECRET",
            "SECRETS",
            "TOKEN",
            "TOKENS",
            "JWT",
        ),
        *("CREDENTIAL", "CREDENTIALS", "CREDS", "AUTH", "OAUTH", "AUTHORIZATION", "BEARER", "PAT", "DSN", "SALT"),
    }
)
_ENDINGS: Final = ("PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY", "SECRETKEY", "ACCESSKEY", "PRIVATEKEY")
_KEYS: Final = (
    *("API", "ACCESS", "PRIVATE", "SIGNING", "ENCRYPTION", "DECRYPTION", "MASTER", "ACCOUNT", "STORAGE", "SHARED"),
    *("SERVICE", "SESSION", "HMAC", "SSH", "TLS", "SSL", "LICENSE", "APP", "CLIENT", "DEPLOY"),
)
_STORES: Final = (
    *("DATABASE", "DB", "POSTGRES", "POSTGRESQL", "PG", "MYSQL", "MONGO", "MONGODB"),
    *("REDIS", "AMQP", "RABBITMQ", "BROKER"),
)
_PAIRS: Final = frozenset(
    [(kind, "KEY") for kind in _KEYS]
    + [(store, locator) for store in _STORES for locator in ("URL", "URI")]
    + [("CONNECTION", "STRING"), ("CONN", "STRING"), ("CONN", "STR"), ("WEBHOOK", "URL")]
)
_JOINED: Final = frozenset(first + second for first, second in _PAIRS)
_DIRECTORIES: Final = frozenset({"PWD", "OLDPWD"})
"""Variables of the shell that only look like passwords."""

_BREAK: Final = re.compile(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])")
_GIVEN: Final = re.compile(r"(?P<name>[\w.-]+)=|(?<!\S)--?(?P<flag>[\w-]+)\s+(?!-)")
_LITERAL: Final = re.compile(r"--from-literal(?:=|\s+)[\"']?$")
_QUOTES: Final = ("'", '"')
_MANIFEST: Final = re.compile(r"kind[\"']?\s*:\s*[\"']?Secret\b")


@lru_cache(maxsize=4096)
def is_credential(name: str) -> bool:
    """Whether a variable or flag of this name holds a credential, as far as its words tell.

    ``DB_PASSWORD``, ``apiKey`` and ``DATABASE_URL`` do; ``AUTHOR``, ``TOKENIZER`` and ``MONKEY`` do not. It errs to the
    safe side: ``MAX_TOKENS`` is taken for one.
    """
    if name in _DIRECTORIES:
        return False
    words = [word.upper() for word in _BREAK.split(name) if word]
    if any(word in _WORDS or word in _JOINED or word.endswith(_ENDINGS) for word in words):
        return True
    return any(pair in _PAIRS for pair in pairwise(words))


def mask_command(command: str) -> str:
    """A command line without what it gives away.

    Masked are the literals of ``kubectl create secret``, what is given to variables and flags with names of
    credentials, and a manifest of a Secret, which goes with all that follows on it.
    """
    if found := _MANIFEST.search(command):
        start = command.find("\n") + 1 or found.start()
        command = command[: min(start, found.start())] + MASK
    creates_secret = "secret" in command
    pieces: list[str] = []
    done, quote = 0, ""
    for given in _GIVEN.finditer(command):
        start, end = given.span()
        if start < done:
            continue
        is_literal = creates_secret and _LITERAL.search(command[max(0, start - 24) : start])
        if not is_literal and not is_credential(given["name"] or given["flag"]):
            continue
        quote = _quote_after(command[done:end], quote)
        pieces += [command[done:end], MASK]
        done = _end_of_value(command, end, quote)
    return "".join([*pieces, command[done:]])


def _quote_after(text: str, quote: str) -> str:
    """The quote that is open behind this text, if that one was open before it; empty for none."""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
    return quote


def _end_of_value(command: str, start: int, around: str) -> int:
    """Where a value ends that starts here: at the quote around it if there is one, else at the next free space."""
    quote = around
    for at in range(start, len(command)):
        character = command[at]
        if quote:
            if character == quote and around:
                return at
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        elif character.isspace():
            return at
    return len(command)
