"""Rules of style that no linter knows (DESIGN §6)."""

import ast
import re

from tests.architecture.sources import calls, python_files, relative, text_files, tree

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
REASON = re.compile(r"#\s*[Ll]ong(er)?\b.*\w{4,}")
"""The comment that says why something is long: `# Long because the table of facts is one table.`"""


def test_a_long_file_says_why_in_its_first_lines():
    wrong = []
    for path in python_files():
        lines = path.read_text().splitlines()
        if len(lines) > LONGEST_FILE and not any(REASON.search(line) for line in lines[:10]):
            wrong.append(f"{relative(path)}: {len(lines)} lines; split it or say why (`# Long because ...`)")
    assert not wrong, "\n".join(wrong)


def test_a_long_function_says_why():
    wrong = []
    for path in python_files():
        lines = path.read_text().splitlines()
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                body = lines[max(0, node.lineno - 2) : node.end_lineno]
                if length > LONGEST_FUNCTION and not any(REASON.search(line) for line in body):
                    wrong.append(f"{relative(path)}:{node.lineno}: {node.name} has {length} lines")
    assert not wrong, "\n".join(wrong)


def test_no_exception_is_caught_without_being_named():
    wrong = [
        f"{relative(path)}:{node.lineno}"
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert not wrong, "\n".join(wrong)


def test_no_test_sleeps():
    wrong = [
        f"{relative(path)}:{line}"
        for path in python_files()
        if relative(path).startswith("tests/")
        for line, name in calls(path)
        if name in {"time.sleep", "sleep"}
    ]
    assert not wrong, "\n".join(wrong)


def test_tests_are_skipped_by_the_conftest_alone():
    skips = {"pytest.skip", "pytest.importorskip", "pytest.mark.skip", "pytest.mark.skipif", "unittest.skip"}
    wrong = [
        f"{relative(path)}:{line}: {name}"
        for path in python_files()
        if relative(path).startswith("tests/") and relative(path) != "tests/conftest.py"
        for line, name in calls(path)
        if name in skips
    ]
    assert not wrong, "\n".join(wrong)


def test_no_modules_are_named_after_nothing():
    nameless = {"utils", "helpers", "common", "base", "manager", "util", "misc"}
    assert [relative(path) for path in python_files() if nameless & {path.stem, *path.parent.parts[-3:]}] == []


def test_nothing_speaks_of_one_machine_or_of_work_left_undone():
    words = ["/" + "root/", "/" + "work/", "/" + "home/", "/" + "Users/", "TO" + "DO", "FIX" + "ME"]
    pattern = re.compile("|".join(rf"(?<![\w/.~]){re.escape(word)}" for word in words))
    wrong = [
        f"{relative(path)}:{number}: {line.strip()[:100]}"
        for path in text_files()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not wrong, "\n".join(wrong)
