"""In CI a skipped test has failed: nothing may pass there for want of what it tests against."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from typing import TypeVar

import pytest

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


# A shell that runs the tests in the background has them ignore Ctrl-C, and so would every command
# that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
