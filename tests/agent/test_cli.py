"""The command line: enrolment, the doctor, the renewed journal."""

import stat
import sys

import pytest

from pohoda_bridge.agent import cli
from pohoda_bridge.agent.home import CONFIG, KEY, PASSWORD, PRINTS, load_config, load_key, print_folder
from pohoda_bridge.agent.journal import FILE, Journal
from pohoda_bridge.agent.messages import TEXTS
from tests.agent.platform import AGENT, UNIT, FakePlatform
from tests.bridge_xml.answers import PIN


@pytest.fixture
def server():
    with FakePlatform() as running:
        yield running


@pytest.fixture
def enroll(server, pohoda, home, tmp_path):
    password = tmp_path / "password"
    password.write_text("heslo\n")

    def run(*more: str, code: str = "CODE", ico: str = PIN.ico, url: str = "") -> int:
        return cli.main(
            ["enroll", "--server", url or server.url, "--code", code, "--mserver", pohoda.url, "--user", "mserver",
             "--password-file", str(password), "--ico", ico, "--database", f"{PIN.database}.mdb", "--year", "2026",
             "--home", str(home), *more]
        )  # fmt: skip

    return run


def test_enrolment_leaves_settings_key_and_journal_that_only_the_owner_can_read(enroll, server, home, pohoda):
    assert enroll() == 0
    config = load_config(home)
    assert (config.agent, config.unit, config.pin, config.mserver) == (AGENT, UNIT, PIN, pohoda.url)
    assert load_key(home).public_key().public_bytes_raw() == server.agent_key
    Journal.open(home).close()
    for name in (CONFIG, KEY, PASSWORD, FILE):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    assert "heslo" not in (home / CONFIG).read_text()


def test_a_code_of_another_unit_sets_nothing_up(enroll, server, home, capsys):
    server.ico = "87654321"
    assert enroll() == 1
    assert "87654321" in capsys.readouterr().err
    assert not (home / CONFIG).exists()


def test_a_used_code_says_what_to_do(enroll, capsys):
    assert enroll(code="OLD") == 1
    assert capsys.readouterr().err.strip() == TEXTS["enrol.denied"][0]
    assert enroll("--lang", "en", code="OLD") == 1
    assert capsys.readouterr().err.strip() == TEXTS["enrol.denied"][1]


def test_a_second_try_after_a_lost_answer_comes_with_the_same_key(enroll, server):
    assert enroll(code="OLD") == 1
    server.refuse = []
    assert enroll() == 0
    first = server.agent_key
    assert enroll() == 0
    assert server.agent_key != first


def test_a_second_enrolment_keeps_the_journal(enroll, home):
    assert enroll() == 0
    before = Journal.open(home).generation
    assert enroll() == 0
    assert Journal.open(home).generation == before


def test_an_unencrypted_server_elsewhere_is_refused(enroll, capsys):
    assert enroll(url="http://connectify.example") == 1
    assert "https" in capsys.readouterr().err


def test_the_doctor_finds_all_well(enroll, home, capsys):
    enroll()
    assert cli.main(["check", "--home", str(home)]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line[0] for line in lines] == ["✓"] * 8


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"enabled": False}, "mserver.mserver_off"),
        ({"password": "x"}, "mserver.denied"),
        ({"year": 2027}, "mserver.wrong_unit"),
        ({"import_right": False}, "rights.bad"),
    ],
)
@pytest.mark.parametrize("language", ["cs", "en"])
def test_the_doctor_names_what_is_wrong_and_what_to_do(enroll, home, pohoda, capsys, config, problem, language):
    enroll()
    pohoda.control("POST", "config", **config)
    assert cli.main(["--lang", language, "check", "--home", str(home)]) == 1
    assert TEXTS[problem][language == "en"] in capsys.readouterr().out


def test_the_doctor_goes_on_after_the_first_finding(enroll, home, server, capsys):
    enroll()
    (home / FILE).write_bytes(b"damaged" * 1000)
    server.running.close()
    assert cli.main(["check", "--home", str(home), "--lang", "en"]) == 1
    out = capsys.readouterr().out
    assert TEXTS["journal.bad"][1] in out
    assert TEXTS["platform.bad"][1] in out
    assert "✓ POHODA mServer" in out


def test_the_print_folder_is_in_the_home_unless_another_is_named(enroll, home, tmp_path):
    assert enroll() == 0
    assert print_folder(home, load_config(home)) == str(home.absolute() / PRINTS)
    assert (home / PRINTS).is_dir()
    assert enroll("--print-dir", "\\\\server\\tisk") == 0
    assert print_folder(home, load_config(home)) == "\\\\server\\tisk"


@pytest.mark.parametrize("language", ["cs", "en"])
def test_the_doctor_tells_that_the_print_folder_cannot_be_written_to(enroll, home, tmp_path, capsys, language):
    enroll("--print-dir", str(tmp_path / "gone"))
    assert cli.main(["--lang", language, "check", "--home", str(home)]) == 1
    out = capsys.readouterr().out
    assert TEXTS["print.bad"][language == "en"] in out
    assert out.count("✗") == 1


def test_an_empty_home_is_said_to_be_one(tmp_path, capsys):
    assert cli.main(["check", "--home", str(tmp_path)]) == 1
    assert cli.main(["run", "--home", str(tmp_path / "none")]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [f"✗ nastavení: {TEXTS['config.absent'][0]} ({tmp_path})"]
    assert TEXTS["config.bad"][0] in captured.err


def test_a_password_file_that_is_not_there_is_said_and_sets_nothing_up(tmp_path, capsys):
    home = tmp_path / "home"
    where = ["--home", str(home), "--password-file", str(tmp_path / "none")]
    unit = ["--ico", "12345678", "--database", "StwPh_12345678_2026", "--year", "2026"]
    place = ["--server", "https://x.example", "--code", "x", "--mserver", "http://127.0.0.1:1", "--user", "x"]
    assert cli.main(["enroll", *place, *unit, *where]) == 1
    assert TEXTS["enrol.password"][0] in capsys.readouterr().err
    assert not home.exists()


@pytest.mark.parametrize("place", ["before", "behind"])
@pytest.mark.parametrize("language", ["cs", "en"])
def test_the_help_speaks_the_chosen_language(capsys, language, place):
    chosen = ["--lang", language]
    words = [*chosen, "enroll"] if place == "before" else ["enroll", *chosen]
    with pytest.raises(SystemExit):
        cli.main([*words, "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    said, unsaid = TEXTS["help.user"][language == "en"], TEXTS["help.user"][language != "en"]
    assert said in shown
    assert unsaid not in shown


def test_a_renewed_journal_is_a_command_of_its_own(enroll, home, capsys):
    enroll()
    (home / FILE).write_bytes(b"damaged" * 1000)
    assert cli.main(["renew-journal", "--home", str(home)]) == 0
    Journal.open(home).close()
    assert list(home.glob(f"{FILE}.2*"))


def test_every_message_is_there_in_both_languages():
    assert all(len(texts) == 2 and all(texts) for texts in TEXTS.values())


def test_the_agent_runs_without_the_platforms_packages():
    import subprocess

    code = (
        "import sys, pohoda_bridge.agent.cli as c; c._parser();"
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'connectify', 'celery', 'starlette')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
