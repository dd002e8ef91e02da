"""Control over the whole day: who charges when and which panels give less, so that unbalance is least; proven by exact power flow.

baselines.py   no control, panels off, greedy
tangent.py     what voltages and currents do when power changes a little
program.py     the quadratic program in these
settle.py      program, exact flow, rows that were passed, anew, until it holds
front.py       unbalance against curtailment, and the point that is chosen
"""
