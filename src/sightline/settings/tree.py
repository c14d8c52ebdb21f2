"""All settings, as one typed tree.

Where a value may come from, the later winning:

    defaults < other systems' names < file < database < .env, .env.local < environment
        < command line

The file is the one named by `SIGHTLINE_CONFIG`, else `sightline.toml` in the current folder, else
`settings.toml` in the user's configuration folder. The database holds what people set over the API
(`services.server.preferences`); whoever has not opened it does without. An environment variable is
the path of the setting in capitals, with `SIGHTLINE_` before it and `__` between levels:
`SIGHTLINE_ENDPOINTS__DESKTOP__URL`. An unknown name is an error wherever it stands, and secrets
never show in an error, a log or a snapshot.

The current folder may be anybody's. So what its `.env`, `.env.local` and `sightline.toml` say never
decides where a key goes that stands elsewhere (`Settings.check_key`).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, cast

from platformdirs import user_data_path
from pydantic import AfterValidator, Field, PrivateAttr, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SourceError,
)

from sightline.aliases import aliased
from sightline.errors import SettingsError
from sightline.settings.kinds import Group, Unit
from sightline.settings.places import (
    CONFIG_VARIABLE,
    DOTENV,
    HERE,
    PREFIX,
    Tree,
    dotenv,
    file_in_force,
    is_ours,
    refuse_unknown_names,
    said,
)
from sightline.settings.sections import (
    EndpointSettings,
    JobSettings,
    ServerSettings,
    WebhookSettings,
    at_home,
    name_or_url,
    usable_database,
)
from sightline.values.endpoints import Reach

log = logging.getLogger(__name__)

_STORED = "stored in the database"
"""The name by which the database's tree is handed to the sources: no setting can have it."""


class Settings(BaseSettings):
    """The tree. Every field is documented in docs/reference/settings.md."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        use_attribute_docstrings=True,
    )

    data_dir: Annotated[Path, AfterValidator(at_home), Group.LIBRARY] = Field(
        default_factory=lambda: user_data_path("sightline", appauthor=False)
    )
    """Where the library lives: database, uploads and caches."""
    database_url: Annotated[
        Annotated[SecretStr, AfterValidator(usable_database)] | None, Group.LIBRARY
    ] = None
    """A PostgreSQL database in place of the file in `data_dir`, as in
    postgresql://user:password@host/name. Many workers can share it."""
    server: ServerSettings = ServerSettings()
    jobs: JobSettings = JobSettings()
    webhooks: WebhookSettings = WebhookSettings()
    default_tags: Annotated[str, Group.LOOKING] = "person, vehicle, animal"
    """Tags to find where none are given, by clients that cannot say."""
    endpoints: Mapping[str, EndpointSettings] = Field(default_factory=dict)
    """The endpoints that may be used, by name."""
    endpoint: Annotated[Annotated[str, AfterValidator(name_or_url)] | None, Group.MODELS] = None
    """The one of them to use, or a URL; all of them together when not said."""
    api_key: Annotated[SecretStr | None, Group.MODELS] = None
    """For an endpoint given by its URL."""
    egress: Annotated[Reach, Group.MODELS] = Reach.LAN
    """How far pictures may travel: `host` (this machine), `lan` (this network) or `any`."""
    discover: Annotated[bool, Group.MODELS] = True
    """Look for model servers on this machine when no endpoint is configured."""
    every_s: Annotated[float, Field(gt=0, allow_inf_nan=False), Unit.SECONDS, Group.LOOKING] = 2.0
    """Seconds between sampled frames when nothing else is asked for."""
    longest_side: Annotated[int, Field(ge=32, le=8192), Unit.PIXELS, Group.LOOKING] = 512
    """Pixels of the longer side of the pictures that are sent."""
    sharing: Annotated[bool, Group.LOOKING] = True
    """Let frames that look alike share one answer."""
    alike_within: Annotated[float, Field(gt=0, le=255, allow_inf_nan=False), Group.LOOKING] = 6.0
    """Levels, of 255, by which no part of a picture may differ to look alike."""
    alike_audit: Annotated[float, Field(ge=0, le=1), Group.LOOKING] = 0.02
    """The share of frames that look alike that are asked about all the same, as a check."""
    decoder_memory_mb: Annotated[int, Field(ge=512), Unit.MEGABYTES, Group.DECODING] = 4096
    """Memory that decoding one file may take."""
    decoder_stall_s: Annotated[
        float, Field(gt=0, allow_inf_nan=False), Unit.SECONDS, Group.DECODING
    ] = 60.0
    """Seconds without any progress after which decoding is given up."""
    tags_per_call: Annotated[int, Field(ge=1, le=64), Group.MODELS] = 8
    """Tags asked in one call about the same picture."""
    attempts: Annotated[int, Field(ge=1, le=100), Group.MODELS] = 4
    """Calls made for an ask before it counts as failed, while others are answered."""
    patience_s: Annotated[float, Field(ge=0, allow_inf_nan=False), Unit.SECONDS, Group.MODELS] = (
        60.0
    )
    """Seconds to wait for an endpoint that has answered before and is gone, as for a restart."""
    deadline_s: Annotated[float, Field(gt=0, allow_inf_nan=False), Unit.SECONDS, Group.MODELS] = (
        900.0
    )
    """Seconds after its first call until an ask without an answer counts as failed."""
    hedge: Annotated[float, Field(ge=0, le=1), Group.MODELS] = 0.0
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
        given = cast("dict[str, dict[str, object]]", cast("Any", init_settings).init_kwargs)
        stored = InitSettingsSource(settings_cls, given.pop(_STORED, {}))
        dotenv = _OwnDotEnv(settings_cls)
        file = TomlConfigSettingsSource(settings_cls, file_in_force())
        return init_settings, env_settings, dotenv, stored, file, _Aliases(settings_cls)

    def model_post_init(self, context: object, /) -> None:
        del context
        self._unmeant = _unmeant(self)

    def snapshot(self) -> dict[str, object]:
        """What a run keeps of the settings it was made with, secrets masked."""
        return self.model_dump(mode="json")

    def heed(self, stored: Tree) -> None:
        """Count what the database holds among what the owner says, for `check_key`."""
        self._unmeant = _unmeant(self, stored)

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
        both = [dotenv(name) for name in DOTENV]
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


def load(*, stored: Tree | None = None, **overrides: object) -> Settings:
    """The settings in force: with what the database holds, and the command line's own on top.

    Raises `SettingsError` naming each setting that is unknown or has a bad value.
    """
    try:
        return _loaded(stored or {}, overrides)
    except ValidationError as error:
        places = _places(stored=bool(stored))
        raise SettingsError(
            f"These settings cannot be used; they come from {places}:\n{_problems(error)}"
        ) from None


def check_stored(stored: Tree, **overrides: object) -> Settings:
    """As `load`, for what somebody wants to be stored; the error speaks of that alone."""
    try:
        return _loaded(stored, overrides)
    except ValidationError as error:
        raise SettingsError(f"Nothing was changed:\n{_problems(error)}") from None


def _loaded(stored: Tree, overrides: Tree) -> Settings:
    refuse_unknown_names(Settings.model_fields)
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        loaded = Settings(**given, **{_STORED: dict(stored)})  # pyright: ignore[reportArgumentType]
    except ValidationError:
        raise
    except SourceError as error:
        # Its message tells the field; its cause quotes the value, which may be a secret.
        raise SettingsError(f"A setting is not the JSON that it must be: {error}") from None
    except (ValueError, OSError) as error:
        raise SettingsError(f"The settings in {file_in_force()} cannot be read: {error}") from error
    if stored:
        loaded.heed(stored)
    return loaded


def _problems(error: ValidationError) -> str:
    # The input is left out of the message: it may be a secret.
    return "\n".join(f"  {problem_of(one)}" for one in error.errors(include_input=False))


def file_says() -> Tree:
    """What the settings file in force says, as it stands there."""
    return TomlConfigSettingsSource(Settings, file_in_force())()


def aliases_say(said: Collection[str]) -> Tree:
    """What other systems' names say, where ours have said only these of the first level."""
    return aliased(os.environ, said)[0]


def problem_of(error: ErrorDetails) -> str:
    """One problem of a validation, by the path of the setting."""
    unknown = error["type"] == "extra_forbidden"
    what = (
        "there is no such setting; correct or remove it"
        if unknown
        else error["msg"].removeprefix("Value error, ")
    )
    return f"{'.'.join(map(str, error['loc']))}: {what}"


def _places(*, stored: bool) -> str:
    """Where the settings in force were looked for and something was found."""
    files = [path for path in (file_in_force(), *map(Path, DOTENV)) if path.is_file()]
    database = ["the database"] * stored
    environment = ["the environment"] if any(map(is_ours, os.environ)) else []
    return ", ".join([*map(str, files), *database, *environment, "the command line"])


def _unmeant(loaded: Settings, stored: Tree | None = None) -> dict[str | None, str]:
    """The endpoints whose URL only the current folder knows, and whose key only other places."""
    file = file_in_force()
    from_file: Tree = TomlConfigSettingsSource(Settings, file)()
    near: list[Tree] = [_OwnDotEnv(Settings)()]
    far: list[Tree] = [EnvSettingsSource(Settings)(), stored or {}]
    (near if file == HERE and not os.environ.get(CONFIG_VARIABLE) else far).append(from_file)

    def is_unmeant(url: str | None, key: SecretStr | None, *path: str) -> bool:
        if not url or not key or not key.get_secret_value():
            return False
        url_name = "url" if path else "endpoint"
        is_known = any(said(source, *path, url_name) == url for source in far)
        held = any(said(source, *path, "api_key") == key.get_secret_value() for source in near)
        return not (is_known or held)

    found: dict[str | None, str] = {}
    if is_unmeant(loaded.endpoint, loaded.api_key):
        found[None] = _joined("api_key", loaded.endpoint)
    for name, one in loaded.endpoints.items():
        if is_unmeant(one.url, one.api_key, "endpoints", name):
            found[name] = _joined(f"endpoints.{name}.api_key", one.url)
    return found


def _joined(key: str, url: str | None) -> str:
    here = ", ".join(name for name in (*DOTENV, str(HERE)) if Path(name).is_file())
    return (
        f"The key in {key} would go to {url}, which only this folder's files name ({here}), while "
        "the key comes from elsewhere. If that is meant, put the URL and the key in one place, "
        f"or name the URL with --endpoint, or the file in {CONFIG_VARIABLE}."
    )
