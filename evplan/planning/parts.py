"""A site's program without its model: what can be sent between processes, joined with others, and read back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evplan.formulation import site as formulation
from evplan.formulation.values import Kept, Values
from evplan.parameters.types import SiteParameters
from evplan.planning.sites import BUILDING
from evplan.solver.compile import NOBODY, compile_model, no_garbage_collection
from evplan.solver.join import Part


def part_of(site: SiteParameters) -> tuple[Part, Kept]:
    """Return a site's program without its model, and what reading a solution back needs."""
    with BUILDING, no_garbage_collection():
        model = formulation.build(site)
        program = compile_model(model)
        values = Values(program.columns)
        linking = values.mark(formulation.sizes(model))
        labels = program.columns
        keys = tuple((labels.name_of(i), labels.index_of(i)) for i in np.flatnonzero(linking).tolist())
        part = Part(replace(program, columns=NOBODY, rows=NOBODY), keys, linking)
        return part, Kept(model, labels)
