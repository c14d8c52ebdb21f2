"""Real model servers that nobody here wrote, each with a tiny model of random weights.

Each runs in a process of its own that ends when its standard input does, so that neither a crash
of native code nor the death of the tests leaves anything behind.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PEERS = Path(__file__).parents[2] / "tools" / "peers"
HUGGING_FACE_MODEL = "tiny/smolvlm"
_ANNOUNCED = re.compile(r"(?:listening|Uvicorn running) on (http://127\.0\.0\.1:\d+)")
_START_S = 120.0
"""A machine that does much else at the time may take ten times the usual eight seconds."""


class NotStarted(Exception):
    """A server, or what it needs, could not be had."""


@dataclass(frozen=True)
class LiveServer:
    """One that is up."""

    name: str
    root: str
    """Its address, without `/v1`."""
    model: str
    """As it calls its model."""

    @property
    def url(self) -> str:
        return f"{self.root}/v1"

    @property
    def port(self) -> int:
        return int(self.root.rpartition(":")[2])


@contextmanager
def llama_cpp(folder: Path) -> Generator[LiveServer]:
    """llama.cpp's server, from a wheel. Its log is kept in `folder`."""
    program = Path(__file__).with_name("llama_cpp_server.py")
    with _serving([sys.executable, program], log=folder / "llama_cpp.log") as root:
        yield LiveServer("llama_cpp", root, "tiny.gguf")


@contextmanager
def hugging_face(folder: Path) -> Generator[LiveServer]:
    """Hugging Face's `transformers serve`, in an environment of its own, made at the first time.

    Its model is made in `folder`, where its log is kept too.
    """
    python = _run([sys.executable, PEERS / "install.py"]).splitlines()[-1]
    home = folder / "hugging_face"
    _run([python, PEERS / "checkpoint.py", home, HUGGING_FACE_MODEL])
    with _serving(
        [python, PEERS / "serve.py", HUGGING_FACE_MODEL],
        log=folder / "hugging_face.log",
        HF_HOME=str(home),
        HF_HUB_OFFLINE="1",
        OMP_NUM_THREADS="1",
    ) as root:
        yield LiveServer("hugging_face", root, HUGGING_FACE_MODEL)


def _run(command: Sequence[str | Path]) -> str:
    """What it prints. Raises `NotStarted` with its last words when it fails."""
    ran = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=_environment(),
    )
    if ran.returncode:
        raise NotStarted(f"{_named(command)} failed:\n{ran.stderr[-4000:]}")
    return ran.stdout


@contextmanager
def _serving(command: Sequence[str | Path], *, log: Path, **env: str) -> Generator[str]:
    with (
        log.open("wb") as told,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=told,
            stderr=subprocess.STDOUT,
            env={**_environment(), **env},
        ) as process,
    ):
        try:
            yield _ready(process, _named(command), log)
        finally:
            process.kill()


def _ready(process: subprocess.Popen[bytes], name: str, log: Path) -> str:
    """The address of a server that answers."""
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        announced = _ANNOUNCED.search(log.read_text(errors="replace"))
        if announced and _is_healthy(announced[1]):
            return announced[1]
        time.sleep(0.1)
    trouble = f"did not answer within {_START_S:g} s" if process.poll() is None else "ended"
    raise NotStarted(f"{name} {trouble}:\n{log.read_text(errors='replace')[-4000:]}")


def _environment() -> dict[str, str]:
    """Ours, but that the peers may keep what they compile, which is most of a start."""
    return {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}


def _is_healthy(root: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{root}/health", timeout=10) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _named(command: Sequence[str | Path]) -> str:
    return " ".join(map(str, command[1:]))
