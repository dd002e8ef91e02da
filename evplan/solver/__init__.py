"""Any LP or MILP: compile fast, run, bound, diagnose."""
