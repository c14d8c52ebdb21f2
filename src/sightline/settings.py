"""All settings, as one typed tree.

Where a value may come from, the later winning:

    defaults < file < .env, .env.local < environment < command line

The file is the one named by `SIGHTLINE_CONFIG`, else `sightline.toml` in the current folder, else
`settings.toml` in the user's configuration folder. An environment variable is the path of the
setting in capitals, with `SIGHTLINE_` before it and `__` between levels:
`SIGHTLINE_ENDPOINTS__DESKTOP__URL`. An unknown name is an error wherever it stands, and secrets
never show in an error, a log or a snapshot.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_config_path, user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SourceError,
)

from sightline.errors import SettingsError

PREFIX = "SIGHTLINE_"
CONFIG_VARIABLE = "SIGHTLINE_CONFIG"
DOTENV = (".env", ".env.local")


class EndpointSettings(BaseModel):
    """One endpoint that may be asked."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    kind: Literal["openai", "pixels"] = "openai"
    """`openai`: any OpenAI-compatible server. `pixels`: measures pictures, needs no model."""
    url: str | None = None
    """Base URL, as in http://127.0.0.1:1234/v1."""
    model: str | None = None
    """When not said, the first model of the server that can see."""
    api_key: SecretStr | None = None
    """Sent to this endpoint only."""
    slots: Annotated[int, Field(ge=1, le=1024)] = 4
    """Calls in flight at once."""
    timeout_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 120.0
    """Seconds until a call without an answer counts as failed."""


class Settings(BaseSettings):
    """The tree. Every field is documented in docs/reference/settings.md."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=DOTENV,
        env_file_encoding="utf-8",
        use_attribute_docstrings=True,
    )

    data_dir: Path = Field(default_factory=lambda: user_data_path("sightline", appauthor=False))
    """Where the database lives."""
    endpoints: Mapping[str, EndpointSettings] = Field(default_factory=dict)
    """The endpoints that may be used, by name."""
    endpoint: str | None = None
    """The one of them to use; the first one when not said."""
    api_key: SecretStr | None = None
    """For an endpoint given by its URL on the command line."""
    discover: bool = True
    """Look for model servers on this machine when no endpoint is configured."""
    every_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2.0
    """Seconds between sampled frames when nothing else is asked for."""
    longest_side: Annotated[int, Field(ge=32, le=8192)] = 512
    """Pixels of the longer side of the pictures that are sent."""
    tags_per_call: Annotated[int, Field(ge=1, le=64)] = 8
    """Tags asked in one call about the same picture."""
    attempts: Annotated[int, Field(ge=1, le=100)] = 4
    """Calls made for an ask before it counts as failed."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        dotenv = _OwnDotEnv(settings_cls)
        return init_settings, env_settings, dotenv, TomlConfigSettingsSource(settings_cls, _file())

    def snapshot(self) -> dict[str, object]:
        """What a run keeps of the settings it was made with, secrets masked."""
        return self.model_dump(mode="json")


class _OwnDotEnv(DotEnvSettingsSource):
    """Reads only our own names from `.env`, which other programs share."""

    def __call__(self) -> dict[str, Any]:
        own = {name: value for name, value in self.env_vars.items() if _is_ours(name)}
        self.env_vars = own
        return super().__call__()


def load(**overrides: object) -> Settings:
    """The settings in force, with the command line's own on top.

    Raises `SettingsError` naming each setting that is unknown or has a bad value.
    """
    _refuse_unknown_names()
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        # The input is left out of the message: it may be a secret.
        problems = [f"  {_problem(e)}" for e in error.errors(include_input=False)]
        raise SettingsError(
            f"These settings cannot be used; they come from {_places()}:\n" + "\n".join(problems)
        ) from None
    except SourceError as error:
        # Its message tells the field; its cause quotes the value, which may be a secret.
        raise SettingsError(f"A setting is not the JSON that it must be: {error}") from None
    except (ValueError, OSError) as error:
        raise SettingsError(f"The settings in {_file()} cannot be read: {error}") from error


def _problem(error: ErrorDetails) -> str:
    unknown = error["type"] == "extra_forbidden"
    what = "there is no such setting; correct or remove it" if unknown else error["msg"]
    return f"{'.'.join(map(str, error['loc']))}: {what}"


def _places() -> str:
    """Where the settings in force were looked for and something was found."""
    files = [path for path in (_file(), *map(Path, DOTENV)) if path.is_file()]
    environment = ["the environment"] if any(map(_is_ours, os.environ)) else []
    return ", ".join([*map(str, files), *environment, "the command line"])


def _file() -> Path:
    if named := os.environ.get(CONFIG_VARIABLE):
        if not Path(named).is_file():
            raise SettingsError(f"{CONFIG_VARIABLE} names {named}, which is not a file")
        return Path(named)
    here = Path("sightline.toml")
    if not here.exists():
        return user_config_path("sightline", appauthor=False) / "settings.toml"
    if not here.is_file():
        raise SettingsError(f"{here.absolute()} is not a file; name another in {CONFIG_VARIABLE}")
    return here


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX) and name.upper() != CONFIG_VARIABLE


def _refuse_unknown_names() -> None:
    """pydantic-settings passes over names it does not know; a typing error must not go unseen."""
    fields = {field.upper() for field in Settings.model_fields}
    files = {name: DotEnvSettingsSource(Settings, env_file=name).env_vars for name in DOTENV}
    for place, names in {"the environment": os.environ, **files}.items():
        for name in filter(_is_ours, names):
            if name.upper().removeprefix(PREFIX).split("__")[0] not in fields:
                raise SettingsError(
                    f"{name.upper()} in {place} is not a setting. "
                    f"There are: {', '.join(PREFIX + field for field in sorted(fields))}"
                )
