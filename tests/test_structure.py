"""The repository as a whole: what modules say they are, how they import, and what no file may name."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def files():
    """The files that belong to the repository, with their text."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is no git checkout, so nothing tells what belongs to the repository")
    paths = (ROOT / name for name in done.stdout.split("\0") if name)
    return {path: path.read_text(errors="replace") for path in paths if path.is_file()}


def test_each_module_begins_with_a_sentence_that_says_what_it_is(files):
    modules = {path: text for path, text in files.items() if path.suffix == ".py" and text}
    assert len(modules) > 50
    without = [
        path
        for path, text in modules.items()
        if not re.match(r"[A-Z0-9`].+\.(\n\n|$)", ast.get_docstring(ast.parse(text)) or "", re.DOTALL)
    ]
    assert without == []


def test_no_file_names_a_package_index(files):
    # Put together here, so that this file is not the one that names them.
    hosts = ["py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org"]
    assert [path for path, text in files.items() for host in hosts if host in text] == []


def test_no_file_names_a_path_of_this_machine(files):
    own = [f"{folder}/" for folder in (ROOT.parent, Path.home(), Path(sys.prefix)) if len(folder.parts) > 1]
    assert [path for path, text in files.items() for name in own if name in text] == []


def test_no_file_holds_a_key(files):
    """A key of ours has a form of its own; those in texts are cut short or made up."""
    from api.keys.secret import is_well_formed

    found = [key for text in files.values() for key in re.findall(r"\bdl_\w{4}_\w{46}\b", text)]
    assert [key for key in found if is_well_formed(key)] == []


def test_imports_run_down_only():
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
