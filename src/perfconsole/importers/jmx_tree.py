"""A JMeter test plan as a tree: elements with their properties and the elements below them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from perfconsole.importers.draft import ImportFault
from perfconsole.texts import say

LARGEST_MB = 50


@dataclass(slots=True)
class Element:
    kind: str
    """Such as ``HTTPSamplerProxy``."""
    name: str
    node: ElementTree.Element
    below: list[Element] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        """A property's text; its whole name, such as ``HTTPSampler.path``."""
        for child in self.node:
            if child.get("name") == name and child.tag.endswith("Prop"):
                return (child.text or "").strip() if len(child) == 0 else default
        return default

    def flag(self, name: str) -> bool:
        return self.text(name).lower() == "true"

    def number(self, name: str, default: float = 0.0) -> float:
        """`default` for what is no plain number, such as a variable."""
        try:
            return float(self.text(name))
        except ValueError:
            return default

    def rows(self, *names: str) -> Iterator[dict[str, str]]:
        """The properties of each element of a collection, found by the names on the way to it."""
        nodes = [self.node]
        for name in names:
            nodes = [child for node in nodes for child in node if child.get("name") == name]
        for node in nodes:
            for row in node.iter("elementProp"):
                yield {
                    str(prop.get("name")).rpartition(".")[2]: (prop.text or "")
                    for prop in row
                    if prop.tag.endswith("Prop")
                }

    def walk(self) -> Iterator[Element]:
        """Itself and all below it."""
        yield self
        for each in self.below:
            yield from each.walk()


def plan_in(text: str) -> list[Element]:
    """What stands at the top of a test plan, without what is switched off. Raises ImportFault."""
    if len(text) > LARGEST_MB * 1_000_000:
        raise ImportFault(say("over {most} MB: this is no test plan", most=LARGEST_MB))
    if "<!DOCTYPE" in text[:2000] or "<!ENTITY" in text:
        raise ImportFault(say("a test plan has no DOCTYPE"))
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ImportFault(say("this is no XML, so no JMX file: {why}", why=error)) from None
    tree = root.find("hashTree")
    if root.tag != "jmeterTestPlan" or tree is None:
        raise ImportFault(say('this is no JMX file: it does not begin with "jmeterTestPlan"'))
    return _elements(tree)


def _elements(tree: ElementTree.Element) -> list[Element]:
    """In a hashTree each element is followed by the hashTree of what is below it."""
    found: list[Element] = []
    off = False
    for child in tree:
        if child.tag != "hashTree":
            off = child.get("enabled", "true") == "false"
            if not off:
                found.append(Element(child.tag, child.get("testname") or child.tag, child))
        elif found and not off:
            found[-1].below = _elements(child)
    return found
