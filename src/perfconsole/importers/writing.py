"""A draft → the text of a scenario, with its comments where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from perfconsole.importers.draft import Draft, Noted
from perfconsole.scenario.document import DocumentError, resolved
from perfconsole.texts import say

_WIDTH = 96
_LISTS = ("init", "steps", "end", "then", "else", "choose", "one_of")
"""Keys under which there are steps, or ways with steps."""


class _Dumper(yaml.SafeDumper):
    """Lists of plain values stand on one line; those of mappings are indented under their key."""

    def represent_sequence(
        self, tag: str, sequence: Any, flow_style: bool | None = None
    ) -> yaml.SequenceNode:
        node = super().represent_sequence(tag, sequence, flow_style)
        if all(isinstance(item, yaml.ScalarNode) for item in node.value):
            node.flow_style = True
        return node

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    """In quotes where a scenario, which is YAML 1.2, would read a number or nothing."""
    style = "|" if "\n" in value else None if _is_text(value) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _is_text(value: str) -> bool:
    try:
        return isinstance(resolved(value, 1), str)
    except DocumentError:
        return False


_Dumper.add_representer(str, _text)


def scenario_text(draft: Draft) -> str:
    """YAML, ending with a line break."""
    lines = [_comment(say("Made from {source}.", source=draft.source))]
    if draft.environment:
        lines.append(_comment(say("Set before a run, for secrets are not written down:")))
        lines += [_comment(f"  {name}: {what}") for name, what in draft.environment.items()]
    if draft.notes:
        lines.append(_comment(say("To be looked at:")))
        lines += [_comment(f"  - {note}") for note in draft.notes]
    for key, value in draft.tree.items():
        if key == "flows":
            lines += ["", "flows:"]
            for name, flow in value.items():
                lines += _flow(name, flow)
        elif key == "steering":
            lines += ["", "steering:", *(f"  - {_on_one_line(each)}" for each in value)]
        else:
            spaced = [""] if isinstance(value, dict | list) or key == "name" else []
            lines += [*spaced, *_dumped({key: value})]
    return "\n".join(lines) + "\n"


def _flow(name: str, flow: Any) -> Iterator[str]:
    (head,) = _dumped({name: None})
    yield f"  {head.removesuffix(' null')}"
    if isinstance(flow, dict):
        for key, steps in flow.items():
            yield f"    {key}:"
            yield from _steps(steps, "      ")
    else:
        yield from _steps(flow, "    ")


def _steps(steps: list[Any], indent: str) -> Iterator[str]:
    for each in steps:
        comments, step = (each.comments, each.step) if isinstance(each, Noted) else ((), each)
        yield from (indent + _comment(text) for text in comments)
        own = {key: value for key, value in step.items() if key not in _LISTS}
        lists = {key: value for key, value in step.items() if key in _LISTS}
        lines = _dumped(own) if own else []
        lines = [("- " if n == 0 else "  ") + line for n, line in enumerate(lines)]
        yield from (indent + line for line in lines)
        for key, inner in lists.items():
            yield f"{indent}{'  ' if lines else '- '}{key}:"
            lines = [key]
            yield from _steps(inner, indent + "    ")


def _dumped(value: Any) -> list[str]:
    text = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH,
        default_flow_style=False,
    )  # fmt: skip
    return str(text).rstrip("\n").split("\n")


def _on_one_line(value: dict[str, Any]) -> str:
    text = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000,
        default_flow_style=True,
    )  # fmt: skip
    return str(text).strip()


def _comment(text: str) -> str:
    return f"# {' '.join(text.split(chr(10)))}"
