"""What the documents name is there: files, make targets, commands, options, environment variables."""

import argparse
import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from pohoda_bridge.agent.cli import _parser
from tests.architecture.sources import PACKAGES, ROOT, python_files

DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
AT_RUN_TIME = {".run", ".venv", ".uv", "secrets", "dist"}
SUFFIX = re.compile(r"\.(py|md|yml|toml|sql|sh|lock|example|png)$")


def named(document: Path):
    return pytest.param(document, id=str(document.relative_to(ROOT)))


def in_backticks(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text))


def commands(text: str) -> list[str]:
    """Lines of code: indented ones, and what stands in backticks."""
    return [*re.findall(r"^ {4}(\S.*)$", text, re.M), *in_backticks(text)]


def looks_like_a_path(word: str) -> bool:
    if re.search(r"[\s*<>…()=]|://", word) or word.startswith(("/", "-")):
        return False
    first = word.split("/")[0]
    return first not in AT_RUN_TIME and (("/" in word and (ROOT / first).exists()) or bool(SUFFIX.search(word)))


def is_there(word: str) -> bool:
    return (ROOT / word).exists() or ("/" not in word and any(path.name == word for path in python_files()))


@pytest.mark.parametrize("document", [named(one) for one in DOCUMENTS])
def test_each_path_in_backticks_and_each_link_leads_somewhere(document):
    text = document.read_text()
    missing = {word for word in in_backticks(text) if looks_like_a_path(word) and not is_there(word)}
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text)
    missing |= {link for link in links if not (document.parent / link).exists()}
    assert missing == set()


@pytest.mark.parametrize("document", [named(one) for one in DOCUMENTS])
def test_each_make_target_exists(document):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    asked = {found for line in commands(document.read_text()) for found in re.findall(r"^make ([a-z][a-z-]*)", line)}
    assert asked - targets == set()


@pytest.mark.parametrize("document", [named(one) for one in DOCUMENTS])
def test_each_management_command_exists(document):
    asked = {found for line in commands(document.read_text()) for found in re.findall(r"manage\.py,? (\w+)", line)}
    assert asked - set(get_commands()) == set()


def agent_commands() -> dict[str, argparse.ArgumentParser]:
    return next(a.choices for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))


def test_each_command_of_the_agent_exists_with_its_options():
    text = (ROOT / "docs" / "agent.md").read_text().replace("\\\n", " ")
    calls = [line for line in commands(text) if line.startswith("connectify-agent ")]
    assert len(calls) >= 4
    for call in calls:
        _, name, *words = call.split()
        known = {option for action in agent_commands()[name]._actions for option in action.option_strings}
        assert {word for word in words if word.startswith("--")} <= known, call


def variables_read() -> set[str]:
    """Names that our own code takes from the environment."""
    call = re.compile(r"""(?:environ\.get\(|environ\[|flag\(|server_url\()\s*["']([A-Z][A-Z0-9_]+)["']""")
    files = [path for path in python_files() if path.relative_to(ROOT).parts[0] in PACKAGES]
    return {name for path in files for name in call.findall(path.read_text())}


def test_the_example_of_the_environment_names_every_variable_that_is_read():
    explained = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.M))
    ours = re.compile(r"^(CONNECTIFY|ALLEGRO|POHODA|DATABASE|REDIS)_")
    read = {name for name in variables_read() if ours.match(name)}
    assert len(read) > 25
    assert read - explained == set()
    elsewhere = (ROOT / "docker-compose.yml").read_text() + (ROOT / "tests" / "conftest.py").read_text()
    assert [name for name in explained - read if name not in elsewhere] == []


def test_the_documents_name_only_variables_that_are_explained():
    example = (ROOT / ".env.example").read_text()
    named = {
        word
        for document in DOCUMENTS
        for word in in_backticks(document.read_text())
        if re.fullmatch(r"(CONNECTIFY|ALLEGRO|POHODA|DATABASE|REDIS)_[A-Z_]+", word)
    }
    assert [name for name in named if f"{name}=" not in example] == []
