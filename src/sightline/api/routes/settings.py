"""The settings as they are in force, and changing them."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field, JsonValue

from sightline.api.access import ADMIN
from sightline.api.deps import ServicesDep
from sightline.api.problems import PROBLEMS
from sightline.services.server.origins import Origin, Setting
from sightline.settings import Group, Kind, Unit

router = APIRouter(prefix="/api/v1/settings", tags=["settings"], dependencies=[ADMIN])


class SettingDocument(BaseModel):
    """One setting as it is in force."""

    name: str = Field(examples=["jobs.at_once"])
    path: list[str] = Field(examples=[["jobs", "at_once"]])
    value: JsonValue = Field(examples=[4], description="A secret is masked.")
    default: JsonValue = Field(examples=[4])
    origin: Origin = Field(examples=["default"])
    place: str = Field(
        examples=["SIGHTLINE_JOBS__AT_ONCE in the environment"],
        description="The file or variable that says it; empty for a default.",
    )
    fixed: str = Field(
        examples=[""],
        description="Why it cannot be changed here, and where it can; empty when it can.",
    )
    secret: bool = Field(examples=[False])
    kind: Kind = Field(examples=["integer"], description="How its value is written.")
    optional: bool = Field(
        examples=[False], description="It may be null: the description tells what that means."
    )
    unit: Unit | None = Field(examples=[None], description="What its number counts.")
    at_least: int | float | None = Field(examples=[1], description="The least that it may be.")
    more_than: int | float | None = Field(
        examples=[None], description="What it must be more than: as `at_least`, itself left out."
    )
    at_most: int | float | None = Field(examples=[1000], description="The most that it may be.")
    choices: list[str] = Field(
        examples=[[]],
        description="All that a choice may be; of another kind the words that it takes instead.",
    )
    group: Group = Field(
        examples=["jobs"], description="Settings of a group are best shown together."
    )
    description: str = Field(
        examples=["Runs that one worker does at the same time."],
        description="What it is, in a line or two.",
    )


class SettingsDocument(BaseModel):
    """All settings, those of each endpoint included."""

    settings: list[SettingDocument]


class WebhookSecret(BaseModel):
    """A secret that was just made. It is told this once."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


Changes = Annotated[
    dict[str, JsonValue],
    Body(
        description="A JSON merge patch: what is named is set, null goes back to what the other "
        "places say, a masked secret stays as it is.",
        examples=[{"every_s": 1.0, "jobs": {"at_once": 2}, "webhooks": {"private": None}}],
    ),
]


@router.get("", summary="Every setting and where it comes from")
async def show(services: ServicesDep) -> SettingsDocument:
    return await _document(services)


@router.patch("", summary="Change settings", responses=PROBLEMS(409))
async def change(services: ServicesDep, changes: Changes) -> SettingsDocument:
    """Nothing is changed unless all of it can be: 409 names the variable that stands in the way,
    422 each field that cannot be used. Runs and servers heed it within a second or two."""
    await services.preferences.change(changes)
    return await _document(services)


@router.post("/webhook-secret", summary="Make a new webhook secret", responses=PROBLEMS(409))
async def renew_webhook_secret(services: ServicesDep) -> WebhookSecret:
    """Messages are signed with it from now on. Receivers must be given it now: it is not told
    again."""
    return WebhookSecret(secret=await services.preferences.renew_webhook_secret())


async def _document(services: ServicesDep) -> SettingsDocument:
    return SettingsDocument(settings=[_setting(one) for one in await services.preferences.view()])


def _setting(one: Setting) -> SettingDocument:
    return SettingDocument(
        name=one.name,
        path=list(one.path),
        value=cast("JsonValue", one.value),
        default=cast("JsonValue", one.default),
        origin=one.origin,
        place=one.place,
        fixed=one.fixed,
        secret=one.secret,
        kind=one.nature.kind,
        optional=one.nature.optional,
        unit=one.nature.unit,
        at_least=one.nature.at_least,
        more_than=one.nature.more_than,
        at_most=one.nature.at_most,
        choices=list(one.nature.choices),
        group=one.group,
        description=one.description,
    )
