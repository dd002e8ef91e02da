"""An interior point for linear programs in the shape of an arrow: many sessions that meet only in a few shared rows.

    minimise  cost x + short_cost s + shared_cost y
    gain_v x + s_v = want_v                    for every session                    dual  session
    sum of the x of step t + (H y)_t = right_t  for every step, and H y = right for the rows of peaks (shared.py)    dual  shared
    0 <= x <= upper,  0 <= s <= want,  0 <= y <= shared_upper                       all upper bounds finite

program.py  the program, and the bound that any duals give      search.py  Mehrotra's predictor-corrector
rows.py     products with the rows, and Newton's equations       shared.py  the rows of steps and peaks
passes.py   what is done to every column, in compiled passes

Newton's matrix A diag(theta) A' = [D N; N' K] has a diagonal D for sessions, so they are eliminated and K - N' D^-1 N, as large as the
shared rows, is factored: cost grows with sessions, and with the square of shared rows.
"""

from evplan.schedule.arrow.program import Arrow, Guess, Point
from evplan.schedule.arrow.search import solve

__all__ = ["Arrow", "Guess", "Point", "solve"]
