"""Linear rows for Pyomo: one by one from pairs, or a year of them from arrays."""
