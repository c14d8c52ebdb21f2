"""An edge of a span is taken hold of on the timeline, and put where it belongs."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from visiting import World

from sightline.testing.house import until


def test_a_dragged_edge_is_a_correction_that_can_be_taken_back(page: Page, world: World) -> None:
    film = world.films[0].path
    media = world.analyzed(film, ["car"])
    timeline = world.get(f"media/{media}/timeline")
    span, length = timeline["tracks"][0]["spans"][0], timeline["duration"]
    page.goto(f"/media/{media}")
    board = page.get_by_role("group", name=re.compile("^Timeline, .* in view$"))
    row = page.get_by_role("button", name=re.compile("^car ")).first
    expect(row).to_be_visible()
    page.get_by_role("button", name=re.compile(r"^car \d+ %, ")).first.click()

    across, down = board.bounding_box(), row.bounding_box()
    assert across
    assert down
    y = down["y"] + down["height"] / 2
    x = across["x"] + across["width"] * span["end"] / length
    second = across["width"] / length
    page.mouse.move(x - 2, y)
    page.mouse.down()
    page.mouse.move(x - second / 2, y, steps=5)
    page.mouse.move(x - second, y, steps=5)
    page.mouse.up()

    expect(page.get_by_text(re.compile("^car is now from"))).to_be_visible()
    (said,) = world.get(f"media/{media}/corrections")["items"]
    assert (said["tag"], said["present"]) == ("car", True)
    assert said["replaces"] == [span["start"], span["end"]]
    assert abs(said["end"] - (span["end"] - 1)) < 0.3
    now = world.get(f"media/{media}/timeline")["tracks"][0]["spans"][0]
    assert (now["by"], now["start"]) == ("person", span["start"])

    page.get_by_role("button", name="Undo").click()
    until(
        lambda: not world.get(f"media/{media}/corrections")["total"],
        within_s=20,
        what=lambda: "the correction taken back",
    )
    expect(page.get_by_role("button", name=re.compile(r"^car \d+ %, ")).first).to_be_visible()
