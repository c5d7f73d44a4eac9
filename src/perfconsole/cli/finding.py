"""Finding the run a command is about, and whether it still goes."""

from __future__ import annotations

import socket

from perfconsole.cli.complaint import Complaint
from perfconsole.journal.folder import FolderError, RunFolder, find_folder


def find(which: str) -> RunFolder:
    """Raises Complaint when there is no such run."""
    try:
        return find_folder(which)
    except FolderError as error:
        raise Complaint(error) from None


def alive(folder: RunFolder) -> bool:
    """Whether its controller answers on its socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2.0)
        try:
            probe.connect(str(folder.socket))
        except (OSError, FolderError):
            return False
    return True
