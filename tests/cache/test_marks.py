"""The file in which processes share what has changed: it goes with the last of them."""

import subprocess
import sys
from pathlib import Path

from api.db.marks import Marks

ROOT = Path(__file__).parents[2]
KILLED = """
import os, sys
from pathlib import Path
from api.db.marks import Marks

marks = Marks(b"killed", Path(sys.argv[1]))
os.kill(os.getpid(), 9)
"""


def test_the_file_goes_with_the_last_process_that_uses_it(tmp_path: Path) -> None:
    one, another = Marks(b"store", tmp_path), Marks(b"store", tmp_path)
    one.close()
    assert len(list(tmp_path.iterdir())) == 2
    another.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_has_left_is_taken_away_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    used = Marks(b"used", tmp_path)
    kept = set(tmp_path.iterdir())
    subprocess.run([sys.executable, "-c", KILLED, tmp_path], cwd=ROOT, check=False)
    assert len(list(tmp_path.iterdir())) == 4
    other = Marks(b"other", tmp_path)
    other.close()
    assert set(tmp_path.iterdir()) == kept
    used.close()
