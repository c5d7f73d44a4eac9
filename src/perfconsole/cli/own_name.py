"""What a person types to start this program again."""

from __future__ import annotations

import os
import shutil
import sys

NAME = "perfconsole"


def own_name() -> str:
    """``perfconsole`` where the shell finds it, else the way it was started by."""
    started = sys.argv[0]
    if shutil.which(NAME) or os.path.basename(started) != NAME:
        return NAME
    return started
