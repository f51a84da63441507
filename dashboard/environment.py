"""What an operator may set, from environment variables. A test holds it and the table of docs/settings.md together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from dashboard.databases import postgresql

ROOT: Final = Path(__file__).parent.parent
REDIS_SCHEMES: Final = ("redis", "rediss", "unix")


class Environment(BaseSettings):
    """Each setting is ``ORRERY_`` and its name in capitals. A value that does not fit stops the start."""

    model_config = SettingsConfigDict(env_prefix="ORRERY_", extra="ignore")

    data_dir: Path = Field(
        default=ROOT / ".data",
        description="The folder of the database and the secret key. It is made if it is not there.",
    )
    secret_key: str = Field(
        default="",
        description="Signs cookies. Where it is empty, one is made at the first start and kept in the data folder.",
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default=["127.0.0.1", "localhost", "[::1]"],
        description="The names that this site answers to, with commas between them. Others are refused, so that no "
        "foreign page can reach it through a name of its own.",
    )
    max_recording_bytes: int = Field(
        default=8 << 30, gt=0, description="The most that a recording may hold when it is unpacked, in bytes."
    )
    max_line_bytes: int = Field(
        default=512 << 20, gt=0, description="The longest line that a recording may have, in bytes."
    )
    max_upload_bytes: int = Field(
        default=1 << 30, gt=0, description="The largest file that may be sent to the server, in bytes."
    )
    cluster_keys: Annotated[list[str], NoDecode] = Field(
        default=[],
        description="The keys that seal clusters' credentials, with commas between them: the first seals, all open. "
        "Where there are none, one is made at the first start and kept in the data folder.",
    )
    database_url: str = Field(
        default="",
        description="The PostgreSQL database, as `postgresql://user:password@host:5432/name`. Where it is empty, "
        "SQLite in the data folder: for one process only.",
    )
    redis_url: str = Field(
        default="",
        description="The Redis that carries news from watchers to web processes, as `redis://:password@host:6379/0`. "
        "Where it is empty, they must be one process.",
    )
    keep_days: float = Field(
        default=7.0,
        gt=0,
        description="How many days of a live cluster's log are kept, where `orrery retain` does not say otherwise.",
    )
    keep_bytes: int = Field(
        default=4 << 30,
        gt=0,
        description="How much of a live cluster's log is kept, in bytes as they are in the database, where "
        "`orrery retain` does not say otherwise.",
    )
    login: bool = Field(
        default=False,
        description="Whether visitors must log in. Addresses that other machines can reach are only served with it.",
    )
    https: bool = Field(
        default=False,
        description="Whether visitors come by HTTPS, through a proxy that sets `X-Forwarded-Proto`. Cookies are then "
        "sent by HTTPS only.",
    )
    debug: bool = Field(
        default=False,
        description="Django's error pages, with every detail of a failure. Never where others can reach the site.",
    )

    @field_validator("allowed_hosts", "cluster_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, value: str) -> str:
        if value:
            postgresql(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in REDIS_SCHEMES:
            raise ValueError(f"it must begin with one of {', '.join(f'{scheme}://' for scheme in REDIS_SCHEMES)}")
        return value


def read_environment() -> Environment:
    """What is set. Raises :class:`SystemExit`, which says of each variable that does not fit what it should be."""
    try:
        return Environment()
    except ValidationError as error:
        prefix = Environment.model_config["env_prefix"]
        problems = (
            f"{prefix}{str(wrong['loc'][0]).upper()} cannot be “{_shown(wrong['input'])}”: {wrong['msg']}."
            for wrong in error.errors()
        )
        raise SystemExit("\n".join(problems)) from error


def make_data_dir(folder: Path) -> Path:
    """The data folder, made for its owner only if it is not there. Raises :class:`SystemExit` where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SystemExit(f"ORRERY_DATA_DIR cannot be “{folder}”: {error.strerror}.") from error
    return folder


def _shown(value: object) -> str:
    """The value as it may be told: without the password of an address."""
    return re.sub(r"//.*@", "//…@", str(value))
