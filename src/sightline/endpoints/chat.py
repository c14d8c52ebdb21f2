"""OpenAI's chat completions on the wire: how a request is put, and what of a reply is used.

Replies are validated here, as the SDK does not validate what it parses; whatever is not needed for
an answer may be missing or malformed.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from pydantic import BaseModel, Field, JsonValue, TypeAdapter, ValidationError

from sightline.endpoints.exchange import THOUGHT_TOKENS, Inquiry
from sightline.endpoints.http import HeardText
from sightline.prompts.likelihood import Token
from sightline.prompts.templates import Prompt
from sightline.values import Profile

_Part = dict[str, str | dict[str, str]]
"""One part of a message: some text, or a picture by its data URL."""

_LIKELIEST = 5
"""Tokens listed for each place: what all servers grant, and enough for a yes beside a no."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server can be asked, as far as it has not turned out otherwise."""

    schema: bool = True
    json_object: bool = False
    """Where it has no schemas: any JSON object."""
    logprobs: bool = False
    temperature: bool = True
    seed: bool = True
    old_limit: bool = True
    """`max_tokens`, which all servers know but OpenAI's newest models."""
    at_once: bool = True
    """Its model answers without thinking first, so that a prompt's limit is enough."""

    @classmethod
    def of(cls, profile: Profile | None) -> Dialect:
        """Without a profile a schema is tried: a server that has none mostly says so."""
        if profile is None:
            return cls()
        return cls(
            schema=profile.schema == "honoured",
            json_object=profile.json_object,
            logprobs=profile.logprobs,
        )

    def and_(self, other: Dialect) -> Dialect:
        """What neither has found otherwise."""
        names = [field.name for field in fields(self)]
        return Dialect(**{name: getattr(self, name) and getattr(other, name) for name in names})

    def after(self, said: str, *, unexplained: bool, asked: Asked) -> Dialect | None:
        """What to try after a refusal that says this; None when it is about something else.

        A refusal that does not say why counts as `unexplained` against the form of the answer.
        """
        said = said.casefold()
        if self.old_limit and "max_completion_tokens" in said:
            return replace(self, old_limit=False)
        if self.temperature and "temperature" in said:
            return replace(self, temperature=False)
        if asked.seed and "seed" in said:
            return replace(self, seed=False)
        if asked.verdicts and "logprobs" in said:
            return replace(self, logprobs=False)
        named = any(word in said for word in ("response_format", "json_schema", "grammar"))
        if asked.form and (named or unexplained):
            if asked.form == "json_schema":
                return replace(self, schema=False)
            return replace(self, json_object=False)
        return None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request in one dialect."""

    prompt: Prompt
    verdicts: bool
    form: str
    """The type of the answer's format; empty when none is asked for."""
    seed: int | None
    """Of a repeat."""


class Message(BaseModel):
    content: HeardText | None = None
    refusal: HeardText | None = None


class Choice(BaseModel):
    message: Message
    finish_reason: str | None = None
    logprobs: JsonValue = None

    @property
    def cut(self) -> bool:
        return self.finish_reason == "length"

    @property
    def refused(self) -> str | None:
        if self.message.refusal or self.finish_reason == "content_filter":
            return self.message.refusal or "its content filter stopped it"
        return None

    @property
    def tokens(self) -> list[Token]:
        """With their log-probabilities; none when it does not give them all."""
        try:
            listed = _LOGPROBS.validate_python(self.logprobs).content
        except ValidationError:
            return []
        return [
            Token(one.raw, one.logprob, tuple((t.raw, t.logprob) for t in one.top_logprobs or ()))
            for one in listed
        ]


class Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Completion(BaseModel):
    """The part of a reply that is used."""

    choices: list[Choice] = Field(min_length=1)
    usage: Usage | None = None
    model: JsonValue = None


class _Likely(BaseModel):
    token: str
    logprob: float = Field(allow_inf_nan=False)
    bytes_: list[int] | None = Field(None, alias="bytes")
    """A token that is a part of a character has no other form."""

    @property
    def raw(self) -> bytes:
        if self.bytes_ is not None and all(0 <= byte < 256 for byte in self.bytes_):
            return bytes(self.bytes_)
        return self.token.encode(errors="replace")


class _Listed(_Likely):
    top_logprobs: list[_Likely] | None = None


class _Logprobs(BaseModel):
    content: list[_Listed]


_LOGPROBS = TypeAdapter(_Logprobs)


def picture_parts(inquiry: Inquiry) -> list[_Part]:
    """What stands in front of every question about the same pictures, byte for byte."""
    parts: list[_Part] = []
    for text, one in zip(inquiry.lines, inquiry.shown, strict=True):
        url = "data:image/jpeg;base64," + b64encode(one.picture.jpeg).decode("ascii")
        parts.append({"type": "text", "text": text})
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return parts


def ask_in(dialect: Dialect, inquiry: Inquiry) -> Asked:
    verdicts = dialect.logprobs and inquiry.may_be_verdicts
    prompt = inquiry.prompt(verdicts=verdicts)
    form = ""
    if prompt.schema is not None:
        form = "json_schema" if dialect.schema else "json_object" if dialect.json_object else ""
    return Asked(prompt, verdicts, form, inquiry.sample or None if dialect.seed else None)


def request(
    asked: Asked, pictures: Sequence[_Part], *, model: str, temperature: float, dialect: Dialect
) -> dict[str, object]:
    prompt = asked.prompt
    question: _Part = {"type": "text", "text": prompt.text}
    limit = "max_tokens" if dialect.old_limit else "max_completion_tokens"
    body: dict[str, object] = {
        "model": model,
        # Servers of models that know no pictures take a plain text only.
        "messages": [
            {"role": "user", "content": [*pictures, question] if pictures else prompt.text}
        ],
        limit: prompt.max_tokens + (0 if dialect.at_once else THOUGHT_TOKENS),
    }
    if dialect.temperature:
        body["temperature"] = temperature or 0
    if asked.seed is not None:
        body["seed"] = asked.seed
    if asked.verdicts:
        body |= {"logprobs": True, "top_logprobs": _LIKELIEST}
    if asked.form == "json_schema":
        form = {"name": "answer", "strict": True, "schema": prompt.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    elif asked.form:
        body["response_format"] = {"type": asked.form}
    return body
