"""An interior point for linear programs in the shape of an arrow: many sessions that meet only in a few shared rows.

    minimise  cost x + short_cost s + shared_cost y
    gain_v x + s_v = want_v                     for every session                                dual  session
    sum of the x of step t + (H y)_t = right_t  for every step, and H y = right for peaks        dual  shared
    0 <= x <= upper,  0 <= s <= want,  0 <= y <= shared_upper                       all upper bounds finite

shared.py  H, the rows of steps and peaks               program.py  the program, and the bound that any duals give
layout.py  how rows and columns lie in arrays           rows.py     products with the rows
newton.py  Newton's equations                           passes.py   what a step does to every column
search.py  Mehrotra's predictor-corrector

Newton's matrix A diag(theta) A' = [D N; N' K] has a diagonal D for sessions, so they are eliminated and K - N' D^-1 N, as large as the
steps, is factored: cost grows with sessions, and with the square of steps. The loops are compiled.
"""

from evplan.schedule.arrow.program import Arrow, Guess, Point
from evplan.schedule.arrow.search import solve

__all__ = ["Arrow", "Guess", "Point", "solve"]
