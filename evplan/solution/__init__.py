"""Frozen plans, recomputed and checked without the model."""
