"""Starting a run's controller as a process of its own, which outlives the front end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

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


class Starting:
    """A controller on its way up, in the background: the console opens meanwhile.

    `begin` starts its process (see `launch`).
    """

    def __init__(self, folder: RunFolder, begin: Callable[[], subprocess.Popen[bytes]]) -> None:
        self.folder = folder
        self._begin = begin
        self._begun: Future[subprocess.Popen[bytes]] = Future()
        self._said: Future[Serving] = Future()
        threading.Thread(target=self._start, name="starting", daemon=True).start()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """Once it is started. Raises StartRefused when it could not be."""
        return self._begun.result()

    def wait(self) -> Serving:
        """Block until it serves; again is at once. Raises StartRefused, the run's folder removed.

        May be called from several threads.
        """
        return self._said.result()

    def _start(self) -> None:
        try:
            process = self._begin()
        except BaseException as error:
            discard(self.folder)
            self._begun.set_exception(error)
            self._said.set_exception(error)
            return
        self._begun.set_result(process)
        match self._first_words(process):
            case Serving() as serving:
                self._said.set_result(serving)
            case Refused(exit_status, text):
                process.wait()
                discard(self.folder)
                self._said.set_exception(StartRefused(exit_status, text))

    def _first_words(self, process: subprocess.Popen[bytes]) -> Handshake:
        assert process.stdout is not None
        with process.stdout as pipe:
            line = pipe.readline()
        return _HANDSHAKE.decode(line) if line else Refused(3, self._last_words(process))

    def _last_words(self, process: subprocess.Popen[bytes]) -> str:
        """Why a controller died before it could say so: the last line of its log."""
        status = process.wait()
        with contextlib.suppress(OSError):
            lines = self.folder.log.read_text(errors="replace").strip().splitlines()
            if lines:
                return say("the controller could not start: {why}", why=lines[-1])
        return say("the controller ended with status {status} while starting", status=status)


def launch(
    spec: StartSpec, folder: RunFolder, keep_open: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start the controller's process; `keep_open` are descriptors it holds until it ends.

    Raises StartRefused when it cannot be started.
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
        raise StartRefused(
            3, say("cannot start the controller: {why}", why=error.strerror or error)
        ) from None
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(msgspec.json.encode(spec))
    return process


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
