"""Public support: instruments, the smallest amount that makes a plan pay, programmes as they are written."""
