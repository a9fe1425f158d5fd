"""Reading YAML strictly: a key given twice is refused, and every mapping knows the line it begins on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


class BadFixture(Exception):  # noqa: N818 - it says what is bad
    """A file cannot be loaded; the message names the file, the line and the rule."""


class Entry(dict[str, Any]):
    """A mapping of a file, with the line it begins on, and the code of the row it stands in, if it stands in one."""

    line: int = 0
    inside: str = ""


class _Strict(yaml.SafeLoader):
    """Makes entries of mappings, and refuses a key given twice."""


def _entry(loader: _Strict, node: yaml.MappingNode) -> Iterator[Entry]:
    found = Entry()
    found.line = node.start_mark.line + 1
    yield found
    given = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in given:
        if given.count(key) > 1:
            raise BadFixture(f"line {found.line}: the key “{key}” is given twice")
    found.update({str(key): value for key, value in loader.construct_mapping(node, deep=True).items()})


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _entry)


def text_of(path: Path) -> str:
    """The file's text. Raises BadFixture."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFixture(f"{path}: cannot be read: {error}") from None


def parse(path: Path, text: str) -> Any:
    """What the text holds, mappings as entries. Raises BadFixture, naming `path`."""
    try:
        return yaml.load(text, Loader=_Strict)  # noqa: S506 - a SafeLoader that also remembers lines
    except yaml.YAMLError as error:
        raise BadFixture(f"{path}: not valid YAML: {error}") from None
    except RecursionError:
        raise BadFixture(f"{path}: nested too deeply") from None
    except BadFixture as error:
        raise BadFixture(f"{path}, {error}") from None


def entries(path: Path, text: str) -> list[Entry]:
    """A file that is a list of mappings. Raises BadFixture, naming `path`."""
    data = parse(path, text)
    if not isinstance(data, list):
        raise BadFixture(f"{path}: must hold a list")
    for row in data:
        if not isinstance(row, Entry):
            said = f"“{row}”" if isinstance(row, str | int | float) else f"a {type(row).__name__}"
            raise BadFixture(f"{path}: {said} is not a mapping")
    return data


class _Exact(_Strict):
    """Leaves numbers that are not whole, and dates, as the text they are. A few aliases of aliases would be a whole disk of
    text once they are written out: there are none.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:
        """A node. Raises BadFixture for an alias."""
        if self.check_event(yaml.AliasEvent):
            raise BadFixture("Write each value where it belongs: aliases (“*name”) are not read.")
        return super().compose_node(parent, index)


_Exact.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":float", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def values_in(text: str) -> dict[str, Any]:
    """Lines that a person typed, “low: 0.5”, as a mapping; numbers that are not whole stay text. Raises BadFixture."""
    try:
        found = yaml.load(text, Loader=_Exact) or {}  # noqa: S506 - a SafeLoader that reads even less
    except yaml.YAMLError as error:
        raise BadFixture(f"One value a line, such as “low: 0.5”: {error}") from None
    except RecursionError:
        raise BadFixture("One value a line, such as “low: 0.5”: this is nested too deeply.") from None
    if not isinstance(found, dict):
        raise BadFixture("One value a line, such as “low: 0.5”.")
    return found
