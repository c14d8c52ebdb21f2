"""What a person is told when PostgreSQL cannot be used, and that no password is ever told."""

from __future__ import annotations

import logging
import socket
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from sightline.errors import SettingsError, StoreError, StoreFull
from sightline.store import DatabaseUrl, Store, refusals
from sightline.store.database import Database
from sightline.testing.postgres import PASSWORD, RunningPostgres


async def refusal(url: str) -> str:
    with pytest.raises(StoreError) as raised:
        await Store.open(DatabaseUrl.parse(url))
    said = str(raised.value)
    assert PASSWORD not in said
    assert "f%3Fnd%2Fme" not in said
    return said


@contextmanager
def somebody(server: RunningPostgres, name: str, rights: str = "LOGIN") -> Generator[None]:
    server.execute(f"CREATE ROLE {name} {rights} PASSWORD '{PASSWORD}'")
    try:
        yield
    finally:
        server.execute(f"DROP ROLE {name}")


async def test_no_server_there(postgres_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and listens to nobody
        port = taken.getsockname()[1]
        said = await refusal(postgres_url.replace(str(urlsplit(postgres_url).port), str(port)))
    assert f"on 127.0.0.1:{port}: no connection to the server" in said
    assert "Is it running" in said


async def test_no_such_host() -> None:
    said = await refusal("postgresql://me:f%3Fnd%2Fme@nowhere.invalid/library")
    assert said.startswith("database 'library' on nowhere.invalid: no connection to the server")


async def test_a_wrong_password(postgres_url: str) -> None:
    said = await refusal(postgres_url.replace("f%3Fnd%2Fme", "guess"))
    assert "the password of postgres is wrong or missing" in said
    assert "%40" in said
    assert "guess" not in said
    assert "wrong or missing" in await refusal(postgres_url.replace(":f%3Fnd%2Fme", ""))


async def test_no_such_database(postgres_url: str) -> None:
    said = await refusal(postgres_url.rsplit("/", 1)[0] + "/elsewhere")
    assert "'elsewhere'" in said
    assert 'createdb -O postgres "elsewhere"' in said


async def test_no_such_user(postgres: RunningPostgres, postgres_url: str) -> None:
    said = await refusal(postgres_url.replace("postgres:", "stranger:"))
    assert "stranger" in said
    assert "password" in said or "no user" in said


async def test_a_user_who_may_not_create_tables(
    postgres: RunningPostgres, postgres_url: str
) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    with somebody(postgres, "reader"):
        said = await refusal(postgres.url(name, user="reader"))
        assert "reader may not do that there (permission denied" in said
        assert f'ALTER DATABASE "{name}" OWNER TO "reader"' in said
        postgres.execute(f'ALTER DATABASE "{name}" OWNER TO reader')
        async with await Store.open(DatabaseUrl.parse(postgres.url(name, user="reader"))) as store:
            assert await store.list_media() == ()
        postgres.execute(f'DROP DATABASE "{name}"')


async def test_a_server_that_is_too_old(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.store.postgres.OLDEST", (99,))
    assert "Sightline needs 99 or newer. Update the server" in await refusal(postgres_url)


async def test_an_encoding_that_cannot_hold_every_text(postgres: RunningPostgres) -> None:
    postgres.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    assert "its encoding is LATIN1" in await refusal(postgres.url("latin"))
    postgres.execute("DROP DATABASE latin")


async def test_a_database_that_may_only_be_read(
    postgres: RunningPostgres, postgres_url: str
) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    postgres.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    assert "it may only be read" in await refusal(postgres_url)


async def test_no_connection_is_left(postgres: RunningPostgres, postgres_url: str) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    with somebody(postgres, "crowd", "LOGIN CONNECTION LIMIT 0"):
        said = await refusal(postgres.url(name, user="crowd"))
    assert "all connections of the server are in use" in said


def test_a_full_disk(postgres_url: str) -> None:
    url = DatabaseUrl.parse(postgres_url)
    full = psycopg.errors.DiskFull("could not extend file: No space left on device")
    with (
        pytest.raises(StoreFull, match=r"test_\d+.*no space is left on the server.*goes on"),
        refusals.explained(url),
    ):
        raise OperationalError("INSERT", {}, full)


async def test_any_other_refusal_names_the_database(postgres_url: str) -> None:
    database = await Database.open(DatabaseUrl.parse(postgres_url))
    with pytest.raises(StoreError, match=r"database 'test_\d+' on .*refused: .*no_such_table"):
        await database.write(lambda c: c.exec_driver_sql("SELECT * FROM no_such_table").close())
    with pytest.raises(StoreError, match="it may only be read"):
        await database.read(lambda c: c.exec_driver_sql("DELETE FROM media").close())
    assert await Store(database).list_media() == ()
    await database.aclose()


@pytest.mark.parametrize(
    "text",
    [
        "mysql://me:f%3Fnd%2Fme@host/name",
        "postgresql://me:f%3Fnd%2Fme@host:port/name",
        "postgresql://me:f%3Fnd%2Fme@host",
        "f%3Fnd%2Fme",
        "",
    ],
)
def test_what_is_no_url_of_a_database(text: str) -> None:
    with pytest.raises(SettingsError, match=r"postgresql://user:password@host:5432/name") as raised:
        DatabaseUrl.parse(text)
    assert "f%3Fnd" not in str(raised.value)


def test_a_url_hides_its_password() -> None:
    text = "postgresql://me:f%3Fnd%2Fme@db.lan:5433/name?sslmode=require"
    url = DatabaseUrl.parse(text.replace("postgresql", "postgres"))
    assert url.with_password() == text
    assert repr(url) == "DatabaseUrl(database 'name' on db.lan:5433)"
    assert str(DatabaseUrl.parse("postgresql:///name?host=/run/pg")) == (
        "database 'name' on /run/pg"
    )
    for shown in (str(url), repr(url), f"{url}", str([url])):
        assert PASSWORD not in shown
        assert "f%3Fnd" not in shown


async def test_no_log_tells_the_password(
    postgres_url: str, tmp_path: object, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with await Store.open(DatabaseUrl.parse(postgres_url)) as store:
            await store.list_media()
        await refusal(postgres_url.replace("/test_", "/missing_"))
    assert PASSWORD not in caplog.text
    assert "f%3Fnd" not in caplog.text
