"""The steps of a flow as a person writes them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from perfconsole.model.checking import CheckSpec
from perfconsole.model.condition import Condition, parse_condition
from perfconsole.model.extracting import Extracts
from perfconsole.model.scalars import Duration, Headers, Name, OnError, Scalar
from perfconsole.model.sent import Auth, Part
from perfconsole.model.strict import Strict
from perfconsole.model.variable_spec import Default, VariableName
from perfconsole.model.wait import Pacing, Wait, parse_pacing, parse_wait
from perfconsole.texts import say

_COUNT = re.compile(r"\s*[0-9]{1,9}\s*$")
_ONE_REFERENCE = re.compile(r"\$\{[^{}]+\}$")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


class RequestSpec(Strict):
    """``request: POST /login`` with its own keys beside it."""

    request: str
    """Method and path, such as ``GET /home?page=2``."""
    name: Name | None = None
    """In tables and errors, and of its transaction when it is in none; method and path when left
    out."""
    query: dict[str, Scalar | tuple[Scalar, ...]] = {}
    """Added to the path's own query; a list gives the parameter several times."""
    headers: Headers = {}
    """Over the scenario's own."""
    body: str | None = None
    """Sent as it stands here."""
    json_body: Any = Field(default=None, alias="json")
    """Anything, sent as JSON with its Content-Type."""
    form: dict[str, str | int | float] | None = None
    """Fields, sent as a web page's form does."""
    multipart: Annotated[dict[str, Part], Field(min_length=1)] | None = None
    """Fields, some of them files: a form with files in it."""
    body_file: Annotated[str, Field(min_length=1)] | None = None
    """The body is this file as it is, relative to the scenario's."""
    auth: Auth | None = None
    """Instead of the scenario's own; ``none`` for neither."""
    check: CheckSpec | None = None
    """What the answer must be like."""
    extract: Extracts | None = None
    """Values out of the answer, by the name of the variable each becomes."""
    timeout: Duration | None = None
    """Instead of the scenario's own."""
    follow_redirects: bool = True
    """False: a redirect is the answer."""
    on_error: OnError | None = None
    """Instead of what holds around it."""

    @property
    def method(self) -> str:
        return self.request.split()[0]

    @property
    def path(self) -> str:
        return self.request.split()[1]

    @model_validator(mode="after")
    def _well_formed(self) -> Self:
        words = self.request.split()
        if len(words) != 2 or words[0] not in METHODS or not words[1].startswith("/"):
            raise ValueError(say('a request is a method and a path, such as "GET /home"'))
        bodies = [
            self.body is not None,
            "json_body" in self.model_fields_set,
            self.form is not None,
            self.multipart is not None,
            self.body_file is not None,
        ]
        if sum(bodies) > 1:
            raise ValueError(say("give only one of body, json, form, multipart and body_file"))
        names = {name.lower() for name in self.headers}
        if self.multipart is not None and "content-type" in names:
            raise ValueError(
                say("Content-Type is set by multipart itself, with its boundary; leave it out")
            )
        if self.auth is not None and "authorization" in names:
            raise ValueError(say('give either "auth" or a header Authorization'))
        return self


def _wait(value: str | float) -> str | float:
    parse_wait(value)
    return value


def _pacing(value: str) -> str:
    parse_pacing(value)
    return value


WaitText = Annotated[str | int | float, BeforeValidator(_wait)]
PacingText = Annotated[str, AfterValidator(_pacing)]


class ThinkSpec(Strict):
    """``think: 2s``, ``think: 1s to 3s`` (uniform), or one of the distributions."""

    think: WaitText
    """``2s``, ``1s to 3s``, ``normal 3s sd 1s``, ``exponential 3s`` or ``lognormal 3s sd 2s``. In
    no transaction's time."""

    @property
    def wait(self) -> Wait:
        return parse_wait(self.think)


class PacingSpec(Strict):
    """Spaces the iterations of the flow; the last of its steps."""

    pacing: PacingText
    """``after 5s`` or ``after 3s to 6s`` from the end of one iteration to the beginning of the
    next, ``every 60s`` or ``every 50s to 70s`` from beginning to beginning."""

    @property
    def parsed(self) -> Pacing:
        return parse_pacing(self.pacing)


class RendezvousSpec(Strict):
    """``rendezvous: checkout``: VUs wait here until enough have come."""

    rendezvous: Name
    """The point's name; what it waits for stands under ``rendezvous`` of the scenario."""


class CheckStepSpec(Strict):
    """A check on the answer to the request right before it."""

    check: CheckSpec
    """What that answer must be like."""


class ExtractStepSpec(Strict):
    """Values out of the answer to the request right before it."""

    extract: Extracts
    """By the name of the variable each becomes."""


class SetSpec(Strict):
    """``set: {greeting: "Hello ${name}"}``: variables get values, until the iteration ends."""

    set_: Annotated[dict[VariableName, Default], Field(min_length=1, alias="set")]
    """By name; ``${...}`` in them is put in."""


class TransactionSpec(Strict):
    """What the user of the system would call one action, measured from its first step to its last.

    Think time, rendezvous wait and pause are left out of its time. A request in no transaction is
    one of its own.
    """

    transaction: Name
    """Its name in every table."""
    steps: Steps
    """Steps of any kind, transactions among them."""
    on_error: OnError | None = None
    """Instead of what holds around it, for its steps."""


def _condition(text: str) -> str:
    parse_condition(text)
    return text


ConditionText = Annotated[str, AfterValidator(_condition)]


class IfSpec(Strict):
    """``if: ${role} == admin``, then some steps, else others."""

    if_: Annotated[ConditionText, Field(alias="if")]
    """Comparisons: ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``contains``, ``lacks``,
    ``matches`` (a regular expression), ``is set``, ``is empty``; joined by ``and``, or by ``or``.
    """
    then: Steps
    """Played when it holds."""
    else_: Annotated[Steps | None, Field(alias="else")] = None
    """Played when it does not."""

    @property
    def condition(self) -> Condition:
        return parse_condition(self.if_)


def _times(value: str | int) -> str | int:
    _parsed_times(value)
    return value


def _parsed_times(value: str | int) -> tuple[int, int] | str:
    text = str(value).strip()
    if _ONE_REFERENCE.match(text):
        return text
    low, to, high = text.partition(" to ")
    if not _COUNT.match(low) or (to and not _COUNT.match(high)):
        raise ValueError(say('write a number, "2 to 5" for any of them, or a variable "${n}"'))
    bounds = int(low), int(high or low)
    if bounds[0] > bounds[1] or bounds[1] > 1_000_000:
        raise ValueError(say("from the fewer to the more times, at most 1,000,000"))
    return bounds


class RepeatSpec(Strict):
    """``repeat: 3``: its steps so many times."""

    repeat: Annotated[str | int, AfterValidator(_times)]
    """A number, ``2 to 5`` for any of them, or a variable such as ``${count}``."""
    steps: Steps
    """What is repeated."""

    @property
    def times(self) -> tuple[int, int] | str:
        """The fewest and the most, or the text with the variable."""
        return _parsed_times(self.repeat)


class WhileSpec(Strict):
    """``while: ${state} != done``: its steps as long as that holds."""

    while_: Annotated[ConditionText, Field(alias="while")]
    """As after ``if``; asked before each round."""
    steps: Steps
    """Of a round."""
    limit: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """Most rounds; when it still holds then, the step has failed."""

    @property
    def condition(self) -> Condition:
        return parse_condition(self.while_)


class WeightedSpec(Strict):
    """One of the ways of a ``choose``."""

    weight: Annotated[float, Field(gt=0, le=1_000_000)] = 1.0
    """Its share: a weight of 3 is taken three times as often as one of 1."""
    steps: Steps
    """What is played when it is taken."""


class ChooseSpec(Strict):
    """One of several ways, at random by their weights."""

    choose: Annotated[tuple[WeightedSpec, ...], Field(min_length=1)]
    """The ways, each with its ``weight`` and its ``steps``."""


class WaySpec(Strict):
    """One of the ways of a ``one_of``."""

    steps: Steps
    """What is played when it is its turn."""


class OneOfSpec(Strict):
    """One of several ways, in turn: the VUs of an injector's group go round them together."""

    one_of: Annotated[tuple[WaySpec, ...], Field(min_length=1)]
    """The ways, each with its ``steps``."""


class PlaySpec(Strict):
    """``flow: login``: the steps of another flow, in its place."""

    flow: Name
    """Its name; that flow's ``init`` and ``end`` are not played."""


STEP_KINDS = (
    "request", "transaction", "think", "pacing", "rendezvous", "check", "extract", "set", "if",
    "repeat", "while", "choose", "one_of", "flow",
)  # fmt: skip
_ATTRIBUTES = {"set": "set_", "if": "if_", "while": "while_"}


def _step_kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((kind for kind in STEP_KINDS if kind in value), None)
    kinds = (kind for kind in STEP_KINDS if hasattr(value, _ATTRIBUTES.get(kind, kind)))
    return next(kinds, None)


StepSpec = Annotated[
    Annotated[RequestSpec, Tag("request")]
    | Annotated[TransactionSpec, Tag("transaction")]
    | Annotated[ThinkSpec, Tag("think")]
    | Annotated[PacingSpec, Tag("pacing")]
    | Annotated[RendezvousSpec, Tag("rendezvous")]
    | Annotated[CheckStepSpec, Tag("check")]
    | Annotated[ExtractStepSpec, Tag("extract")]
    | Annotated[SetSpec, Tag("set")]
    | Annotated[IfSpec, Tag("if")]
    | Annotated[RepeatSpec, Tag("repeat")]
    | Annotated[WhileSpec, Tag("while")]
    | Annotated[ChooseSpec, Tag("choose")]
    | Annotated[OneOfSpec, Tag("one_of")]
    | Annotated[PlaySpec, Tag("flow")],
    Discriminator(
        _step_kind,
        custom_error_type="step",
        custom_error_message=f"a step is one of {', '.join(STEP_KINDS)}",
    ),
]
Steps = Annotated[tuple[StepSpec, ...], Field(min_length=1)]


class FlowSpec(Strict):
    """What a VU does: a list of steps, or ``steps`` with what comes before and after them."""

    init: Steps | None = None
    """Once for each VU, before its first iteration: LoadRunner's vuser_init."""
    steps: Steps
    """Of an iteration."""
    end: Steps | None = None
    """Once for each VU, after its last iteration: LoadRunner's vuser_end."""
    on_error: OnError | None = None
    """Instead of the scenario's, for all steps of the flow."""


def _flow(value: Any) -> Any:
    return {"steps": value} if isinstance(value, list | tuple) else value


Flow = Annotated[FlowSpec, BeforeValidator(_flow)]


def inner(step: StepSpec) -> tuple[Steps, ...]:
    """The lists of steps within a step; those of a played flow are not."""
    match step:
        case TransactionSpec() | RepeatSpec() | WhileSpec():
            return (step.steps,)
        case IfSpec():
            return (step.then, step.else_ or ())
        case ChooseSpec():
            return tuple(way.steps for way in step.choose)
        case OneOfSpec():
            return tuple(way.steps for way in step.one_of)
        case _:
            return ()
