"""Reading bodies."""

import codecs
import json
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

LARGEST = 5 * 1024 * 1024


class StrictJSONParser(JSONParser):
    """JSON in UTF-8, without NaN, without a key given twice, and without the null character, which PostgreSQL refuses."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """The body as data; ParseError says what is wrong with it."""
        try:
            text = codecs.getreader("utf-8")(stream).read(LARGEST + 1)
            if len(text) > LARGEST:
                raise ParseError(f"The body is larger than {LARGEST} characters.")
            data = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_double)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not valid JSON: {error}") from None
        if "\\u0000" in text or "\x00" in text:
            raise ParseError("The body holds the null character, which no text may hold.")
        try:
            text.encode("utf-8")
            json.dumps(data, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise ParseError("The body holds half of a surrogate pair, which is no character.") from None
        return data


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _no_double(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice in one object")
    return found
