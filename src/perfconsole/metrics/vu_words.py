"""What a VU is at, in a person's words."""

from __future__ import annotations

from perfconsole.model.states import VuState
from perfconsole.model.vu_page import VuLine
from perfconsole.texts import say


def step_words(vu: VuLine) -> str:
    """Its step; with a word where it is paused and its state tells something else."""
    if not vu.paused or vu.state is VuState.PAUSED:
        return vu.step
    return say("{step} (paused)", step=vu.step) if vu.step else say("(paused)")
