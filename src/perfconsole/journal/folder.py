"""Where runs live: one folder each, with the journal, the controller's socket and its log."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from perfconsole.texts import say

SOCKET_PATH_MOST = 100
"""Bytes; the kernel refuses a unix socket's path from 108 on (104 on macOS)."""
_SHORT = Path("/tmp")
"""Not the machine's idea of a temporary folder: it may differ between two logins of one user."""


class FolderError(Exception):
    """A run folder cannot be found, or cannot be made; str() is one line for a person."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    path: Path

    @property
    def run(self) -> str:
        """The run's id: its folder's name, or what the folder says when somebody placed it."""
        with contextlib.suppress(OSError):
            return (self.path / "run").read_text().strip()
        return self.path.name

    @property
    def journal(self) -> Path:
        return self.path / "journal.db"

    @property
    def begun(self) -> Path:
        """Requests begun by each injector: a native uint64 each, by injector number."""
        return self.path / "begun"

    @property
    def log(self) -> Path:
        return self.path / "controller.log"

    @property
    def api_url(self) -> Path:
        """Where the API listens on TCP, if it does: ``http://127.0.0.1:8300``."""
        return self.path / "api.url"

    @property
    def token(self) -> Path:
        """The secret that opens the API on TCP."""
        return self.path / "api.token"

    @property
    def viewer_token(self) -> Path:
        """The same for those who only look on."""
        return self.path / "viewer.token"

    @property
    def socket(self) -> Path:
        """The controller's socket; in a private folder under /tmp when ours is too long.

        Raises FolderError when that folder is not ours alone.
        """
        inside = self.path.resolve() / "controller.sock"
        if len(os.fsencode(inside)) <= SOCKET_PATH_MOST:
            return inside
        name = hashlib.sha256(os.fsencode(inside)).hexdigest()[:20]
        return short_socket_folder() / f"{name}.sock"


def short_socket_folder() -> Path:
    """A folder of our own, 0700, for sockets whose proper place has too long a path.

    Raises FolderError when somebody else made it first.
    """
    folder = _SHORT / f"perfconsole-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise FolderError(
            say("{folder} is not a private folder of yours; remove it and try again", folder=folder)
        )
    return folder


def runs_home() -> Path:
    """The folder of all runs: ``PERFCONSOLE_HOME``/runs, else under the XDG state folder."""
    if home := os.environ.get("PERFCONSOLE_HOME"):
        return Path(home).expanduser().resolve() / "runs"
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "perfconsole" / "runs"


def new_folder(out: Path | None = None) -> RunFolder:
    """A fresh run folder, readable by its owner only. Raises FolderError.

    `out` places it; a link under the runs' home keeps it in the list of runs.
    """
    run = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    listed = runs_home() / run
    path = out.absolute() if out else listed
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=out is not None)
        if any(path.iterdir()):
            raise FolderError(
                say("{path} is not empty; a run needs a folder of its own", path=path)
            )
        (path / "run").write_text(f"{run}\n")
    except OSError as error:
        raise FolderError(
            say("cannot make {path}: {why}", path=path, why=error.strerror or error)
        ) from None
    if out:
        with contextlib.suppress(OSError):  # without the link it is found by its path
            listed.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            listed.symlink_to(path)
    return RunFolder(path)


def all_folders() -> list[RunFolder]:
    """Every run that this machine knows of, oldest first."""
    home = runs_home()
    if not home.is_dir():
        return []
    folders = [RunFolder(path) for path in home.iterdir() if (path / "journal.db").exists()]
    return sorted(folders, key=_made_at)


def _made_at(folder: RunFolder) -> tuple[int, str]:
    """Local times in names go back with the clock; the file that names the run does not."""
    with contextlib.suppress(OSError):
        return (folder.path / "run").stat().st_mtime_ns, folder.path.name
    return 0, folder.path.name


def find_folder(which: str) -> RunFolder:
    """The run that `which` names: ``last``, an id, a unique prefix of one, or a path.

    Raises FolderError.
    """
    if os.sep in which or (Path(which) / "journal.db").exists():
        path = Path(which).expanduser().absolute()
        if (path / "journal.db").exists():
            return RunFolder(path)
        raise FolderError(say("{path} holds no run", path=which))
    folders = all_folders()
    if which == "last":
        if not folders:
            raise FolderError(say("there are no runs yet; start one with perfconsole demo"))
        return folders[-1]
    matching = [folder for folder in folders if folder.run.startswith(which)]
    exact = [folder for folder in matching if folder.run == which]
    if len(exact or matching) == 1:
        return (exact or matching)[0]
    if matching:
        some = ", ".join(folder.run for folder in matching[:4])
        raise FolderError(say("{which!r} fits several runs: {some}", which=which, some=some))
    raise FolderError(say("there is no run {which!r}; see perfconsole runs", which=which))


def discard(folder: RunFolder) -> None:
    """Remove what `new_folder` made, for a run that never started."""
    listed = runs_home() / folder.run
    if listed.is_symlink():
        listed.unlink(missing_ok=True)
    shutil.rmtree(folder.path, ignore_errors=True)
