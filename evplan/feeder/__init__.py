"""Unbalanced low-voltage networks: power flow, control that beats doing nothing, and what a feeder can host."""
