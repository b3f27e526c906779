"""Helvetica with the letters of Windows-1250, for PDFs whose text can be selected and read again.

The fonts are the standard ones that every viewer has, so nothing is embedded. Their encoding names the glyph of every
byte (`ecaron`, `rcaron`, ...); readers find the letter by that name.
"""

import unicodedata
from functools import cache

from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]

PLAIN, BOLD = "Sheet", "Sheet-Bold"
ENCODING = "cp1250"
MARKS = {
    "\N{COMBINING CARON}": "caron",
    "\N{COMBINING ACUTE ACCENT}": "acute",
    "\N{COMBINING RING ABOVE}": "ring",
    "\N{COMBINING DIAERESIS}": "dieresis",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "circumflex",
    "\N{COMBINING CEDILLA}": "cedilla",
    "\N{COMBINING OGONEK}": "ogonek",
    "\N{COMBINING DOUBLE ACUTE ACCENT}": "hungarumlaut",
    "\N{COMBINING DOT ABOVE}": "dotaccent",
    "\N{COMBINING BREVE}": "breve",
}
OTHERS = {  # characters that are no letter with a mark: glyph and the character it is as wide as
    "Ł": ("Lslash", "L"),
    "ł": ("lslash", "l"),
    "Đ": ("Dcroat", "D"),
    "đ": ("dcroat", "d"),
    "ˇ": ("caron", "´"),
    "˘": ("breve", "´"),
    "˛": ("ogonek", "´"),
    "˝": ("hungarumlaut", "´"),
    "˙": ("dotaccent", "´"),
}


@cache
def register_fonts() -> None:
    """Make the fonts PLAIN and BOLD known to the drawing library; once per process."""
    glyphs = _glyphs()
    encoding = pdfmetrics.Encoding(ENCODING, "WinAnsiEncoding")
    for code, (glyph, _) in glyphs.items():
        encoding[code] = glyph
    pdfmetrics.registerEncoding(encoding)
    for name, face in ((PLAIN, "Helvetica"), (BOLD, "Helvetica-Bold")):
        font = pdfmetrics.Font(name, face, ENCODING)
        for code, (_, as_wide_as) in glyphs.items():
            font.widths[code] = font.widths[as_wide_as]  # the library's metrics lack the glyphs of Central Europe
        pdfmetrics.registerFont(font)


def _glyphs() -> dict[int, tuple[str, int]]:
    """Byte -> its glyph's name and the byte of the same width, for what Windows-1252 does not have at its place."""
    glyphs = {}
    for code in range(128, 256):
        character = bytes([code]).decode(ENCODING, "ignore")
        parts = unicodedata.normalize("NFD", character)
        if len(parts) == 2 and parts[1] in MARKS:
            glyphs[code] = (parts[0] + MARKS[parts[1]], ord(parts[0]))
        elif character in OTHERS:
            glyph, twin = OTHERS[character]
            glyphs[code] = (glyph, twin.encode(ENCODING)[0])
    return glyphs
