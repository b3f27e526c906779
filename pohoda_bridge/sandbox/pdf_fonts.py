"""Text for PDFs: an embedded sans-serif whose Central European letters look right and can be read again.

The fonts that come with the drawing library have most accented letters, but not ě, č, ř, ů, ď, ť and ň. Such a letter
gets the glyph of its base letter under its own character code, so that selecting and extracting give the right text,
and its mark is drawn over it as lines.
"""

import unicodedata
from functools import cache

from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

PLAIN, BOLD = "Sheet", "Sheet-Bold"
FILES = {PLAIN: "Vera.ttf", BOLD: "VeraBd.ttf"}
CODE_PAGE = "cp1250"
CARON, ACUTE, RING = "\N{COMBINING CARON}", "\N{COMBINING ACUTE ACCENT}", "\N{COMBINING RING ABOVE}"
DOUBLE_ACUTE, DOT, OGONEK = "\N{COMBINING DOUBLE ACUTE ACCENT}", "\N{COMBINING DOT ABOVE}", "\N{COMBINING OGONEK}"
ABOVE_SMALL, ABOVE_CAPITAL, MARK_HEIGHT = 0.60, 0.77, 0.13  # of the font's size
APOSTROPHE_ROOM = 100  # thousandths of the size that ď, ť and ľ are wider than d, t and l
WITH_APOSTROPHE = frozenset("ďťľĽ")
STROKES = {  # mark -> lines from its middle: x, y, x, y in tenths of the size, y from its lower edge
    CARON: ((-1.2, 1.3, 0.0, 0.0), (0.0, 0.0, 1.2, 1.3)),
    ACUTE: ((-0.3, 0.0, 0.7, 1.3),),
    DOUBLE_ACUTE: ((-1.0, 0.0, -0.2, 1.3), (0.5, 0.0, 1.3, 1.3)),
    DOT: ((0.0, 0.4, 0.0, 1.0),),
    OGONEK: ((1.2, -6.0, 0.9, -7.4), (0.9, -7.4, 1.7, -7.8)),
}


def draw_text(canvas: Canvas, x: float, y: float, text: str, font: str, size: float, *, right: bool = False) -> None:
    """Draw a line of text from `x`, or up to it where `right`; points. The text is of the code page 1250."""
    register_fonts()
    start = x - pdfmetrics.stringWidth(text, font, size) if right else x
    canvas.setFont(font, size)
    canvas.drawString(start, y, text)
    for place, letter in enumerate(text):
        if letter in _composed(font):
            before = start + pdfmetrics.stringWidth(text[:place], font, size)
            _draw_mark(canvas, before, y, letter, font, size)


@cache
def register_fonts() -> None:
    """Make the fonts known to the drawing library; once per process."""
    for name, file in FILES.items():
        font = TTFont(name, file)
        face = font.face
        for letter, (base, _) in _composed_of(face.charToGlyph).items():
            face.charToGlyph[ord(letter)] = face.charToGlyph[ord(base)]
            room = APOSTROPHE_ROOM if letter in WITH_APOSTROPHE else 0
            face.charWidths[ord(letter)] = face.charWidths[ord(base)] + room
        pdfmetrics.registerFont(font)


@cache
def _composed(font: str) -> dict[str, tuple[str, str]]:
    """Letters of the code page that this font has no glyph for: their base letter and mark."""
    return _composed_of(TTFont(f"{font}-as-it-came", FILES[font]).face.charToGlyph)


def _composed_of(glyphs: dict[int, int]) -> dict[str, tuple[str, str]]:
    composed = {}
    for code in range(128, 256):
        letter = bytes([code]).decode(CODE_PAGE, "ignore")
        parts = unicodedata.normalize("NFD", letter)
        if len(parts) == 2 and not glyphs.get(ord(letter)) and glyphs.get(ord(parts[0])):  # 0: the glyph of no letter
            composed[letter] = (parts[0], parts[1])
    return composed


def _draw_mark(canvas: Canvas, x: float, y: float, letter: str, font: str, size: float) -> None:
    base, mark = _composed(font)[letter]
    middle = x + pdfmetrics.stringWidth(base, font, size) / 2
    low = y + size * (ABOVE_CAPITAL if base.isupper() or base == "l" else ABOVE_SMALL)
    canvas.saveState()
    canvas.setStrokeColor(canvas._fillColorObj)
    canvas.setLineWidth(size * (0.1 if font == BOLD else 0.07))
    if letter in WITH_APOSTROPHE:
        edge = x + pdfmetrics.stringWidth(base, font, size) + size * 0.03
        canvas.line(edge, y + size * 0.6, edge + size * 0.02, y + size * 0.76)
    elif mark == RING:
        canvas.circle(middle, low + size * 0.08, size * 0.075)
    else:
        for x1, y1, x2, y2 in STROKES.get(mark, ()):
            canvas.line(middle + x1 * size / 10, low + y1 * size / 10, middle + x2 * size / 10, low + y2 * size / 10)
    canvas.restoreState()
