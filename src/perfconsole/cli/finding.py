"""Finding the run a command is about, and whether it still goes."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import socket
from http.client import HTTPConnection, HTTPException
from typing import Any

from perfconsole.cli.complaint import Complaint
from perfconsole.journal.folder import FolderError, RunFolder, all_folders, find_folder
from perfconsole.model.states import RunState

LAST = "last"
STATUS_WITHIN_S = 1.0


def find_living(which: str) -> RunFolder:
    """As `find`, but the last run that still goes before one that is over."""
    if which == LAST:
        for folder in reversed(all_folders()):
            try:
                if status_of(folder)["state"] != RunState.ENDED:
                    return folder
            except TimeoutError:  # it goes, however slowly: no older one is meant instead
                return folder
            except (OSError, HTTPException, ValueError, FolderError):
                continue
    return find(which)


def status_of(folder: RunFolder) -> dict[str, Any]:
    """Of a run whose controller answers, without what a client needs to be imported.

    Raises OSError, HTTPException, ValueError, FolderError.
    """
    connection = HTTPConnection("controller", timeout=STATUS_WITHIN_S)
    connection.sock = socket.socket(socket.AF_UNIX)
    with contextlib.closing(connection):
        connection.sock.settimeout(STATUS_WITHIN_S)
        connection.sock.connect(str(folder.socket))
        connection.request("GET", "/v1/status")
        status: dict[str, Any] = json.loads(connection.getresponse().read())
        return status


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


def has_ended(folder: RunFolder) -> bool:
    """Whether it is over: its controller says so, as it does for a while, or is gone."""
    try:
        return bool(status_of(folder)["state"] == RunState.ENDED)
    except (OSError, HTTPException, ValueError, FolderError):
        return not alive(folder)


def author() -> str:
    """Whose commands these are; a user without a name (as in containers) is its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
