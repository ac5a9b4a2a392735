"""A short, seeded part of the faults session (`nox -s faults`)."""

import subprocess
import sys
from pathlib import Path

FAULTS = Path(__file__).resolve().parents[1] / "faults.py"


def test_one_of_each_fault_is_survived() -> None:
    # In a process of its own: it forks, and limits the size of files.
    done = subprocess.run(
        [sys.executable, str(FAULTS), "0", "--seed", "7"], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-4000:]}"
