"""Request bodies that have files in them: planned as pieces, which the injector reads and joins.

Multipart forms are written as RFC 7578 and browsers have it (WHATWG, "multipart/form-data
encoding algorithm"): names in UTF-8 with quotes and line breaks escaped.
"""

from __future__ import annotations

import mimetypes
import os
import secrets
from collections.abc import Iterator

from perfconsole.model.plan import FilePart
from perfconsole.model.sent import FileSpec, Part
from perfconsole.model.steps import RequestSpec
from perfconsole.scenario.marking import Marker

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
