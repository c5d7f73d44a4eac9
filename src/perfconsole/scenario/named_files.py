"""The files that a scenario names: where in its plain tree, and whether they are there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from perfconsole.scenario.problems import Complaint, KeyPath, where
from perfconsole.scenario.python_files import with_absolute_file
from perfconsole.scenario.step_tree import Keys, as_map, steps_in
from perfconsole.scenario.tls_files import tls_complaints
from perfconsole.texts import say

SQLITE = "sqlite://"
_OF_DATA = ("csv", "jsonl")


def with_absolute_paths(tree: Any, folder_of: Callable[[KeyPath], Path]) -> Any:
    """`tree` with the files it names taken relative to the folder of whoever names them."""
    for path in file_paths(as_map(tree)):
        *around, last = path
        holder = tree
        for part in around:
            holder = holder[part]
        if isinstance(holder[last], str) and holder[last]:
            holder[last] = _absolute(holder[last], folder_of(path))
    for name, group in as_map(as_map(tree).get("groups")).items():
        if isinstance(flow := as_map(group).get("flow"), str):
            group["flow"] = with_absolute_file(flow, folder_of(("groups", name, "flow")))
    for name, server in as_map(as_map(tree).get("servers")).items():
        match as_map(server).get("command"):
            case [str(program), *_] as words if "/" in program:
                words[0] = _absolute(program, folder_of(("servers", name, "command")))
    for name, data in as_map(as_map(tree).get("data")).items():
        url = as_map(data).get("database")
        if isinstance(url, str) and url.startswith(SQLITE) and len(url) > len(SQLITE):
            folder = folder_of(("data", name, "database"))
            data["database"] = SQLITE + _absolute(url.removeprefix(SQLITE), folder)
    return tree


def _absolute(file: str, folder: Path) -> str:
    return os.path.abspath(folder / os.path.expanduser(file))


def file_paths(scenario: Keys) -> Iterator[KeyPath]:
    """Where the tree names files that must be there."""
    for key in as_map(scenario.get("http")):
        if key in ("ca", "cert", "key"):
            yield ("http", key)
    for name, server in as_map(scenario.get("servers")).items():
        for key in as_map(server):
            if key in ("identity", "known_hosts"):
                yield ("servers", name, key)
    yield from _sent(scenario)
    for name, data in as_map(scenario.get("data")).items():
        for key in as_map(data):
            if key in _OF_DATA:
                yield ("data", name, key)


def _sent(scenario: Keys) -> Iterator[KeyPath]:
    """Of the files that requests carry."""
    for path, step in steps_in(scenario):
        if "body_file" in step:
            yield (*path, "body_file")
        for field, part in as_map(step.get("multipart")).items():
            if "file" in as_map(part):
                yield (*path, "multipart", field, "file")


def file_complaints(scenario: Keys) -> Iterator[Complaint]:
    for path in file_paths(scenario):
        file: Any = scenario
        for part in path:
            file = file[part]
        if isinstance(file, str) and (complaint := file_complaint(path, file)):
            yield complaint
    yield from tls_complaints(as_map(scenario.get("http")))


def file_complaint(path: KeyPath, file: str) -> Complaint | None:
    """What keeps `file`, named at `path`, from being read."""
    if os.path.isdir(file):
        return Complaint(path, say("{where}: {file} is a folder", where=where(path), file=file))
    if not os.path.isfile(file):
        text = say("{where}: there is no file {file}", where=where(path), file=file)
        return Complaint(path, text)
    if not os.access(file, os.R_OK):
        return Complaint(path, say("{where}: you may not read {file}", where=where(path),
                                   file=file))  # fmt: skip
    return None
