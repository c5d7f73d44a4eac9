"""Starting a run's controller as a process of its own, which outlives the front end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from perfconsole.journal.folder import RunFolder, discard
from perfconsole.model.start import Handshake, Refused, Serving, StartSpec
from perfconsole.texts import say

_HANDSHAKE: msgspec.json.Decoder[Handshake] = msgspec.json.Decoder(Serving | Refused)


class StartRefused(Exception):
    """The run did not start and left nothing behind; str() is one line for a person."""

    def __init__(self, exit_status: int, text: str) -> None:
        super().__init__(text)
        self.exit_status = exit_status


@dataclass(slots=True)
class Starting:
    """A controller on its way up."""

    folder: RunFolder
    process: subprocess.Popen[bytes]
    _said: Handshake | None = None
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def wait(self) -> Serving:
        """Block until it serves; again is at once. Raises StartRefused, the run's folder removed.

        May be called from several threads.
        """
        with self._asking:
            if self._said is None:
                self._said = self._first_words()
        match self._said:
            case Serving() as serving:
                return serving
            case Refused(exit_status, text):
                raise StartRefused(exit_status, text)

    def _first_words(self) -> Handshake:
        assert self.process.stdout is not None
        with self.process.stdout as pipe:
            line = pipe.readline()
        said = _HANDSHAKE.decode(line) if line else Refused(3, self._last_words())
        if isinstance(said, Refused):
            self.process.wait()
            discard(self.folder)
        return said

    def _last_words(self) -> str:
        """Why a controller died before it could say so: the last line of its log."""
        status = self.process.wait()
        with contextlib.suppress(OSError):
            lines = self.folder.log.read_text(errors="replace").strip().splitlines()
            if lines:
                return say("the controller could not start: {why}", why=lines[-1])
        return say("the controller ended with status {status} while starting", status=status)


def launch(spec: StartSpec, folder: RunFolder, keep_open: Sequence[int] = ()) -> Starting:
    """Start the controller; `keep_open` are descriptors it holds until it ends.

    Raises StartRefused when no process can be started.
    """
    try:
        with open(folder.log, "wb", opener=_private) as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "perfconsole.controller"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                pass_fds=tuple(keep_open),
                cwd=os.sep,
            )
    except OSError as error:
        discard(folder)
        raise StartRefused(
            3, say("cannot start the controller: {why}", why=error.strerror or error)
        ) from None
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(msgspec.json.encode(spec))
    return Starting(folder, process)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
