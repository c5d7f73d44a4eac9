"""A body that is read from files while it is sent: the one thing injectors use a disk for.

A file is opened once, when the plan is taken, and read with `pread`, so that any number of VUs
share its descriptor and each holds no more than a chunk of it. A chunk from the page cache takes
some 20 µs; the kernel is asked to fetch the whole file before the first VU needs it. What a file
held when the run began is what is sent: one that was replaced meanwhile is not noticed, one that
changed its size is a failure.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from perfconsole.injector.failure import Failure, Unusable
from perfconsole.model.plan import FilePart
from perfconsole.texts import say

CHUNK_BYTES = 128 * 1024
"""Read and written at once; nothing else happens in the injector meanwhile."""
SMALL_BYTES = 64 * 1024
"""Files of no more than this together are read once, and their request is prepared like any."""


class UploadError(Exception):
    """A file cannot be sent as it was planned to be."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.kind)
        self.failure = failure


class SourceFile:
    """A file to send, open for as long as it is known. Raises Unusable when it cannot be."""

    __slots__ = ("_fd", "path", "size")

    def __init__(self, path: str) -> None:
        self._fd = -1
        self.path = path
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            found = os.fstat(self._fd)
            if sys.platform == "linux":
                os.posix_fadvise(self._fd, 0, 0, os.POSIX_FADV_WILLNEED)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise Unusable(say("{path}: cannot be sent: {why}", path=path, why=why)) from None
        if not stat.S_ISREG(found.st_mode):
            raise Unusable(say("{path}: cannot be sent: it is no file", path=path))
        self.size = found.st_size

    def __del__(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)

    def changed(self) -> Failure | None:
        """What is wrong when it is not as long any more as it was."""
        size = os.fstat(self._fd).st_size
        if size == self.size:
            return None
        text = say("{path}: {size} bytes, {planned} when the run began",
                   path=self.path, size=size, planned=self.size)  # fmt: skip
        return Failure(say("upload file changed"), text)

    def chunks(self) -> Iterator[bytes]:
        """All of it. Raises UploadError."""
        at = 0
        while at < self.size:
            yield (chunk := self._read(at, min(CHUNK_BYTES, self.size - at)))
            at += len(chunk)

    def _read(self, at: int, most: int) -> bytes:
        try:
            chunk = os.pread(self._fd, most, at)
        except OSError as error:
            text = f"{self.path}: {error.strerror}"
            raise UploadError(Failure(say("upload file cannot be read"), text)) from None
        if not chunk:
            raise UploadError(self.changed() or Failure(say("upload file changed"), self.path))
        return chunk


@dataclass(frozen=True, slots=True)
class Upload:
    pieces: tuple[bytes | SourceFile, ...]
    length: int
    """Bytes in all."""

    def changed(self) -> Failure | None:
        """What is wrong with the first of its files that changed since the run began."""
        for piece in self.pieces:
            if isinstance(piece, SourceFile) and (failure := piece.changed()):
                return failure
        return None

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, as many at once as may be written at once. Raises UploadError."""
        for piece in self.pieces:
            if isinstance(piece, SourceFile):
                yield from piece.chunks()
            else:
                yield piece


def opened(pieces: Iterable[bytes | FilePart]) -> bytes | Upload:
    """The body that `pieces` make: its bytes when it is small. Raises Unusable."""
    found = tuple(p if isinstance(p, bytes) else SourceFile(p.path) for p in pieces)
    in_files = sum(piece.size for piece in found if isinstance(piece, SourceFile))
    upload = Upload(found, sum(p.size if isinstance(p, SourceFile) else len(p) for p in found))
    if in_files > SMALL_BYTES:
        return upload
    try:
        return b"".join(upload.chunks())
    except UploadError as error:
        raise Unusable(error.failure.shown()) from None
