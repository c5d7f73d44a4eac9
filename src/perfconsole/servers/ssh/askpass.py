"""Answers for an ssh that asks: what was asked for before the run, out of our memory.

ssh starts the program that SSH_ASKPASS names for each question. Ours is three lines of shell that
hand the question over, and the answer back, through named pipes in a folder of our own: no secret
is in a file, on a command line or in an environment.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from perfconsole.servers.ssh.hostconfig import HostConfig

_SCRIPT = """\
#!/bin/sh
folder=${0%/*}
printf '%s\\000' "$1" >"$folder/asked" && IFS= read -r answer <"$folder/answer" || exit 1
printf '%s\\n' "$answer"
"""
_OF_KEY = re.compile(r"Enter passphrase for (?:key )?'?(.+?)'?:? *")
"""All of the question: ssh puts who asks before those of a server, which could ask for it too."""
_TAKEN_S = 5.0
NOBODY = {"SSH_ASKPASS_REQUIRE": "never"}
"""What tells an ssh to ask nobody, not even in a window on the tester's desktop."""


class Answers:
    """Given in a thread."""

    def __init__(self, folder: Path, config: HostConfig) -> None:
        self._folder = folder
        self._config = config
        self._stop_reading, self._stop = os.pipe()
        self.gave_password = False
        self.asked_again = False
        """For the password: the server did not take it."""

    def serve(self) -> None:
        # Open for writing as well: it does not end when a writer closes it.
        asked = os.open(self._folder / "asked", os.O_RDWR | os.O_NONBLOCK)
        with open(asked, "rb", buffering=0) as pipe:
            heard = b""
            while self._stop_reading not in select.select([asked, self._stop_reading], [], [])[0]:
                heard += pipe.read(4096) or b""
                while b"\0" in heard:
                    question, _, heard = heard.partition(b"\0")
                    self._give(self._answer(question.decode(errors="surrogateescape")))

    def stop(self) -> None:
        os.close(self._stop)

    def close(self) -> None:
        os.close(self._stop_reading)

    def _answer(self, question: str) -> str | None:
        if of_key := _OF_KEY.fullmatch(question):
            return self._config.passphrases.get(of_key[1])
        if "assword" not in question or self._config.password is None:
            return None
        if self.gave_password:
            self.asked_again = True
            return None
        self.gave_password = True
        return self._config.password

    def _give(self, answer: str | None) -> None:
        """To whoever opens the pipe for it; without an answer it reads none."""
        until = time.monotonic() + _TAKEN_S
        while time.monotonic() < until:
            try:
                pipe = os.open(self._folder / "answer", os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # nobody reads yet
                if select.select([self._stop_reading], [], [], 0.02)[0]:
                    return
                continue
            with open(pipe, "wb", buffering=0) as taken, contextlib.suppress(OSError):
                taken.write(b"" if answer is None else f"{answer}\n".encode())
            return


@contextlib.contextmanager
def answering(folder: Path, config: HostConfig) -> Iterator[tuple[Mapping[str, str], Answers]]:
    """The environment of an ssh that gets its answers from the credentials of `config`.

    `folder` is the owner's alone.
    """
    script = folder / "askpass"
    with open(os.open(script, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700), "w") as file:
        file.write(_SCRIPT)
    for name in ("asked", "answer"):
        os.mkfifo(folder / name, 0o600)
    answers = Answers(folder, config)
    thread = threading.Thread(target=answers.serve, name="server askpass", daemon=True)
    thread.start()
    environment = {"SSH_ASKPASS": str(script), "SSH_ASKPASS_REQUIRE": "force"}
    # Before OpenSSH 8.4 it is a display that makes ssh ask that way.
    environment["DISPLAY"] = os.environ.get("DISPLAY", ":0")
    try:
        yield environment, answers
    finally:
        answers.stop()
        thread.join()
        answers.close()
