"""Write scenario.md, the reference of a scenario's keys, from the models that read scenarios.

``make docs`` runs it. A key without a docstring stops it: what cannot be explained in a line
should have no key.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from perfconsole.model import data, sent
from perfconsole.model import scenario as model
from perfconsole.model.duration import parse_duration, short
from perfconsole.model.rate import parse_rate

PAGE = Path(__file__).parent / "scenario.md"
SECTIONS: dict[type[BaseModel], str] = {
    model.Scenario: "The file",
    model.GroupSpec: "A group",
    model.GroupHttpSpec: "The http of a group",
    model.RequestSpec: "Step: request",
    model.TransactionSpec: "Step: transaction",
    model.ThinkSpec: "Step: think",
    model.RendezvousSpec: "Step: rendezvous",
    model.CheckStepSpec: "Step: check",
    model.ExtractStepSpec: "Step: extract",
    model.CheckSpec: "A check",
    data.ExtractSpec: "A value to extract",
    sent.FileSpec: "A file in a form",
    model.HttpSpec: "The http of a scenario",
    sent.AuthSpec: "A login",
    data.DataSpec: "A table of data",
    model.PointSpec: "A rendezvous",
    model.ServerSpec: "A server",
    model.LimitSpec: "A limit",
    model.ObjectiveSpec: "An objective",
}
"""In the order of the page."""
STEPS = "[step](#step-request)"
TABLE = ("| key | type | default | meaning |", "| --- | --- | --- | --- |")
READERS = {parse_duration: "time", parse_rate: "rate"}
PLAIN = {str: "text", int: "number", float: "number", bool: "true or false", Any: "anything"}
HEAD = """\
# The keys of a scenario

Made by `make docs` from the models that read scenarios; `perfconsole check FILE` tells every
mistake with its line. A *time* is `250ms`, `30s`, `2m`, `1h30m` or a number of seconds; a *rate*
is `500/s`, `300/min`, `3600/h` or a number a second. A key in **bold** is needed. `${name}` puts
in a value, in paths, headers, bodies, forms and checks; `$${` is a literal `${`.
"""


def page() -> str:
    parts = [HEAD, *(_section(title, spec) for spec, title in SECTIONS.items())]
    return "\n".join(parts)


def _section(title: str, spec: type[BaseModel]) -> str:
    told = " ".join(_plain(part) for part in inspect.getdoc(spec).split("\n\n"))
    lines = (f"## {title}", "", told, "", *TABLE, *_rows(spec))
    return "\n".join(lines) + "\n"


def _rows(spec: type[BaseModel]) -> Iterator[str]:
    hints = typing.get_type_hints(spec, include_extras=True)
    meanings = _docstrings(spec)
    for name, field in spec.model_fields.items():
        key = f"`{field.alias or name}`"
        if field.is_required():
            key = f"**{key}**"
        words = _words(hints[name])
        cells = (key, words, _default(field, words), meanings[name])
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _docstrings(spec: type[BaseModel]) -> dict[str, str]:
    """The string below each attribute."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(spec))).body
    found = {}
    for line, below in zip(body.body, body.body[1:], strict=False):
        match line, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(ast.Constant(str(text))):
                found[name] = _plain(text)
    return found


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


def _default(field: FieldInfo, words: str) -> str:
    value = field.default
    if field.is_required() or value is None or value in ((), {}) or isinstance(value, BaseModel):
        return ""
    if words == "time":
        return f"`{short(value)}`" if value else "`0s`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _words(hint: Any) -> str:  # noqa: PLR0911 - one for each kind of type
    """A type as a person reads it."""
    origin, inside = get_origin(hint), get_args(hint)
    if hint in SECTIONS:
        title = SECTIONS[hint]
        anchor = title.lower().replace(":", "").replace(" ", "-")
        return f"[{title[0].lower()}{title[1:]}](#{anchor})"
    if hint is model.StepSpec:
        return STEPS
    if origin is Annotated:
        readers = (READERS.get(m.func) for m in inside[1:] if isinstance(m, BeforeValidator))
        return next((word for word in readers if word), None) or _words(inside[0])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inside)
    if origin in (Union, types.UnionType):
        words = (_words(part) for part in inside if part is not types.NoneType)
        return " or ".join(dict.fromkeys(words))
    if origin is tuple:
        return f"list of {_words(inside[0])}"
    if origin is dict:
        return f"name: {_words(inside[1])}"
    return PLAIN[hint]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
