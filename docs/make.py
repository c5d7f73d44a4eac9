"""Write scenario.md, the reference of a scenario's keys, from the models that read scenarios.

``make docs`` runs it. Every key has a docstring in its model and stands in one of the files in
``examples/``, which the tests run; a key without one of the two stops it.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from perfconsole.model.data import DataSpec
from perfconsole.model.duration import parse_duration, short
from perfconsole.model.group import GroupSpec
from perfconsole.model.http_spec import HttpSpec, parse_version
from perfconsole.model.rate import parse_rate
from perfconsole.model.scalars import parse_speed
from perfconsole.model.scenario import Scenario
from perfconsole.model.server_spec import ServerSpec
from perfconsole.model.stages import StageSpec
from perfconsole.model.steering_spec import SteeringSpec
from perfconsole.model.steps import FlowSpec, RequestSpec, StepSpec
from perfconsole.scenario.document import Composer
from perfconsole.scenario.model_docs import TITLES, meanings, summary
from perfconsole.scenario.places import ROOT, Place, fields_of, inside, meant

PAGE = Path(__file__).parent / "scenario.md"
EXAMPLES = Path(__file__).parent / "examples"
SHOWN: dict[type[BaseModel], tuple[str, ...]] = {
    Scenario: ("first", "parts"),
    GroupSpec: ("load",),
    FlowSpec: ("steps",),
    RequestSpec: ("requests",),
    DataSpec: ("data",),
    HttpSpec: ("ways",),
    SteeringSpec: ("steering",),
    ServerSpec: ("servers",),
}
"""Whole examples, by the section that they stand in."""
LONGEST = 60
"""Characters of an example in a table."""
TABLE = ("| key | type | default | example | meaning |", "| --- | --- | --- | --- | --- |")
READERS = {
    parse_duration: "time", parse_rate: "rate", parse_speed: "bandwidth", parse_version: "number",
}  # fmt: skip
PLAIN = {str: "text", int: "number", float: "number", bool: "true or false", Any: "anything"}
HEAD = """\
# The keys of a scenario

Made by `make docs` from the models that read scenarios; `perfconsole check FILE` tells every
mistake with its line, and `perfconsole schema` prints the same for editors. A *time* is `250ms`,
`30s`, `2m`, `1h30m` or a number of seconds; a *rate* is `500/s`, `300/min`, `3600/h` or a number a
second; a *bandwidth* is `512kbit/s` or `2Mbit/s`. A key in **bold** is needed. `${name}` puts in a
value; `$${` is a literal `${`. The examples are files in [examples](examples), and run as they
are.
"""


def page() -> str:
    found = dict(_examples())
    return "\n".join([HEAD, *(_section(title, model, found) for model, title in TITLES.items())])


def _examples() -> Iterator[tuple[tuple[type[BaseModel], str], Any]]:
    """What stands at the keys of models in the examples; what is met first comes last."""
    shown = [EXAMPLES / f"{name}.yaml" for names in SHOWN.values() for name in names]
    for path in (*EXAMPLES.glob("*/*.yaml"), *shown[::-1]):
        root = Composer().read(path.read_text(encoding="utf-8"))
        if root is not None:
            yield from _within(root.plain(), ROOT)


def _within(value: Any, place: Place) -> Iterator[tuple[tuple[type[BaseModel], str], Any]]:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in members:
        there = inside(place, value, key)
        model = _model(place, value)
        if model is not None and each is not None:
            yield (model, str(key)), each
        if isinstance(each, dict | list):
            yield from _within(each, there)


def _model(place: Place, value: Any) -> type[BaseModel] | None:
    """Whose keys a mapping has."""
    return Place(meant(place.hint, value), place.key).model if isinstance(value, dict) else None


def _section(title: str, model: type[BaseModel], found: dict[Any, Any]) -> str:
    lines = [f"## {title}", "", summary(model), "", *TABLE, *_rows(model, found)]
    for name in SHOWN.get(model, ()):
        text = (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
        lines += ["", f"[examples/{name}.yaml](examples/{name}.yaml):", "", "```yaml", text + "```"]
    return "\n".join(lines) + "\n"


def _rows(model: type[BaseModel], found: dict[Any, Any]) -> Iterator[str]:
    told = meanings(model)
    aliases = {field.alias or name: field for name, field in model.model_fields.items()}
    for key, hint in fields_of(model).items():
        field, words = aliases[key], _words(hint)
        name = f"**`{key}`**" if field.is_required() else f"`{key}`"
        if (model, key) not in found:
            sys.exit(f"no example has the key {key} of {TITLES[model]}")
        cells = (name, words, _default(field, words), _shown(found[model, key]), told[key])
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _shown(value: Any) -> str:
    """A value on one line, as YAML has it; nothing when it is too long for a table."""
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False
    )
    text = text.removesuffix("...\n").strip()
    return f"`{text}`" if len(text) <= LONGEST else "below"


def _default(field: FieldInfo, words: str) -> str:
    value = field.default
    if field.is_required() or value is None or value in ((), {}) or isinstance(value, BaseModel):
        return ""
    if words == "time":
        return f"`{short(value)}`" if value else "`0s`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _words(hint: Any) -> str:  # noqa: PLR0911 - one for each kind of type
    """A type as a person reads it."""
    origin, within = get_origin(hint), get_args(hint)
    if hint in TITLES:
        return _link(TITLES[hint])
    if hint is StepSpec:
        return _link(TITLES[RequestSpec], "step")
    if hint is StageSpec:
        return _link("Stage: to", "stage")
    if origin is Annotated:
        readers = (READERS.get(m.func) for m in within[1:] if isinstance(m, BeforeValidator))
        return next((word for word in readers if word), None) or _words(within[0])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in within)
    if origin in (Union, types.UnionType):
        words = (_words(part) for part in within if part is not types.NoneType)
        return " or ".join(dict.fromkeys(words))
    if origin is tuple:
        return f"list of {_words(within[0])}"
    if origin is dict:
        return f"name: {_words(within[1])}"
    return PLAIN[hint]


def _link(title: str, text: str = "") -> str:
    anchor = title.lower().replace(":", "").replace(" ", "-")
    return f"[{text or title[0].lower() + title[1:]}](#{anchor})"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
