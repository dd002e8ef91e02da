"""The four station profiles beside the project, through the whole chain; and what hourly means hide in them."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from support import ROOT, solved

from evplan import anywhere

STATIONS = {  # file: setting, charger type, most chargers, existing connection kW
    "dcfc_current_1plug-low_50kW": ("rural", "dc50", 6, 50.0),
    "dcfc_current_1plug-high_50kW": ("urban", "dc50", 8, 50.0),
    "dcfc_interm_4plugs_150kW": ("urban", "dc150", 16, 300.0),
    "dcfc_future_20plugs_150kW": ("urban", "dc150", 40, 750.0),
}
COLUMN = "Power, kW"
STEPS = ((300.0, 61500.0), (750.0, 74300.0), (1500.0, 137000.0), (3000.0, 274000.0))


def changes(file, setting, charger, most, existing):
    """Return what turns Greensboro's urban site into one station with a measured demand."""
    steps = [{"power_kw": power, "cost": cost} for power, cost in STEPS if power > existing]
    return {
        "horizon.operating_years": [1],
        "catalogue.vehicle": {"battery_kwh": 150.0},  # accepts what the measured sessions drew
        "catalogue.chargers": [{"use": f"us/{charger}", "max_count": most}],
        "sites[gate-city].setting": setting,
        "sites[gate-city].connection": {"existing_kw": existing, "steps": steps},
        "sites[gate-city].demand": {
            "load_kw": {"file": str(file), "column": COLUMN, "step_minutes": 15},
            "energy_kwh": {"mean": 25.0}, "max_wait_min": 5.0, "min_served": 0.95,
        },
        "sites[rock-creek].demand.sessions_per_day": 0.0,
    }  # fmt: skip


def power_kw(file) -> np.ndarray:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return np.array([float(row[COLUMN]) for row in csv.DictReader(handle)])[: 365 * 96]


@pytest.mark.slow
@pytest.mark.parametrize("name", STATIONS)
def test_a_measured_station_is_planned_checked_and_appraised(name, shared_data, tmp_path):
    file = shared_data / "dcfc_profiles" / f"{name}.csv"
    with anywhere():  # measured loads lie beside the project
        run = solved(ROOT / "instances" / "greensboro.yaml", changes(file, *STATIONS[name]), tmp_path, gap=1e-3)
    plan, site = run.plans[0], run.parameters.sites[0]
    assert run.verdicts[0].passed
    assert run.gap <= 1e-3
    assert site.demand_kwh.sum() == pytest.approx(power_kw(file).sum() / 4)
    assert plan.served_total_kw.sum() >= 0.95 * site.demand_kwh.sum() * (1 - 1e-6)
    assert run.appraisal.sites[0].metrics.lcoc_per_kwh > 0.1
    assert not run.plans[1].open


@pytest.mark.parametrize("name", STATIONS)
def test_hourly_means_hide_a_third_to_a_half_of_the_billed_peak(name, shared_data):
    quarter = power_kw(shared_data / "dcfc_profiles" / f"{name}.csv").reshape(-1, 4)
    month = np.minimum(np.arange(8760) // 730, 11)
    ratio = np.mean([quarter[month == m].max() / quarter[month == m].mean(axis=1).max() for m in range(12)])
    assert 1.35 < ratio < 2.35  # docs/method.md: 1.43 to 2.25, by calendar months
