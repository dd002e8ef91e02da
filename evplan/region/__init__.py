"""A region end to end: where stations go, what each is, what the grid carries, whether it pays, and who gets support."""
