"""The API does what its description says, on what a machine thinks up: a short run of schemathesis; benchmarks/web.py has a longer one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("schemathesis", reason="the oracle extra is not installed")

PATHS = [
    ("/schedules", "examples,fuzzing"),
    ("/plans", "examples,fuzzing"),
    ("/sessions/synthetic", "examples,coverage,fuzzing"),
]


@pytest.fixture(scope="module")
def server(serve, tmp_path_factory):
    """Return a server in a process of its own."""
    return serve(tmp_path_factory.mktemp("described"))


@pytest.mark.parametrize(("path", "phases"), PATHS, ids=[path for path, _ in PATHS])
def test_schemathesis_finds_nothing(server, tmp_path, path, phases):
    command = [
        Path(sys.executable).parent / "schemathesis", "--config-file", Path(__file__).parent / "schemathesis.toml", "run",
        f"{server.at}/openapi.json", "--include-path", path, "--phases", phases, "--max-examples", "15", "--seed", "1",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stdout
