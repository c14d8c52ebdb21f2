"""What a person does from the first upload to the export, and what must not go wrong meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from visiting import World

from sightline.testing.house import until

FOUND = re.compile(r"^car \d+ %, ")
"""How the list of moments calls a span of cars that a model found."""


@pytest.fixture(autouse=True)
def quick_again(world: World) -> Generator[None]:
    yield
    world.slow_down(0)


def upload(page: Page, film: Path) -> None:
    page.goto("/")
    button = page.get_by_role("button", name="Upload files")
    with page.expect_file_chooser() as chooser:
        if button.is_visible():
            button.click()
        else:
            page.get_by_role("button", name="Add", exact=True).click()
            page.get_by_role("menuitem", name="Upload files").click()
    chooser.value.set_files(film)


def begin_run(page: Page, tags: Sequence[str]) -> None:
    page.get_by_role("button", name="Analyze").first.click()
    dialog = page.get_by_role("dialog", name="New run")
    dialog.get_by_role("button", name="What to find").click()
    field = page.get_by_role("combobox", name="Tags", exact=True)
    for tag in tags:
        field.fill(tag)
        field.press("Enter")
    page.keyboard.press("Escape")
    expect(dialog.get_by_role("status", name="What it would take")).to_contain_text("call")
    dialog.get_by_role("button", name="Start").click()
    expect(dialog).to_be_hidden()


def spans_of(world: World, media: str, tag: str) -> list[dict[str, float]]:
    tracks = world.get(f"media/{media}/timeline")["tracks"]
    return next(track["spans"] for track in tracks if track["tag"] == tag)


def test_from_the_first_upload_to_the_export(page: Page, world: World) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="The library is empty")).to_be_visible()
    film = world.films[0].path
    upload(page, film)
    page.get_by_role("link", name=f"Open {film.stem}").click()
    expect(page.get_by_role("heading", name=film.stem)).to_be_visible()
    media = page.url.rsplit("/", 1)[1].partition("?")[0]

    # Spans come while the run goes on, and nothing has to be loaded anew for that.
    world.slow_down(0.4)
    begin_run(page, ["car", "dog"])
    live = page.get_by_role("button", name=FOUND).first
    expect(live).to_be_visible()
    assert world.get("runs")["items"][0]["state"] == "running"
    expect(page.get_by_role("button", name="Cancel").first).to_be_visible()
    world.slow_down(0)
    expect(page.get_by_text("complete", exact=True).first).to_be_visible()
    cars = spans_of(world, media, "car")
    expect(page.get_by_role("button", name=FOUND)).to_have_count(len(cars))

    # One is rejected, and another run of the same does not bring it back.
    page.get_by_role("button", name=FOUND).first.click()
    page.keyboard.press("n")
    expect(page.get_by_role("button", name=FOUND)).to_have_count(len(cars) - 1)
    expect(page.get_by_text("is rejected")).to_be_visible()
    world.house.wait([world.house.ask(film, ["car"], every_s=0.25)])
    said = world.get(f"media/{media}/corrections")["items"]
    assert [(one["tag"], one["present"]) for one in said] == [("car", False)]
    middle = (cars[0]["start"] + cars[0]["end"]) / 2
    left = spans_of(world, media, "car")
    assert not any(span["start"] <= middle < span["end"] for span in left)

    # Among others it is found by tag and title.
    for other in world.films[1:]:
        world.add(other.path)
    page.get_by_role("link", name="Library").first.click()
    expect(page.get_by_role("status").filter(has_text="3 media")).to_be_visible()
    page.get_by_role("button", name="Tags").click()
    page.get_by_role("checkbox", name="dog").or_(page.get_by_role("option", name="dog")).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=film.stem, exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=world.films[1].path.stem, exact=True)).to_be_hidden()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_label("Search titles and tags").fill(film.stem)
    expect(page.get_by_role("link", name=world.films[1].path.stem, exact=True)).to_be_hidden()
    page.get_by_role("checkbox", name=f"Select {film.stem}").check(force=True)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export JSON").click()
    (result,) = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert result["media"]["digest"] == media
    assert {tag["tag"] for tag in result["tags"]} == {"car", "dog"}


def test_a_cancelled_run_ends_and_keeps_what_was_answered(page: Page, world: World) -> None:
    media = world.add(world.films[1].path)
    world.slow_down(1)
    page.goto(f"/media/{media}")
    wanted = {"tags": ["car"], "sampling": {"every": "100ms"}, "sharing": False}
    world.house.post("runs", {"media": [media], **wanted})
    expect(page.get_by_role("progressbar", name="Run on this media")).to_be_visible()
    until(
        lambda: world.get("runs", media=media)["items"][0]["progress"]["asks_done"] or None,
        within_s=30,
        what=lambda: "an answer",
    )
    page.get_by_role("button", name="Cancel").first.click()
    expect(page.get_by_text("cancelled", exact=True).first).to_be_visible()
    run = world.get("runs", media=media)["items"][0]
    assert run["state"] == "cancelled"
    assert 0 < run["progress"]["asks_done"] < run["progress"]["asks_planned"]
    page.get_by_role("link", name="Runs").first.click()
    retry = page.get_by_role("button", name=re.compile("Retry|Try again")).first
    world.slow_down(0)
    retry.click()
    world.house.wait([run["id"]])
    expect(page.get_by_text("complete", exact=True).first).to_be_visible()


def test_the_page_recovers_from_a_server_that_was_restarted(page: Page, world: World) -> None:
    media = world.add(world.films[2].path)
    world.slow_down(0.3)
    page.goto(f"/media/{media}")
    begin_run(page, ["car", "dog"])
    expect(page.get_by_role("progressbar", name="Run on this media")).to_be_visible()
    port = world.house.url.rsplit(":", 1)[1]
    world.house.programs[-1].kill()
    expect(page.get_by_text("The server does not answer").first).to_be_visible()
    world.slow_down(0)
    world.house.serve(port=int(port))
    expect(page.get_by_text("The server does not answer")).to_have_count(0)
    # The new server first has to find that the old one is dead.
    complete = page.get_by_text("complete", exact=True).first
    expect(complete).to_be_visible(timeout=60_000)
    assert world.get("runs", media=media)["items"][0]["state"] == "complete"
    expect(page.get_by_role("button", name=FOUND).first).to_be_visible()
