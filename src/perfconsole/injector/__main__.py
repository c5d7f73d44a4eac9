"""``python -m perfconsole.injector FD COUNTER_FD [WORDS_FD]``: one load process, of a pool."""

from __future__ import annotations

import sys

from perfconsole.injector.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
