"""Reading back a PDF that was just printed: its text as a person would copy it, its pages."""

import re
import zlib
from collections.abc import Iterator

OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)endobj", re.DOTALL)
#: What a content stream is made of, as far as text goes: the choice of a font, a bracket, a byte inside of brackets.
TOKEN = re.compile(rb"/(f\d+) [\d.]+ Tf|([()])|\\([0-7]{3}|.)|(.)", re.DOTALL)
PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
RUN = re.compile(rb"BT(.*?)\nET", re.DOTALL)


class Printed:
    """A PDF as Typst writes it, taken apart."""

    def __init__(self, content: bytes) -> None:
        self.objects = {int(found[1]): found[2] for found in OBJECT.finditer(content)}
        self.pages = [body for body in self.objects.values() if b"/Type/Page/" in body]

    @property
    def text(self) -> str:
        """All text, runs joined by single spaces."""
        return " ".join(" ".join(run for page in self.pages for run in self._runs(page)).split())

    def _runs(self, page: bytes) -> Iterator[str]:
        fonts = {name.decode(): self._letters(int(pk)) for name, pk in self._fonts(page)}
        for run in RUN.finditer(self._stream(_number(rb"/Contents", page))):
            yield "".join(fonts[font][int.from_bytes(code)] for font, code in _codes(run[1]))

    def _fonts(self, page: bytes) -> list[tuple[bytes, bytes]]:
        resources = self.objects[_number(rb"/Resources", page)]
        return re.findall(rb"/(f\d+) (\d+) 0 R", resources)

    def _letters(self, font: int) -> dict[int, str]:
        """What each glyph of a font stands for. A glyph that stands for nothing is not in it: a missing letter."""
        table = self._stream(_number(rb"/ToUnicode", self.objects[font])).decode()
        pairs = re.findall(r"^<([0-9A-F]{4})> <([0-9A-F]+)>$", table, re.MULTILINE)
        return {int(glyph, 16): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}

    def _stream(self, pk: int) -> bytes:
        head, _, rest = self.objects[pk].partition(b"stream\n")
        data = rest.rpartition(b"endstream")[0]
        return zlib.decompress(data) if b"FlateDecode" in head else data


def _number(name: bytes, body: bytes) -> int:
    found = re.search(name + rb" (\d+) 0 R", body)
    assert found is not None
    return int(found[1])


def _codes(run: bytes) -> Iterator[tuple[str, bytes]]:
    """The glyphs of a run of text, two bytes each, with the font that they are of. Brackets that match are not escaped."""
    font, depth, code = "", 0, b""
    for chosen, bracket, escaped, byte in TOKEN.findall(run):
        font = chosen.decode() or font
        inside = depth > 0
        depth += {b"(": 1, b")": -1}.get(bracket, 0)
        if inside and depth > 0:
            code += _unescaped(escaped) if escaped else bracket or byte
        if len(code) == 2:
            yield font, code
            code = b""


def _unescaped(said: bytes) -> bytes:
    return bytes([int(said, 8)]) if len(said) == 3 else PLAIN.get(said, said)
