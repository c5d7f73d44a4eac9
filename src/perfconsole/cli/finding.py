"""Finding the run a command is about, and whether it still goes."""

from __future__ import annotations

import getpass
import os
import socket

from perfconsole.cli.complaint import Complaint
from perfconsole.journal.folder import FolderError, RunFolder, all_folders, find_folder

LAST = "last"


def find_living(which: str) -> RunFolder:
    """As `find`, but the last run that still goes before one that is over."""
    if which == LAST:
        for folder in reversed(all_folders()):
            if alive(folder):
                return folder
    return find(which)


def find(which: str) -> RunFolder:
    """Raises Complaint when there is no such run."""
    try:
        folder = find_folder(which)
        _ = folder.socket
        return folder
    except FolderError as error:
        raise Complaint(error) from None


def alive(folder: RunFolder) -> bool:
    """Whether its controller answers on its socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2.0)
        try:
            probe.connect(str(folder.socket))
        except ConnectionRefusedError:  # left behind by a controller that was killed
            folder.socket.unlink(missing_ok=True)
            return False
        except (OSError, FolderError):
            return False
    return True


def author() -> str:
    """Whose commands these are; a user without a name (as in containers) is its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
