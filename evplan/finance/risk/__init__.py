"""Risk: what uncertain drivers do to a plan's money."""
