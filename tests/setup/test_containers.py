"""The production shape, read by parsers: no Docker runs here."""

import importlib.util
import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.setup.dockerfile import parse

ROOT = Path(__file__).resolve().parents[2]
OURS = {"migrate", "web", "worker", "beat"}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


@pytest.fixture(scope="module")
def stages():
    return parse((ROOT / "Dockerfile").read_text())


def settings_sources():
    """What reads the environment of a process."""
    return [*sorted((ROOT / "connectify").glob("settings*.py")), ROOT / "connectify" / "environment.py"]


def explained_variables():
    return set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.M))


def test_the_services_are_those_of_the_design(services):
    assert set(services) == OURS | {"postgres", "valkey"}


def test_every_lasting_service_has_a_health_check_and_comes_back(services):
    for name, service in services.items():
        if name != "migrate":
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name


def test_nothing_is_started_before_what_it_needs_is_well(services):
    for name in OURS:
        for needed, condition in services[name]["depends_on"].items():
            expected = "service_completed_successfully" if needed == "migrate" else "service_healthy"
            assert condition == {"condition": expected}, (name, needed)
            assert needed in services
    assert all("migrate" in services[name]["depends_on"] for name in OURS - {"migrate"})


def test_the_signing_key_reaches_the_workers_alone(services):
    holders = {
        name
        for name, service in services.items()
        if "CONNECTIFY_JOB_SIGNING_KEY_FILE" in service["environment"]
        or "job_signing_key" in service.get("secrets", ())
    }
    assert holders == {"worker"}


def test_the_owners_password_reaches_the_migrations_and_the_database_alone(services):
    holders = {name for name, service in services.items() if "OWNER" in json.dumps(service["environment"])}
    assert holders == {"migrate", "postgres"}


def test_our_containers_cannot_gain_rights_or_change_their_files(services):
    for name in OURS:
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_only_the_web_is_published_and_only_to_this_machine(services):
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }


def test_the_servers_cannot_be_reached_from_outside(compose, services):
    assert compose["networks"]["data"]["internal"] is True
    assert services["postgres"]["networks"] == services["valkey"]["networks"] == ["data"]


def test_no_secret_has_a_default(services):
    text = (ROOT / "docker-compose.yml").read_text()
    secret = re.findall(r"\$\{([A-Z_]*(?:PASSWORD|SECRET_KEY))(:[^}]*)?\}", text)
    assert {name for name, _ in secret} == {
        "POSTGRES_PASSWORD",
        "VALKEY_PASSWORD",
        "CONNECTIFY_APP_PASSWORD",
        "CONNECTIFY_OWNER_PASSWORD",
        "CONNECTIFY_SECRET_KEY",
    }
    assert {rule for _, rule in secret} == {":?"}


def test_every_variable_is_explained(services):
    read = set()
    for source in [ROOT / "docker-compose.yml", *settings_sources()]:
        read |= set(re.findall(r"\$\{([A-Z_]+)", source.read_text()))
        read |= set(re.findall(r"""(?:environ\.get|flag|server_url)\(\s*["']([A-Z_]+)["']""", source.read_text()))
    assert len(read) > 20
    assert read - explained_variables() == set()


def test_containers_are_given_only_variables_that_are_read(services):
    read = "".join(source.read_text() for source in settings_sources())
    for name in OURS:
        assert [variable for variable in services[name]["environment"] if f'"{variable}"' not in read] == []


def test_mounted_files_and_secrets_are_there_or_named_as_secret(compose, services):
    mounted = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", ())]
    for source in mounted:
        assert source in compose["volumes"] or source.startswith("./secrets/") or (ROOT / source).is_file(), source
    declared = set(compose["secrets"])
    assert all(set(services[name].get("secrets", ())) <= declared for name in OURS)


def test_the_commands_name_modules_that_exist(services):
    assert services["web"]["command"][1] == "connectify.asgi:application"
    for name in ("worker", "beat"):
        assert services[name]["command"][:3] == ["celery", "--app", "connectify.celery"]
    for module in ("connectify.asgi", "connectify.celery"):
        assert importlib.util.find_spec(module)


def test_the_password_script_is_a_valid_shell_script():
    subprocess.run(["sh", "-n", str(ROOT / "deploy" / "passwords.sh")], check=True)


def test_the_image_copies_what_exists_and_every_package(stages):
    copied = set()
    names = {stage[0].arguments[-1] for stage in stages if "AS" in stage[0].arguments}
    for instruction in (instruction for stage in stages for instruction in stage if instruction.word == "COPY"):
        if stage := instruction.option("from"):
            assert stage in names
            continue
        for source in instruction.arguments[:-1]:
            assert (ROOT / source).exists(), source
            copied.add(source)
    assert {"connectify", "allegro_integration", "pohoda_bridge", "templates", "manage.py", "uv.lock"} <= copied


def test_the_image_runs_as_nobody_in_particular_and_needs_no_shell(stages):
    last = stages[-1]
    users = [instruction.text for instruction in last if instruction.word == "USER"]
    assert users == ["10001"]
    command = json.loads(last[-1].text)
    assert (last[-1].word, command[:2]) == ("CMD", ["uvicorn", "connectify.asgi:application"])


def test_the_image_installs_the_locked_packages_and_collects_the_static_files(stages):
    commands = [instruction.text for instruction in stages[0] if instruction.word == "RUN"]
    assert any(command.startswith("uv sync --locked --no-dev") for command in commands)
    assert any("collectstatic" in command for command in commands)


@pytest.mark.parametrize("source", ["RUN true", "FROM a\nFETCH b", "FROM a\nCMD"])
def test_the_parser_refuses_what_is_no_dockerfile(source):
    with pytest.raises(ValueError, match=r"instruction|FROM"):
        parse(source)
