"""The project's own files, as the architecture tests read them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("connectify", "allegro_integration", "pohoda_bridge")
CORE = (
    "connectify/domain",
    "allegro_integration/domain",
    "pohoda_bridge/protocol.py",
    "pohoda_bridge/documents.py",
    "pohoda_bridge/xml",
)
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".html", ".css", ".js", ".sql", ".txt", ".json", ".po", ".sh", ".cfg"}
NAMED_TEXT = {"Makefile", "Dockerfile", "run", ".importlinter", ".gitignore", ".dockerignore", ".env.example"}
MADE = {".git", ".venv", ".uv", ".run", "__pycache__", "staticfiles", "dist", "build", "node_modules"}


def _walk(directory: Path) -> list[Path]:
    found = []
    for path in sorted(directory.iterdir()):
        if path.name in MADE or path.name.endswith("_cache") or path.name == ".hypothesis":
            continue
        found.extend(_walk(path) if path.is_dir() else [path])
    return found


@cache
def text_files() -> tuple[Path, ...]:
    """Every text file of the project; what the targets of the Makefile make is left out."""
    return tuple(path for path in _walk(ROOT) if path.suffix in TEXT or path.name in NAMED_TEXT)


@cache
def python_files() -> tuple[Path, ...]:
    """Every Python file of the project, migrations aside: those are made by a program."""
    return tuple(path for path in text_files() if path.suffix == ".py" and "migrations" not in path.parts)


def core_files() -> list[Path]:
    return [path for path in python_files() if relative(path).startswith(CORE)]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def dotted(node: ast.expr) -> str:
    """`a.b.c` for a chain of attributes; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def calls(path: Path) -> list[tuple[int, str]]:
    """Line and dotted name of every call in the file."""
    return [(node.lineno, dotted(node.func)) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]


def imports(path: Path) -> list[tuple[int, str]]:
    """Line and full name of every absolute import; `from a import b` counts as `a.b`."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.extend((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.extend((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
    return found
