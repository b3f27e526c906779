"""Every text of the screens is there in Czech, and the catalogues are what the code says."""

import gettext
import io
import re

import pytest
from django.core.management import call_command
from django.utils import translation

from connectify.dashboard.texts import Text, collect, read_po, write_mo, write_po
from tests.conftest import ROOT

CZECH = ROOT / "connectify" / "locale" / "cs" / "LC_MESSAGES"
HEADER = (
    "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=3; plural=(n==1) ? 0 : (n>=2 && n<=4) ? 1 : 2;\n"
)


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return collect(ROOT)


@pytest.fixture(scope="module")
def catalogue() -> dict[str, list[str]]:
    return read_po((CZECH / "django.po").read_text())


def test_every_text_is_translated_into_czech(texts, catalogue):
    assert len(texts) > 350
    assert [text.text for text in texts if not all(catalogue.get(text.key) or [""])] == []


def test_translations_keep_the_parameters(texts, catalogue):
    def parameters(text: str) -> list[str]:
        return sorted(set(re.findall(r"%\(\w+\)[sd]|%%", text)))

    assert [
        text.text for text in texts for one in catalogue[text.key] if parameters(one) != parameters(text.text)
    ] == []


def test_the_catalogues_are_up_to_date(texts):
    said = io.StringIO()
    call_command("texts", "--check", stdout=said)
    assert said.getvalue() == f"cs: {len(texts)} texts, all translated\n"


def test_texts_are_found_in_code_and_in_templates(texts):
    places = {text.key: text.places for text in texts}
    assert "templates/dashboard/home.html" in places["Overview"]
    assert "connectify/dashboard/apps.py" in places["Overview"]
    assert places["direction\x04Orders"] == ("connectify/dashboard/directions.py",)
    assert "templates/mfa/index.html" in places["%(unused)s unused code is left for when you lose the phone."]


def test_no_template_says_anything_untranslated():
    """Words between tags that no tag translates: names of products and standards aside."""
    names = {"Connectify", "Allegro", "Pohoda", "Čeština", "English", "· Connectify", "entrance", "EAN", "PDF"}
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", " ", path.read_text(), flags=re.DOTALL)
        text = re.sub(r"{[%{#].*?[%}#]}|<[^>]*>", "\n", text, flags=re.DOTALL)
        found += [(path.name, line.strip()) for line in text.splitlines() if re.search(r"[^\W\d_]{2}", line)
                  and line.strip() not in names]  # fmt: skip
    assert found == []


def test_a_catalogue_is_read_as_it_was_written():
    texts = [Text('a "quoted"\nline\\'), Text("%(n)d day", "%(n)d days"), Text("Order", context="direction")]
    catalogue = {"": [HEADER], texts[0].key: ["á\n\\"], texts[1].key: ["1", "2", "5"], texts[2].key: ["Objednávka"]}
    assert read_po(write_po(texts, catalogue, plurals=3)) == catalogue


def test_gettext_reads_the_compiled_catalogue():
    texts = [Text("%(n)d day", "%(n)d days"), Text("Order", context="direction"), Text("only English")]
    catalogue = {"": [HEADER], texts[0].key: ["den", "dny", "dnů"], texts[1].key: ["Objednávka"]}
    read = gettext.GNUTranslations(io.BytesIO(write_mo(texts, catalogue)))
    assert [read.ngettext("%(n)d day", "%(n)d days", n) for n in (1, 3, 7)] == ["den", "dny", "dnů"]
    assert read.pgettext("direction", "Order") == "Objednávka"
    assert read.gettext("only English") == "only English"


def test_a_damaged_catalogue_names_the_line():
    with pytest.raises(ValueError, match="line 2"):
        read_po('msgid "a"\nmsgstr b')


@pytest.mark.parametrize("language", ["cs", "pl", "sk"])
def test_prepared_languages_fall_back_to_czech(language):
    with translation.override(language):
        assert translation.gettext("Orders") == "Objednávky"
