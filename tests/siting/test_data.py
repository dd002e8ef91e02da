"""Data of regions: read from what the field writes, joined right, and refused with a reason where they cannot be."""

from __future__ import annotations

import json

import geopandas
import numpy as np
import pandas as pd
import pytest
from regions import line
from shapely.geometry import Point, Polygon, box

from evplan.errors import InputError
from evplan.paths import anywhere
from evplan.siting.areas import read_areas, spread, weights
from evplan.siting.distances import straight_pairs
from evplan.siting.geo import read_places
from evplan.siting.places import _of_connections
from evplan.siting.problem import factors, problem_of
from evplan.siting.sources import Areas, Places, Spread
from evplan.siting.study import SitingStudy


def square(x, y, size=0.1):
    return box(x, y, x + size, y + size)


def shapes(folder, name, geometry, **fields):
    geopandas.GeoDataFrame(fields, geometry=geometry, crs="EPSG:4326").to_file(
        folder / name, driver="GPKG" if name.endswith("gpkg") else "GeoJSON"
    )


def points(folder, name="areas.csv", lat=(48.0, 48.01), lon=(9.0, 9.0), **fields):
    pd.DataFrame({"lat": lat, "lon": lon, **fields}).to_csv(folder / name, index=False)


def test_all_forms_of_places_are_the_same(tmp_path):
    at = [Point(9.0, 48.0), Point(9.1, 48.1)]
    frame = geopandas.GeoDataFrame({"name": ["a", "b"], "pop": [5, 7]}, geometry=at, crs="EPSG:4326")
    frame.to_file(tmp_path / "a.geojson", driver="GeoJSON")
    frame.to_crs(32632).to_file(tmp_path / "a.gpkg", driver="GPKG")
    frame.to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"name": ["a", "b"], "pop": [5, 7], "Latitude": [48.0, 48.1], "LNG": [9.0, 9.1]}).to_csv(
        tmp_path / "a.csv", index=False
    )
    for file in ("a.geojson", "a.gpkg", "a.parquet", "a.csv"):
        made = read_places(tmp_path, Places(file=file))
        assert made["population"].tolist() == [5, 7]
        assert np.allclose(made.geometry.x, [9.0, 9.1], atol=1e-7)
        assert np.allclose(made.geometry.y, [48.0, 48.1], atol=1e-7)


def test_stations_of_open_charge_map_are_read(tmp_path):
    own = [
        {"ID": 1, "AddressInfo": {"Title": "Hall", "Latitude": 48.0, "Longitude": 9.0},
         "Connections": [{"PowerKW": 7.2, "Quantity": 2}, {"PowerKW": 50, "Quantity": None}]},
        {"ID": 2, "AddressInfo": {"Title": None, "Latitude": 48.1, "Longitude": 9.0}, "Connections": None},
    ]  # fmt: skip
    (tmp_path / "ocm.json").write_text(json.dumps(own))
    made = read_places(tmp_path, Places(file="ocm.json"))
    assert made["name"].tolist() == ["Hall", "2"]
    assert _of_connections(made["connections"].tolist(), [7.2, 100.0]).tolist() == [[2, 1], [0, 0]]


FAULTS = {
    "swapped": (lambda folder: points(folder, lat=(-118.0, -117.9), lon=(34.0, 34.0)), "swapped"),
    "metres": (lambda folder: points(folder, lat=(5_300_000, 5_300_900), lon=(540_000, 540_000)), "crs"),
    "words": (lambda folder: points(folder, lat=("x", "48")), "row 2"),
    "column": (lambda folder: pd.DataFrame({"lat": [1.0]}).to_csv(folder / "areas.csv"), "no column of lon"),
    "empty": (lambda folder: (folder / "areas.csv").write_text("lat,lon\n"), "no places"),
    "missing": (lambda folder: None, "no such file"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_places_that_are_nowhere_are_refused(tmp_path, fault):
    write, words = FAULTS[fault]
    write(tmp_path)
    with pytest.raises(InputError, match=words):
        read_places(tmp_path, Places(file="areas.csv"))


def test_an_unknown_coordinate_reference_is_told(tmp_path):
    points(tmp_path)
    with pytest.raises(InputError, match="no coordinate reference 'EPSG:1'"):
        read_places(tmp_path, Places(file="areas.csv", crs="EPSG:1"))


def test_outlines_that_cross_themselves_are_mended_only_where_nothing_changes(tmp_path):
    bow = Polygon([(9, 48), (9.1, 48.1), (9.1, 48), (9, 48.1)])
    shapes(tmp_path, "bow.geojson", [bow])
    with pytest.raises(InputError, match="cross themselves; see place 1"):
        read_places(tmp_path, Places(file="bow.geojson"))
    slip = Polygon(
        [(9, 48), (9.1, 48), (9.1, 48.1), (9.0001, 48.1), (9.00005, 48.10001), (9.00005, 48.09999), (9, 48.1)]
    )
    shapes(tmp_path, "slip.geojson", [slip])
    assert read_places(tmp_path, Places(file="slip.geojson")).geometry.is_valid.all()


def test_counts_are_spread_over_the_areas_inside_by_population(tmp_path):
    shapes(tmp_path, "postal.geojson", [square(9, 48), square(9.1, 48)], code=["A", "B"], total=[30, 8])
    points(tmp_path, lat=(48.02, 48.05, 48.05), lon=(9.02, 9.05, 9.15), population=(1, 2, 5))
    frame = read_places(tmp_path, Places(file="areas.csv"))
    assert spread(tmp_path, Spread(file="postal.geojson", value="total"), frame) == pytest.approx([10, 20, 8])
    pd.DataFrame({"FSA": ["B", "A", "Z"], "evs": [8, 30, 99]}).to_csv(tmp_path / "counts.csv", index=False)
    said = Spread(file="counts.csv", value="evs", key="FSA", shapes="postal.geojson", shapes_key="code")
    assert spread(tmp_path, said, frame) == pytest.approx([10, 20, 8])


def test_counts_are_cut_to_the_part_of_an_area_within_the_region(tmp_path):
    shapes(tmp_path, "postal.geojson", [square(9, 48)], total=[100])
    shapes(tmp_path, "region.geojson", [box(9, 48, 9.025, 48.1)])
    points(tmp_path, lat=(48.02,), lon=(9.02,))
    frame = read_places(tmp_path, Places(file="areas.csv"))
    assert spread(
        tmp_path, Spread(file="postal.geojson", value="total", within="region.geojson"), frame
    ) == pytest.approx([25], rel=1e-3)


def test_joins_that_hold_nothing_are_told(tmp_path):
    shapes(tmp_path, "postal.geojson", [square(48, 9)], total=[100])  # swapped
    points(tmp_path)
    frame = read_places(tmp_path, Places(file="areas.csv"))
    with pytest.raises(InputError, match="none of its areas holds a demand area"):
        spread(tmp_path, Spread(file="postal.geojson", value="total"), frame)
    with pytest.raises(InputError, match="no area lies within"):
        read_areas(tmp_path, Areas(file="areas.csv", within="postal.geojson"))


def test_a_grid_joins_areas_and_loses_nobody(tmp_path):
    random = np.random.default_rng(0)
    points(
        tmp_path,
        lat=48 + 0.02 * random.random(50),
        lon=9 + 0.02 * random.random(50),
        evs=random.integers(1, 9, 50),
        income=random.random(50),
    )
    own, joined = (read_areas(tmp_path, Areas(file="areas.csv", grid_m=size)) for size in (None, 400))
    assert len(joined) < len(own) == 50
    assert joined.evs.sum() == own.evs.sum()


def test_groups_by_income_hold_equal_numbers_of_vehicles(tmp_path):
    points(tmp_path, lat=48 + 0.01 * np.arange(6), lon=[9.0] * 6, evs=[10] * 6, income=[5, 1, 4, 2, 6, 3])
    assert read_areas(tmp_path, Areas(file="areas.csv", groups=3)).group.tolist() == [
        "income-3", "income-1", "income-2", "income-1", "income-3", "income-2",
    ]  # fmt: skip


def test_stops_within_500_m_are_counted(tmp_path):
    points(tmp_path, lat=(48.0, 48.1), lon=(9.0, 9.0))
    rows = [("s1", 48.004, 9.0), ("s2", 48.0, 9.006), ("s3", 48.005, 9.0)]  # 445 m, 446 m, 556 m
    pd.DataFrame(rows, columns=["stop_id", "stop_lat", "stop_lon"]).to_csv(tmp_path / "stops.txt", index=False)
    assert read_areas(tmp_path, Areas(file="areas.csv", stops="stops.txt")).frame["transit"].tolist() == [2.0, 0.0]


def test_weights_are_shares_whatever_the_units(tmp_path):
    points(tmp_path, lat=(48.0, 48.1), lon=(9.0, 9.0), evs=(1, 3), population=(600, 200))
    areas = read_areas(tmp_path, Areas(file="areas.csv"))
    assert weights(areas, {"evs": 3.0, "population": 1.0}, np.zeros(2)) == pytest.approx(
        [0.75 * 0.25 + 0.25 * 0.75, 0.75 * 0.75 + 0.25 * 0.25]
    )
    with pytest.raises(InputError, match="no such field; did you mean 'population'"):
        weights(areas, {"populaton": 1.0}, np.zeros(2))


def test_a_table_of_ways_counts_instead_of_coordinates(tmp_path):
    pd.DataFrame({"area": ["a1", "a2"], "site": ["c1", "c1"], "minutes": [3.0, 1.0]}).to_csv(
        tmp_path / "ways.csv", index=False
    )
    problem = line(tmp_path, [0.0, 0.1], [0.05], distances={"file": "ways.csv", "km_per_minute": 0.5})
    assert problem.near.area.tolist() == [1]  # the other is 1.5 km away
    assert problem.near.km.tolist() == [0.5]
    pd.DataFrame({"area": ["a1", "b2"], "site": ["c1", "c1"], "minutes": [3.0, 1.0]}).to_csv(
        tmp_path / "ways.csv", index=False
    )
    with pytest.raises(InputError, match=r"row 3 \(b2\)"):
        problem_of(problem.study, tmp_path)


def test_pairs_are_closer_than_the_distance_and_not_at_it():
    sites = np.array([[48.0, 9.0], [48.0, 9.0], [48.01, 9.0], [48.1, 9.0]])
    assert straight_pairs(sites, 2.0).tolist() == [[0, 1], [0, 2], [1, 2]]
    assert straight_pairs(sites, 0.0).tolist() == []


def test_vehicles_grow_as_the_curve_says(tmp_path):
    problem = line(
        tmp_path, [0.0], [0.1], phases=[{"name": "1", "years": 4, "budget": 1}], adoption={"ceiling": 10, "rate": 0.5}
    )
    assert factors(problem.study).tolist() == pytest.approx([10 / (1 + 9 * np.exp(-0.5 * 2))])


def test_a_candidate_where_a_station_stands_is_its_site(tmp_path):
    problem = line(tmp_path, [0.0], [0.1, 0.5], {0.12: 2})
    assert len(problem.sites) == 2
    assert problem.sites.standing.tolist() == [True, False]


def test_a_grid_of_candidates_is_near_the_areas(tmp_path):
    problem = line(tmp_path, [0.0, 4.0], [], candidates={"grid_m": 500, "near_m": 700})
    km = 6371.0088 * np.radians(np.abs(problem.sites.point[:, 0][:, None] - 48 - np.array([0.0, 4.0]) / 111.195))
    assert len(problem.sites) >= 6
    assert (km.min(axis=1) < 0.71).all()


def test_the_real_region_is_read(shared_data):
    from support import ROOT

    from evplan.siting.read import read_siting

    with anywhere():  # its data lie beside the project
        read = read_siting(ROOT / "instances" / "waterloo.yaml")
    problem = problem_of(read.study, read.path.parent)
    assert len(problem.weight) == 379
    assert problem.sites.standing.sum() == 183
    assert problem.weight.sum() == pytest.approx(1.0)
    # All 25 postal areas hold 9,881 vehicles; those that reach beyond the region count in part.
    assert 4_000 < problem.areas.evs.sum() < 9_881


def test_study_without_candidates_is_a_fault():
    from evplan.siting.read import validated

    tree = {"kind": "siting", "format": 1, "areas": {"file": "a.csv"}, "candidates": {}, "types": [], "phases": []}
    assert {fault.loc[0] for fault in validated(tree)[1]} >= {"types", "phases"}
    assert SitingStudy.model_fields


def test_places_out_of_reach_are_refused_and_swapped_ones_named(tmp_path):
    with pytest.raises(InputError, match="candidates: none of its 1 places is within reach"):
        line(tmp_path, [0.0], [40.0])
    pd.DataFrame({"name": ["c1"], "lat": [9.0], "lon": [48.0]}).to_csv(tmp_path / "swapped.csv", index=False)
    with pytest.raises(InputError, match="latitude and longitude seem swapped"):
        line(tmp_path, [0.0], [0.1], candidates={"places": {"file": "swapped.csv"}})


def test_codes_that_begin_with_a_zero_stay_codes(tmp_path):
    pd.DataFrame({"area": ["001"] * 2, "site": ["01", "02"], "km": [0.4, 3.0]}).to_csv(
        tmp_path / "ways.csv", index=False
    )
    problem = line(
        tmp_path,
        [0.0],
        [0.1, 0.2],
        fields={"name": ["001"]},
        site_fields={"name": ["01", "02"]},
        distances={"file": "ways.csv"},
    )
    assert problem.areas.names == ["001"]
    assert problem.near.km.tolist() == [0.4]
    zones = geopandas.GeoDataFrame(
        {"name": ["001"], "capacity_kw": [60.0]}, geometry=[box(8, 47, 11, 49)], crs="EPSG:4326"
    )
    zones.to_file(tmp_path / "zones.geojson", driver="GeoJSON")
    assert line(
        tmp_path, [0.0], [0.1], site_fields={"zone": ["001"]}, zones={"file": "zones.geojson"}
    ).sites.zone.tolist() == [0]


def test_zones_on_another_continent_are_refused(tmp_path):
    zones = geopandas.GeoDataFrame(
        {"name": ["z"], "capacity_kw": [60.0]}, geometry=[box(47, 8, 49, 11)], crs="EPSG:4326"
    )
    zones.to_file(tmp_path / "zones.geojson", driver="GeoJSON")
    with pytest.raises(InputError, match="from every zone; are latitude and longitude swapped"):
        line(tmp_path, [0.0], [0.1], zones={"file": "zones.geojson"})


def test_sites_are_in_the_zone_that_holds_them_by_the_files_own_lines(tmp_path):
    """A border along a parallel: on the plane its chord is some hundred metres off."""
    shapes = [box(8.0, 47.5, 10.0, 48.0), box(8.0, 48.0, 10.0, 48.5)]
    zones = geopandas.GeoDataFrame(
        {"name": ["south", "north"], "capacity_kw": [60.0, 60.0]}, geometry=shapes, crs="EPSG:4326"
    )
    zones.to_file(tmp_path / "zones.geojson", driver="GeoJSON")
    problem = line(tmp_path, [0.0], [-0.055, 0.055], zones={"file": "zones.geojson"})
    assert problem.sites.zone.tolist() == [0, 1]


def test_joined_areas_add_texts_of_numbers(tmp_path):
    at = geopandas.points_from_xy([9.0, 9.0001], [48.0, 48.0001])
    frame = geopandas.GeoDataFrame({"name": ["a", "b"], "evs": ["10", "20"]}, geometry=at, crs="EPSG:4326")
    frame.to_file(tmp_path / "points.geojson", driver="GeoJSON")
    areas = read_areas(tmp_path, Areas(file="points.geojson", grid_m=500.0))
    assert areas.evs.sum() == 30.0


@pytest.mark.parametrize(("changes", "said"), [
    ({"fields": {"population": [100], "area_km2": ["large"]}, "demand": {"weights": {"density": 1}}}, "area_km2 must hold numbers"),
    ({"site_fields": {"most_l2": [0]}}, "no type may stand at any of them"),
])  # fmt: skip
def test_data_that_cannot_be_planned_with_are_told(tmp_path, changes, said):
    with pytest.raises(InputError, match=said):
        line(tmp_path, [0.0], [0.1], **changes)


def test_longitudes_from_0_to_360_are_named(tmp_path):
    pd.DataFrame({"name": ["c1", "c2"], "lat": [43.4, 43.5], "lon": [279.5, 279.6]}).to_csv(
        tmp_path / "round.csv", index=False
    )
    with pytest.raises(InputError, match="longitudes count from 0 to 360"):
        line(tmp_path, [0.0], [0.1], candidates={"places": {"file": "round.csv"}})


def test_areas_without_a_number_are_told(tmp_path):
    problem = line(tmp_path, [0.0, 1.0, 2.0], [0.1], fields={"evs": [3.0, None, None]})
    assert problem.areas.blank == 2
    assert problem.weight.tolist() == [1.0, 0.0, 0.0]


def test_rules_on_groups_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(InputError, match="no group 'notrh'; did you mean 'north'"):
        line(tmp_path, [0.0], [0.1], fields={"group": ["north"]}, rules={"least_coverage": {"notrh": 0.5}})


def test_zones_that_are_numbers_are_names(tmp_path):
    zones = geopandas.GeoDataFrame(
        {"name": ["1", "2"], "capacity_kw": [50.0, 60.0]}, geometry=[box(8, 47, 9.5, 49), box(9.5, 47, 11, 49)], crs="EPSG:4326"
    )  # fmt: skip
    zones.to_file(tmp_path / "zones.geojson", driver="GeoJSON")
    pd.DataFrame({"name": ["c"], "lat": [48.0], "lon": [9.0], "zone": [2]}).to_csv(tmp_path / "c.csv", index=False)
    problem = line(tmp_path, [0.0], [], candidates={"places": {"file": "c.csv"}}, zones={"file": "zones.geojson"})
    assert problem.sites.zone.tolist() == [1]


def test_names_that_stand_twice_are_told_apart():
    from evplan.siting.areas import distinct

    assert distinct(["A", "A", "A-2", "A"]) == ["A", "A-3", "A-2", "A-4"]


def test_tables_of_ways_with_words_are_refused(tmp_path):
    pd.DataFrame({"area": ["a1"], "site": ["c1"], "km": ["far"]}).to_csv(tmp_path / "ways.csv", index=False)
    with pytest.raises(InputError, match=r"row 2 \(far\)"):
        line(tmp_path, [0.0], [0.1], distances={"file": "ways.csv"})


def test_nobody_wants_anything(tmp_path):
    from evplan.siting.run import seek
    from evplan.solver.outcome import Options

    problem = line(
        tmp_path, [0.0], [0.1], demand={"kwh_per_ev_day": 0.0}, sought=[{"goal": "coverage"}, {"goal": "served"}]
    )
    found = seek(problem, Options(1e-6, 20.0))[-1]
    assert (found.plan.goals["coverage"], found.plan.goals["served"]) == (1.0, 0.0)


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.parquet", "a.geoparquet", "a.csv", "a.shp", "a.docx"])
def test_files_that_are_none_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x00\x01 not a file of places {")
    with pytest.raises(InputError, match=name):
        read_places(tmp_path, Places(file=name))
