"""Every error Sightline raises on purpose, as one tree.

    SightlineError
    ├── InputError              what the caller gave cannot be used; exit code 2
    │   ├── SettingsError       a setting is unknown, malformed or contradictory
    │   ├── MediaError          a file is missing, unreadable or holds no picture
    │   ├── OutputError         a result cannot be written where it was asked for
    │   ├── NotFound            there is nothing of that name
    │   ├── Conflict            it cannot be done in the state that things are in
    │   ├── Refused             whoever asks may not do that
    │   └── TooLarge            more bytes than are taken
    ├── Stopped                 a person stopped it before there was anything to tell; exit code 130
    ├── StoreError              the database refused; exit code 1
    │   ├── StoreFull           no space left
    │   └── RunTaken            another process owns this run
    └── EndpointError           one exchange with an endpoint failed
        ├── EndpointDown        refused, unreachable, reset, 5xx, or too slow
        ├── RateLimited         429: come back later
        ├── Unauthorized        401 or 403: the key is missing or wrong
        ├── ModelMissing        the endpoint does not have this model
        ├── RequestRejected     the endpoint understood and said no (other 4xx)
        └── BadReply            it answered, but not in a form that can be read

A message names the file, field or endpoint and the way out: it is written for a person.
An `EndpointError` also says whether trying again can help (`retry`) and how long the endpoint
asked to wait (`retry_after_s`). What becomes of an ask that fails is in `values.AskFailed`.
"""

from __future__ import annotations


class SightlineError(Exception):
    """Something went wrong that Sightline can explain."""

    exit_code = 1

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class InputError(SightlineError):
    """What was given cannot be used."""

    exit_code = 2


class SettingsError(InputError):
    """A setting is unknown, malformed or contradicts another."""


class MediaError(InputError):
    """A file is missing, unreadable or holds no picture."""


class OutputError(InputError):
    """A result cannot be written where it was asked for."""


class NotFound(InputError):
    """There is nothing of that name."""


class Conflict(InputError):
    """It cannot be done in the state that things are in."""


class Refused(InputError):
    """Whoever asks may not do that."""


class TooLarge(InputError):
    """There are more bytes than are taken."""


class Stopped(SightlineError):
    """Stopped before there was anything to tell."""

    exit_code = 130


class StoreError(SightlineError):
    """The database refused."""


class StoreFull(StoreError):
    """There is no space left where the database lives."""


class RunTaken(StoreError):
    """Another process is working on this run."""


class EndpointError(SightlineError):
    """An exchange with an endpoint failed."""

    retry = False

    def __init__(
        self,
        message: str | None = None,
        *,
        endpoint: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.endpoint = endpoint
        self.retry_after_s = retry_after_s

    @property
    def lasting(self) -> bool:
        """True when every further call would fail alike, so that asking on is pointless."""
        return isinstance(self, Unauthorized | ModelMissing)


class EndpointDown(EndpointError):
    """The endpoint refused the connection, broke it, or took too long."""

    retry = True


class RateLimited(EndpointError):
    """The endpoint asked to slow down."""

    retry = True


class Unauthorized(EndpointError):
    """The endpoint wants another API key."""


class ModelMissing(EndpointError):
    """The endpoint does not have this model."""


class RequestRejected(EndpointError):
    """The endpoint rejected the request."""


class BadReply(EndpointError):
    """The endpoint answered in a form that cannot be read."""

    retry = True
