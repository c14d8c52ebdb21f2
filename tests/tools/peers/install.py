"""Makes .venv-peers hold what requirements.txt beside this file names, and prints its Python.

    .venv/bin/python tests/tools/peers/install.py

Returns at once when nothing changed. `.venv-peers/.made-from` says what it was made from and is
written last, so one that was interrupted, moved or made from other requirements is made anew.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from hashlib import blake2b
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).parents[3]
HOME = ROOT / ".venv-peers"
PYTHON = HOME / "bin" / "python"
MADE_FROM = HOME / ".made-from"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def wanted() -> str:
    """What the environment is to be made from: requirements, place and Python."""
    stated = (REQUIREMENTS.read_text(), str(HOME), sys.version, sys.base_prefix)
    return blake2b("\0".join(stated).encode(), digest_size=16).hexdigest()


def is_made() -> bool:
    return MADE_FROM.is_file() and MADE_FROM.read_text() == wanted() and PYTHON.exists()


def make() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
    venv.create(HOME, symlinks=True, with_pip=False)
    # What is not imported need not be compiled, and that is most of it.
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--no-compile"]
    subprocess.run(
        [*pip, "--quiet", "--no-input", "--disable-pip-version-check", "-r", str(REQUIREMENTS)],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        # A `user = yes` in the user's own pip.conf is not meant for a virtual environment.
        env={**os.environ, "PIP_USER": "0"},
    )
    unfinished = HOME / ".unfinished"
    unfinished.write_text(wanted())
    unfinished.replace(MADE_FROM)


def main() -> int:
    with FileLock(f"{HOME}.lock"):
        if not is_made():
            try:
                make()
            except subprocess.CalledProcessError as error:
                print(
                    f"{HOME} could not be made: pip ended with {error.returncode}, see above. "
                    "Running the same again starts over.",
                    file=sys.stderr,
                )
                return 1
    print(PYTHON)
    return 0


if __name__ == "__main__":
    sys.exit(main())
