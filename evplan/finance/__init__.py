"""Yearly cash flow, metrics, and the support that makes a plan pay."""
