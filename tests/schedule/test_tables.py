"""Sessions from tables and JSON: forms that others write, local times across daylight saving, every bad row told."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pandas as pd
import pytest

from evplan.cli import app
from evplan.errors import InputError
from evplan.schedule.chargers import Chargers
from evplan.schedule.names import SessionColumns
from evplan.schedule.tables import read_sessions, sessions_from_rows

HERE = Chargers(power_kw=11.0)
ZONE = "Europe/Berlin"


def read(tmp_path, text, name="s.csv", zone=ZONE):
    path = tmp_path / name
    path.write_text(text)
    return read_sessions(path, HERE, zone)


def test_columns_of_our_own_are_read(tmp_path):
    found = read(
        tmp_path,
        "id,arrival,departure,energy_kwh,max_power_kw,priority,v2g,battery_kwh,arrival_soc\n"
        "a,2026-12-01 08:00,2026-12-01 16:30,20,22,2,yes,60,0.4\nb,2026-12-01T09:00:00+00:00,2026-12-01T12:00:00+01:00,5,,,,,\n",
    )
    assert found.name.tolist() == ["a", "b"] and found.stay_h.tolist() == [8.5, 2.0]
    assert found.max_kw.tolist() == [11.0, 11.0] and found.priority.tolist() == [2.0, 1.0]
    assert found.gives.tolist() == [True, False] and found.arrival_soc[0] == 0.4 and np.isnan(found.battery_kwh[1])


def test_energy_follows_from_state_of_charge_and_capacity(tmp_path):
    found = read(
        tmp_path, "arrival,departure,battery_kwh,soc,target_soc\n2026-12-01 08:00,2026-12-01 16:00,50,0.3,0.8\n"
    )
    assert found.energy_kwh.tolist() == [25.0]


def test_acn_data_is_read_as_its_interface_gives_it(tmp_path):
    items = [
        {
            "_id": "x1", "connectionTime": "Wed, 25 Apr 2018 11:08:04 GMT", "disconnectTime": "Wed, 25 Apr 2018 13:20:10 GMT",
            "kWhDelivered": 7.932, "userInputs": [{"kWhRequested": 9.0}, {"kWhRequested": 12.5}], "timezone": "America/Los_Angeles",
        },
        {
            "_id": "x2", "connectionTime": "Wed, 25 Apr 2018 13:45:10 GMT",
            "disconnectTime": "Thu, 26 Apr 2018 00:56:16 GMT", "kWhDelivered": 10.013, "userInputs": None,
        },
    ]  # fmt: skip
    found = read(tmp_path, json.dumps({"_items": items}), "acn.json")
    assert found.energy_kwh.tolist() == [12.5, 10.013]
    assert found.stay_h[0] == pytest.approx(2 + 12 / 60 + 6 / 3600)


def test_ocpi_sessions_are_read(tmp_path):
    data = [
        {"id": "101", "start_date_time": "2026-06-29T22:39:09Z", "end_date_time": "2026-06-30T06:00:00Z", "kwh": 31.5}
    ]
    found = read(tmp_path, json.dumps({"data": data, "status_code": 1000}), "ocpi.json")
    assert found.energy_kwh.tolist() == [31.5] and found.name.tolist() == ["101"]


def test_times_of_ocpi_are_of_utc_where_they_say_nothing_else(tmp_path):
    data = [{"id": "7", "start_date_time": "2026-06-29T22:39:09", "end_date_time": "2026-06-30T06:00:00", "kwh": 3.0}]
    found = read(tmp_path, json.dumps({"data": data}), "ocpi.json")
    assert found.arrival_s[0] == datetime.datetime(2026, 6, 29, 22, 39, 9, tzinfo=datetime.UTC).timestamp()


@pytest.mark.parametrize("mark", [";", "\t"])
def test_columns_apart_by_another_mark_are_told(tmp_path, mark):
    rows = ["arrival,departure,energy_kwh", "2026-12-01 08:00,2026-12-01 09:00,4"]
    with pytest.raises(InputError, match=r"columns apart by .* write it with commas"):
        read(tmp_path, "\n".join(rows).replace(",", mark))


def test_six_amperes_are_a_power_by_phases_where_a_session_says_none(tmp_path):
    path, stay = tmp_path / "s.csv", "2026-12-01 08:00,2026-12-01 09:00,4"
    rows = ["id,arrival,departure,energy_kwh,phases,min_power_kw", f"a,{stay},1,", f"b,{stay},3,", f"c,{stay},2,0"]
    path.write_text("\n".join(rows))
    found = read_sessions(path, Chargers(power_kw=11.0, min_current_a=6.0), ZONE)
    assert found.min_kw.tolist() == pytest.approx([1.38, 4.14, 0.0])


def test_what_is_neither_yes_nor_no_is_told(tmp_path):
    assert read(tmp_path, "arrival,departure,energy_kwh,v2g\n2026-12-01 08:00,2026-12-01 09:00,4,Y\n").gives.all()
    with pytest.raises(InputError, match=r"column 'v2g' must hold yes or no; see row 2 \(maybe\)"):
        read(tmp_path, "arrival,departure,energy_kwh,v2g\n2026-12-01 08:00,2026-12-01 09:00,4,maybe\n")


def test_parquet_is_read_like_csv(tmp_path):
    frame = pd.DataFrame(
        {
            "arrival": pd.to_datetime(["2026-12-01 08:00"]),
            "departure": pd.to_datetime(["2026-12-01 10:00"]),
            "energy_kwh": [4.0],
        }
    )
    frame.to_parquet(tmp_path / "s.parquet")
    assert read_sessions(tmp_path / "s.parquet", HERE, ZONE).stay_h.tolist() == [2.0]


def test_a_stay_across_the_change_to_winter_time_is_an_hour_longer(tmp_path):
    found = read(tmp_path, "arrival,departure,energy_kwh\n2026-10-24 22:00,2026-10-25 06:00,10\n")
    assert found.stay_h.tolist() == [9.0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("arrival,energy_kwh\n2026-12-01 08:00,4\n", "has no column departure"),
        ("arrival,departure\n2026-12-01 08:00,2026-12-01 09:00\n", "energy_kwh .or battery_kwh and arrival_soc."),
        ("arrival,departure,energy_kwh\nsoon,2026-12-01 09:00,x\n", "(?s)'arrival' must hold ISO.*'energy_kwh' must hold numbers"),
        ("arrival,departure,energy_kwh\n2026-12-01 08:00,2026-12-01 07:00,4\n", "must leave after it comes"),
        ("arrival,departure,energy_kwh\n", "holds no sessions"),
        ("arrival,departure,energy_kwh\n2026-03-29 02:30,2026-03-29 07:00,4\n", "which the clocks of Europe/Berlin skip"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_told_with_its_rows(tmp_path, text, told):
    with pytest.raises(InputError, match=told):
        read(tmp_path, text)


def test_a_file_is_planned_from_the_command_line(tmp_path, capsys):
    (tmp_path / "site.yaml").write_text(
        "kind: schedule\nformat: 1\ntimezone: Europe/Berlin\nconnection: {limit_kw: 30}\n"
    )
    (tmp_path / "day.csv").write_text(
        "id,arrival,departure,energy_kwh\na,2026-12-01 08:00,2026-12-01 16:30,20\nb,2026-12-01 09:10,2026-12-01 09:40,9\n"
    )
    folder = tmp_path / "out"
    assert (
        app(
            ["schedule", str(tmp_path / "day.csv"), "--site", str(tmp_path / "site.yaml"), "--output", str(folder)],
            result_action="return_value",
        )
        == 0
    )
    said = " ".join(capsys.readouterr().out.split())
    assert "2 sessions" in said and "b: 5.06 of 9.00 kWh: its stay allows 5.1 kWh at 11 kW" in said
    power, sessions = pd.read_csv(folder / "power.csv"), pd.read_csv(folder / "sessions.csv")
    drawn = power.groupby("session")["drawn_kwh"].sum()
    assert 0.92 * drawn["a"] == pytest.approx(20.0) and sessions["delivered_kwh"][0] == pytest.approx(20.0)
    station = pd.read_csv(folder / "station.csv")
    assert station["vehicles_kw"].sum() * 0.25 == pytest.approx(power["drawn_kwh"].sum())
    assert json.loads((folder / "ocpp-1.6.json").read_text())[0]["request"]["connectorId"] == 1


def test_a_workbook_is_read_as_a_table_is(tmp_path):
    rows = pd.DataFrame({
        "id": ["a", "b"], "arrival": [pd.Timestamp("2026-12-01 08:00"), pd.Timestamp("2026-12-01 09:30")],
        "departure": ["2026-12-01 16:30", "2026-12-01T12:00:00+01:00"], "energy_kwh": [20, 5.5], "priority": [2, None],
    })  # fmt: skip
    rows.to_excel(tmp_path / "s.xlsx", index=False)
    rows.to_csv(tmp_path / "s.csv", index=False)
    book, table = (read_sessions(tmp_path / name, HERE, ZONE) for name in ("s.xlsx", "s.csv"))
    for field in ("name", "arrival_s", "departure_s", "energy_kwh", "priority"):
        assert getattr(book, field).tolist() == getattr(table, field).tolist()
    assert book.stay_h.tolist() == [8.5, 2.5]


def test_what_is_no_workbook_is_told(tmp_path):
    (tmp_path / "s.xlsx").write_text("not a workbook")
    with pytest.raises(InputError, match="cannot be read as a workbook"):
        read_sessions(tmp_path / "s.xlsx", HERE, ZONE)


def test_columns_of_other_names_are_said_in_the_file(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("Ankunft,Abfahrt,kWh soll,kwh\n2026-12-01 08:00,2026-12-01 16:30,20,3\n")
    said = SessionColumns(arrival="Ankunft", departure="Abfahrt", energy_kwh="kWh soll")
    assert read_sessions(path, HERE, ZONE, said).energy_kwh.tolist() == [20.0]
    with pytest.raises(InputError, match=r"has no column 'Ankumft'; did you mean 'Ankunft'\? \(see `columns`\)"):
        read_sessions(path, HERE, ZONE, SessionColumns(arrival="Ankumft"))


def test_who_left_early_is_read_where_it_is_written(tmp_path):
    found = read(
        tmp_path,
        "arrival,departure,energy_kwh,left\n2026-12-01 08:00,2026-12-01 16:00,9,2026-12-01 12:00\n"
        "2026-12-01 08:00,2026-12-01 16:00,9,\n",
    )
    assert ((found.departure_s - found.left_s) / 3600).tolist() == [4.0, 0.0]


def test_rows_of_a_program_are_checked_as_a_file_is():
    row = {"arrival": "2026-12-01 08:00", "departure": "2026-12-01 16:00", "energy_kwh": 9}
    assert sessions_from_rows([row], HERE, ZONE).energy_kwh.tolist() == [9.0]
    with pytest.raises(
        InputError, match=r"sessions: column 'energy_kwh' must hold numbers from 0 to 2000; see row 2 \(many\)"
    ):
        sessions_from_rows([row, row | {"energy_kwh": "many"}], HERE, ZONE)
    with pytest.raises(InputError, match="sessions: holds no sessions"):
        sessions_from_rows([], HERE, ZONE)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a,2026-12-01 08:00,2026-12-01 16:00,9,3", "column 'id' must name each session once; see row 3"),
        ("b,2026-12-01 08:00,2026-12-01 16:00,9,1.5", "column 'phases' must hold whole numbers; see row 3"),
        (
            "b,2026-12-01 08:00,2026-12-01 16:00," + "9" * 400 + ",3",
            "column 'energy_kwh' must hold numbers from 0 to 2000",
        ),
    ],
)
def test_rows_that_mean_nothing_are_told(tmp_path, row, told):
    with pytest.raises(InputError, match=told):
        read(tmp_path, f"id,arrival,departure,energy_kwh,phases\na,2026-12-01 08:00,2026-12-01 16:00,9,3\n{row}\n")


def test_what_drivers_said_to_acn_is_there_for_replays(tmp_path):
    said = {"kWhRequested": 9.0, "requestedDeparture": "Wed, 25 Apr 2018 14:00:00 GMT"}
    item = {
        "_id": "x1", "connectionTime": "Wed, 25 Apr 2018 11:00:00 GMT", "disconnectTime": "Wed, 25 Apr 2018 13:00:00 GMT",
        "kWhDelivered": 7.9, "userInputs": [said],
    }  # fmt: skip
    path = tmp_path / "acn.json"
    path.write_text(json.dumps([item]))
    columns = SessionColumns(departure="requestedDeparture", left="disconnectTime")
    found = read_sessions(path, HERE, ZONE, columns)
    assert found.stay_h.tolist() == [3.0] and (found.left_s - found.arrival_s).tolist() == [7200.0]
