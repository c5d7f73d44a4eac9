"""Request bodies that have files in them: planned as pieces, which the injector reads and joins.

Multipart forms are written as RFC 7578 and browsers have it (WHATWG, "multipart/form-data
encoding algorithm"): names in UTF-8 with quotes and line breaks escaped.
"""

from __future__ import annotations

import mimetypes
import os
import secrets
from collections.abc import Iterator
from typing import Any

from perfconsole.model.plan import FilePart
from perfconsole.model.sent import FileSpec, Part
from perfconsole.model.steps import RequestSpec
from perfconsole.scenario.marking import Marker
from perfconsole.scenario.problems import Complaint, KeyPath, where
from perfconsole.texts import say

UNKNOWN_TYPE = "application/octet-stream"

Pieces = tuple[bytes | FilePart, ...]


def pieces_of(step: RequestSpec, marker: Marker) -> tuple[Pieces, str | None]:
    """The pieces of a body with files, and its content type; nothing for any other body.

    References in the texts of a form go through `marker`.
    """
    if step.body_file is not None:
        return (FilePart(step.body_file),), _type_of(step.body_file)
    if step.multipart is not None:
        boundary = f"perfconsole-{secrets.token_hex(16)}"
        pieces = _joined(_multipart(step.multipart, boundary, marker))
        return pieces, f"multipart/form-data; boundary={boundary}"
    return (), None


def _type_of(file: str) -> str:
    kind, encoding = mimetypes.guess_type(file)
    return UNKNOWN_TYPE if kind is None or encoding is not None else kind


def _multipart(
    fields: dict[str, Part], boundary: str, marker: Marker
) -> Iterator[bytes | FilePart]:
    for field, part in fields.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(field)}"'
        if isinstance(part, FileSpec):
            name = _quoted(part.name or os.path.basename(part.file))
            kind = part.type or _type_of(part.file)
            yield f'{head}; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'.encode()
            yield FilePart(part.file)
            yield b"\r\n"
        else:
            yield f"{head}\r\n\r\n{marker.text(str(part), 'text')}\r\n".encode()
    yield f"--{boundary}--\r\n".encode()


def _quoted(name: str) -> str:
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _joined(pieces: Iterator[bytes | FilePart]) -> Pieces:
    """The same with bytes that follow each other made one."""
    joined: list[bytes | FilePart] = []
    for piece in pieces:
        before = joined[-1] if joined else None
        if isinstance(piece, bytes) and isinstance(before, bytes):
            joined[-1] = before + piece
        else:
            joined.append(piece)
    return tuple(joined)


# ---------------------------------------------------------------- in a file's plain tree


def upload_paths(scenario: dict[str, Any]) -> Iterator[KeyPath]:
    """Where the flows of a plain tree name files to send."""
    flows = scenario.get("flows")
    for name, flow in flows.items() if isinstance(flows, dict) else ():
        yield from _in_steps(flow, ("flows", name))


def _in_steps(steps: Any, around: KeyPath) -> Iterator[KeyPath]:
    for n, step in enumerate(steps if isinstance(steps, list) else ()):
        if not isinstance(step, dict):
            continue
        path: KeyPath = (*around, n)
        if "body_file" in step:
            yield (*path, "body_file")
        parts = step.get("multipart")
        for field, part in parts.items() if isinstance(parts, dict) else ():
            if isinstance(part, dict) and "file" in part:
                yield (*path, "multipart", field, "file")
        yield from _in_steps(step.get("steps"), (*path, "steps"))


def file_complaint(path: KeyPath, file: str) -> Complaint | None:
    """What keeps `file`, named at `path`, from being read."""
    if os.path.isdir(file):
        return Complaint(path, say("{where}: {file} is a folder", where=where(path), file=file))
    if not os.path.isfile(file):
        text = say("{where}: there is no file {file}", where=where(path), file=file)
        return Complaint(path, text)
    if not os.access(file, os.R_OK):
        return Complaint(path, say("{where}: you may not read {file}", where=where(path),
                                   file=file))  # fmt: skip
    return None
