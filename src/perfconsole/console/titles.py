"""Commands in few words, for the line that shows what is on its way."""

from __future__ import annotations

from perfconsole.model import command as cmd
from perfconsole.model.duration import short
from perfconsole.model.rate import rate_text
from perfconsole.model.states import StopMode
from perfconsole.texts import say

_MODES = {
    StopMode.AFTER_ITERATION: "after the iteration",
    StopMode.AFTER_REQUEST: "after the request",
    StopMode.NOW: "now",
}


def title(command: cmd.Command) -> str:
    """``vus publish → 120 over 30s``."""
    return _of_groups(command) or _of_points(command) or _of_the_run(command)


def _of_groups(command: cmd.Command) -> str:  # noqa: PLR0911 - one line for each command
    match command:
        case cmd.ChangeVus(group=group):
            return say("vus {group} {change}", group=group, change=_change(command))
        case cmd.ChangeRate(group=group, to=to, over_s=over_s):
            over = say(" over {time}", time=short(over_s)) if over_s else ""
            return say("rate {group} → {rate}", group=group, rate=rate_text(to) + over)
        case cmd.StopGroups(groups=groups, mode=mode):
            return say("stop {groups} {mode}", groups=", ".join(groups), mode=say(_MODES[mode]))
        case cmd.HoldGroups(groups=groups, on=on):
            word = say("hold") if on else say("go on with")
            return f"{word} {', '.join(groups)}"
        case cmd.ResumeGroups(groups=groups, over_s=over_s) if over_s:
            return say("resume {groups} over {time}", groups=", ".join(groups), time=short(over_s))
        case (
            cmd.StartGroups(groups=g)
            | cmd.PauseGroups(groups=g)
            | cmd.ResumeGroups(groups=g)
            | cmd.InitializeGroups(groups=g)
        ):
            return f"{say(command.do)} {', '.join(g)}"
        case cmd.ChangeThink(groups=g, factor=factor):
            return say("think time {groups} × {factor:g}", groups=", ".join(g), factor=factor)
        case cmd.EditSchedule(group=group):
            return say("schedule of {group}", group=group)
        case cmd.MuteGroups(groups=g, on=on):
            return f"{say('mute') if on else say('unmute')} {', '.join(g)}"
        case cmd.TraceGroup(group=group, count=count):
            what = say("trace {group}: {n}", group=group, n=count)
            return what if count else say("end the trace of {group}", group=group)
        case cmd.StopVus(vus=vus, mode=mode):
            return say("stop VU {vus} {mode}", vus=", ".join(vus), mode=say(_MODES[mode]))
        case cmd.PauseVus(vus=vus, on=on):
            return f"{say('pause VU') if on else say('resume VU')} {', '.join(vus)}"
    return ""


def _of_points(command: cmd.Command) -> str:
    match command:
        case cmd.ReleasePoint(point=point, count=None):
            return say("release {point}", point=point)
        case cmd.ReleasePoint(point=point, count=count, every_s=every):
            return say(
                "release {point}: {count} every {every}",
                point=point, count=count, every=short(every),
            )  # fmt: skip
        case cmd.SwitchPoint(point=point, on=on, groups=groups):
            state = say("on") if on else say("off")
            whose = say(" for {groups}", groups=", ".join(groups)) if groups else ""
            return say("turn {point} {state}", point=point, state=state + whose)
        case cmd.ChangePolicy(point=point, wait_for=policy, timeout=timeout):
            parts = [] if policy is None else [str(policy)]
            parts += [] if timeout is None else [say("timeout {time}", time=short(timeout))]
            return say("{point} waits for {policy}", point=point, policy=", ".join(parts))
    return ""


def _of_the_run(command: cmd.Command) -> str:  # noqa: PLR0911 - one line for each command
    match command:
        case cmd.StopRun(mode=mode):
            return say("stop the run {mode}", mode=say(_MODES[mode]))
        case cmd.AddNote(text=text):
            return say("note: {text}", text=text)
        case cmd.TakeSnapshot(server=server):
            return say("snapshot of {server}", server=server or say("all servers"))
        case cmd.Undo():
            return say("undo")
        case cmd.AddGroup(group=group):
            return say("add {group}", group=group)
        case cmd.ChangeDuration(to_s=float() as to_s):
            return say("the run lasts {time}", time=short(to_s))
        case cmd.ChangeDuration(by_s=float() as by_s):
            change = f"{'+' if by_s > 0 else '-'}{short(abs(by_s))}"
            return say("the run {change}", change=change)
        case cmd.ChangeDuration():
            return say("the run without an end")
        case cmd.ChangeThreshold(server=server, metric=metric, limit=most):
            return say("limit of {what} {limit}", limit=say("off") if most is None else f"{most:g}",
                       what=f"{server or ''} {metric}".strip())  # fmt: skip
        case cmd.ChangeLimits(server=server, set=name):
            return say("limits {what}", what=" ".join(filter(None, (name, server))))
        case cmd.ChangeObjective(metric=metric, of=of, min=least, max=highest):
            limit = (least if highest is None else highest) or 0.0
            return say("objective {what} {limit:g}", limit=limit,
                       what=f"{metric} of {of}" if of else metric)  # fmt: skip
    return say("leave the run running")


def _change(command: cmd.ChangeVus) -> str:
    text = f"→ {command.to}" if command.to is not None else f"{command.by:+d}"
    if command.over_s:
        text += say(" over {time}", time=short(command.over_s))
    if command.step:
        text += say(", {step} every {time}", step=command.step, time=short(command.every_s))
    return text
