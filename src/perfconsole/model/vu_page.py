"""VUs of a group as the API lists them."""

from __future__ import annotations

import msgspec

from perfconsole.model.states import VuState


class VuLine(msgspec.Struct, frozen=True):
    """One VU as it is now."""

    id: str
    """Number of its injector and of its slot there: ``0.17``."""
    state: VuState
    step: str
    """Name of the request, transaction or point it is at, else "think time"; empty between
    iterations."""
    iterations: int
    failed: int
    """Iterations failed."""
    last_error: str = ""
    """Key of its last error."""
    paused: bool = False
    """It or its group is paused, whatever it still does or waits for."""


class VuPage(msgspec.Struct, frozen=True):
    total: int
    """VUs that there are to list: those that live or have ended, in the state asked for."""
    vus: tuple[VuLine, ...]
    """By injector and slot, from the one asked for."""
    missing: tuple[int, ...] = ()
    """Injectors that did not answer in time: their VUs are not in here."""
