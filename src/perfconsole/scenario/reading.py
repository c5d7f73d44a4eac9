"""A scenario file's text, or a clear word on why there is none."""

from __future__ import annotations

import re
from pathlib import Path

from perfconsole.scenario.problems import Problem, ScenarioError
from perfconsole.texts import say

LARGEST_MB = 5
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def read_text(path: Path) -> str:
    """The file's text, UTF-8 with or without byte order mark. Raises ScenarioError."""
    file = str(path)
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise _error(file, say("this is no file; a scenario is a YAML file"))
        if size > LARGEST_MB * 1_000_000:
            text = say("the file is {mb:.0f} MB; a scenario is at most {most} MB",
                       mb=max(size / 1e6, LARGEST_MB + 1), most=LARGEST_MB)  # fmt: skip
            raise _error(file, text)
        return decoded(file, path.read_bytes())
    except FileNotFoundError:
        raise _error(file, say("there is no such file")) from None
    except PermissionError:
        raise _error(file, say("you may not read this file")) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or say("its name is no file name")
        raise _error(file, say("cannot be read: {reason}", reason=reason)) from None


def decoded(file: str, raw: bytes) -> str:
    """`raw` as text of a scenario. Raises ScenarioError naming the line of the first bad byte."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _error(file, say("the file is UTF-16; save it as UTF-8"), 1)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        wrong = f"0x{raw[error.start]:02x}" if error.start < len(raw) else "?"
        said = say("byte {byte} is not UTF-8; a scenario is UTF-8 text", byte=wrong)
        raise _error(file, said, line) from None
    if bad := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        said = say("an unprintable character (U+{code:04X}); a scenario is plain text",
                   code=ord(bad[0]))  # fmt: skip
        raise _error(file, said, line)
    if not text.strip():
        raise _error(file, say("the file is empty; a scenario has a name, a target and groups"))
    return text


def _error(file: str, text: str, line: int = 0) -> ScenarioError:
    return ScenarioError([Problem(file, line, text)])
