"""YAML text → a tree whose every value knows its line.

PyYAML parses (events, in C where there is libyaml); the tree is composed here, because a scenario
comes from people: duplicate keys are named with both lines, aliases cannot blow up, nothing
recurses, and scalars follow YAML 1.2, where ``on``, ``no`` and ``12:30`` are text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from perfconsole.scenario.problems import KeyPath
from perfconsole.texts import say

MOST_VALUES = 250_000
"""Values of a file with its aliases written out."""
DEEPEST = 100

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING_TAGS = (None, "!", "tag:yaml.org,2002:str")
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
# A number with a leading zero is an identifier (a postcode, a PIN) and stays text.
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_HEX = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 30


@dataclass(slots=True, eq=False)
class Node:
    """A value and the line it begins in, from 1."""

    line: int
    value: str | int | float | bool | list[Node] | dict[str, Node] | None
    key_lines: dict[str, int] = field(default_factory=dict)
    size: int = 1
    depth: int = 1
    file: str = ""
    """As named in problems."""

    def plain(self) -> Any:
        """The value alone, as dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def items(self) -> list[tuple[str, Node]]:
        """Of a mapping; none of anything else."""
        return list(self.value.items()) if isinstance(self.value, dict) else []

    def child(self, key: str) -> Node | None:
        return self.value.get(key) if isinstance(self.value, dict) else None

    def without(self, key: str) -> Node:
        """A mapping like this one that lacks a key."""
        return replace(self, value={each: node for each, node in self.items() if each != key})

    def place_of(self, path: KeyPath) -> tuple[str, int]:
        """File and line of the key or list item at `path`, or of the nearest thing around it."""
        node, line = self, self.line
        for part in path:
            if isinstance(node.value, dict) and isinstance(part, str) and part in node.value:
                line, node = node.key_lines[part], node.value[part]
            elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.line
            else:
                break
        return node.file, line


class DocumentError(Exception):
    """The text cannot be read as one YAML document."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line, self.text = line, text


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    node: Node
    anchor: str | None
    key: str | None = None
    key_line: int = 0


@dataclass(slots=True)
class Composer:
    """Makes one tree of parser events; what is wrong but readable is collected in `problems`."""

    file: str = ""
    others: int = 0
    """Values of the files that belong to this one and have been read already."""
    problems: list[tuple[int, str]] = field(default_factory=list)
    root: Node | None = None
    _open: list[_Open] = field(default_factory=list)
    _anchors: dict[str, Node] = field(default_factory=dict)
    _values: int = 0

    def read(self, text: str) -> Node | None:
        """The document's tree, None when there is none. Raises DocumentError and yaml.YAMLError."""
        for event in yaml.parse(text, Loader=_LOADER):
            self._take(event, event.start_mark.line + 1 if event.start_mark else 1)
        return self.root

    def _take(self, event: Any, line: int) -> None:
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                raise DocumentError(line, say("a second document begins here; a scenario is one"))
            case yaml.ScalarEvent():
                self._scalar(event, line)
            case yaml.AliasEvent():
                self._place(self._named(str(event.anchor), line), line)
            case yaml.SequenceStartEvent():
                self._begin(Node(line, [], file=self.file), event, line)
            case yaml.MappingStartEvent():
                self._begin(Node(line, {}, file=self.file), event, line)
            case yaml.CollectionEndEvent():
                self._end(line)

    def _scalar(self, event: Any, line: int) -> None:
        top = self._open[-1] if self._open else None
        if top and isinstance(top.node.value, dict) and top.key is None:
            top.key, top.key_line = event.value, line
            if event.value in top.node.value:
                first = top.node.key_lines[event.value]
                text = say('the key "{key}" is here twice, first in line {line}; keep one of them',
                           key=event.value, line=first)  # fmt: skip
                self.problems.append((line, text))
            return
        quoted = bool(event.style) or event.tag in _STRING_TAGS[1:]
        value = event.value if quoted else resolved(event.value, line)
        node = Node(line, value, file=self.file)
        self._check_tag(event.tag, line)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._place(node, line)

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag not in (*_STRING_TAGS, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            self.problems.append((line, say("tags are not understood here; leave {tag} out",
                                            tag=tag)))  # fmt: skip

    def _begin(self, node: Node, event: Any, line: int) -> None:
        self._check_tag(event.tag, line)
        if self._open and isinstance(self._open[-1].node.value, dict) and not self._has_key():
            raise DocumentError(line, say("a key is plain text; quote a value that begins with {"))
        if len(self._open) >= DEEPEST:
            raise DocumentError(line, say("nested more than {depth} deep", depth=DEEPEST))
        self._open.append(_Open(node, event.anchor))

    def _has_key(self) -> bool:
        return self._open[-1].key is not None

    def _end(self, line: int) -> None:
        done = self._open.pop()
        node = done.node
        if isinstance(node.value, dict):
            self._merge(node)
            children = list(node.value.values())
        else:
            children = node.value if isinstance(node.value, list) else []
        node.size = 1 + sum(child.size for child in children)
        node.depth = 1 + max((child.depth for child in children), default=0)
        if done.anchor:
            self._anchors[done.anchor] = node
        self._place(node, line)

    def _place(self, node: Node, line: int) -> None:
        self._values += 1
        if max(node.size, self._values) + self.others > MOST_VALUES:
            raise DocumentError(line, say("more than {most:,} values with all aliases written out",
                                          most=MOST_VALUES))  # fmt: skip
        if node.depth > DEEPEST:
            raise DocumentError(line, say("nested more than {depth} deep", depth=DEEPEST))
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        if isinstance(top.node.value, list):
            top.node.value.append(node)
        elif isinstance(top.node.value, dict):
            if top.key is None:
                raise DocumentError(line, say("a key is plain text, no alias"))
            top.node.value[top.key] = node
            top.node.key_lines[top.key] = top.key_line
            top.key = None

    def _named(self, anchor: str, line: int) -> Node:
        if anchor in (opened.anchor for opened in self._open):
            raise DocumentError(line, say("*{name} stands inside of what it names", name=anchor))
        if anchor not in self._anchors:
            raise DocumentError(line, say("*{name} names nothing; there is no &{name} above",
                                          name=anchor))  # fmt: skip
        return self._anchors[anchor]

    def _merge(self, node: Node) -> None:
        """Take in what ``<<: *base`` or ``<<: [*a, *b]`` brings; own keys come first."""
        if not isinstance(node.value, dict) or "<<" not in node.value:
            return
        source, line = node.value.pop("<<"), node.key_lines.pop("<<")
        parts = source.value if isinstance(source.value, list) else [source]
        for part in parts:
            if not isinstance(part.value, dict):
                self.problems.append((line, say("<< takes keys from a mapping, such as <<: *base")))
                continue
            for key, child in part.value.items():
                if key not in node.value:
                    node.value[key] = child
                    node.key_lines[key] = part.key_lines[key]


def resolved(text: str, line: int) -> str | int | float | bool | None:
    """What an unquoted scalar means in YAML 1.2. Raises DocumentError for an endless number."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    number = _INT.fullmatch(text) or _HEX.fullmatch(text) or _FLOAT.fullmatch(text)
    if not number:
        return text
    if len(text) > _LONGEST_NUMBER:
        raise DocumentError(line, say("a number of {n} digits; quote it if it is text",
                                      n=len(text)))  # fmt: skip
    if _INT.fullmatch(text):
        return int(text)
    if _HEX.fullmatch(text):
        return int(text, 0)
    leading_zero = re.match(r"[-+]?0[0-9]", text)
    value = float(text)
    return text if leading_zero or not math.isfinite(value) else value
