"""What an operator may set, from environment variables. docs/settings.md is its table; a test holds the two together."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parent.parent


class Environment(BaseSettings):
    """Each setting is ``ORRERY_`` and its name in capitals. A value that does not fit stops the start with the reason."""

    model_config = SettingsConfigDict(env_prefix="ORRERY_", extra="ignore")

    data_dir: Path = Field(
        ROOT / ".data", description="The folder of the database and the secret key; made if it is not there."
    )
    secret_key: str = Field("", description="Signs cookies. Empty: one is made once and kept in the data folder.")
    max_recording_bytes: int = Field(
        8 << 30, gt=0, description="The most that one recording may hold when unpacked, in bytes."
    )
    max_line_bytes: int = Field(512 << 20, gt=0, description="The longest line of a recording, in bytes.")
    max_upload_bytes: int = Field(1 << 30, gt=0, description="The largest file that may be uploaded, in bytes.")
    debug: bool = Field(False, description="Django's error pages with all details. Never where others can reach it.")
