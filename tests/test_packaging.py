"""What a fresh machine gets: the locks, the wheel, the Makefile, the image and the compose file."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from api.__main__ import cli
from api.settings import Settings

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt")
# `compression` is standard from 3.14 on; before that backports.zstd stands in for it.
STANDARD = sys.stdlib_module_names | {"compression"}
NAMES = {f"DATELINE_{name.upper()}" for name in Settings.__struct_fields__}


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_version_with_hashes_and_names_no_address(lock):
    text = (ROOT / lock).read_text()
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert len(requirements) > 30
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==\S+ .*\\\n    --hash=sha256:[0-9a-f]{64}", requirement), requirement
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_the_locks_hold_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")
    groups = project["dependency-groups"]
    for wanted, found in [
        (project["project"]["dependencies"] + groups["build"], runtime),
        (groups["dev"], development),
    ]:
        for requirement in map(Requirement, wanted):
            assert requirement.specifier.contains(found[canonicalize_name(requirement.name)]), requirement
    assert runtime.items() <= development.items()


@pytest.mark.parametrize(("folder", "group"), [("api", None), ("tests", "dev")])
def test_what_the_code_imports_is_asked_for(folder, group):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"].get(group, [])
    names = {canonicalize_name(Requirement(requirement).name) for requirement in wanted}
    own = {"api", "tests", "bench"}
    distributions = packages_distributions()
    for path in (ROOT / folder).rglob("*.py"):
        for package in imported(ast.parse(path.read_text())) - STANDARD - own:
            assert names & {canonicalize_name(name) for name in distributions[package]}, (path, package)


def imported(tree):
    """The top-level packages that a module imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("dateline-*.whl"))


def test_the_wheel_holds_one_package_with_the_migrations_and_the_examples(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"api"}
    for folder, prefix in [("migrations", "api/"), ("examples", "api/"), ("api", "")]:
        for path in (ROOT / folder).rglob("*.*"):
            if "__pycache__" not in path.parts:
                assert prefix + path.relative_to(ROOT).as_posix() in names


def test_an_installed_wheel_finds_what_it_ships(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    question = (
        "from api.db.migrate import own_migrations, shipped;"
        "print(len(own_migrations()), shipped('migrations'), shipped('examples'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", question], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    count, migrations, examples = done.stdout.split()
    assert int(count) == len(list((ROOT / "migrations").glob("*.sql")))
    assert (migrations, examples) == (f"{tmp_path}/api/migrations", f"{tmp_path}/api/examples")


@pytest.fixture
def machine(tmp_path):
    """A folder with the Makefile, and a path of programs on which no Python stands yet."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("make", "sh", "cat"):
        (programs / name).symlink_to(shutil.which(name))
    return tmp_path


def add_python(machine, name, version):
    """Add a Python that only knows its version and how to note the environment that it is asked for."""
    program = machine / "programs" / name
    program.write_text(
        "#!/bin/sh\n"
        f'case "$1" in --version) echo Python {version};;\n'
        f"-c) exit {int(tuple(map(int, version.split('.'))) < (3, 11))};;\n"
        f"*) echo {name} $@ > made;; esac\n"
    )
    program.chmod(0o755)


def make(machine, *arguments):
    path = {"PATH": str(machine / "programs")}
    return subprocess.run(
        ["make", *arguments], cwd=machine, env=path, capture_output=True, text=True, check=False
    )


def test_a_newer_python_beside_an_old_python3_is_found(machine):
    add_python(machine, "python3", "3.9")
    add_python(machine, "python3.12", "3.12")
    assert make(machine, ".venv/bin/python").returncode == 0
    assert (machine / "made").read_text() == "python3.12 -m venv --clear .venv\n"


def test_a_python_may_be_named(machine):
    add_python(machine, "python3.12", "3.12")
    add_python(machine, "other", "3.13")
    assert make(machine, ".venv/bin/python", "PYTHON=other").returncode == 0
    assert (machine / "made").read_text().startswith("other ")


def test_no_python_that_is_new_enough_is_said_clearly(machine):
    add_python(machine, "python3", "3.9")
    done = make(machine, ".venv/bin/python")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer with its venv module; python3 here is: Python 3.9." in done.stderr


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_the_compose_file_sets_only_settings_that_exist(compose):
    for name in ("api", "migrate"):
        environment = compose["services"][name]["environment"]
        assert set(environment) <= NAMES
        assert "DATELINE_DATABASE_URL" in environment


def test_the_compose_file_runs_commands_that_exist(compose):
    commands = {name: compose["services"][name]["command"][0] for name in ("migrate", "api")}
    assert commands == {"migrate": "migrate", "api": "serve"}
    assert set(commands.values()) <= set(cli.commands)


def test_the_api_waits_for_the_database_and_the_schema(compose):
    assert compose["services"]["api"]["depends_on"] == {
        "database": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }
    assert "healthcheck" in compose["services"]["database"]
    assert compose["services"]["database"]["volumes"] == ["database:/var/lib/postgresql"]


def test_the_services_of_ours_have_no_more_rights_than_they_need(compose):
    for name in ("api", "migrate"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_example_environment_names_what_the_compose_file_reads():
    read = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    named = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read == named
    assert {name for name in named if name.startswith("DATELINE_")} <= NAMES


def test_the_image_sets_settings_and_runs_commands_that_exist():
    text = (ROOT / "Dockerfile").read_text()
    assert set(re.findall(r"DATELINE_\w+", text)) <= NAMES
    assert re.search(r'^ENTRYPOINT \["dateline"\]\nCMD \["(\w+)"\]$', text, re.MULTILINE)[1] in cli.commands
    assert re.search(r"^USER [1-9]\d*$", text, re.MULTILINE)
    assert "--require-hashes --only-binary :all:" in text


def test_the_image_is_built_from_files_that_exist_and_are_sent():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    files = {name for line in copied for name in line.split()}
    assert files == sent
    assert all((ROOT / name).exists() for name in files)


def test_the_ci_script_can_be_run():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
