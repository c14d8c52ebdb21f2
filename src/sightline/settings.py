"""All settings, as one typed tree.

Where a value may come from, the later winning:

    defaults < other systems' names < file < .env, .env.local < environment < command line

The file is the one named by `SIGHTLINE_CONFIG`, else `sightline.toml` in the current folder, else
`settings.toml` in the user's configuration folder. An environment variable is the path of the
setting in capitals, with `SIGHTLINE_` before it and `__` between levels:
`SIGHTLINE_ENDPOINTS__DESKTOP__URL`. An unknown name is an error wherever it stands, and secrets
never show in an error, a log or a snapshot.

The current folder may be anybody's. So what its `.env`, `.env.local` and `sightline.toml` say never
decides where a key goes that stands elsewhere (`Settings.check_key`).
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit

from dotenv import dotenv_values
from platformdirs import user_config_path, user_data_path
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SourceError,
)

from sightline.aliases import aliased
from sightline.errors import SettingsError
from sightline.values.endpoints import Reach, Role, Turn

PREFIX = "SIGHTLINE_"
CONFIG_VARIABLE = "SIGHTLINE_CONFIG"
DOTENV = (".env", ".env.local")
log = logging.getLogger(__name__)

_HERE = Path("sightline.toml")


def _usable_url(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"this is not a URL: {error}") from None
    if "@" in url:
        raise ValueError(
            "the URL carries a user name or password: take them out and set the API key instead"
        )
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError("a URL is needed that begins with http:// or https:// and names a host")
    return url


def _name_or_url(endpoint: str) -> str:
    return _usable_url(endpoint) if "://" in endpoint else endpoint


def _slots(value: object, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(value)
    except ValidationError:
        raise ValueError("a number from 1 to 1024 is needed, or 'learn'") from None


def _at_home(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:  # there is no such user
        raise ValueError(str(error)) from error


class EndpointSettings(BaseModel):
    """One endpoint that may be asked."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    kind: str = "openai"
    """`openai`: any OpenAI-compatible server. `ollama`: Ollama by its own API. `anthropic`:
    Anthropic's cloud. `pixels`: measures pictures, needs no model. Plugins bring others."""
    url: Annotated[str, AfterValidator(_usable_url)] | None = None
    """Base URL, as in http://127.0.0.1:1234/v1."""
    model: str | None = None
    """When not said, the first model of the server that can see."""
    api_key: SecretStr | None = None
    """Sent to this endpoint only."""
    slots: Annotated[
        Annotated[int, Field(ge=1, le=1024)] | Literal["learn"], WrapValidator(_slots)
    ] = 4
    """Calls in flight at once; `learn` finds out how many bring the most answers."""
    weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    """Share of the calls among endpoints that are equally quick; 0: only when no other is left."""
    use: Turn = Turn.ALWAYS
    """`always`, `when_full` (when those are down or all their slots are taken), or `when_down`."""
    role: Role = Role.BOTH
    """`vision`: asked about pictures; `language`: about text alone; `both`."""
    reach: Reach | None = None
    """How far pictures travel to it: `host`, `lan` or `any`. When not said, its address tells."""
    paused: bool = False
    """Known, but not asked."""
    trusted: bool = False
    """Asked although it answered the probe's own pictures wrongly."""
    price_in: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """What a million tokens of questions and pictures cost."""
    price_out: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """What a million tokens of answers cost."""
    keep_alive: str | None = None
    """Of Ollama: how long it keeps the model in memory after a call, as in `30m`; -1 for ever."""
    context: Annotated[int, Field(ge=512)] | None = None
    """Of Ollama: tokens that a request and its reply may have together."""
    timeout_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 120.0
    """Seconds until a call without an answer counts as failed."""
    longest_side: Annotated[int, Field(ge=32, le=8192)] | None = None
    """Pixels of the longer side of the pictures that it is sent, where that differs."""
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] = 85
    """Of the pictures that it is sent."""
    jpeg_max_bytes: Annotated[int, Field(ge=1024)] | None = None
    """Most bytes of one picture; a larger one loses quality first, then size."""


class Settings(BaseSettings):
    """The tree. Every field is documented in docs/reference/settings.md."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        use_attribute_docstrings=True,
    )

    data_dir: Annotated[Path, AfterValidator(_at_home)] = Field(
        default_factory=lambda: user_data_path("sightline", appauthor=False)
    )
    """Where the database lives."""
    endpoints: Mapping[str, EndpointSettings] = Field(default_factory=dict)
    """The endpoints that may be used, by name."""
    endpoint: Annotated[str, AfterValidator(_name_or_url)] | None = None
    """The one of them to use, or a URL; all of them together when not said."""
    api_key: SecretStr | None = None
    """For an endpoint given by its URL."""
    egress: Reach = Reach.LAN
    """How far pictures may travel: `host` (this machine), `lan` (this network) or `any`."""
    discover: bool = True
    """Look for model servers on this machine when no endpoint is configured."""
    every_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2.0
    """Seconds between sampled frames when nothing else is asked for."""
    longest_side: Annotated[int, Field(ge=32, le=8192)] = 512
    """Pixels of the longer side of the pictures that are sent."""
    sharing: bool = True
    """Let frames that look alike share one answer."""
    alike_within: Annotated[float, Field(gt=0, le=255, allow_inf_nan=False)] = 6.0
    """Levels, of 255, by which no part of a picture may differ to look alike."""
    alike_audit: Annotated[float, Field(ge=0, le=1)] = 0.02
    """The share of frames that look alike that are asked about all the same, as a check."""
    decoder_memory_mb: Annotated[int, Field(ge=512)] = 4096
    """Memory that decoding one file may take."""
    decoder_stall_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 60.0
    """Seconds without any progress after which decoding is given up."""
    tags_per_call: Annotated[int, Field(ge=1, le=64)] = 8
    """Tags asked in one call about the same picture."""
    attempts: Annotated[int, Field(ge=1, le=100)] = 4
    """Calls made for an ask before it counts as failed, while others are answered."""
    patience_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 60.0
    """Seconds to wait for an endpoint that has answered before and is gone, as for a restart."""
    deadline_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 900.0
    """Seconds after its first call until an ask without an answer counts as failed."""
    hedge: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the calls that may be second calls for asks that take long; 0 for none."""

    _unmeant: dict[str | None, str] = PrivateAttr(default_factory=dict[str | None, str])
    """Why the key of an endpoint must not go to its URL; None stands for `endpoint` as a URL."""

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
        file = TomlConfigSettingsSource(settings_cls, file_in_force())
        return init_settings, env_settings, dotenv, file, _Aliases(settings_cls)

    def model_post_init(self, context: object, /) -> None:
        del context
        self._unmeant = _unmeant(self)

    def snapshot(self) -> dict[str, object]:
        """What a run keeps of the settings it was made with, secrets masked."""
        return self.model_dump(mode="json")

    def check_key(self, name: str | None = None) -> None:
        """Call before the endpoint `name` is used, or with None the URL in `endpoint`.

        Raises `SettingsError` when the current folder's files would send a key there that they
        do not hold themselves.
        """
        if problem := self._unmeant.get(name):
            raise SettingsError(problem)


class _OwnDotEnv(DotEnvSettingsSource):
    """Only our own names from `.env`, which other programs share, as they stand there.

    Nothing is put in for `${NAME}`: it could be any secret of the environment.
    """

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls, env_file=None)
        both = [_dotenv(name) for name in DOTENV]
        self.env_vars = {name.lower(): value for one in both for name, value in one.items()}


class _Aliases(PydanticBaseSettingsSource):
    """What other systems' names say where ours say nothing."""

    def get_field_value(self, field: object, field_name: str) -> tuple[object, str, bool]:
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, object]:
        tree, lines = aliased(os.environ, self.current_state)
        for line in lines:
            log.warning(line)
        return tree


def load(**overrides: object) -> Settings:
    """The settings in force, with the command line's own on top.

    Raises `SettingsError` naming each setting that is unknown or has a bad value.
    """
    _refuse_unknown_names()
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        # The input is left out of the message: it may be a secret.
        problems = [f"  {problem_of(e)}" for e in error.errors(include_input=False)]
        raise SettingsError(
            f"These settings cannot be used; they come from {_places()}:\n" + "\n".join(problems)
        ) from None
    except SourceError as error:
        # Its message tells the field; its cause quotes the value, which may be a secret.
        raise SettingsError(f"A setting is not the JSON that it must be: {error}") from None
    except (ValueError, OSError) as error:
        raise SettingsError(f"The settings in {file_in_force()} cannot be read: {error}") from error


def stamp_of_files() -> tuple[object, ...]:
    """Another value when a file that settings come from was written, made or removed."""

    def stamp(path: Path) -> object:
        try:
            seen = path.stat()
        except OSError:
            return None
        return seen.st_mtime_ns, seen.st_size, seen.st_ino

    return tuple((path, stamp(path)) for path in (file_in_force(), *map(Path, DOTENV)))


def problem_of(error: ErrorDetails) -> str:
    """One problem of a validation, by the path of the setting."""
    unknown = error["type"] == "extra_forbidden"
    what = (
        "there is no such setting; correct or remove it"
        if unknown
        else error["msg"].removeprefix("Value error, ")
    )
    return f"{'.'.join(map(str, error['loc']))}: {what}"


def _places() -> str:
    """Where the settings in force were looked for and something was found."""
    files = [path for path in (file_in_force(), *map(Path, DOTENV)) if path.is_file()]
    environment = ["the environment"] if any(map(_is_ours, os.environ)) else []
    return ", ".join([*map(str, files), *environment, "the command line"])


def _dotenv(name: str) -> Mapping[str, str | None]:
    try:
        values = dotenv_values(name, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = "it is not UTF-8 text" if isinstance(error, ValueError) else error.strerror or error
        raise SettingsError(f"{Path(name).absolute()} cannot be read: {why}") from error
    return {name: value for name, value in values.items() if _is_ours(name)}


def _unmeant(loaded: Settings) -> dict[str | None, str]:
    """The endpoints whose URL only the current folder knows, and whose key only other places."""
    file = file_in_force()
    from_file = TomlConfigSettingsSource(Settings, file)()
    near, far = [_OwnDotEnv(Settings)()], [EnvSettingsSource(Settings)()]
    (near if file == _HERE and not os.environ.get(CONFIG_VARIABLE) else far).append(from_file)

    def is_unmeant(url: str | None, key: SecretStr | None, *path: str) -> bool:
        if not url or not key or not key.get_secret_value():
            return False
        url_name = "url" if path else "endpoint"
        is_known = any(_said(source, *path, url_name) == url for source in far)
        held = any(_said(source, *path, "api_key") == key.get_secret_value() for source in near)
        return not (is_known or held)

    found: dict[str | None, str] = {}
    if is_unmeant(loaded.endpoint, loaded.api_key):
        found[None] = _joined("api_key", loaded.endpoint)
    for name, one in loaded.endpoints.items():
        if is_unmeant(one.url, one.api_key, "endpoints", name):
            found[name] = _joined(f"endpoints.{name}.api_key", one.url)
    return found


def _said(source: Mapping[str, object], *path: str) -> object:
    value: object = source
    for name in path:
        value = cast("Mapping[str, object]", value).get(name) if isinstance(value, dict) else None
    return value


def _joined(key: str, url: str | None) -> str:
    here = ", ".join(name for name in (*DOTENV, str(_HERE)) if Path(name).is_file())
    return (
        f"The key in {key} would go to {url}, which only this folder's files name ({here}), while "
        "the key comes from elsewhere. If that is meant, put the URL and the key in one place, "
        f"or name the URL with --endpoint, or the file in {CONFIG_VARIABLE}."
    )


def file_in_force() -> Path:
    """The settings file, or where the user's would be when there is none."""
    if named := os.environ.get(CONFIG_VARIABLE):
        if not Path(named).is_file():
            raise SettingsError(f"{CONFIG_VARIABLE} names {named}, which is not a file")
        return Path(named)
    if not _HERE.exists():
        return user_config_path("sightline", appauthor=False) / "settings.toml"
    if not _HERE.is_file():
        raise SettingsError(f"{_HERE.absolute()} is not a file; name another in {CONFIG_VARIABLE}")
    return _HERE


def outside_file(*path: str) -> tuple[str, ...]:
    """Where else than in the settings file something is said at or below this setting.

    The file has no say over it then. Each is a variable with its place, as in
    `SIGHTLINE_ENDPOINTS__DESK__URL in .env`.
    """
    files = [(name, _dotenv(name)) for name in DOTENV]
    places = [("the environment", os.environ), *reversed(files)]
    return tuple(
        f"{name.upper()} in {place}"
        for place, names in places
        for name, value in names.items()
        if _is_ours(name) and _says(name, value or "", path)
    )


def _says(variable: str, value: str, path: tuple[str, ...]) -> bool:
    named = tuple(variable.lower().removeprefix(PREFIX.lower()).split("__"))
    if named[: len(path)] == path:
        return True
    if path[: len(named)] != named:
        return False
    try:
        told: object = json.loads(value)
    except ValueError:
        return False
    for name in path[len(named) :]:
        if not isinstance(told, dict) or name not in told:
            return False
        told = cast("dict[str, object]", told)[name]
    return True


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX) and name.upper() != CONFIG_VARIABLE


def _refuse_unknown_names() -> None:
    """pydantic-settings passes over names it does not know; a typing error must not go unseen."""
    fields = {field.upper() for field in Settings.model_fields}
    files = {name: _dotenv(name) for name in DOTENV}
    for place, names in {"the environment": os.environ, **files}.items():
        for name in filter(_is_ours, names):
            if name.upper().removeprefix(PREFIX).split("__")[0] not in fields:
                raise SettingsError(
                    f"{name.upper()} in {place} is not a setting. "
                    f"There are: {', '.join(PREFIX + field for field in sorted(fields))}"
                )
