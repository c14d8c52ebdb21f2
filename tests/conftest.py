"""What all tests share: the databases to test on, and that none is skipped in silence.

In CI a skipped test has failed: nothing may pass there for want of what it tests against.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from sightline.store import DatabaseUrl
    from sightline.testing.postgres import RunningPostgres

_MAY_BE_ABSENT = "../shared/media"
"""Recordings that are not part of the repository; a test that needs them names them as it skips."""

_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _no_silent_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _no_silent_skip((yield))


def _no_silent_skip(report: _Report) -> _Report:
    expected = hasattr(report, "wasxfail") or _MAY_BE_ABSENT in report.longreprtext
    if report.skipped and os.environ.get("CI") and not expected:
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as failed in CI: {report.longreprtext}"
    return report


@pytest.fixture(autouse=True)
def _ordinary_priority() -> Generator[None]:  # pyright: ignore[reportUnusedFunction]
    """A library that a test uses may take real-time priority for this process: the servers and
    browsers that later tests start would inherit it, and keep all others from the cores."""
    yield
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        pytest.fail("it left this process with real-time priority")


# How long an example takes says more of the machine than of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A shell that runs the tests in the background has them ignore Ctrl-C, and so would every command
# that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# ------------------------------------------------------------------------------------ databases


@pytest.fixture(scope="session")
def postgres() -> Generator[RunningPostgres]:
    """A server that all tests of this process share: do not stop it."""
    from sightline.testing.postgres import running_postgres

    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres: RunningPostgres) -> str:
    """The name of a database with all tables, to copy."""
    from sqlalchemy import create_engine

    from sightline.store import DatabaseUrl, schema

    url = postgres.create_database()
    engine = create_engine(DatabaseUrl.parse(url).for_sqlalchemy())
    with engine.begin() as connection:
        schema.make_current(connection)
    engine.dispose()
    return url.rsplit("/", 1)[1]


@pytest.fixture
def postgres_url(postgres: RunningPostgres) -> Generator[str]:
    """A database without tables."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_location(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Path | DatabaseUrl]:
    """Where a library may be kept: a test that takes this runs on both databases."""
    if request.param == "sqlite":
        yield tmp_path / "library.db"
        return
    from sightline.store import DatabaseUrl

    server: RunningPostgres = request.getfixturevalue("postgres")
    url = server.create_database(like=request.getfixturevalue("migrated_database"))
    yield DatabaseUrl.parse(url)
    server.drop_database(url)
