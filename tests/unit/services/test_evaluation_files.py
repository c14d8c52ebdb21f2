"""Files of spans: told apart by what they hold, paired by video, and errors that name the place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import InputError
from sightline.evaluation import Segment
from sightline.services.tuning.evaluation import read_both, read_spans


def document(path: str = "film.mp4", digest: str = "", **more: Any) -> dict[str, Any]:
    """A truth as one writes it by hand."""
    return {
        "format": "sightline.result",
        "version": 1,
        "media": {"path": path, "duration": 60.0, "digest": digest},
        "tags": [{"tag": "car", "spans": [{"start": 1.5, "end": 4.0}]}],
        **more,
    }


def truth_of(*videos: str) -> dict[str, Any]:
    one = {"label": "car", "segment": [1.5, 4.0]}
    entry = {"duration": 60.0, "subset": "validation", "annotations": [one]}
    return {"version": "VERSION 1.3", "taxonomy": [], "database": dict.fromkeys(videos, entry)}


def detections(*videos: str) -> dict[str, Any]:
    one = {"label": "car", "score": 0.9, "segment": [1.5, 4.0]}
    return {"version": "VERSION 1.3", "results": {video: [one] for video in videos}}


@pytest.fixture
def write(tmp_path: Path):
    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


class TestReading:
    @pytest.mark.parametrize(
        ("content", "confidence"),
        [(document(), 1.0), (truth_of("film"), 1.0), (detections("film"), 0.9)],
    )
    def test_each_form_by_its_content(self, write: Any, content: Any, confidence: float):
        [video] = read_spans(write("any.txt", content))
        assert video.spans.video == "film"
        assert video.spans.tags["car"].segments == (Segment(1.5, 4.0, confidence),)

    def test_several_documents_one_a_line_or_in_a_list(self, write: Any):
        both = [document("one.mp4"), document("two.mp4")]
        lines = write("lines", "\n".join(map(json.dumps, both)) + "\n")
        listed = write("listed", both)
        for path in (lines, listed):
            assert [video.spans.video for video in read_spans(path)] == ["one", "two"]

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("", "is not JSON"),
            ("{", "is not JSON"),
            ('{"a": \n 1', "is not JSON"),
            (json.dumps(document()) + "\n{", "line 2, is not JSON"),
            ({"tags": {}}, "has the keys tags: what can be read is"),
            (3, "has no such keys"),
            ([document(), 3], "document 1, has no such keys"),
            (document(version=2), "version: "),
            (document(tags=[{"spans": []}]), "tags.0.tag: Field required"),
            (
                document(tags=[{"tag": "car", "spans": [{"start": 4, "end": 1}]}]),
                "tags.0.spans.0: it ends (1 s) before it starts (4 s)",
            ),
            (document(tags=[{"tag": "car"}, {"tag": "car"}]), "the tag 'car' is there twice"),
            (document(tags=[{"tag": "car", "spans": [{"start": 1}]}]), "tags.0.spans.0.end: "),
            ({"database": {"v": {"annotations": [{"label": "a"}]}}}, "v.annotations.0.segment: "),
            ({"results": {"v": [{"label": "a", "segment": [0, 1]}]}}, "results.v.0.score: "),
            ('{"results": {"v": [{"label": "a", "segment": [0, NaN], "score": 1}]}}', "segment.1"),
        ],
    )
    def test_bad_input_names_file_and_field(self, write: Any, content: Any, told: str):
        path = write("bad.json", content)
        with pytest.raises(InputError) as error:
            list(read_spans(path))
        assert str(path) in str(error.value)
        assert told in str(error.value)

    def test_a_file_that_is_none(self, tmp_path: Path):
        with pytest.raises(InputError, match="cannot be read: No such file"):
            list(read_spans(tmp_path / "none.json"))
        (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InputError, match="is not UTF-8"):
            list(read_spans(tmp_path / "binary"))

    def test_of_many_problems_some_are_told(self, write: Any):
        tags: list[object] = [{"threshold": 1}] * 40
        with pytest.raises(InputError, match="and 35 more"):
            list(read_spans(write("bad.json", document(tags=tags))))


class TestPairing:
    def pair(self, write: Any, truth: Any, *results: Any) -> list[str]:
        """The names of the results, as those of the truth."""
        paths = [write(f"{number}.json", one) for number, one in enumerate(results)]
        compared = read_both(write("truth.json", truth), paths)
        self.note = compared.note
        return [video.video for video in compared.results]

    def test_by_name_whatever_the_folder_and_extension(self, write: Any):
        truth = [document("/a/one.mp4"), document("/a/two.mkv")]
        assert self.pair(write, truth, document("two.mp4"), document("D:\\one.avi")) == [
            "two",
            "one",
        ]

    def test_by_digest_whatever_the_name(self, write: Any):
        truth = [document("one.mp4", "d1"), document("two.mp4", "d2")]
        assert self.pair(write, truth, document("renamed.mp4", "d2")) == ["two"]

    def test_names_of_one_truth_are_told_apart_by_digest(self, write: Any):
        truth = [document("a/x.mp4", "d1" * 8), document("b/x.mp4", "d2" * 8)]
        names = self.pair(write, truth, document("x.mp4", "d2" * 8))
        assert names == ["x (d2d2d2d2)"]

    def test_files_of_activitynet_have_a_prefix(self, write: Any):
        truth = truth_of("abc", "def")
        assert self.pair(write, truth, document("v_abc.mp4"), document("def.mp4")) == ["abc", "def"]

    def test_an_id_may_be_a_file_name(self, write: Any):
        assert self.pair(write, [document("film.mp4"), document("b.mp4")], detections("film.mp4"))

    def test_a_single_video_is_the_other_one_and_a_note_says_so(self, write: Any):
        assert self.pair(write, truth_of("abc"), document("film.mp4")) == ["abc"]
        assert "calls its only video abc, the result film" in self.note

    def test_unless_digests_tell_them_apart(self, write: Any):
        with pytest.raises(InputError, match="no video in common"):
            self.pair(write, document("one.mp4", "d1"), document("two.mp4", "d2"))

    def test_nothing_in_common(self, write: Any):
        with pytest.raises(InputError, match=r"has a, b; .* has c, d"):
            self.pair(write, truth_of("a", "b"), detections("c", "d"))

    def test_two_results_of_one_video(self, write: Any):
        with pytest.raises(InputError, match=r"film is in .*0\.json and again in .*1\.json"):
            self.pair(write, document(), document(), document())

    def test_two_truths_of_one_video(self, write: Any):
        with pytest.raises(InputError, match="has the video film twice"):
            self.pair(write, [document(), document()], document())

    def test_no_video_at_all(self, write: Any, tmp_path: Path):
        truth, found = write("truth.json", truth_of("a")), write("r.json", detections())
        with pytest.raises(InputError, match=r"r\.json holds no video"):
            read_both(truth, [found])
        with pytest.raises(InputError, match="no video of the subset 'testing'"):
            read_both(truth, [found], subset="testing")
