"""The API does what its description says, on what a machine thinks up: a short run of schemathesis; benchmarks/web.py has the long one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("schemathesis", reason="the oracle extra is not installed")


@pytest.fixture(scope="module")
def server(serve, tmp_path_factory):
    """Return a server in a process of its own."""
    return serve(tmp_path_factory.mktemp("described"))


def test_schemathesis_finds_nothing(server, tmp_path):
    command = [
        Path(sys.executable).parent / "schemathesis", "--config-file", Path(__file__).parent / "schemathesis.toml", "run",
        f"{server.at}/openapi.json", "--exclude-path", "/plans", "--phases", "examples,fuzzing", "--max-examples", "15", "--seed", "1",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stdout
