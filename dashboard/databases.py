"""The database and the cache that are set, as Django wants them told: PostgreSQL and Redis, else SQLite and memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

SCHEMES: Final = ("postgresql", "postgres")
KEPT_SECONDS: Final = 60
"""How long a request's connection is kept for the next one. It is tried before it is used again."""

_PRAGMAS: Final = (
    "journal_mode=WAL",  # readers go on while an import writes
    "synchronous=NORMAL",  # in WAL mode a power cut may undo the last writes, and never breaks the file
    "cache_size=-16000",  # 16 MB a connection
)


def database(url: str, data_dir: Path) -> dict[str, Any]:
    """Django's settings of the database at this address; of SQLite's in the data folder where it is empty.

    Raises :class:`ValueError` where the address is none of a PostgreSQL database.
    """
    return postgresql(url) if url else sqlite(data_dir)


def sqlite(data_dir: Path) -> dict[str, Any]:
    """SQLite, for one process."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": data_dir / "orrery.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",  # two writers wait for one another, instead of failing half way
            "timeout": 20,
            "init_command": " ".join(f"PRAGMA {pragma};" for pragma in _PRAGMAS),
        },
    }


def cache(redis_url: str) -> dict[str, Any]:
    """Django's settings of the cache, which has the locks of polls: in Redis between processes, else in this one."""
    if not redis_url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_url,
        "KEY_PREFIX": "orrery",
    }


def postgresql(url: str) -> dict[str, Any]:
    """PostgreSQL at ``postgresql://user:password@host:port/name?option=value``; options are libpq's.

    A folder with a Unix socket is given as ``?host=``. Raises :class:`ValueError`.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise ValueError("it must begin with postgresql://")
    name = unquote(parts.path.removeprefix("/"))
    if not name or "/" in name:
        raise ValueError("it must end with the database's name: postgresql://user:password@host:5432/orrery")
    options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": _port(parts),
        "OPTIONS": {"connect_timeout": 5, **options},
        "CONN_MAX_AGE": KEPT_SECONDS,
        "CONN_HEALTH_CHECKS": True,
    }


def _port(parts: SplitResult) -> str:
    return str(parts.port) if parts.port else ""
