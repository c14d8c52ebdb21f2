"""The whole way without a mouse."""

from __future__ import annotations

import re
from functools import partial

from playwright.sync_api import Locator, Page, expect
from visiting import World

from sightline.testing.house import until


def test_from_the_library_to_a_correction_by_keys_alone(page: Page, world: World) -> None:
    film = world.films[0].path
    media = world.add(film)
    world.add(world.films[1].path)
    keys = page.keyboard
    page.goto("/")
    expect(page.get_by_role("link", name=film.stem, exact=True)).to_be_visible()

    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()

    keys.press("/")
    keys.type(film.stem)
    expect(page.get_by_role("link", name=world.films[1].path.stem, exact=True)).to_be_hidden()
    search = page.get_by_label("Search titles and tags")
    expect(search).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(f"/media/{media}"))
    expect(page.get_by_role("heading", name=film.stem)).to_be_visible()

    keys.press("r")
    dialog = page.get_by_role("dialog", name="New run")
    expect(dialog).to_be_visible()
    find = dialog.get_by_role("button", name="What to find")
    for _ in range(20):
        if find.evaluate("it => it === document.activeElement"):
            break
        keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_role("combobox", name="Tags", exact=True)).to_be_focused()
    keys.type("car,")
    keys.press("Escape")
    keys.press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("complete", exact=True).first).to_be_visible()

    expect(page.get_by_role("button", name=re.compile(r"^car \d+ %")).first).to_be_visible()
    keys.press("m")
    keys.press("y")
    expect(page.get_by_text(re.compile("car at .* is confirmed"))).to_be_visible()
    said = world.get(f"media/{media}/corrections")["items"]
    assert [(one["tag"], one["present"]) for one in said] == [("car", True)]
    assert said[0]["replaces"] == [said[0]["start"], said[0]["end"]]
    keys.press("Control+z")
    expect(page.get_by_text("The correction is taken back")).to_be_visible()
    assert world.get(f"media/{media}/corrections")["items"] == []

    keys.press("e")
    expect(page.get_by_role("tab", name="Evidence")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("truthful").first).to_be_visible()

    keys.press("Shift+?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()

    keys.press("Control+k")
    expect(page.get_by_role("combobox").last).to_be_focused()
    keys.type("endpoints")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/endpoints$"))
    expect(page.get_by_role("heading", name="Endpoints")).to_be_visible()


def shows(video: Locator, start: float, end: float) -> bool:
    at: float = video.evaluate("it => it.currentTime")
    return start <= at < end


def test_the_player_goes_from_frame_to_frame_exactly(page: Page, world: World) -> None:
    media = world.add(world.films[2].path)
    frames = [one["seconds"] for one in world.get(f"media/{media}/frames", limit=5)["items"]]
    page.goto(f"/media/{media}")
    position = page.get_by_role("slider", name="Position")
    expect(position).to_be_visible()
    video = page.locator("video")
    expect(video).to_have_js_property("readyState", 4)
    page.get_by_role("heading", level=1).click()
    for key, place in ((".", 1), (".", 2), (".", 3), (",", 2)):
        page.keyboard.press(key)
        on_show = partial(shows, video, frames[place], frames[place + 1])
        until(on_show, within_s=20, what=lambda: video.evaluate("it => it.currentTime"))
