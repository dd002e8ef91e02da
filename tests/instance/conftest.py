"""Fixtures of the instance room: a sound file to spoil, and the command line called in this process."""

from pathlib import Path

import pytest

from evplan.cli import app
from evplan.commands.guard import guarded
from evplan.instance.read import read

SOUND = Path(__file__).parent / "sound.yaml"


@pytest.fixture(scope="session")
def sound():
    """Return the path of the sound instance."""
    return SOUND


@pytest.fixture
def spoil(tmp_path):
    """Return a function that writes the sound instance with some text replaced, each exactly once."""

    def write(*changes, name="plan.yaml"):
        text = SOUND.read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {SOUND.name}"
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def scenario(spoil):
    """Return a function that reads the sound instance under one scenario, given as lines of YAML."""

    def apply(*lines, changes=()):
        block = "".join(f"    {line}\n" for line in lines)
        return read(spoil(("  growth:\n", f"  asked:\n{block}  growth:\n"), *changes), "asked").instance

    return apply


@pytest.fixture
def evplan(capsys):
    """Return a function that runs the command line and returns its exit code, output and errors."""

    def run(*arguments):
        try:
            code = guarded(lambda: app([str(argument) for argument in arguments]))
        except SystemExit as left:
            code = left.code
        told = capsys.readouterr()
        return code, told.out, told.err

    return run
