"""PyYAML's complaints about a text's form, as one line with the place where to look."""

from __future__ import annotations

import yaml

from perfconsole.texts import say

_COLON = 'a ":" that does not fit here; look at the indentation, and quote text with ": " in it'
_ESCAPE = "a \\ in double quotes begins an escape; use single quotes"
_INDENT = "the indentation does not fit the lines above"
_SENTENCES = (
    ("could not find expected ':'", 'a key needs a ":" after it'),
    ("found unexpected ':'", _COLON),
    ("mapping values are not allowed", _COLON),
    ("unexpected end of stream", "a quoted text that begins here has no end"),
    ("did not find expected ',' or", "a list or set that begins with a bracket has no end"),
    ("expected ',' or", "a list or set that begins with a bracket has no end"),
    ("did not find expected key", _INDENT),
    ("did not find expected '-' indicator", _INDENT),
    ("expected <block end>", _INDENT),
    ("block sequence entries are not allowed", "no list can begin here; begin it on a new line"),
    ("sequence entries are not allowed", "no list can begin here; begin it on a new line"),
    ("unknown escape character", _ESCAPE),
    ("did not find expected hexdecimal", _ESCAPE),
    ("document start", "something stands outside of the document; a scenario is one document"),
    ("maximum nesting", "nested too deep"),
)  # fmt: skip


def plain_error(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Line, from 1, and sentence."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error).split("\n", 1)[0]
    if "unexpected end of stream" in problem:
        mark = getattr(error, "context_mark", None) or mark
    lines = text.splitlines()
    number = min(mark.line + 1, max(len(lines), 1)) if mark else 1
    line = lines[number - 1] if lines else ""
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" in indentation:
        return number, say("a tab in the indentation; YAML takes spaces only")
    for known, sentence in _SENTENCES:
        if known in problem:
            return number, say(sentence)
    if "cannot start any token" in problem:
        return number, say("a value that begins with one of % @ ` and tab needs quotes")
    return number, say("this is not YAML: {problem}", problem=problem)
