"""Tag sets by name: kept, changed, taken in from files, and given out as files."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from sightline.api.access import OPERATE, READ
from sightline.api.deps import ServicesDep
from sightline.api.problems import PROBLEMS
from sightline.services.tags.tagfile import TagSetFile
from sightline.services.tags.tagshelf import LONGEST_NAME, TagSet

router = APIRouter(prefix="/api/v1/tag-sets", tags=["tag sets"], dependencies=[READ])

Name = Annotated[str, Path(max_length=LONGEST_NAME, examples=["street"])]
_TOML: dict[int | str, dict[str, object]] = {
    200: {"content": {"application/toml": {"schema": {"type": "string"}}}}
}


class TagSetDocument(BaseModel):
    """A named tag set."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "street",
                "changed_at": "2026-01-31T12:00:00Z",
                "set": {"tags": [{"name": "car", "threshold": 0.6}, {"name": "person"}]},
            }
        }
    )

    name: str
    changed_at: datetime
    set: TagSetFile = Field(description="As in a tag-set file.")


class TagSetsDocument(BaseModel):
    """Part of the list of tag sets, by name."""

    items: list[TagSetDocument]
    total: int
    exact: bool = True


class TagFile(BaseModel):
    """A file to take tags from."""

    model_config = ConfigDict(extra="forbid")

    file_name: str = Field(
        max_length=255,
        examples=["tags.csv"],
        description="Its end tells how it is read: .toml, .json, .csv or .txt, of ours or of "
        "Haven Player and its engine.",
    )
    text: str = Field(examples=["Tag,TagThreshold\ncar,0.6\n"])


@router.get("", summary="List tag sets")
async def show_all(
    services: ServicesDep,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> TagSetsDocument:
    page = await services.tag_sets.list(offset=offset, limit=limit)
    return TagSetsDocument(items=[_document(one) for one in page.items], total=page.total)


@router.get("/{name}", summary="One tag set", responses=PROBLEMS(404))
async def show(services: ServicesDep, name: Name) -> TagSetDocument:
    return _document(await services.tag_sets.get(name))


@router.get(
    "/{name}/file",
    summary="One tag set as a TOML file",
    response_class=Response,
    responses=_TOML | PROBLEMS(404),
)
async def download(services: ServicesDep, name: Name) -> Response:
    text = await services.tag_sets.to_toml(name)
    headers = {"content-disposition": 'attachment; filename="tags.toml"'}
    return Response(text.encode(), headers=headers, media_type="application/toml")


@router.put(
    "/{name}",
    summary="Keep a tag set under this name",
    dependencies=[OPERATE],
    responses={201: {"model": TagSetDocument, "description": "There was none of this name."}},
)
async def put(
    services: ServicesDep, name: Name, tags: TagSetFile, response: Response
) -> TagSetDocument:
    kept, is_new = await services.tag_sets.put(name, tags)
    response.status_code = 201 if is_new else 200
    return _document(kept)


@router.put(
    "/{name}/file",
    summary="Keep the tags of a file under this name",
    dependencies=[OPERATE],
    responses={201: {"model": TagSetDocument, "description": "There was none of this name."}},
)
async def upload(
    services: ServicesDep, name: Name, file: TagFile, response: Response
) -> TagSetDocument:
    kept, is_new = await services.tag_sets.take_in(name, file.text, file_name=file.file_name)
    response.status_code = 201 if is_new else 200
    return _document(kept)


@router.delete(
    "/{name}",
    summary="Delete a tag set",
    status_code=204,
    dependencies=[OPERATE],
    responses=PROBLEMS(404),
)
async def remove(services: ServicesDep, name: Name) -> None:
    """Runs that were asked for with it keep its tags."""
    await services.tag_sets.remove(name)


def _document(one: TagSet) -> TagSetDocument:
    return TagSetDocument(name=one.name, changed_at=one.changed_at, set=one.file)
