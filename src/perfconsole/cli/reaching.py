"""How to reach the API of a run: its socket, its address on TCP, and lines for curl."""

from __future__ import annotations

import shlex

from perfconsole.cli.complaint import Complaint
from perfconsole.journal.folder import RunFolder
from perfconsole.texts import say

_PAUSE = """-d '{"id": "1", "by": "me", "command": {"do": "pause", "groups": ["all"]}}'"""


def places(folder: RunFolder) -> dict[str, str | None]:
    """The socket and, of a run that listens on TCP, its address and the files of the tokens."""
    url = _url(folder)
    return {
        "socket": str(folder.socket),
        "url": url,
        "token_file": str(folder.token) if url else None,
        "viewer_token_file": str(folder.viewer_token) if url else None,
    }


def token_of(folder: RunFolder, viewer: bool) -> str:
    """Raises Complaint when the run does not listen on TCP."""
    try:
        return (folder.viewer_token if viewer else folder.token).read_text().strip()
    except OSError:
        raise Complaint(
            say("run {run} does not listen on TCP; start one with --listen", run=folder.run)
        ) from None


def how_to(folder: RunFolder) -> str:
    """For a person: lines to copy. No token stands in them, and none in a list of processes."""
    curl = f"curl --unix-socket {shlex.quote(str(folder.socket))} http://controller"
    lines = [
        say("on this machine:"),
        f"  {curl}/v1/status",
        f"  {curl}/v1/commands {_PAUSE}",
        say("all that it can do is described at /v1/openapi.json"),
    ]
    url = _url(folder)
    if url is not None:
        here = url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
        lines += [
            say("over TCP, on {url} (plain HTTP):", url=url),
            f"  {_with(str(folder.token), here)}",
            say("for those who only look on:"),
            f"  {_with(str(folder.viewer_token), here)}",
        ]
    return "\n".join(lines)


def _with(token_file: str, url: str) -> str:
    header = f"sed 's/^/Authorization: Bearer /' {shlex.quote(token_file)}"
    return f"{header} | curl -H @- {url}/v1/status"


def _url(folder: RunFolder) -> str | None:
    try:
        return folder.api_url.read_text().strip()
    except OSError:
        return None
