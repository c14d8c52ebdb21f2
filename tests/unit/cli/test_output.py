"""Result files: whole or not at all, under names that nobody can put something in the way of."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from sightline.cli.output import ResultFiles
from sightline.errors import OutputError
from sightline.exports.result import Result
from sightline.testing.results import MEDIA, result
from sightline.values import RunState


def files(folder: Path, *, ai_json: bool = False) -> ResultFiles:
    return ResultFiles(folder, result=True, ai_json=ai_json, allow_partial=False)


def test_links_are_not_followed_and_nothing_is_left(tmp_path: Path):
    out, victim = tmp_path / "out", tmp_path / "victim"
    out.mkdir()
    victim.write_text("precious")
    for name in (".sightline-can-write", ".film.result.json.part", "film.result.json"):
        (out / name).symlink_to(victim)
    before = set(out.iterdir())
    files(out).check()
    files(out).write(result(), Path("film.mp4"), [])
    assert victim.read_text() == "precious"
    assert set(out.iterdir()) == before
    assert not (out / "film.result.json").is_symlink()


def test_a_result_file_has_the_permissions_of_any_new_file(tmp_path: Path):
    mask = os.umask(0o027)
    try:
        (written,), _ = files(tmp_path).write(result(), Path("film.mp4"), [])
    finally:
        os.umask(mask)
    assert written.stat().st_mode & 0o777 == 0o640


def test_two_writers_of_one_file_do_not_disturb_each_other(tmp_path: Path):
    made, failed = result(note="x" * 200_000), list[OutputError]()

    def write() -> None:
        for _ in range(30):
            try:
                files(tmp_path).write(made, Path("film.mp4"), [])
            except OutputError as error:
                failed.append(error)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failed == []
    (written,) = tmp_path.iterdir()
    assert Result.model_validate_json(written.read_text(encoding="utf-8")) == made


@pytest.mark.parametrize("stem", ["x" * 251, "ß" * 125, "\udce9" * 250])
def test_a_name_too_long_keeps_the_digest(tmp_path: Path, stem: str):
    (written,), _ = files(tmp_path).write(result(), Path(f"{stem}.mp4"), [])
    assert written.name.endswith(f".{MEDIA.digest[:8]}.result.json")
    assert written.name.startswith(stem[:100])
    assert Result.model_validate_json(written.read_text(encoding="utf-8"))


def test_a_name_that_cannot_be_shortened_is_told(tmp_path: Path):
    with pytest.raises(OutputError, match=r"AI\.json cannot be written: File name too long"):
        files(tmp_path, ai_json=True).write(result(), Path("x" * 251 + ".mp4"), [])


def test_both_of_haven_s_files_are_written_or_neither(tmp_path: Path):
    wanted = ResultFiles(tmp_path, result=False, ai_json=True, allow_partial=False, haven=True)
    written, left_out = wanted.write(result(), Path("film.mp4"), [])
    assert [path.name for path in written] == ["film.mp4.AI.json", "film.mp4.haven.json"]
    assert left_out == ""
    written, left_out = wanted.write(result(state=RunState.PARTIAL), Path("other.mp4"), [])
    assert written == []
    assert left_out.startswith("other.mp4.AI.json and other.mp4.haven.json were not written: ")
