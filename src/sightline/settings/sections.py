"""The parts of the settings that are tables of their own, and what their values may be."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from sightline.settings.kinds import Unit
from sightline.values.endpoints import Reach, Role, Turn

PORT = 8470
"""Of `sightline serve`: none that a model server uses."""

_CENTURY_DAYS = 36_525
_MOST_BYTES = 2**63 - 1


def usable_url(url: str) -> str:
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


def name_or_url(endpoint: str) -> str:
    return usable_url(endpoint) if "://" in endpoint else endpoint


def _slots(value: object, read: ValidatorFunctionWrapHandler) -> object:
    try:
        return read(value)
    except ValidationError:
        raise ValueError("a number from 1 to 1024 is needed, or 'learn'") from None


def at_home(path: Path) -> Path:
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
    url: Annotated[str, AfterValidator(usable_url)] | None = None
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
    timeout_s: Annotated[float, Field(gt=0, allow_inf_nan=False), Unit.SECONDS] = 120.0
    """Seconds until a call without an answer counts as failed."""
    longest_side: Annotated[int, Field(ge=32, le=8192), Unit.PIXELS] | None = None
    """Pixels of the longer side of the pictures that it is sent, where that differs."""
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] = 85
    """Of the pictures that it is sent."""
    jpeg_max_bytes: Annotated[int, Field(ge=1024), Unit.BYTES] | None = None
    """Most bytes of one picture; a larger one loses quality first, then size."""


def usable_database(url: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(url.get_secret_value())
        known = parts.scheme in {"postgresql", "postgres"} and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ValueError("a URL is needed such as postgresql://user:password@host:5432/name")
    return url


def _usable_address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise ValueError("HOST:PORT is needed, as in 127.0.0.1:8470 or [::1]:8470")
    return text


def _usable_origin(origin: str) -> str:
    parts = urlsplit(usable_url(origin))
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("an origin has no path: it is written as http://HOST:PORT")
    return f"{parts.scheme}://{parts.netloc}"


def _usable_network(text: str) -> str:
    return str(ip_network(text, strict=False))


class ServerSettings(BaseModel):
    """What `sightline serve` answers to, and to whom."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    listen: tuple[Annotated[str, AfterValidator(_usable_address)], ...] = (f"127.0.0.1:{PORT}",)
    """Addresses to listen on. Any beyond this machine needs a token of whoever comes."""
    hosts: tuple[str, ...] = ()
    """Names by which browsers may know this server, beside its addresses and localhost."""
    origins: tuple[Annotated[str, AfterValidator(_usable_origin)], ...] = ()
    """Pages of other servers that may call this one, as in http://localhost:5173."""
    trusted_networks: tuple[Annotated[str, AfterValidator(_usable_network)], ...] = ()
    """Networks whose clients need no token, as in 192.168.1.0/24."""
    require_token: bool = False
    """Want a token of programs on this machine too, as behind a proxy that does not say for whom
    it asks."""
    compat: bool = False
    """Serve the routes of Haven Player, VLM Node and Chronicon beyond this machine too."""
    folders: tuple[Annotated[Path, AfterValidator(at_home)], ...] = ()
    """Folders whose media may be added by their path; the library's own uploads always may."""
    upload_max_bytes: Annotated[int, Field(ge=1, le=_MOST_BYTES), Unit.BYTES] | None = None
    """Largest upload. When not said: none on this machine, 2 GiB for others."""
    cache_max_bytes: Annotated[int, Field(ge=0, le=_MOST_BYTES), Unit.BYTES] = 10 * 1024**3
    """Disk for streams made for browsers and for pictures of moments; the oldest go first."""
    logins_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 10
    """Tokens that one address may try."""


class JobSettings(BaseModel):
    """How runs are worked off."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    at_once: Annotated[int, Field(ge=1, le=1000)] = 4
    """Runs that one worker does at the same time."""
    at_once_everywhere: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Runs that all workers do at the same time; no limit when not said."""
    members_at_once: Annotated[int, Field(ge=1, le=100)] = 4
    """Files of one run that are read at the same time."""
    rescues: Annotated[int, Field(ge=0, le=1000)] = 3
    """How often a run whose worker has died is begun again before it counts as failed."""
    keep_days: Annotated[float, Field(gt=0, le=_CENTURY_DAYS), Unit.DAYS] | None = None
    """Days after which a run that has ended is deleted, but not its answers; else never."""
    keep_events_days: Annotated[float, Field(gt=0, le=_CENTURY_DAYS), Unit.DAYS] = 1.0
    """Days for which live events can be heard again."""
    disk_quota_bytes: Annotated[int, Field(ge=1, le=_MOST_BYTES), Unit.BYTES] | None = None
    """Disk that uploads and caches may take together; no limit when not said."""


class WebhookSettings(BaseModel):
    """Telling other programs that a run has ended."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    secret: SecretStr | None = None
    """Signs each message; made and kept in the database when not said."""
    private: bool = False
    """Send to addresses of this machine and of private networks as well."""
    attempts: Annotated[int, Field(ge=1, le=50)] = 8
    """Tries before a message counts as undeliverable."""
