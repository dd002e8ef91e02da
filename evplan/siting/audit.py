"""The audit: every claim of a plan recomputed from its written tables and the coordinates in them, with no code of the model.

It knows the siting file, `sites.csv`, `stations.csv`, `areas.csv`, `flows.csv`, `phases.csv` and `zones.csv`: what a reader has.
"""

from __future__ import annotations

from pathlib import Path

from evplan.siting.claims import CLAIMS, Check
from evplan.siting.study import SitingStudy
from evplan.siting.written import Written, read_written


def audit(study: SitingStudy, folder: Path, data: Path) -> list[Check]:
    """Return every claim of the tables in a folder, checked. data : the folder of the siting file, for tables of distances."""
    written: Written = read_written(study, folder, data)
    return [claim(study, written) for claim in CLAIMS]
