"""The workbook of a run: its cash flows as live formulas."""
