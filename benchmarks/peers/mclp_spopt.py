"""Maximal cover by spopt and HiGHS on a cover that a file holds: prints seconds and the weight that is covered."""

import json
import sys
import time

import numpy as np
import pulp
from spopt.locate import MCLP

own = np.load(sys.argv[1])
begun = time.perf_counter()
cost = np.full(tuple(own["shape"]), 2.0)
cost[own["point"], own["site"]] = 1.0
model = MCLP.from_cost_matrix(cost, own["weight"], service_radius=1.0, p_facilities=int(own["p"]))
model = model.solve(pulp.HiGHS(msg=False, timeLimit=float(sys.argv[2])), results=False)
print(json.dumps({"seconds": time.perf_counter() - begun, "value": float(pulp.value(model.problem.objective))}))
