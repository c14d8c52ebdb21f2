"""The page of endpoints as a person reads it, on consoles narrow and wide."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from sightline.cli.fleet import print_fleet, to_document
from sightline.cli.profile import print_endpoint
from sightline.errors import EndpointDown
from sightline.services.endpoints.standing import Heard, Standing, judge
from sightline.settings import EndpointSettings, Settings
from sightline.values import Profile, Reach, Role, ServedModel, Turn

PROFILE = Profile(
    model="qwen2.5-vl-7b",
    probed_at=datetime.now(UTC) - timedelta(days=3, hours=5),
    canaries_right=16,
    canaries_asked=16,
    pictures=8,
    overflow="dropped",
    longest_side=1344,
    schema="honoured",
    logprobs=True,
    parallel=8,
    context_tokens=32768,
    latency_s=0.31,
    answers_per_s=41.2,
    tags_per_call=8,
    frames_per_call=2,
)
SEER = ServedModel("qwen2.5-vl-7b", vision=True)


def standing(
    name: str,
    *,
    heard: Heard | None = None,
    profile: Profile | None = None,
    served: ServedModel | None = SEER,
    url: str = "http://127.0.0.1:1234/v1",
    egress: Reach = Reach.LAN,
    **values: object,
) -> Standing:
    given = EndpointSettings.model_validate({"url": url, **values})
    heard = heard or Heard(models=(SEER,))
    return judge(name, given, heard, profile=profile, egress=egress, url=url, served=served)


FLEET = (
    standing("desk", profile=PROFILE, slots=8, weight=2),
    standing("laptop", slots="learn", use=Turn.WHEN_FULL),
    standing("attic", profile=replace(PROFILE, canaries_right=9)),
    standing("guest", heard=Heard(asked=False), served=None, paused=True, model="m"),
    standing(
        "cellar",
        heard=Heard(error=EndpointDown("cellar (http://x/v1): nothing listens there.")),
        served=None,
        model="big",
    ),
    standing("cloud", url="https://api.example.com/v1", price_in=0.25, price_out=2),
)


def printed(*standings: Standing, width: int, encoding: str = "utf-8") -> list[str]:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="replace")
    settings = Settings.model_construct(egress=Reach.LAN, endpoint=None)
    print_fleet(Console(file=file, width=width, highlight=False), standings, settings)
    file.flush()
    return [line.rstrip() for line in raw.getvalue().decode(encoding).splitlines()]


def test_a_wide_console_gets_a_table():
    lines = printed(*FLEET, width=140)
    assert lines[0] == "2 of 6 endpoints up · pictures may go to this network (egress lan)"
    header = "state endpoint model kind, reach used slots a call answers/s pictures replies price"
    assert lines[2].split() == header.split()
    [desk] = [line for line in lines if line.startswith("● up") and "desk" in line]
    assert " ".join(desk.split()) == (
        "● up desk qwen2.5-vl-7b openai, host always, weight 2 8 310 ms 41 8 schema, log-prob. –"
    )
    states = [line.split()[1] for line in lines if line.startswith("●")]
    assert states == ["up", "up", "quarantined", "paused", "down", "barred"]


def test_a_narrow_console_gets_a_few_lines_for_each_and_no_word_is_broken():
    lines = printed(*FLEET, width=80)
    assert max(map(len, lines)) <= 80
    start = lines.index("● up           desk    qwen2.5-vl-7b")
    assert [line.strip() for line in lines[start + 1 : start + 4]] == [
        "openai, host · always, weight 2 · 8 slots · 310 ms a call",
        "41 answers/s · 8 pictures a request",
        "schema, log-probabilities",
    ]


def test_a_table_without_prices_has_no_column_for_them():
    assert "price" not in printed(FLEET[0], width=140)[2]


def test_problems_stand_below_in_plain_words_the_grave_ones_first():
    for width in (80, 140):
        told = " ".join(" ".join(printed(*FLEET, width=width)).split())
        parts = [
            "attic quarantined: it told 9 of 16 known pictures rightly → give it another model",
            "`sightline answers distrust --endpoint attic --since TIME`",
            "cellar nothing listens there.",
            'cloud pictures would leave this network, which egress = "lan" forbids: it gets none',
            'allow it with egress = "any"',
            "laptop never probed, so it gets one picture at a time "
            "→ sightline endpoints probe laptop",
            "guest paused, so it is not asked → sightline endpoints resume guest",
        ]
        places = [told.index(part) for part in parts]
        assert places == sorted(places)


def test_a_console_without_the_signs_gets_others():
    told = "\n".join(printed(*FLEET, width=80, encoding="ascii"))
    assert "?" not in told
    assert "* up" in told
    assert "-> sightline endpoints resume guest" in told


def test_what_a_server_says_cannot_paint_the_page():
    evil = ServedModel("m\x1b[31m", vision=True)
    told = "\n".join(printed(standing("x", heard=Heard((evil,)), served=evil), width=140))
    assert "\x1b" not in told


def test_one_that_is_used_alone_is_named():
    file = io.StringIO()
    settings = Settings.model_construct(egress=Reach.ANY, endpoint="desk")
    print_fleet(Console(file=file, width=140), FLEET, settings)
    assert "only desk is used" in file.getvalue()


def test_the_page_of_one_endpoint():
    file = io.StringIO()
    print_endpoint(Console(file=file, width=100, highlight=False), FLEET[0])
    assert [line.rstrip() for line in file.getvalue().splitlines()] == [
        "desk  http://127.0.0.1:1234/v1",
        "  state       ● up",
        "  model       qwen2.5-vl-7b",
        "  kind        openai",
        "  reach       this machine",
        "  used        always, weight 2, 8 slots",
        "  told        16 of 16 questions about drawn pictures right",
        "  pictures    8 in one request, in order; of more, some are dropped without a word",
        "  detail      all of it comes through up to 1344 pixels a side",
        "  replies     schema, log-probabilities",
        "  speed       310 ms for one answer alone; 41 answers a second with 8 calls at once",
        "  best batch  8 tags about 2 frames in a call",
        "  context     32,768 tokens",
        "  probed      3 days ago",
    ]


def test_the_document_says_the_same():
    settings = Settings.model_construct(egress=Reach.LAN, endpoint=None)
    document = to_document(FLEET, settings, Path("settings.toml"))
    assert [one.state for one in document.endpoints] == [one.state for one in FLEET]
    assert document.endpoints[0].profile == PROFILE
    assert document.endpoints[5].problems[0].grave


# ------------------------------------------------------------------------- where one stands


def problems(one: Standing) -> str:
    return "\n".join(f"{problem.what} → {problem.way_out}" for problem in one.problems)


def test_a_model_that_is_not_there_is_told_with_those_that_are():
    other = ServedModel("other", vision=True)
    one = standing("desk", heard=Heard((other,)), served=None, model="mine")
    assert one.state == "down"
    assert "has no model 'mine'; it offers other" in problems(one)
    ollama = standing("o", heard=Heard((other,)), served=None, model="mine", kind="ollama")
    assert "sightline endpoints pull o mine" in problems(ollama)


def test_a_model_that_cannot_see_will_do_for_text():
    blind = ServedModel("reader", vision=False)
    heard = Heard((blind,))
    assert standing("desk", heard=heard, served=blind, model="reader").state == "down"
    reader = standing("desk", heard=heard, served=blind, model="reader", role=Role.LANGUAGE)
    assert reader.state == "up"
    assert "cannot see" not in problems(reader)
    unnamed = standing("desk", heard=Heard((blind,)), served=None)
    assert "none of its models can see pictures: reader" in problems(unnamed)


def test_a_server_that_lists_nothing_is_taken_at_its_settings_word():
    assert standing("desk", heard=Heard(), served=None, model="mine", profile=None).state == "up"
    assert standing("desk", heard=Heard(), served=None).state == "down"


def test_a_profile_of_other_weights_counts_no_more():
    changed = replace(SEER, fingerprint="new")
    wrong = replace(PROFILE, canaries_right=0, fingerprint="old")
    one = standing("desk", heard=Heard((changed,)), served=changed, profile=wrong)
    assert (one.state, one.stale) == ("up", True)
    assert "its model has changed since it was probed" in problems(one)


def test_one_that_is_trusted_is_asked_though_it_was_wrong():
    wrong = replace(PROFILE, canaries_right=9)
    one = standing("desk", profile=wrong, trusted=True)
    assert one.state == "up"
    assert "told 9 of 16 known pictures rightly, and is asked all the same" in problems(one)


def test_slots_that_leave_it_idle_are_told():
    idle = standing("desk", profile=PROFILE, slots=4)
    assert "answers 8 calls at once, but its slots allow 4" in problems(idle)
    for slots in (5, "learn"):
        assert standing("desk", profile=PROFILE, slots=slots).problems == ()


def test_how_far_pictures_travel_is_the_owners_word_before_the_address():
    assert standing("d", url="http://10.0.0.3/v1", egress=Reach.HOST).state == "barred"
    assert standing("d", url="http://10.0.0.3/v1", egress=Reach.HOST, reach="host").state == "up"
    assert standing("d", url="https://vpn.example.com", reach="lan", profile=PROFILE).state == "up"
