"""Commands that solve nothing answer at once and load neither the model's nor the tables' libraries."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

SOUND = Path(__file__).parent / "sound.yaml"
HEAVY = ("pyomo", "pandas", "numpy", "scipy", "highspy", "pybamm", "sklearn", "pvlib", "pyarrow", "matplotlib")
LONGEST_S = 1.0  # processor time; measured 0.25 s on a two-core machine
RUN = """
import sys
from pathlib import Path
from evplan.cli import main
sys.argv = ["evplan", *{arguments!r}]
try:
    main()
except SystemExit as left:
    assert not left.code, left.code
loaded = [name for name in {heavy!r} if name in sys.modules]
assert not loaded, loaded
"""


@pytest.mark.parametrize(
    "arguments",
    [["check", str(SOUND)], ["check", str(SOUND), "--scenario", "growth"], ["schema"], ["--help"], ["--version"]],
    ids=["check", "scenario", "schema", "help", "version"],
)
def test_quick_command_is_quick(arguments):
    code = RUN.format(arguments=arguments, heavy=HEAVY)
    spent = []
    while (
        len(spent) < 3 and min(spent, default=LONGEST_S) >= LONGEST_S
    ):  # beside other work even processor seconds swell
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert run.returncode == 0, run.stderr
        assert run.stdout
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < LONGEST_S
