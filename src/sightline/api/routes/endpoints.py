"""Endpoints: how each stands, and adding, changing, trying and measuring them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import APIRouter, Path

from sightline.api.access import ADMIN, OPERATE, READ
from sightline.api.deps import ServicesDep
from sightline.api.models.endpoints import (
    ActivitiesView,
    ActivityView,
    AnswersToTrust,
    DiscoveredDocument,
    DiscoveriesDocument,
    EndpointChange,
    EndpointsView,
    EndpointView,
    ErrandDocument,
    ModelDocument,
    ModelsView,
    ModelToPull,
    NewEndpoint,
    TestView,
    TrustView,
    UseDocument,
    WhichAnswers,
    WhichModel,
)
from sightline.api.problems import PROBLEMS
from sightline.errors import EndpointError
from sightline.services.endpoints.standing import Standing
from sightline.services.endpoints.upkeep import Errand, ErrandKind, Said
from sightline.services.services import Services
from sightline.values import EndpointUse, ServedModel

router = APIRouter(prefix="/api/v1/endpoints", tags=["endpoints"], dependencies=[READ])

Name = Annotated[str, Path(max_length=100, examples=["desk"])]
_ANY = WhichModel()
_MOST_MODELS = 500


@router.get("", summary="All endpoints as they are now")
async def show_all(services: ServicesDep) -> EndpointsView:
    """Asks each for its models, all at once; takes up to 4 s when one does not answer."""
    upkeep = services.preferences.endpoints
    standings, homes, uses = await upkeep.standings(), await upkeep.homes(), _uses(services)
    return EndpointsView(
        egress=services.preferences.settings.egress,
        items=[_view(one, homes, uses) for one in standings],
        total=len(standings),
    )


@router.get("/activity", summary="What those of this server do just now")
async def activity(services: ServicesDep) -> ActivitiesView:
    """Nobody is asked for it: it is what the server itself has seen."""
    told = services.activity.now if services.activity else ()
    items = [ActivityView.model_validate(one, from_attributes=True) for one in told]
    return ActivitiesView(here=services.activity is not None, items=items, total=len(items))


@router.post("/discover", summary="Look for model servers", dependencies=[ADMIN])
async def discover(services: ServicesDep) -> DiscoveriesDocument:
    """On the usual ports of the machine that the server runs on."""
    found = await services.preferences.endpoints.discover()
    return DiscoveriesDocument(
        items=[
            DiscoveredDocument(
                kind=server.kind,
                name=server.name,
                url=server.url,
                problem=server.problem,
                models=[_model(model) for model in server.models],
            )
            for server in found
        ]
    )


@router.post(
    "", summary="Add an endpoint", status_code=201, dependencies=[ADMIN], responses=PROBLEMS(409)
)
async def add(services: ServicesDep, new: NewEndpoint) -> EndpointView:
    values = new.model_dump(exclude_unset=True, exclude={"name"})
    await services.preferences.endpoints.add(new.name, values)
    return await _one(services, new.name)


@router.get("/{name}", summary="One endpoint as it is now", responses=PROBLEMS(404))
async def show(services: ServicesDep, name: Name) -> EndpointView:
    return await _one(services, name)


@router.patch(
    "/{name}",
    summary="Change an endpoint",
    dependencies=[ADMIN],
    responses=PROBLEMS(404, 409),
)
async def change(services: ServicesDep, name: Name, changes: EndpointChange) -> EndpointView:
    """What is named is set, null sets it back, a masked key stays as it is. A key does not stay
    when the URL leads elsewhere: give it again."""
    values = changes.model_dump(exclude_unset=True)
    await services.preferences.endpoints.change(name, values)
    return await _one(services, name)


@router.delete(
    "/{name}",
    summary="Take an endpoint away",
    status_code=204,
    dependencies=[ADMIN],
    responses=PROBLEMS(404, 409),
)
async def remove(services: ServicesDep, name: Name) -> None:
    """What it answered is kept."""
    await services.preferences.endpoints.remove(name)


@router.post(
    "/{name}/pause", summary="Ask it no more", dependencies=[OPERATE], responses=PROBLEMS(404, 409)
)
async def pause(services: ServicesDep, name: Name) -> EndpointView:
    """Calls in flight end as they would have; runs under way go on with the others."""
    await services.preferences.endpoints.pause(name, paused=True)
    return await _one(services, name)


@router.post(
    "/{name}/resume", summary="Ask it again", dependencies=[OPERATE], responses=PROBLEMS(404, 409)
)
async def resume(services: ServicesDep, name: Name) -> EndpointView:
    await services.preferences.endpoints.pause(name, paused=False)
    return await _one(services, name)


@router.get(
    "/{name}/models",
    summary="The models that it offers",
    dependencies=[OPERATE],
    responses=PROBLEMS(404),
)
async def models(services: ServicesDep, name: Name) -> ModelsView:
    """It is asked for them, and has 4 s to answer; where it does not, `problem` says why."""
    try:
        found = await services.preferences.endpoints.models(name)
    except EndpointError as error:
        return ModelsView(endpoint=name, items=[], total=0, exact=False, problem=str(error))
    items = [_model(one) for one in found[:_MOST_MODELS]]
    return ModelsView(endpoint=name, items=items, total=len(found))


@router.post(
    "/{name}/test",
    summary="Ask one question whose answer is known",
    dependencies=[OPERATE],
    responses=PROBLEMS(404),
)
async def try_out(services: ServicesDep, name: Name, which: WhichModel = _ANY) -> TestView:
    """An endpoint that cannot be asked is an answer, too: `problem` says why."""
    try:
        tested = await services.preferences.endpoints.test(name, model=which.model)
    except EndpointError as error:
        return TestView(endpoint=name, model=which.model, problem=str(error))
    return TestView(
        endpoint=name,
        model=tested.model,
        question=tested.question,
        said=tested.said,
        right=tested.right,
        latency_s=tested.latency_s,
    )


@router.post(
    "/{name}/probe",
    summary="Begin to measure what it can do",
    status_code=202,
    dependencies=[OPERATE],
    responses=PROBLEMS(404, 409),
)
async def probe(services: ServicesDep, name: Name, which: WhichModel = _ANY) -> ErrandDocument:
    """Takes a minute or more: GET the same path to see how far it is."""
    return _errand(services.preferences.endpoints.probe(name, model=which.model))


@router.get("/{name}/probe", summary="How far the probe is", responses=PROBLEMS(404))
async def show_probe(services: ServicesDep, name: Name) -> ErrandDocument:
    return _errand(services.preferences.endpoints.errand(ErrandKind.PROBE, name))


@router.post(
    "/{name}/pull",
    summary="Begin to have Ollama download a model",
    status_code=202,
    dependencies=[ADMIN],
    responses=PROBLEMS(404, 409),
)
async def pull(services: ServicesDep, name: Name, wanted: ModelToPull) -> ErrandDocument:
    """GET the same path to see how far it is."""
    return _errand(services.preferences.endpoints.pull(name, wanted.model))


@router.get("/{name}/pull", summary="How far the download is", responses=PROBLEMS(404))
async def show_pull(services: ServicesDep, name: Name) -> ErrandDocument:
    return _errand(services.preferences.endpoints.errand(ErrandKind.PULL, name))


@router.post(
    "/{name}/distrust",
    summary="Use no answer any more that it gave in a stretch of time",
    dependencies=[ADMIN],
    responses=PROBLEMS(404),
)
async def distrust(services: ServicesDep, name: Name, which: WhichAnswers) -> TrustView:
    """Nothing is deleted: `trust` takes it back. What was concluded from them stays, and says so,
    until the same runs are done again, which ask anew. Also of an endpoint that was taken away."""
    at = None if which.dry_run else datetime.now(UTC)
    said = Said(which.since, which.until, at)
    count = await services.preferences.endpoints.distrust(name, said, dry_run=which.dry_run)
    return _changed(name, which, count, at)


@router.post(
    "/{name}/trust",
    summary="Use again what was distrusted",
    dependencies=[ADMIN],
    responses=PROBLEMS(404),
)
async def trust(services: ServicesDep, name: Name, which: AnswersToTrust) -> TrustView:
    """Where the model has answered the same anew since, the new answer stays in use."""
    said = Said(which.since, which.until, which.at)
    upkeep = services.preferences.endpoints
    count = await upkeep.distrust(name, said, undo=True, dry_run=which.dry_run)
    return _changed(name, which, count, None)


# ------------------------------------------------------------------------------------------ parts


def _changed(name: str, which: WhichAnswers, count: int, at: datetime | None) -> TrustView:
    return TrustView(
        endpoint=name,
        since=which.since,
        until=which.until,
        answers=count,
        done=not which.dry_run,
        at=at,
    )


async def _one(services: Services, name: str) -> EndpointView:
    upkeep = services.preferences.endpoints
    return _view(await upkeep.standing(name), await upkeep.homes(), _uses(services))


def _uses(services: Services) -> Mapping[str, EndpointUse]:
    if services.fleet is None:
        return {}
    return {use.endpoint: use for use in services.fleet.pool.uses}


def _view(one: Standing, homes: Mapping[str, str], uses: Mapping[str, EndpointUse]) -> EndpointView:
    given, use = one.settings, uses.get(one.name)
    return EndpointView.model_validate(
        {
            **given.model_dump(exclude={"api_key", "model", "url", "reach"}),
            "name": one.name,
            "state": one.state,
            "url": one.url,
            "model": one.model,
            "configured_model": given.model,
            "reach": one.reach,
            "has_key": bool(given.api_key and given.api_key.get_secret_value()),
            "made_in": homes.get(one.name, ""),
            "profile": one.profile and asdict(one.profile),
            "profile_is_stale": one.stale,
            "problems": [asdict(problem) for problem in one.problems],
            "use_now": use and cast("object", UseDocument.of(use)),
        }
    )


def _model(one: ServedModel) -> ModelDocument:
    return ModelDocument(name=one.name, vision=one.vision, loaded=one.loaded)


def _errand(one: Errand) -> ErrandDocument:
    return ErrandDocument.model_validate(asdict(one))
