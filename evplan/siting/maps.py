"""Maps of a plan: who is covered before and after, where nobody is, where vehicles are, and what is done in each phase."""

from __future__ import annotations

from typing import Any

import numpy as np

from evplan.report.drawing import GIVE, GRID, INK, LOST, PALE, STORE, SUN, axes_of, svg
from evplan.siting.geo import plane_of
from evplan.siting.measure import Plan
from evplan.siting.tables import actions

SHADES = "YlGn"
MANY = 5000  # areas: more are drawn as dots of a picture
DONE = {
    "open": (STORE, "o"),
    "upgrade": (GIVE, "D"),
    "extend": (SUN, "^"),
    "reduce": (LOST, "v"),
    "remove": (LOST, "X"),
}


def phase(plan: Plan, t: int) -> str:
    """Return what is done in a phase, over who is covered then."""
    figure, axes = _map(plan)
    _areas(axes, plan, plan.covered[t].mean(axis=0), f"covered in {_name(plan, t)}, mean of types")
    at, done = on_plane(plan, plan.problem.sites.point), actions(plan)[t]
    stays = ((plan.ports[t] > 0) & (done == "keep")).any(axis=1)
    axes.scatter(
        *at[stays].T, s=9, color=INK, edgecolor="white", linewidth=0.3, label=f"stands ({stays.sum()})", zorder=3
    )
    for action, (colour, mark) in DONE.items():
        here = (done == action).any(axis=1)
        if here.any():
            axes.scatter(
                *at[here].T,
                s=26,
                color=colour,
                marker=mark,
                edgecolor="white",
                linewidth=0.4,
                label=f"{action} ({here.sum()})",
                zorder=4,
            )
    _legend(axes)
    return svg(figure, f"Map of what is done in {_name(plan, t)}")


def before(plan: Plan) -> str:
    """Return who is covered now."""
    problem = plan.problem
    figure, axes = _map(plan)
    stands = Plan(problem, problem.sites.ports[None], np.zeros((1, plan.steps.shape[1]), int))
    _areas(axes, plan, stands.covered[0].mean(axis=0), "covered now, mean of types")
    at = on_plane(plan, problem.sites.point[problem.sites.standing])
    axes.scatter(*at.T, s=9, color=INK, edgecolor="white", linewidth=0.3, label=f"stands ({len(at)})", zorder=3)
    _legend(axes)
    return svg(figure, "Map of who is covered now")


def gaps(plan: Plan) -> str:
    """Return where nobody is covered after the last phase, by weight."""
    figure, axes = _map(plan)
    _outlines(axes, plan)
    left = plan.problem.weight * np.clip(1 - plan.covered[-1].mean(axis=0), 0, 1)
    at = on_plane(plan, plan.problem.areas.point)
    there = left > 1e-9
    axes.scatter(*at[there].T, s=4 + 400 * left[there] / max(left.max(), 1e-12) * 0.4, color=LOST, alpha=0.6, linewidth=0,
                 rasterized=there.sum() > MANY,
                 label=f"not covered: {left.sum():.1%} of all weight", zorder=3)  # fmt: skip
    _legend(axes)
    return svg(figure, "Map of what is not covered after the last phase")


def vehicles(plan: Plan) -> str:
    """Return where vehicles are, as a map of heat: a smooth sum over what is near."""
    from scipy.ndimage import gaussian_filter

    figure, axes = _map(plan)
    at, evs = on_plane(plan, plan.problem.areas.point), plan.problem.areas.evs
    low, high = at.min(0), at.max(0)
    cell = max(float((high - low).max()) / 120, 1e-3)
    low, high = low - 10 * cell, high + 10 * cell
    count = np.maximum(np.ceil((high - low) / cell), 1).astype(int)
    heat, x, y = np.histogram2d(
        at[:, 0], at[:, 1], bins=count.tolist(), range=np.column_stack([low, high]).tolist(), weights=evs
    )
    smooth = gaussian_filter(heat, 3) / cell**2
    shown = axes.pcolormesh(x, y, np.ma.masked_less(smooth.T, smooth.max() * 0.01), cmap="YlOrRd", rasterized=True)
    _outlines(axes, plan)
    _scale(figure, axes, shown, "electric vehicles per km² now")
    return svg(figure, "Map of where electric vehicles are")


def front(points: Any, currency: str) -> str:
    """Return coverage against cost of plans from one goal's best to another's."""
    figure, axes = axes_of(3.0)
    axes.plot(points["cost"] / 1e6, 100 * points["coverage"], "o-", color=STORE, markersize=4, linewidth=1)
    axes.set_xlabel(f"cost, worth now, million {currency}", fontsize=8, color=INK)
    axes.set_ylabel("coverage, %", fontsize=8, color=INK)
    return svg(figure, "Coverage against cost")


def _map(plan: Plan) -> tuple[Any, Any]:
    """Return axes as high as the region asks for, without ticks, with a scale in km."""
    at = on_plane(plan, plan.problem.areas.point)
    wide, high = (max(float(span), 1e-3) for span in np.ptp(at, axis=0))
    figure, axes = axes_of(float(np.clip(6.6 * high / wide + 0.9, 2.4, 7.5)))
    axes.set_aspect("equal")
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    length = max(one for one in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200) if one <= max(wide / 4, 0.1))
    x, y = at[:, 0].min(), at[:, 1].min() - 0.06 * high
    axes.plot([x, x + length], [y, y], color=INK, linewidth=1.5)
    axes.text(x + length / 2, y, f"{length:g} km", fontsize=7, color=INK, ha="center", va="bottom")
    return figure, axes


def _areas(axes: Any, plan: Plan, share: np.ndarray, said: str) -> None:
    """Shade areas by a share from 0 to 1."""
    shapes = plan.problem.areas.frame
    if (shapes.geometry.geom_type != "Point").any():
        moved = plane_km(plan, shapes)
        moved.plot(
            ax=axes,
            column=np.clip(share, 0, 1),
            cmap=SHADES,
            vmin=0,
            vmax=1,
            edgecolor="white",
            linewidth=0.3,
            aspect=None,
            rasterized=len(shapes) > MANY,
        )
        axes.set(xlabel="", ylabel="")
        shown = axes.collections[-1]
    else:
        size = 6 + 60 * plan.problem.weight / max(plan.problem.weight.max(), 1e-12)
        shown = axes.scatter(*on_plane(plan, plan.problem.areas.point).T, s=size, c=np.clip(share, 0, 1), cmap=SHADES, vmin=0, vmax=1,
                             edgecolor=PALE, linewidth=0.4, rasterized=len(shapes) > MANY)  # fmt: skip
    _scale(axes.figure, axes, shown, said)


def _outlines(axes: Any, plan: Plan) -> None:
    shapes = plan.problem.areas.frame
    if (shapes.geometry.geom_type != "Point").any():
        plane_km(plan, shapes).boundary.plot(
            ax=axes, color=GRID, linewidth=0.3, aspect=None, rasterized=len(shapes) > MANY
        )
        axes.set(xlabel="", ylabel="")
    else:
        axes.scatter(
            *on_plane(plan, plan.problem.areas.point).T,
            s=3,
            color=PALE,
            linewidth=0,
            zorder=1,
            rasterized=len(shapes) > MANY,
        )


def _scale(figure: Any, axes: Any, shown: Any, said: str) -> None:
    bar = figure.colorbar(shown, ax=axes, shrink=0.5, pad=0.01)
    bar.ax.tick_params(labelsize=7, colors=INK)
    bar.set_label(said, fontsize=7, color=INK)
    bar.outline.set_visible(False)


def _legend(axes: Any) -> None:
    axes.legend(fontsize=7, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=6)


def plane_km(plan: Plan, frame: Any) -> Any:
    """Return shapes in km on the plane of the region."""
    moved = frame.to_crs(plane_of(plan.problem.areas.frame))
    return moved.set_geometry(moved.geometry.affine_transform([0.001, 0, 0, 0.001, 0, 0]), crs=None)


def on_plane(plan: Plan, point: np.ndarray) -> np.ndarray:
    """Return points on the plane of the region, km, shape (points, 2)."""
    from pyproj import Transformer

    to = Transformer.from_crs("EPSG:4326", plane_of(plan.problem.areas.frame), always_xy=True)
    return np.column_stack(to.transform(point[:, 1], point[:, 0])) / 1000


def _name(plan: Plan, t: int) -> str:
    return plan.problem.study.phases[t].name
