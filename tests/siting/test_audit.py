"""The audit holds what is true and catches what is not: claims of a hundred regions, and tables that were bent."""

from __future__ import annotations

import geopandas
import pandas as pd
import pytest
from regions import TYPE, line
from shapely.geometry import box

from evplan.siting.audit import audit
from evplan.siting.audit.written import great_circle_km
from evplan.siting.invented import invent, varied
from evplan.siting.problem import problem_of
from evplan.siting.results import tables_of, write_table
from evplan.siting.run import seek
from evplan.solver.outcome import Options

QUICK = Options(0.03, 6.0)


def written(plan, folder):
    folder.mkdir(exist_ok=True)
    for name, made in tables_of(plan).items():
        write_table(folder, name, made)
    return folder


@pytest.mark.parametrize("seed", range(12))
def test_every_claim_of_invented_regions_holds(tmp_path, seed):
    study = invent(tmp_path, 30, 25, 6, 2, seed, **varied(seed))
    plan = seek(problem_of(study, tmp_path), QUICK)[-1].plan
    checks = audit(study, written(plan, tmp_path / "out"), tmp_path)
    assert [one.said for one in checks if not one.holds] == []
    assert len(checks) == 15


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return a study and the folder of its plan, with zones, distance and fairness to break."""
    folder = tmp_path_factory.mktemp("told")
    zone = geopandas.GeoDataFrame(
        {"name": ["all"], "capacity_kw": [12.0]}, geometry=[box(8, 47, 10, 49)], crs="EPSG:4326"
    )
    zone.to_file(folder / "zones.geojson", driver="GeoJSON")
    problem = line(
        folder, [0.0, 1.0, 2.5, 4.0], [0.2, 1.3, 2.6, 3.9], {0.6: 1, 0.61: 1}, zones={"file": "zones.geojson"},
        types=[{**TYPE, "spacing_km": 1.1}], rules={"most_per_area": 1, "least_coverage": {"all": 0.5}},
        phases=[{"name": "1", "years": 1, "budget": 40}, {"name": "2", "years": 1, "budget": 5}],
    )  # fmt: skip
    return problem.study, folder, written(seek(problem, QUICK)[-1].plan, folder / "out")


def bent(told, tmp_path, table, change):
    study, folder, out = told
    for file in out.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    own = pd.read_csv(tmp_path / f"{table}.csv", dtype={"phase": str}, keep_default_na=False)
    change(own)
    own.to_csv(tmp_path / f"{table}.csv", index=False)
    return [one.claim for one in audit(study, tmp_path, folder) if not one.holds]


def test_the_tables_as_they_are_hold(told):
    study, folder, out = told
    assert [one.said for one in audit(study, out, folder) if not one.holds] == []


def move(own):
    own.loc[own["standing"].astype(str) == "False", "lat"] += 0.2


BENDS = {
    "credit": ("areas", lambda own: own.__setitem__("covered", 0.5), "covered areas"),
    "sum": ("phases", lambda own: own.__setitem__("l2_covered", 0.99), "coverage of phases"),
    "cost": ("phases", lambda own: own.__setitem__("works", own["works"] - 1), "works cost"),
    "ports": ("stations", lambda own: own.__setitem__("ports", own["ports"] + 40), "no phase spends"),
    "chain": ("stations", lambda own: own.__setitem__("ports_before", own["ports_before"] + 1), "follow from the phase before"),
    "zone": ("zones", lambda own: own.__setitem__("limit_kw", 1.0), "zone of the grid"),
    "energy": ("flows", lambda own: own.__setitem__("kwh_day", 1e4), "who charges where"),
    "place": ("sites", move, "covered areas"),
    "group": ("areas", lambda own: own.__setitem__("covered", 0.0), "groups are covered"),
    "area": ("sites", lambda own: own.__setitem__("area", "a1"), "too many stations"),
    "weight": ("areas", lambda own: own.__setitem__("weight", [0.4, 0.2, 0.2, 0.2] * 2), "weights"),
    "moved": ("areas", lambda own: own.__setitem__("lat", own["lat"] + 0.001), "areas, groups, weights"),
    "action": ("stations", lambda own: own.__setitem__("action", "extend"), "called by its name"),
    "ported": ("sites", lambda own: own.__setitem__("l2_most", 9), "sites, their ports"),
}  # fmt: skip


@pytest.mark.parametrize("bend", BENDS)
def test_what_was_bent_is_caught(told, tmp_path, bend):
    table, change, claim = BENDS[bend]
    assert any(claim in one for one in bent(told, tmp_path, table, change))


def columns():
    """Yield every column of numbers of every table, but the names of phases."""
    yield from (("goals", "planned"), ("phases", "years"), ("phases", "budget"), ("phases", "operation_per_year"))
    yield from (("sites", column) for column in ("lat", "lon", "l2_ports", "l2_most"))
    yield from (("stations", column) for column in ("ports_before", "ports", "cost", "served_kwh_day"))
    yield from (("areas", column) for column in ("lat", "lon", "weight", "covered", "wanted_kwh_day", "served_kwh_day"))
    yield from (("groups", column) for column in ("weight", "covered", "wanted_kwh_day", "served_kwh_day"))
    yield from (("phases", f"l2_{one}") for one in ("stations", "ports", "covered", "served_kwh_day", "wanted_kwh_day"))
    yield from (("zones", column) for column in ("stands_kw", "drawn_kw", "limit_kw", "steps"))
    yield from (("plan", column) for column in ("ports_before", "ports", "cost"))
    yield ("flows", "kwh_day")


@pytest.mark.parametrize(("table", "column"), list(columns()))
@pytest.mark.parametrize("row", [0, -1])
def test_no_number_can_be_raised(told, tmp_path, table, column, row):
    def raised(own):
        own[column] = own[column].astype(float)
        own.loc[own.index[row], column] = own[column].iloc[row] * 1.01 + 0.01

    assert bent(told, tmp_path, table, raised)


def test_no_goal_can_be_claimed_otherwise(told, tmp_path):
    for goal in ("coverage", "equity", "served", "cost", "npv", "emissions"):

        def better(own, goal=goal):
            own.loc[own["goal"] == goal, "planned"] += 0.01 * own["planned"].abs().max()

        assert bent(told, tmp_path, "goals", better) == ["goals come to what is claimed"]


@pytest.mark.parametrize(("table", "column"), [
    ("stations", "lat"), ("stations", "lon"), ("plan", "lat"), ("plan", "action"), ("plan", "served_kwh_day"), ("stations", "site"),
    ("areas", "area"), ("flows", "site"), ("stations", "type"), ("sites", "site"),
])  # fmt: skip
def test_nothing_in_the_plan_of_works_can_be_changed(told, tmp_path, table, column):
    def changed(own):
        value = own[column].iloc[0]
        own[column] = own[column].astype(object)
        own.loc[own.index[0], column] = value + 0.01 if isinstance(value, float) else "other"

    assert bent(told, tmp_path, table, changed)


def test_stations_too_close_are_caught(told, tmp_path):
    def close(own):
        new = own.index[own["standing"].astype(str) == "False"]
        own.loc[new, ["lat", "lon"]] = own.loc[new[0], ["lat", "lon"]].to_numpy(float)

    assert any("distance" in one for one in bent(told, tmp_path, "sites", close))


def test_distances_are_those_of_the_sphere():
    # Vincenty's formula on a sphere of 6371.0088 km: a quarter of a meridian, and Greensboro to Waterloo.
    km = great_circle_km(
        pd.DataFrame([[0.0, 0.0], [36.0726, -79.7920]]).to_numpy(),
        pd.DataFrame([[90.0, 0.0], [43.4643, -80.5204]]).to_numpy(),
    )
    assert km[0, 0] == pytest.approx(10007.557, abs=1e-3)
    assert km[1, 1] == pytest.approx(824.2, abs=0.3)


def test_names_that_look_like_numbers_are_names(tmp_path):
    zone = geopandas.GeoDataFrame(
        {"name": ["007"], "capacity_kw": [90.0]}, geometry=[box(8, 47, 10, 49)], crs="EPSG:4326"
    )
    zone.to_file(tmp_path / "zones.geojson", driver="GeoJSON")
    problem = line(
        tmp_path, [0.0, 1.0], [0.2, 1.3], zones={"file": "zones.geojson"}, types=[{**TYPE, "name": "22"}],
        fields={"group": ["NA", "1"]}, phases=[{"name": "01", "years": 1, "budget": 40}],
    )  # fmt: skip
    plan = seek(problem, QUICK)[-1].plan
    assert plan.goals["coverage"] > 0
    assert [one.said for one in audit(problem.study, written(plan, tmp_path / "out"), tmp_path) if not one.holds] == []
