"""Where a library is kept when it is not a file: the URL of a PostgreSQL database."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from sightline.errors import SettingsError

_SCHEMES = {"postgresql", "postgres", "postgresql+psycopg"}
_WANTED = "postgresql://user:password@host:5432/name"


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A PostgreSQL database. As text it has no password: that goes to the driver only."""

    _url: URL = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> DatabaseUrl:
        """Raises `SettingsError` for what is no URL of a PostgreSQL database."""
        try:
            url = make_url(text)
            port = url.port
        except (ArgumentError, ValueError):
            url, port = None, None
        if url is None or url.drivername not in _SCHEMES or port == 0:
            raise SettingsError(f"the database URL cannot be read: it is written as {_WANTED}.")
        if not url.database:
            raise SettingsError(f"the database URL names no database: it is written as {_WANTED}.")
        return cls(url.set(drivername="postgresql"))

    @property
    def database(self) -> str:
        return self._url.database or ""

    @property
    def user(self) -> str | None:
        return self._url.username

    @property
    def host(self) -> str:
        """With the port, where one is given."""
        named = self._url.host or self._url.query.get("host") or "this machine"
        host = named if isinstance(named, str) else ",".join(named)
        return f"{host}:{self._url.port}" if self._url.port else host

    def with_password(self) -> str:
        """All of it, for drivers. Never show or log it."""
        return self._url.render_as_string(hide_password=False)

    def for_sqlalchemy(self, *, options: str = "") -> URL:
        """With more options of the session, after those that the URL has."""
        own = self._url.query.get("options", "")
        given = own if isinstance(own, str) else " ".join(own)
        url = self._url.set(drivername="postgresql+psycopg")
        together = f"{given} {options}".strip()
        return url.update_query_dict({"options": together}) if together else url

    def without_password(self, text: str) -> str:
        """A text of the driver or the server, in which the password should not be but might."""
        secret = self._url.password
        return text.replace(secret, "***") if secret else text

    def __str__(self) -> str:
        return f"database {self.database!r} on {self.host}"

    def __repr__(self) -> str:
        return f"DatabaseUrl({self})"
