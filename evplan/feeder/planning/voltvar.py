"""Volt-var: inverters draw reactive power by the voltage where they are, along a curve; voltages and reactive power are found together.

    q = rated * curve(|u|)        of a panel's rated power;  curve : +0.44 (gives) to -0.44 (draws), flat between

Source: IEEE 1547-2018, table 8, category B, default settings.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evplan.feeder.control.operation import Operation

CURVE_PU = (0.92, 0.98, 1.02, 1.08)
CURVE_GIVES = (0.44, 0.0, 0.0, -0.44)
ROUNDS, STEP, STILL = 200, 0.5, 1e-5  # damped; of rated


def voltvar(one: Operation) -> tuple[Operation, float]:
    """Return an operation with the reactive power of its inverters, and how far any is from its curve, kvar.

    Their rating leaves room for reactive power (oversized by a tenth, as usual).
    """
    day, flow = one.day, one.day.flow
    first = len(day.customers)
    joins = abs(flow.legs.draws)[:, first : first + len(day.panels)].T.tocsr()  # mean voltage of a panel's legs
    rated = np.array([panel.kw for panel in day.panels])[:, None]
    kvar, step, before, far = np.zeros_like(day.panel_kw), STEP, np.inf, 0.0
    for _ in range(ROUNDS):
        now = replace(one, name=f"{one.name} with volt-var", panel_kvar=kvar)
        pu = joins @ (np.abs(now.solved.voltage) / flow.base_v[:, None])
        wanted = -rated * np.interp(pu, CURVE_PU, CURVE_GIVES)
        far = float(np.abs(wanted - kvar).max(initial=0.0))
        if far <= STILL * rated.max(initial=1.0):
            break
        step = step / 2 if far > 0.9 * before else step  # it swings: smaller steps
        before = far
        kvar = kvar + step * (wanted - kvar)
    return now, far
