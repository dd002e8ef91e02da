"""Replay published REopt studies: each as an instance file, solved from the file, beside the sizes and costs published.

A study is NAME.json (rates of money, equipment, tariff, published results) and NAME.csv (hourly load, yield, prices), as
kept in ../shared/data/reopt_replay. Source: NREL, REopt-API-Analysis (BSD-3).
`--json` prints one object; ends with 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from evplan.instance.read import read
from evplan.plan import solve_read

ROOT = Path(__file__).resolve().parent.parent
STUDIES = ROOT.parent / "shared" / "data" / "reopt_replay"
BARS = {"lcc": 5e-4, "pv_kw": 5e-3, "bess_kwh": 0.015, "bess_kw": 0.015, "year1_energy": 2e-3, "year1_demand": 2e-3}
USUAL_USD = 1.0
ONCE = 40  # years: what is replaced in no year of the study


def incentives(item: dict[str, Any]) -> dict[str, Any]:
    """Return what tax law gives for panels or a battery of a study."""
    return {
        "investment_tax_credit": item["itc"], "itc_basis_reduction": item["macrs_itc_reduction"],
        "macrs_years": item["macrs_years"], "bonus_depreciation": item["macrs_bonus"],
    }  # fmt: skip


def instance(study: dict[str, Any], series: Path) -> dict[str, Any]:
    """Return the instance file of a study."""
    money, pv, battery, tariff = study["financial"], study["pv"], study["bess"], study["tariff"]
    with series.open(encoding="utf-8") as file:
        load = max(float(row["load_kw"]) for row in csv.DictReader(file))
    site = {
        "name": "building", "setting": "urban", "tariff": "published",
        "connection": {"existing_kw": 10 * load + battery["max_kw"]},
        "load_kw": {"file": series.name, "column": "load_kw"},
        "solar_arrays": [{
            "name": "panels", "existing_kw": pv["existing_kw"], "max_kw": pv["existing_kw"] + pv["max_new_kw"],
            "yield_kw_per_kw": {"file": series.name, "column": "pv_pf_levelized_kwac_per_kwdc"},
        }],
    }  # fmt: skip
    return {
        "kind": "plan", "format": 1, "title": study["source"],
        "horizon": {"start": f"{study['year']}-01-01", "years": money["analysis_years"], "operating_years": [1],
                    "storage_cycle": "year"},
        "weather": {"file": "pvlib:723170TYA.CSV"},
        "catalogue": {
            "solar": {
                "cost_per_kw": pv["capex_per_kw"], "om_per_kw_year": pv["om_per_kw_yr"], "degradation": 0.0,
                "life_years": ONCE, "max_kw": pv["existing_kw"] + pv["max_new_kw"], "incentives": incentives(pv),
            },
            "battery": {
                "cost_per_kwh": battery["capex_per_kwh"], "cost_per_kw": battery["capex_per_kw"],
                "round_trip_efficiency": battery["charge_eff"] * battery["discharge_eff"],
                "soc_min": battery["soc_min"], "soc_max": 1.0, "soc_start": battery["soc_init"],
                "max_kwh": battery["max_kwh"], "max_kw": battery["max_kw"],
                "max_c_rate": 10.0, "replaced_in_years": [battery["repl_year"]],
                "replacement_cost_fraction": battery["repl_per_kwh"] / battery["capex_per_kwh"],
                "power_replacement_fraction": battery["repl_per_kw"] / battery["capex_per_kw"], "incentives": incentives(battery),
            },
        },
        "tariffs": {"published": {
            "fixed_per_month": tariff["fixed_usd_per_year"] / 12,
            "energy_series": {"file": series.name, "column": "energy_rate_usd_per_kwh"},
            "demand": [
                {"price_per_kw_month": price, "months": [month]}
                for month, price in enumerate(tariff["monthly_demand_usd_per_kw"], start=1) if price
            ] + [
                {"price_per_kw_month": price, "where": {"file": series.name, "column": f"period {period}"}}
                for period, price in tariff["tou_demand_usd_per_kw"].items() if price
            ],
        }},
        "sites": [site],
        "finance": {
            "currency": "USD", "discount_rate": money["discount"], "tax_rate": money["tax"], "inflation": 0.0,
            "electricity_escalation": money["elec_escalation"], "om_escalation": money["om_escalation"],
            "prices_of": "construction-year", "residual_value": "none", "replacements": "expensed",
        },
        "solver": {"gap": 1e-6},
    }  # fmt: skip


def write_series(series: Path, copy: Path, periods: dict[str, Any]) -> None:
    """Copy the hourly table, with a column of 0 and 1 for each period of a time-of-use demand charge."""
    with series.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update({f"period {period}": int(row["tou_demand_period"] == str(period)) for period in periods})
    with copy.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def replay(path: Path) -> dict[str, float]:
    """Return, for one study, what evplan finds and how far it is from what was published."""
    study = json.loads(path.read_text(encoding="utf-8"))
    if not study["tariff"]["export"].startswith("none"):
        raise SystemExit(f"{path}: export by {study['tariff']['export']!r} is not read here")
    series = path.with_suffix(".csv")
    with tempfile.TemporaryDirectory() as folder:
        write_series(series, Path(folder) / series.name, study["tariff"]["tou_demand_usd_per_kw"])
        file = Path(folder) / "study.yaml"
        file.write_text(json.dumps(instance(study, series)), encoding="utf-8")
        found = read(file)
        run = solve_read(found)
        plan = run.plans[0]
        life = run.lifecycles[0]
    told = {
        "lcc": life.cost, "lcc_bau": life.usual, "npv": life.savings_npv, "pv_kw": plan.solar_kw, "bess_kwh": plan.battery_kwh,
        "bess_kw": plan.battery_kw, "year1_energy": plan.bills[0].energy, "year1_demand": plan.bills[0].demand,
        "year1_bill_bau": life.usual_bill, "seconds": run.seconds["total"], "reopt_seconds": study["expected"]["reopt_seconds"],
    }  # fmt: skip
    off = {
        name: abs(told[name] - study["expected"][name]) / max(abs(study["expected"][name]), 1e-9)
        if study["expected"][name] else abs(told[name]) for name in BARS
    }  # fmt: skip
    off["lcc_bau_usd"] = abs(told["lcc_bau"] - study["expected"]["lcc_bau"])
    return {**told, **{f"off_{name}": value for name, value in off.items()}}


def main() -> int:
    """Replay every study of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=STUDIES)
    parser.add_argument("--json", action="store_true")
    asked, _ = parser.parse_known_args()
    found = {path.stem: replay(path) for path in sorted(asked.folder.glob("*.json"))}
    if not found:
        print(f"{asked.folder}: no studies here", file=sys.stderr)
        return 1
    if asked.json:
        print(json.dumps(found))
    else:
        for name, figures in found.items():
            print(name, *(f"  {key} {value:,.6g}" for key, value in figures.items()), sep="\n")
    bars = {**BARS, "lcc_bau_usd": USUAL_USD}
    return int(any(figures[f"off_{name}"] > bar for figures in found.values() for name, bar in bars.items()))


if __name__ == "__main__":
    sys.exit(main())
