"""Which dialog a key opens, by the name that stands in the table of keys."""

from __future__ import annotations

from collections.abc import Mapping

from perfconsole.console.questions.answers import Opener
from perfconsole.console.questions.group_questions import ask_group
from perfconsole.console.questions.load_questions import (
    ask_load,
    ask_resume,
    ask_schedule,
    ask_stop,
    ask_think,
    ask_trace,
)
from perfconsole.console.questions.point_questions import ask_policy, ask_release, ask_switch
from perfconsole.console.questions.run_questions import (
    ask_duration,
    ask_limit,
    ask_note,
    ask_resume_all,
    ask_stop_run,
)

QUESTIONS: Mapping[str, Opener] = {
    "vus": ask_load,
    "stop": ask_stop,
    "resume": ask_resume,
    "resume_all": ask_resume_all,
    "think": ask_think,
    "schedule": ask_schedule,
    "trace": ask_trace,
    "group": ask_group,
    "release": ask_release,
    "switch": ask_switch,
    "policy": ask_policy,
    "stop_run": ask_stop_run,
    "duration": ask_duration,
    "limit": ask_limit,
    "note": ask_note,
}
