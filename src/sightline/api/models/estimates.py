"""What a run would take, told before it is begun."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from sightline.services.planning.rates import EdgesBy
from sightline.values.text import plain

Words = Annotated[str, AfterValidator(plain)]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class EndpointShare(_View):
    """What an endpoint would have of it."""

    name: str
    model: Words | None
    calls: int
    per_s: float | None
    """Answers per second, as its probe or its latest calls measured; null: nobody has."""


class EstimateView(_View):
    """What a run would take. Numbers are for all of its media together."""

    media: int
    unread: int
    """Of them, files that were never read: they are not in the other numbers."""
    frames: int
    """That would be sampled."""
    asks: int
    """Questions about them."""
    known: int
    """Of these, answered before: they cost nothing."""
    alike: int
    """Of the rest, those that would share the answer about a frame that looks alike, where looks
    have been measured."""
    calls: int
    """Exchanges with endpoints; one may carry several questions."""
    more: bool
    """It may be more: edges are searched for, or looks have not been measured."""
    less: bool
    """It may be fewer: frames that look alike will share answers, which nobody has measured yet."""
    seconds: float | None
    """Null where the speed of no endpoint is known."""
    cost: float | None
    """By the prices in the settings; 0 where none has one; null where tokens cannot be told."""
    endpoints: list[EndpointShare]
    edges: EdgesBy | None
    """By what it was reckoned how many edges there are to search for: `tags`, how often these tags
    came and went in past runs; `library`, how often other tags did; `guess`, once a minute each.
    Null where none are searched for."""
    untold: list[Words]
    """Tags that no endpoint which may be asked can tell: they are not in the numbers."""
    shortfall: Words
    """In a sentence all that no endpoint can answer, with the way out; empty when there is none."""
    problem: Words
    """Why it cannot be begun; empty when it can."""
