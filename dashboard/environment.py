"""What an operator may set, from environment variables. A test holds it and the table of docs/settings.md together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT: Final = Path(__file__).parent.parent


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
    debug: bool = Field(
        default=False,
        description="Django's error pages, with every detail of a failure. Never where others can reach the site.",
    )

    @field_validator("allowed_hosts", "cluster_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


def read_environment() -> Environment:
    """What is set. Raises :class:`SystemExit`, which says of each variable that does not fit what it should be."""
    try:
        return Environment()
    except ValidationError as error:
        prefix = Environment.model_config["env_prefix"]
        problems = (
            f"{prefix}{str(wrong['loc'][0]).upper()} cannot be “{wrong['input']}”: {wrong['msg']}."
            for wrong in error.errors()
        )
        raise SystemExit("\n".join(problems)) from error
