"""The register of inputs: every value once, with its unit, and the source and date of whoever said it."""

from __future__ import annotations

import pytest
from pydantic import BaseModel
from support import ROOT, variant

from evplan.errors import InstanceError
from evplan.instance.quantities import unit_of
from evplan.instance.read import read
from evplan.instance.register import DEFAULT, register
from evplan.instance.schema import Instance

GREENSBORO = ROOT / "instances" / "greensboro.yaml"


def by_path(path, scenario=None):
    return {one.path: one for one in register(read(path, scenario))}


def test_every_leaf_of_the_instance_is_there_once():
    found = read(GREENSBORO)
    rows = register(found)
    assert len({one.path for one in rows}) == len(rows)

    def count(node) -> int:
        if isinstance(node, BaseModel):
            return sum(
                count(getattr(node, name))
                for name in type(node).model_fields
                if name not in ("source", "scenarios", "sources")
            )
        if isinstance(node, dict):
            return sum(map(count, node.values()))
        if isinstance(node, tuple) and any(isinstance(item, BaseModel) for item in node):
            return sum(map(count, node))
        return int(node is not None and node not in ((), ""))

    assert len(rows) == count(found.instance)
    assert all(one.meaning and one.source and one.place for one in rows)


def test_each_value_says_who_said_it_and_where():
    rows = by_path(GREENSBORO, "rural-growth")
    shipped, own = rows["catalogue.chargers[dc50].cost"], rows["catalogue.chargers[dc50].max_count"]
    assert (shipped.value, shipped.unit, shipped.date) == ("38000", "USD", "2026-11-21")
    assert shipped.source.startswith("Borlaug et al. 2020") and shipped.place == "data/costs/us.yaml, dc50"
    assert own.source == "instance file" and own.place.startswith("greensboro.yaml:")
    lines = GREENSBORO.read_text().splitlines()
    assert "max_count: 12" in lines[int(own.place.rpartition(":")[2]) - 1]
    assert rows["finance.losses"].source == DEFAULT
    assert rows["tariffs.general-service.fixed_per_month"].date == "2025-01-01"  # of the rate sheet
    cited = rows["tariffs.general-service.export_per_kwh"]
    assert (cited.source, cited.date) == ("assumption: near avoided cost", "2026-11-21")
    changed = rows["sites[rock-creek].demand.growth_per_year"]
    assert changed.value == "0.25" and changed.place.endswith("scenario rural-growth")


def test_a_citation_speaks_for_all_of_a_block_and_the_nearest_one_wins(tmp_path):
    sources = {
        "finance": {"source": "board paper 7"}, "finance.tax_rate": {"source": "tax code", "date": "2026-01-01"},
        "sites[gate-city].demand": {"source": "traffic count"}, "catalogue.chargers[dc50].cost": {"source": "offer"},
        "finance.loss_share": {"source": "tax adviser"},
    }  # fmt: skip
    rows = by_path(variant(tmp_path, {"sources": sources}))
    assert rows["finance.discount_rate"].source == "board paper 7"
    assert rows["sites[gate-city].demand.growth_per_year"].source == "traffic count"
    assert rows["catalogue.chargers[dc50].cost"].source == "offer"
    # What the file leaves out is a default, unless it is cited by itself.
    assert (rows["finance.losses"].source, rows["finance.loss_share"].source) == (DEFAULT, "tax adviser")
    assert (rows["finance.tax_rate"].source, rows["finance.tax_rate"].date) == ("tax code", "2026-01-01")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("finance.tax_rte", r"leads nowhere: no 'tax_rte' there; did you mean 'tax_rate'"),
        ("sites[nowhere].demand", "no item 'nowhere'"),
        ("scenarios.no-battery", "must not lead into the scenarios themselves"),
    ],
)
def test_a_citation_of_nothing_is_a_fault(tmp_path, path, told):
    with pytest.raises(InstanceError, match=told):
        read(variant(tmp_path, {"sources": {path: {"source": "x"}}}))


@pytest.mark.parametrize(
    ("names", "unit"),
    [
        (("finance", "tax_rate"), "p.u."), (("finance", "discount_rate"), "p.u./year"), (("catalogue", "battery", "soc_min"), "p.u."),
        (("sites", "demand", "energy_kwh", "mean"), "kWh"), (("risk", "drivers", "adoption", "mean"), "×"),
        (("sites", "demand", "max_wait_min"), "min"), (("catalogue", "battery", "max_c_rate"), "1/h"),
        (("tariffs", "x", "demand", "price_per_kw_month"), "EUR/kW and month"), (("carbon", "grid_kg_per_kwh"), "kg/kWh"),
        (("carbon", "cap_t_per_year"), "t/year"), (("sites", "demand", "sessions_per_day"), "1/day"),
        (("sites", "other_revenue", "per_year"), "EUR/year"), (("outages", "cases", "x", "per_year"), "1/year"),
        (("catalogue", "solar", "om_per_kw_year"), "EUR/kW and year"), (("sites", "demand", "growth_per_year"), "p.u./year"),
        (("weather", "warmer_by_k"), "K"), (("sites", "land_cost_per_year"), "EUR/year"), (("finance", "loan", "min_dscr"), "×"),
        (("tariffs", "x", "contracted", "excess_price_per_kva_month"), "EUR/kVA and month"), (("catalogue", "solar", "tilt_deg"), "°"),
        (("sites", "other_revenue", "per_kwh_sold"), "EUR/kWh sold"), (("outages", "value_of_lost_load_per_kwh"), "EUR/kWh"),
    ],
)  # fmt: skip
def test_names_carry_their_units(names, unit):
    assert unit_of(names, 1.0, "EUR") == unit


def test_what_is_told_as_a_fraction_can_be_no_more_than_one():
    # A name whose unit is not recognised would be told as a fraction: then its range must be one.
    definitions, seen = Instance.model_json_schema()["$defs"], 0
    for noun, said in definitions.items():
        for name, field in said.get("properties", {}).items():
            numbers = [part for part in (field, *field.get("anyOf", ())) if part.get("type") in ("number", "integer")]
            inside = "drivers" if noun == "Distribution" else "energy_kwh" if noun == "Energy" else "stay_h"
            unit = unit_of((noun.lower(), inside, name), 1.0, "EUR")
            if numbers and unit.startswith("p.u.") and not name.endswith("_sd"):  # a spread has no upper end
                seen += 1
                most = [part.get("maximum", part.get("exclusiveMaximum")) for part in numbers]
                assert all(limit is not None and limit <= 1 for limit in most), (noun, name, most)
    assert seen > 30
    assert unit_of(("title",), "text", "EUR") == ""
