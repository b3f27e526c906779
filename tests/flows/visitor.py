"""The owner of the demo's company at the screens, over HTTP: what a page says of what is held, and one click on it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import httpx
from django.utils import translation

from allegro_integration.demo.world import World
from connectify.dashboard.explanations import registered

LANGUAGES: Final = ("en", "cs")
_PARAMETER: Final = re.compile(r"%\(\w+\)s")
_SECTION: Final = re.compile(r'<section class="card callout.*?</section>', re.DOTALL)
_FIELD: Final = re.compile(r'name="(source|key)" value="([^"]*)"')
# What guards hold; other groups of the inbox have other sources.
_HELD: Final = ("allegro.held", "pohoda.exports")
_TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Held:
    """One held group of the inbox. `text` is what a person reads."""

    text: str
    source: str
    key: str

    @property
    def count(self) -> int:
        """Of records, as the card tells it in either language."""
        found = re.search(r"(\d+) (?:record|záznam)", self.text)
        assert found is not None, self.text
        return int(found[1])


class Visitor:
    """Signed in, in one language."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def read(self, path: str) -> str:
        """What a person reads on the page."""
        return as_read(self._get(path))

    def held(self) -> list[Held]:
        cards = []
        for section in _SECTION.findall(self._get("/inbox/")):
            fields = dict(_FIELD.findall(section))
            if fields.get("source") in _HELD:
                cards.append(Held(as_read(section), fields["source"], html.unescape(fields["key"])))
        return cards

    def decide(self, held: Held, decision: str) -> str:
        """Clicks "approve" or "refuse"; → what the page says then."""
        token = _TOKEN.search(self._get("/inbox/"))
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "source": held.source, "key": held.key, "act": decision}
        answer = self._client.post("/inbox/act/", data=form, follow_redirects=True)
        return as_read(answer.raise_for_status().text)

    def _get(self, path: str) -> str:
        answer = self._client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text


@contextmanager
def visiting(world: World, language: str) -> Iterator[Visitor]:
    cookies = {"django_language": language}
    with httpx.Client(base_url=world.web_url, trust_env=False, timeout=30, cookies=cookies) as client:
        token = _TOKEN.search(client.get("/accounts/login/").text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "login": world.facts["owner"], "password": world.facts["password"]}
        answer = client.post("/accounts/login/", data=form)
        assert (answer.status_code, answer.headers["location"]) == (302, "/")
        yield Visitor(client)


def as_read(page: str) -> str:
    """Without tags, each run of blanks as one."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


def sentence(code: str, language: str) -> re.Pattern[str]:
    """What a page in this language says of a code, of one record or of many, whatever its parameters are."""
    found = next(table[code] for table in registered().values() if code in table)
    with translation.override(language):
        said = [str(title) for title in (found.title, found.of_many) if title]
    return re.compile("|".join(_pattern(title) for title in said))


def _pattern(title: str) -> str:
    parts = _PARAMETER.split(title)
    pattern = ".+?".join(re.escape(" ".join(part.replace("%%", "%").split())) for part in parts)
    # Blanks beside a parameter belong to the sentence.
    return pattern.replace(".+?", r"\s?.+?\s?")
