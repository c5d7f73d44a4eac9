"""``python -m perfconsole.controller``: reads a StartSpec from stdin, plays the run, ends.

Its stdout is a pipe to the front end that carries one line, the handshake; its stderr is the run's
``controller.log``.
"""

from __future__ import annotations

import os
import sys

import msgspec
import uvloop

from perfconsole.controller.daemon import serve
from perfconsole.model.start import StartSpec


def main() -> int:
    os.umask(0o077)
    spec = msgspec.json.decode(sys.stdin.buffer.read(), type=StartSpec)
    handshake = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return uvloop.run(serve(spec, handshake))


if __name__ == "__main__":
    sys.exit(main())
