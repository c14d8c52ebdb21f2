"""`sightline library`: what is known, how it is forgotten, and that erased means gone."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from stored import bytes_on_disk, rows

from conftest import Sightline
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import random_truth
from sightline.testing.video import Rendered, render

VOCABULARY = ("xylophone", "zeppelin", "walrus")


def film(folder: Path, name: str, seed: int, *, without: str = "") -> Rendered:
    truth = random_truth(seed, duration_s=6, tags=VOCABULARY)
    events = {tag: events for tag, events in truth.events.items() if tag != without}
    return render(replace(truth, events=events), folder / f"{name}.mp4")


def analyze(sightline: Sightline, clip: Rendered, server: TruthfulEndpoint, tags: str) -> str:
    """The digest of the media."""
    ran = sightline.analyze(
        clip.path, "--tags", tags, "--ask", f"What of {clip.path.stem}?", "--every", "1s",
        "--endpoint", server.base_url, "--model", "truthful",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    return ran.result.media.digest


def test_an_empty_library_says_how_it_is_filled(sightline: Sightline):
    ran = sightline.run("library", "list")
    assert ran.code == 0
    assert ran.out == "The library is empty. `sightline analyze VIDEO` fills it.\n"


def test_media_are_listed_with_their_files(sightline: Sightline, tmp_path: Path):
    one, two = film(tmp_path, "one", 1), film(tmp_path, "two", 2)
    copy = tmp_path / "copy of one.mp4"
    copy.write_bytes(one.path.read_bytes())
    ran = sightline.run(
        "analyze", one.path, two.path, copy, "--endpoint", "pixels", "--tags", "dark"
    )
    assert ran.code == 0, ran.err
    listed = sightline.run("library", "list", COLUMNS="300")
    assert listed.out.split()[:3] == ["id", "length", "file"]
    assert "0:06.0" in listed.out
    for path in (one.path, two.path, copy):
        assert str(path) in listed.out
    assert rows(sightline.data_dir).media == 2
    # A path in a narrow terminal is folded, and none of it is lost.
    narrow = sightline.run("library", "list", COLUMNS="50")
    assert str(two.path) in "".join(line[22:].strip() for line in narrow.out.splitlines())


def test_removed_is_off_the_list_and_comes_back_with_its_answers(
    sightline: Sightline, tmp_path: Path
):
    one = film(tmp_path, "one", 1)
    with TruthfulEndpoint(one.truth) as server:
        digest = analyze(sightline, one, server, "walrus")
        asked = server.requests
        ran = sightline.run("library", "remove", digest[:8])
        assert ran.code == 0, ran.err
        assert ran.out == "Removed one. Its answers are kept; --erase deletes them, too.\n"
        assert "`sightline library list --all`" in sightline.run("library", "list").out
        assert (
            f"{digest[:12]}  0:06.0  one (no file)" in sightline.run("library", "list", "--all").out
        )
        analyze(sightline, one, server, "walrus")
        assert server.requests == asked
    assert one.path.exists()
    assert str(one.path) in sightline.run("library", "list", COLUMNS="300").out


def test_erased_means_that_no_byte_is_left_and_nothing_else_is_touched(
    sightline: Sightline, tmp_path: Path
):
    one, two = film(tmp_path, "unicorn", 1), film(tmp_path, "griffin", 2, without="xylophone")
    with TruthfulEndpoint(one.truth) as server:
        gone = analyze(sightline, one, server, "xylophone, zeppelin")
        kept = analyze(sightline, two, server, "zeppelin, walrus")
        before = rows(sightline.data_dir)
        traces = [b"unicorn", b"What of unicorn", b"xylophone", gone.encode(), gone[:16].encode()]
        held = bytes_on_disk(sightline.data_dir)
        for trace in traces:
            assert trace in held
        asked = server.requests

        # Nobody is there to be asked, so it has to be said.
        ran = sightline.run("library", "remove", "--erase", one.path)
        assert ran.code == 2
        assert "unicorn was not erased: there is no terminal to ask in. Say --yes." in ran.err
        assert rows(sightline.data_dir) == before
        ran = sightline.run("library", "remove", "--erase", "--yes", one.path)
        assert ran.code == 0, ran.err
        answers = 6 * 2 + 1
        assert ran.out.startswith(f"Erased unicorn: {answers} answers, 2 runs, 3 findings.")
        left = bytes_on_disk(sightline.data_dir)
        for trace in traces:
            assert trace not in left
        after = rows(sightline.data_dir)
        assert after.media == before.media - 1
        assert after.facts == before.facts - answers
        assert kept.encode() in left
        assert b"What of griffin" in left
        assert one.path.exists()

        analyze(sightline, two, server, "zeppelin, walrus")
        assert server.requests == asked
        analyze(sightline, one, server, "xylophone, zeppelin")
        assert server.requests == asked + 6 + 1
    assert rows(sightline.data_dir).facts == before.facts


def test_what_is_not_known_cannot_be_removed(sightline: Sightline, tmp_path: Path):
    one = film(tmp_path, "one", 1)
    assert sightline.run("analyze", one.path, "--endpoint", "pixels", "--tags", "red").code == 0
    # Five digits are too few to tell a media from a mistyped name.
    digest = sightline.run("library", "list").out.splitlines()[1].split()[0]
    for name in ("nothing.mp4", "abcdef123456", digest[:5], "", "%", digest[:6] + "%"):
        ran = sightline.run("library", "remove", "--erase", "--", name)
        assert ran.code == 2, (name, ran.out)
        assert "is not in the library" in ran.err
        assert "sightline library list" in ran.err
        assert "Traceback" not in ran.err
    assert rows(sightline.data_dir).media == 1


def test_an_ambiguous_id_lists_those_it_could_be(sightline: Sightline, tmp_path: Path):
    """Two digests that begin alike are made by hand: no small file gives them."""
    one, two = film(tmp_path, "one", 1), film(tmp_path, "two", 2)
    arguments = ["--endpoint", "pixels", "--tags", "red"]
    assert sightline.run("analyze", one.path, two.path, *arguments).code == 0
    connection = sqlite3.connect(sightline.data_dir / "sightline.db")
    with connection:
        connection.execute("UPDATE media SET digest = 'abcdef' || substr(digest, 7)")
    connection.close()
    ran = sightline.run("library", "remove", "abcdef", "--erase")
    assert ran.code == 2
    said = " ".join(ran.err.split())
    assert "abcdef: 2 media begin so" in said
    assert "(one)" in said
    assert "(two)" in said
    assert rows(sightline.data_dir).media == 2


def test_a_library_that_cannot_be_opened(sightline: Sightline):
    sightline.data_dir.mkdir()
    (sightline.data_dir / "sightline.db").write_bytes(b"not a database, this\n" * 100)
    for arguments in (["list"], ["remove", "abcdef"]):
        ran = sightline.run("library", *arguments)
        assert ran.code == 1
        assert "it is not a database" in ran.err
        assert "Traceback" not in ran.err
