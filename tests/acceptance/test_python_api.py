"""The Python API as a program uses it: in a process of its own, and inside a running loop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Sightline
from sightline import Result, Tag, analyze, analyze_async
from sightline.errors import EndpointError, InputError, MediaError, SettingsError, StoreError
from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.video import Rendered


@pytest.fixture(autouse=True)
def own_home(sightline: Sightline, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process, too, reads no settings of this machine and keeps its library apart."""
    for name, value in sightline.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(sightline.cwd)


def test_three_lines_are_enough(sightline: Sightline, clip: Rendered):
    program = f"""
from sightline import analyze
result = analyze({str(clip.path)!r}, tags=["dark", "bright"])
print(result.state, [tag.tag for tag in result.tags], *result.runs[0].endpoints)
"""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=sightline.cwd,
        env=sightline.env,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.stderr == ""
    assert ran.stdout == "complete ['dark', 'bright'] pixels\n"
    assert list(sightline.cwd.iterdir()) == []


async def test_the_async_form_is_the_same(clip: Rendered):
    async with TruthfulEndpoint(clip.truth) as server:
        first = await analyze_async(
            clip.path, tags="car, dog", every="0.5s", endpoint=server.base_url, model="truthful"
        )
        asked = server.requests
        again = await analyze_async(
            str(clip.path), tags=["car", "dog"], every=0.5, endpoint=server.base_url
        )
        assert server.requests == asked
    assert isinstance(first, Result)
    assert first.state == again.state == "complete"
    assert first.tags == again.tags
    assert [len(tag.spans) for tag in first.tags] == [
        len(clip.truth.spans(tag)) for tag in ("car", "dog")
    ]
    assert again.runs[0].reused == first.runs[0].answered == 120


def test_everything_that_the_command_takes(clip: Rendered, tmp_path: Path):
    tag = Tag("vehicle", "car", max_gap_s=30)
    with TruthfulEndpoint(clip.truth) as server:
        result = analyze(
            clip.path,
            tags=[tag, "dog"],
            describe=True,
            ask="What happens?",
            at=[2, "0:10"],
            endpoint=server.base_url,
            longest_side=300,
            max_tokens=9,
            data_dir=tmp_path / "elsewhere",
        )
        assert {line.tag for line in server.log.lines} == {"car", "dog", None}
    assert [one.tag for one in result.tags] == ["vehicle", "dog"]
    assert [one.start for one in result.descriptions if not one.prompt] == [2, 10]
    (answer,) = [one for one in result.descriptions if one.prompt]
    assert answer.frames == (2, 10)
    assert all(one.cut for one in result.descriptions)
    assert (tmp_path / "elsewhere" / "sightline.db").exists()


async def test_inside_a_running_loop_the_blocking_form_says_what_to_write(clip: Rendered):
    with pytest.raises(InputError, match=r"running event loop.*await analyze_async\(\.\.\.\)"):
        analyze(clip.path, tags=["dark"])


def test_errors_are_ours_and_tell_the_way_out(clip: Rendered, tmp_path: Path):
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with pytest.raises(MediaError, match="there is no such file"):
        analyze("gone.mp4", tags=["dark"])
    with pytest.raises(MediaError, match="0 bytes"):
        analyze(empty, tags=["dark"])
    with pytest.raises(InputError, match="give one of them"):
        analyze(clip.path, every=1, frames=3)
    with pytest.raises(InputError, match="is not a time"):
        analyze(clip.path, every="often")
    with pytest.raises(InputError, match="outside the video"):
        analyze(clip.path, at=[40])
    with pytest.raises(InputError, match="the tag 'car' twice"):
        analyze(clip.path, tags=["car", "car"])
    with pytest.raises(InputError, match="a tag is empty"):
        analyze(clip.path, tags=["car", " "])
    with pytest.raises(InputError, match="the question is empty"):
        analyze(clip.path, ask="")
    with pytest.raises(SettingsError, match="no endpoint 'desktop'"):
        analyze(clip.path, tags=["car"], endpoint="desktop")
    with pytest.raises(EndpointError, match="nothing listens there"):
        analyze(clip.path, tags=["car"], endpoint="http://127.0.0.1:9")
    with pytest.raises(StoreError, match="cannot be used as the library"):
        analyze(clip.path, tags=["dark"], data_dir=empty)


def test_what_fails_while_asking_is_in_the_result(clip: Rendered):
    with TruthfulEndpoint(clip.truth, Behaviour(faults={Fault.HTML: 1.0})) as server:
        result = analyze(
            clip.path, tags=["car"], frames=3, endpoint=server.base_url, model="truthful"
        )
    assert result.state == "failed"
    (tag,) = result.tags
    assert tag.spans == ()
    assert (tag.unknown[0].start, tag.unknown[-1].end) == (0, 30)
    assert "HTML" in result.runs[0].note
