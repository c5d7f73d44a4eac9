"""A test plan of JMeter (JMX) → a scenario: the common subset, and a list of what is not in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from perfconsole.importers.draft import Draft, ImportFault, requests_of
from perfconsole.importers.jmx_steps import Scope, Translator, header_rows, server_of
from perfconsole.importers.jmx_tree import Element, plan_in
from perfconsole.importers.jmx_values import Names, plain_name
from perfconsole.scenario.interpolation import Unclosed, names_in
from perfconsole.texts import say

_THREAD_GROUPS = {
    "ThreadGroup": "groups", "SetupThreadGroup": "before", "PostThreadGroup": "after",
}  # fmt: skip
_ON_ERROR = {
    "startnextloop": "next_iteration", "stopthread": "stop_vu", "stoptest": "stop_group",
    "stoptestnow": "stop_group",
}  # fmt: skip


def from_jmx(text: str, target: str | None = None) -> Draft:
    """`target` instead of the server that the plan names. Raises ImportFault."""
    top = plan_in(text)
    whole = [each for element in top for each in element.walk()]
    names = Names()
    base = target or _base(whole, names)
    title = next((e.name for e in whole if e.kind == "TestPlan"), "JMeter")
    draft = Draft(
        {"name": title[:80], "target": base}, say("a test plan of JMeter"), has_references=True
    )
    _variables(whole, names)
    data = _data(draft, whole, names)
    groups: dict[str, Any] = {}
    flows: dict[str, Any] = {}
    for element, around in _thread_groups(top, []):
        _group(draft, names, base, element, around, groups, flows)
    if not groups:
        raise ImportFault(say("there is no thread group with an HTTP request in this plan"))
    _finish(draft, names, data, groups, flows)
    return draft


def _base(whole: Sequence[Element], names: Names) -> str:
    """The server of the defaults, or of the first request that names one."""
    for kinds in (("ConfigTestElement",), ("HTTPSamplerProxy", "HTTPSampler", "HTTPSampler2")):
        for element in whole:
            if element.kind in kinds and (found := server_of(element, names, "")):
                return found
    raise ImportFault(say("no request names a server: give it with --target"))


def _variables(whole: Sequence[Element], names: Names) -> None:
    for element in whole:
        rows: list[dict[str, str]] = []
        if element.kind == "TestPlan":
            rows += element.rows("TestPlan.user_defined_variables", "Arguments.arguments")
        elif element.kind == "Arguments":
            rows += element.rows("Arguments.arguments")
        for row in rows:
            if row.get("name"):
                name, value = plain_name(row["name"]), row.get("value", "")
                text = names.text(value)
                # ${__P(host,...)} under the name host is that variable already.
                names.variables[name] = names.settled(value) if f"${{{name}}}" in text else text


def _data(draft: Draft, whole: Sequence[Element], names: Names) -> dict[str, Any]:
    """Data sets by name; the variables of their columns are remembered."""
    data: dict[str, Any] = {}
    for element in whole:
        if element.kind != "CSVDataSet":
            continue
        file = names.settled(element.text("filename"))
        name = plain_name(file.replace("\\", "/").rpartition("/")[2].partition(".")[0] or "data")
        columns = [c.strip() for c in element.text("variableNames").split(",") if c.strip()]
        spec: dict[str, Any] = {"csv": file}
        if columns and not element.flag("ignoreFirstLine"):
            spec["columns"] = columns
        delimiter = element.text("delimiter", ",").replace("\\t", "\t")
        if delimiter not in (",", ""):
            spec["delimiter"] = delimiter
        if not element.flag("recycle"):
            spec["at_end"] = "stop_vu"
        data[name] = spec
        names.columns.update({column: f"{name}.{column}" for column in columns})
        if not columns:
            draft.notes.append(
                say("write ${{{name}.COLUMN}} for the columns of {file}", name=name, file=file)
            )
    return data


def _thread_groups(
    elements: Sequence[Element], around: list[Element]
) -> list[tuple[Element, list[Element]]]:
    """All of them, with the elements beside and above them, which hold for them too."""
    found: list[tuple[Element, list[Element]]] = []
    beside = [*around, *(e for e in elements if not e.below or e.kind == "HeaderManager")]
    for element in elements:
        if element.kind.endswith("ThreadGroup"):
            found.append((element, beside))
        elif element.kind in ("TestPlan", "TestFragmentController"):
            found += _thread_groups(element.below, beside)
    return found


def _group(
    draft: Draft,
    names: Names,
    base: str,
    element: Element,
    around: Sequence[Element],
    groups: dict[str, Any],
    flows: dict[str, Any],
) -> None:
    defaults = [e for e in (*around, *element.below) if e.kind == "ConfigTestElement"]
    before = next((e.text("HTTPSampler.path") for e in defaults if e.text("HTTPSampler.path")), "")
    translator = Translator(draft, names, base, names.text(before).rstrip("/"))
    held = [e for e in around if e.kind.endswith(("Timer", "Assertion", "Extractor"))]
    headers = [pair for e in around if e.kind == "HeaderManager" for pair in header_rows(e, names)]
    steps = translator.steps([*held, *element.below], Scope(headers=tuple(headers)))
    if not any(True for _ in requests_of(steps)):
        return
    name = element.name[:80]
    while name in flows:
        name = f"{name[:77]} 2"
    flows[name] = {"init": translator.init, "steps": steps} if translator.init else steps
    place = _THREAD_GROUPS.get(element.kind, "groups")
    if place != "groups":
        draft.tree.setdefault(place, []).append({"flow": name})
        return
    if element.kind not in _THREAD_GROUPS:
        translator.lost(element, say("its load is to be written: 1 VU stands for it"))
    groups[name] = _load(element, names)


def _load(element: Element, names: Names) -> dict[str, Any]:
    def number(name: str, default: float = 0.0) -> float:
        try:
            return float(names.settled(element.text(name)))
        except ValueError:
            return default

    vus = max(1, int(number("ThreadGroup.num_threads", 1)))
    group: dict[str, Any] = {"vus": vus}
    if (ramp_s := number("ThreadGroup.ramp_time")) > 1:
        group["ramp"] = f"to {vus} over {ramp_s:g}s"
    loops = next(
        (p.text for p in element.node.iter() if p.get("name") == "LoopController.loops"), "1"
    )
    loops = names.settled(loops or "")
    scheduled = element.flag("ThreadGroup.scheduler")
    if scheduled and (duration_s := number("ThreadGroup.duration")):
        group["duration"] = f"{duration_s:g}s"
    if scheduled and (delay_s := number("ThreadGroup.delay")):
        group["start_after"] = f"{delay_s:g}s"
    if loops and loops.strip().isdigit() and int(loops) > 0:
        group["iterations"] = int(loops)
    error = element.text("ThreadGroup.on_sample_error", "continue")
    group["on_error"] = _ON_ERROR.get(error, "continue")
    return group


def _finish(
    draft: Draft, names: Names, data: dict[str, Any], groups: dict[str, Any], flows: dict[str, Any]
) -> None:
    if missing := _missing(names, flows):
        names.variables |= dict.fromkeys(missing, "")
        draft.notes.append(
            say("fill in what the plan has from elsewhere: {names}", names=", ".join(missing))
        )
    if names.variables:
        draft.tree["variables"] = {
            name: draft.kept(name, value, say("the variable {name}", name=name))
            if isinstance(value, str) and "${" not in value else value
            for name, value in names.variables.items()
        }  # fmt: skip
    if names.generated:
        data["made"] = {"generate": names.generated}
    if data:
        draft.tree["data"] = data
    draft.tree |= {"groups": groups, "flows": flows}
    draft.notes += names.notes()


def _missing(names: Names, flows: dict[str, Any]) -> list[str]:
    """Variables that a flow refers to and nothing in it, nor beside it, gives a value."""
    missing: dict[str, None] = {}
    for flow in flows.values():
        known = {*names.variables, *(name for each in requests_of(flow)
                                     for name in each.get("extract", ()))}  # fmt: skip
        missing |= dict.fromkeys(n for n in _names_of(flow) if "." not in n and n not in known)
    return [name for name in missing if not name.startswith("env:")]


def _names_of(tree: Any) -> Iterator[str]:
    """All references in the texts of a tree."""
    if isinstance(tree, dict):
        tree = [*tree, *tree.values()]
    if isinstance(tree, str):
        with suppress(Unclosed):
            yield from names_in(tree)
    elif isinstance(tree, list):
        for each in tree:
            yield from _names_of(each)
