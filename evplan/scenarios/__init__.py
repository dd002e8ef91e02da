"""Scenarios, tariffs and solvers side by side in one table."""
