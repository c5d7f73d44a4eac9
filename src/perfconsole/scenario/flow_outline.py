"""The steps of a flow, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from perfconsole.model.checking import CheckSpec
from perfconsole.model.duration import short
from perfconsole.model.extracting import Extracts, ExtractSpec
from perfconsole.model.steps import (
    CheckStepSpec,
    ChooseSpec,
    ExtractStepSpec,
    IfSpec,
    OneOfSpec,
    PacingSpec,
    PlaySpec,
    RendezvousSpec,
    RepeatSpec,
    RequestSpec,
    SetSpec,
    StepSpec,
    ThinkSpec,
    TransactionSpec,
    WhileSpec,
)
from perfconsole.scenario.http_outline import sent_with
from perfconsole.scenario.inventory import request_name
from perfconsole.scenario.secret_text import MASK, is_secret_name, masked_text
from perfconsole.scenario.sentences import shown
from perfconsole.texts import say


def step_lines(steps: Iterable[StepSpec], indent: str) -> Iterator[str]:
    """A line for each step, each behind `indent`; those within one are further in."""
    for step in steps:
        yield indent + _step(step)
        for title, within in _within(step):
            yield from ([indent + "  " + title] if title else ())
            yield from step_lines(within, indent + ("    " if title else "  "))


def _step(step: StepSpec) -> str:  # noqa: PLR0911, PLR0912 - cases
    match step:
        case RequestSpec():
            return _request(step)
        case ThinkSpec():
            return say("think {time}", time=step.wait.text)
        case PacingSpec():
            return say("pacing {time}", time=step.pacing)
        case RendezvousSpec():
            return say('rendezvous "{point}"', point=step.rendezvous)
        case CheckStepSpec():
            return say("check {what}", what=_check(step.check))
        case ExtractStepSpec():
            return say("extract {what}", what=_extracts(step.extract))
        case SetSpec():
            return say("set {names}", names=", ".join(step.set_))
        case TransactionSpec():
            return say('transaction "{name}"', name=step.transaction)
        case IfSpec():
            return say("if {condition}", condition=step.if_)
        case WhileSpec():
            return say(
                "while {condition}, at most {n:,} times", condition=step.while_, n=step.limit
            )
        case RepeatSpec():
            return say("repeat {times} times", times=step.repeat)
        case ChooseSpec():
            return say("choose one of {n} ways", n=len(step.choose))
        case OneOfSpec():
            return say("one of {n} ways, in turn", n=len(step.one_of))
        case PlaySpec():
            return say('the steps of flow "{flow}"', flow=step.flow)


def _within(step: StepSpec) -> Iterator[tuple[str, Iterable[StepSpec]]]:
    """The steps within a step, each list under its title, if it needs one."""
    match step:
        case TransactionSpec() | RepeatSpec() | WhileSpec():
            yield "", step.steps
        case IfSpec():
            yield "", step.then
            if step.else_:
                yield say("else"), step.else_
        case ChooseSpec():
            whole = sum(way.weight for way in step.choose)
            for weighted in step.choose:
                share = say("{percent:.3g} %", percent=100 * weighted.weight / whole)
                yield share, weighted.steps
        case OneOfSpec():
            for number, way in enumerate(step.one_of, 1):
                yield say("way {n}", n=number), way.steps


def _request(step: RequestSpec) -> str:
    text = masked_text(step.request)
    if step.name:
        text += say(' as "{name}"', name=request_name(step))
    text += "".join(say(", with {kind}", kind=kind) for kind in sent_with(step))
    if step.check and (checked := _check(step.check)):
        text += say(", check {what}", what=checked)
    if step.extract:
        text += say(", extract {what}", what=_extracts(step.extract))
    return text


def _extracts(extracts: Extracts) -> str:
    return ", ".join(_extract(name, spec) for name, spec in extracts.items())


def _extract(name: str, spec: ExtractSpec) -> str:
    kind, what = spec.place
    text = say("{name} from {kind} {what}", name=name, kind=kind, what=what)
    if spec.attribute is not None:
        text += say(" attribute {name}", name=spec.attribute)
    if spec.pick != "first":
        nth = spec.pick if isinstance(spec.pick, str) else say("number {n}", n=spec.pick)
        text += f" ({nth})"
    if spec.default is not None:
        default = MASK if is_secret_name(name) else spec.default
        text += say(' or else "{text}"', text=default)
    return text


def _check(check: CheckSpec) -> str:
    parts = []
    if check.status is not None:
        codes = check.status if isinstance(check.status, tuple) else (check.status,)
        parts.append(say("status {codes}", codes=" or ".join(map(str, codes))))
    parts += [
        say("header {name} has {text}", name=name, text=shown(text, (name,))) if text
        else say("header {name}", name=name)
        for name, text in check.header.items()
    ]  # fmt: skip
    parts += [say('body contains "{text}"', text=text) for text in _listed(check.body_contains)]
    parts += [say('body lacks "{text}"', text=text) for text in _listed(check.body_lacks)]
    parts += [say("body matches /{regex}/", regex=regex) for regex in _listed(check.body_matches)]
    parts += [
        say("{path} is {value}", path=path,
            value="null" if value is None else shown(value, (path,)))
        for path, value in check.json_values.items()
    ]  # fmt: skip
    if check.size is not None:
        parts.append(say("body of {size}", size=check.size))
    if check.max_time is not None:
        parts.append(say("within {time}", time=short(check.max_time)))
    return ", ".join(parts)


def _listed(texts: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else texts or ()
