"""Every text of the screens is there in Czech, and the catalogues are what the code says."""

import gettext
import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from connectify.dashboard.languages import NAMES, OFFERED
from connectify.dashboard.management.commands import texts as command
from connectify.dashboard.management.commands.texts import PLURALS, PREPARED
from connectify.dashboard.texts import Text, collect, read_po, write_mo, write_po
from tests.conftest import ROOT

LOCALE = ROOT / "connectify" / "locale"
CZECH = LOCALE / "cs" / "LC_MESSAGES"
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


@pytest.mark.parametrize("language", [*PLURALS, *PREPARED])
def test_translations_keep_the_parameters(texts, language):
    """The form for one thing may leave its number out, as English does."""

    def parameters(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)[sd]|%%", text))

    catalogue = read_po((LOCALE / language / "LC_MESSAGES" / "django.po").read_text())
    lost = []
    for text in texts:
        usual = parameters(text.plural or text.text)
        for form, translated in enumerate(catalogue[text.key]):
            allowed = [usual, parameters(text.text)] if form == 0 else [usual]
            lost += [text.text] if translated and parameters(translated) not in allowed else []
    assert lost == []


def test_the_catalogues_are_up_to_date(texts):
    said = io.StringIO()
    call_command("texts", "--check", stdout=said)
    lines = said.getvalue().splitlines()
    assert lines[0] == f"cs: {len(texts)} texts, all translated"
    assert [re.sub(r"\d+ of", "some of", line) for line in lines[1:]] == [
        f"{language}: some of {len(texts)} texts translated, prepared" for language in PREPARED
    ]


def test_a_language_is_offered_when_it_is_whole_and_not_before():
    assert {"en", *PLURALS} == set(OFFERED)
    assert {*OFFERED, *PREPARED} == set(NAMES)
    assert not {*PLURALS} & {*PREPARED}


@pytest.fixture
def few(settings, tmp_path, monkeypatch) -> list[Text]:
    """The command works in an empty directory and finds two texts."""
    texts = [Text("%(n)d day", "%(n)d days"), Text("Order", context="direction")]
    monkeypatch.setattr(command, "collect", lambda root: texts)
    settings.LOCALE_PATHS = [tmp_path]
    return texts


def written(place, language: str) -> str:
    return (place / language / "LC_MESSAGES" / "django.po").read_text()


def test_an_offered_language_may_not_lack_a_text(few, tmp_path):
    said = io.StringIO()
    with pytest.raises(CommandError, match=r"^cs: 2 of 2 texts are not translated$"):
        call_command("texts", stdout=io.StringIO(), stderr=said)
    assert "cs: not translated: 'Order' ()" in said.getvalue()


def test_a_prepared_language_begins_with_every_text_and_may_lack_them_all(few, tmp_path):
    catalogue = {"": [command.header("cs")], few[0].key: ["1", "2", "5"], few[1].key: ["Objednávka"]}
    czech = tmp_path / "cs" / "LC_MESSAGES"
    czech.mkdir(parents=True)
    (czech / "django.po").write_text(write_po(few, catalogue, plurals=3))
    (czech / "django.mo").write_bytes(write_mo(few, catalogue))
    with pytest.raises(CommandError, match=r"^pl: out of date; run manage.py texts$"):
        call_command("texts", "--check", stdout=io.StringIO())
    call_command("texts", stdout=io.StringIO())
    assert read_po(written(tmp_path, "sk")) == {
        "": [command.header("sk")],
        few[0].key: ["", "", ""],
        few[1].key: [""],
    }
    said = io.StringIO()
    call_command("texts", "--check", stdout=said)
    assert said.getvalue().splitlines() == [
        "cs: 2 texts, all translated",
        "pl: 0 of 2 texts translated, prepared",
        "sk: 0 of 2 texts translated, prepared",
    ]


def test_what_a_prepared_language_has_is_kept_and_compiled(few, tmp_path):
    place = tmp_path / "sk" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.po").write_text(write_po(few, {"": [command.header("sk")], few[1].key: ["Objednávka"]}, plurals=3))
    with pytest.raises(CommandError, match=r"^cs: "):
        call_command("texts", stdout=io.StringIO(), stderr=io.StringIO())
    assert read_po(written(tmp_path, "sk"))[few[1].key] == ["Objednávka"]
    read = gettext.GNUTranslations(io.BytesIO((place / "django.mo").read_bytes()))
    assert read.pgettext("direction", "Order") == "Objednávka"


@pytest.mark.parametrize(("language", "forms"), [("cs", "1 2 2 5 5 5"), ("sk", "1 2 2 5 5 5"), ("pl", "1 2 2 5 5 2")])
def test_each_language_counts_in_its_own_way(language, forms):
    day = Text("%(n)d day", "%(n)d days")
    catalogue = {"": [command.header(language)], day.key: ["1", "2", "5"]}
    read = gettext.GNUTranslations(io.BytesIO(write_mo([day], catalogue)))
    assert [read.ngettext(day.text, day.plural, n) for n in (1, 2, 4, 5, 12, 22)] == forms.split()


def test_texts_are_found_in_code_and_in_templates(texts):
    places = {text.key: text.places for text in texts}
    assert "templates/dashboard/home.html" in places["Overview"]
    assert "connectify/dashboard/apps.py" in places["Overview"]
    assert places["direction\x04Orders"] == ("connectify/dashboard/directions.py",)
    assert "templates/mfa/index.html" in places["%(unused)s unused code is left for when you lose the phone."]


def test_no_template_says_anything_untranslated():
    """Words between tags that no tag translates: commands, and names of products and standards, aside."""
    names = {"Connectify", "Allegro", "Pohoda", "Čeština", "English", "· Connectify", "entrance", "EAN", "PDF"}
    names |= {"curl", "OpenAPI"}
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", " ", path.read_text(), flags=re.DOTALL)
        text = re.sub(r'<(code\b|pre\b|dt class="mono").*?</(code|pre|dt)>', " ", text, flags=re.DOTALL)
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
        assert translation.ngettext("%(n)s record", "%(n)s records", 3) == "%(n)s záznamy"


def test_a_language_that_is_begun_says_what_it_has_and_falls_back_for_the_rest(settings, tmp_path):
    begun, empty = Text("Invoices"), Text("Orders")
    half = Text("%(n)s record", "%(n)s records")
    catalogue = {"": [HEADER], begun.key: ["Faktúry"], empty.key: [""], half.key: ["%(n)s záznam po slovensky", "", ""]}
    place = tmp_path / "sk" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.mo").write_bytes(write_mo([begun, empty, half], catalogue))
    settings.LOCALE_PATHS = [tmp_path, LOCALE]
    with translation.override("sk"):
        assert translation.gettext("Invoices") == "Faktúry"
        assert translation.gettext("Orders") == "Objednávky"
        assert [translation.ngettext(half.text, half.plural, n) for n in (1, 3)] == ["%(n)s záznam", "%(n)s záznamy"]
