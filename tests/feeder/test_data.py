"""Networks, days and series as files have them; what is wrong is told with its place."""

from __future__ import annotations

import datetime
import json
import re

import numpy as np
import pandas as pd
import pytest
from feeders import ROW, street, study

from evplan.errors import InputError, InstanceError
from evplan.feeder.ageing import aged
from evplan.feeder.dss_customers import _day
from evplan.feeder.flow import Flow, legs_of
from evplan.feeder.metrics import measure
from evplan.feeder.panda import read_pandapower
from evplan.feeder.plain import read_tables
from evplan.feeder.read import read_feeder, validated
from evplan.feeder.reading import day_of
from evplan.feeder.series import on_horizon, read_series
from evplan.feeder.study import FeederStudy, Horizon, Source, Tables, Transformer

HOMES = [("h1", "b1", "1", 3.0, 1.0), ("h2", "b2", "2", 5.0, 0.5), ("h3", "b3", "123", 6.0, 2.0)]


def frame(columns, rows):
    """Return a table as pandapower writes it."""
    text = json.dumps({"columns": columns, "index": list(range(len(rows))), "data": rows})
    return {"_module": "pandas.core.frame", "_class": "DataFrame", "_object": text, "orient": "split"}


def net(**changes):
    """Return a net with a street of three buses behind a transformer, as pandapower writes it."""
    made = {
        "f_hz": 50.0,
        "bus": frame(["name", "vn_kv", "in_service"], [["mv", 20.0, True], *([name, 0.4, True] for name in ("lv", "b1", "b2", "b3"))]),
        "ext_grid": frame(["bus", "vm_pu", "va_degree", "in_service", "s_sc_max_mva", "rx_max", "r0x0_max", "x0x_max"],
                          [[0, 1.0, 0.0, True, 200.0, 0.3, 0.3, 1.0]]),
        "trafo": frame(["name", "hv_bus", "lv_bus", "sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "pfe_kw", "i0_percent",
                        "shift_degree", "vector_group", "tap_side", "tap_pos", "tap_neutral", "tap_step_percent", "parallel", "in_service"],
                       [["t", 0, 1, 0.25, 20.0, 0.4, 4.0, 1.2, 0.0, 0.0, 330.0, "Dyn", "hv", 0, 0, 2.5, 1, True]]),
        "line": frame(["name", "from_bus", "to_bus", "length_km", "r_ohm_per_km", "x_ohm_per_km", "r0_ohm_per_km", "x0_ohm_per_km",
                       "c_nf_per_km", "max_i_ka", "df", "parallel", "in_service"],
                      [[f"l{k}", k, k + 1, 0.06, ROW["r1"], ROW["x1"], ROW["r0"], ROW["x0"], 0.0, 0.2, 1.0, 1, True] for k in (1, 2, 3)]),
        "load": frame(["name", "bus", "p_mw", "q_mvar", "scaling", "in_service"], [["h3", 4, 0.006, 0.002, 1.0, True]]),
        "asymmetric_load": frame(["name", "bus", "p_a_mw", "q_a_mvar", "p_b_mw", "q_b_mvar", "p_c_mw", "q_c_mvar", "scaling",
                                  "in_service", "type"], [["h1", 2, 0.003, 0.001, 0, 0, 0, 0, 1.0, True, "wye"],
                                                          ["h2", 3, 0, 0, 0.005, 0.0005, 0, 0, 1.0, True, "wye"]]),
        "switch": frame(["bus", "element", "et", "closed"], []),
    }  # fmt: skip
    return {"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": {**made, **changes}}


def voltages(network):
    flow = Flow(network, legs_of(network, network.customers))
    power = np.array([[1000 * (one.kw + 1j * one.kvar)] for one in network.customers])
    volts = flow.nodes(flow.solve(flow.legs.of(power)).current)[:, 0]
    return {node: abs(volts[i]) for node, i in network.at.items()}


def test_a_net_of_pandapower_is_the_same_as_its_tables(tmp_path):
    (tmp_path / "net.json").write_text(json.dumps(net()))
    own, _ = street(tmp_path, HOMES)
    one, other = voltages(read_pandapower(tmp_path / "net.json")), voltages(own)
    for bus in ("lv", "b1", "b2", "b3"):
        for phase in (1, 2, 3):
            assert one[bus, phase] == pytest.approx(other[bus, phase], rel=1e-9)


def profiled(**changes):
    """Return the net with a load and panels that follow profiles of two days, in steps of six hours."""
    times = [f"{day:02}.06.2016 {hour:02}:00" for day in (20, 21) for hour in (0, 6, 12, 18)]
    loads = [[time, 0.1 * k, 0.05 * k] for k, time in enumerate(times)]
    sun = [[time, [0.0, 0.5, 1.0, 0.25][k % 4]] for k, time in enumerate(times)]
    return net(
        load=frame(["name", "bus", "p_mw", "q_mvar", "scaling", "in_service", "profile"], [["h3", 4, 0.006, 0.002, 1.0, True, "H0"]]),
        sgen=frame(["name", "bus", "p_mw", "q_mvar", "scaling", "in_service", "profile"], [["pv", 3, 0.009, 0.003, 1.0, True, "PV5"]]),
        profiles={"load": frame(["time", "H0_pload", "H0_qload"], loads), "renewables": frame(["time", "PV5"], sun)},
        **changes,
    )  # fmt: skip


def test_a_day_of_a_nets_profiles_and_its_own_panels(tmp_path):
    (tmp_path / "net.json").write_text(json.dumps(profiled()))
    said = {"kind": "feeder", "format": 1, "network": {"pandapower": "net.json"}, "loads": {"scale": 2.0},
            "horizon": {"start": "00:00", "minutes": 60, "date": "2016-06-21"}, "panels": {}}  # fmt: skip
    day = day_of(FeederStudy.model_validate(said), tmp_path)
    at = [one.name for one in day.customers]
    assert day.load[at.index("h3"), ::6] == pytest.approx(
        [2 * 6000 * 0.1 * k + 2j * 2000 * 0.05 * k for k in (4, 5, 6, 7)]
    )
    assert day.panel_kw[0, ::6] == pytest.approx([0.0, 4.5, 9.0, 2.25])
    assert (day.panels[0].name, round(day.panels[0].kw, 9), day.panels[0].phases) == ("pv", 9.0, (1, 2, 3))
    assert day.load[at.index("pv"), ::6] == pytest.approx(
        [-3000j] * 4
    )  # what is no power to give up stays where it was
    with pytest.raises(InputError, match=r"profiles go from 2016-06-20 to 2016-06-21; horizon\.date is 2017-06-21"):
        read_pandapower(tmp_path / "net.json", datetime.date(2017, 6, 21))
    assert any("horizon.date" in note for note in read_pandapower(tmp_path / "net.json").notes)
    (tmp_path / "net.json").write_text(json.dumps(net()))
    with pytest.raises(InputError, match="no profiles of a year"):
        read_pandapower(tmp_path / "net.json", datetime.date(2016, 6, 21))
    with pytest.raises(InputError, match="the network has no panels of its own"):
        day_of(FeederStudy.model_validate({**said, "horizon": {"start": "00:00"}}), tmp_path)


def test_half_of_what_excites_a_transformer_is_at_each_side(tmp_path):
    """Idle, the low side's voltage is that of a divider: the series impedance over half the magnetising one. By hand."""
    own = net(
        load=frame(["name", "bus", "p_mw", "q_mvar"], [["idle", 4, 0.0, 0.0]]),
        asymmetric_load=frame(["name", "bus", "type"], []),
    )
    trafo = own["_object"]["trafo"]
    said = json.loads(trafo["_object"])
    said["data"][0][said["columns"].index("pfe_kw")] = 2.5
    said["data"][0][said["columns"].index("i0_percent")] = 4.0
    trafo["_object"] = json.dumps(said)
    grid = json.loads(own["_object"]["ext_grid"]["_object"])
    grid["data"][0][grid["columns"].index("s_sc_max_mva")] = 1e9
    own["_object"]["ext_grid"]["_object"] = json.dumps(grid)
    (tmp_path / "net.json").write_text(json.dumps(own))
    series = complex(0.012, np.sqrt(0.04**2 - 0.012**2))  # of rated
    magnetising = complex(0.01, -np.sqrt(0.04**2 - 0.01**2)) / 2
    assert voltages(read_pandapower(tmp_path / "net.json"))["lv", 1] == pytest.approx(
        400 / np.sqrt(3) * abs(1 / (1 + series * magnetising)), rel=1e-8
    )


def test_switches_and_buses_that_are_off_are_off(tmp_path):
    switches = frame(["bus", "element", "et", "closed"], [[3, 2, "l", False]])
    (tmp_path / "net.json").write_text(json.dumps(net(switch=switches)))
    with pytest.raises(InputError, match="customers at buses that nothing connects: h3"):
        read_pandapower(tmp_path / "net.json")
    (tmp_path / "net.json").write_text(
        json.dumps(net(switch=frame(["bus", "element", "et", "closed"], [[1, 0, "t", False]])))
    )
    with pytest.raises(InputError, match="nothing connects"):
        read_pandapower(tmp_path / "net.json")
    buses = net()["_object"]["bus"]
    own = json.loads(buses["_object"])
    own["data"][4][2] = False
    (tmp_path / "net.json").write_text(json.dumps(net(bus={**buses, "_object": json.dumps(own)})))
    assert [one.name for one in read_pandapower(tmp_path / "net.json").customers] == ["h1", "h2"]


def test_lines_without_a_zero_sequence_are_said(tmp_path):
    bare = net()
    own = json.loads(bare["_object"]["line"]["_object"])
    for row in own["data"]:
        row[6] = row[7] = None
    bare["_object"]["line"]["_object"] = json.dumps(own)
    (tmp_path / "net.json").write_text(json.dumps(bare))
    assert "4 times their positive" in read_pandapower(tmp_path / "net.json").notes[0]


@pytest.mark.parametrize(("change", "said"), [
    ({"gen": frame(["bus"], [[1]])}, "elements of kind gen"),
    ({"ext_grid": frame(["bus"], [])}, "an external grid"),
    ({"bus": 3}, "needs buses"),
])  # fmt: skip
def test_nets_that_are_not_modelled_are_refused(tmp_path, change, said):
    (tmp_path / "net.json").write_text(json.dumps(net(**change)))
    with pytest.raises(InputError, match=said):
        read_pandapower(tmp_path / "net.json")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"_object": 3}', "not json"])
def test_files_that_are_no_nets_are_refused(tmp_path, text):
    (tmp_path / "net.json").write_text(text)
    with pytest.raises(InputError):
        read_pandapower(tmp_path / "net.json")


@pytest.mark.parametrize(("file", "old", "new", "said"), [
    ("lines", "l2,b1,b2", "l2,x1,x2", "nothing connects these lines to bus 'lv': l2, l3"),
    ("lines", "0.32", "wide", "r1 must be said for every row, numbers as numbers; see row 2"),
    ("lines", "r0", "rzero", "there is no column 'r0'"),
    ("customers", "h2,b2,2", "h2,b9,2", "there is no phase 2 at bus 'b9'"),
    ("customers", "h2,b2,2", "h2,b2,4", "phases must be of 1, 2 and 3"),
    ("customers", "h2,b2,2", "h2,b2,22", "phases must be of 1, 2 and 3"),
    ("customers", "h2,b2,2", "h1,b2,2", "names twice: h1"),
    ("lines", "b1,60.0", "b1,0.0", "l1: length_m and impedances must be above 0"),
    ("lines", "b1,60.0", "b1,inf", "length_m must be said for every row, numbers as numbers; see row 2"),
    ("lines", "l3,b2,b3", "l3,grid,b3", "bus 'grid' is above the transformer"),
    ("lines", "200.0,123\nl3", "200.0,1\nl3", "nothing connects these nodes to the source: b2.2"),
])  # fmt: skip
def test_tables_that_are_wrong_are_told(tmp_path, file, old, new, said):
    street(tmp_path, HOMES)
    text = (tmp_path / f"{file}.csv").read_text()
    assert old in text
    (tmp_path / f"{file}.csv").write_text(text.replace(old, new))
    with pytest.raises(InputError, match=said):
        read_tables(
            tmp_path,
            Tables(lines="lines.csv", customers="customers.csv", source=Source(), transformer=Transformer(kva=250.0)),
        )


def written(folder, sessions="", panels="", series="pu\n0.5\n", loads=""):
    """Write a study of tables with sessions, panels and loads; return it."""
    street(folder, HOMES)
    said = {"network": {"tables": {"lines": "lines.csv", "customers": "customers.csv", "transformer": {"kva": 250.0}}}}
    head = {
        "sessions": "name,bus,phases,arrival,departure,energy_kwh,max_kw\n",
        "panels": "name,bus,phases,kw\n",
        "loads": "",
    }
    for name, text in (("sessions", sessions), ("panels", panels), ("loads", loads)):
        if text:
            (folder / f"{name}.csv").write_text(head[name] + text)
            said[name] = {"file": f"{name}.csv"} | ({"series": "sun.csv"} if name == "panels" else {})
    (folder / "sun.csv").write_text(series)
    return study(**said)


def test_times_are_within_the_24_hours_after_the_start(tmp_path):
    day = day_of(written(tmp_path, "a,b1,1,17:30,07:00,9,3.7\nb,b2,2,12:00,12:00,9,3.7\n"), tmp_path)
    assert [(one.first, one.last) for one in day.sessions] == [(6, 19), (0, 24)]
    assert day.there.sum(axis=1).tolist() == [13, 24]


def test_days_begin_where_the_horizon_does():
    quarter = np.arange(96.0)
    assert on_horizon(quarter, Horizon(start="12:00", minutes=15))[:2].tolist() == [48, 49]
    assert on_horizon(quarter, Horizon(start="12:00", minutes=60))[0] == quarter[48:52].mean()
    assert on_horizon(np.arange(24.0), Horizon(start="06:00", minutes=15))[:5].tolist() == [6, 6, 6, 6, 7]


@pytest.mark.parametrize(("changes", "said"), [
    ({"sessions": "a,b1,1,07:00,06:45,9,3.7\nb,b1,1,08:00,08:10,9,3.7\n"}, "row 3: b leaves before it comes"),
    ({"sessions": "a,b1,1,25:00,06:45,9,3.7\n"}, "row 2: times are HH:MM"),
    ({"sessions": "a,b7,1,17:00,06:45,9,3.7\n"}, "there is no bus 'b7'"),
    ({"sessions": "a,b1,1,17:00,06:45,-9,3.7\n"}, "energy_kwh must be from 0 to 2,000 "),
    ({"panels": "p,b1,1,5\n", "series": "other\n1\n"}, "there is no column of the series 'p'"),
    ({"panels": "p,b1,1,5\n", "series": "pu\n-0.5\n"}, "must be at least 0"),
    ({"panels": "p,b1,1,5\n", "series": "pu\n" + "0.1\n" * 8760}, "in steps that fit those of 60 minutes"),
    ({"panels": "p,b1,1,5\n", "series": "pu\n" + "0.1\n" * 7}, "in steps that fit those of 60 minutes"),
    ({"loads": "h9\n1\n"}, "there is no customer 'h9'"),
    ({"loads": "h1\nmuch\n"}, "must hold numbers; see row 2 of 'h1'"),
])  # fmt: skip
def test_days_that_are_wrong_are_told(tmp_path, changes, said):
    with pytest.raises(InputError, match=said):
        day_of(written(tmp_path, **changes), tmp_path)


def test_loads_keep_their_power_factor(tmp_path):
    day = day_of(written(tmp_path, loads="h1\n2\n"), tmp_path)
    assert day.load[0] == pytest.approx(np.full(24, 2000 + 2000j / 3))
    assert day.load[1] == pytest.approx(np.full(24, 5000 + 500j))  # as the customers' table says
    other = day_of(
        FeederStudy.model_validate({**day.study.model_dump(), "loads": {"power_factor": 0.8, "scale": 2.0}}), tmp_path
    )
    assert other.load[0] == pytest.approx(np.full(24, 6000 + 4500j))


def test_series_are_read_as_parquet_too(tmp_path):
    pd.DataFrame({"time": range(24), "pu": np.linspace(0, 1, 24)}).to_parquet(tmp_path / "s.parquet")
    assert read_series(tmp_path / "s.parquet", Horizon(start="00:00", minutes=60))["pu"].iloc[-1] == 1.0


def test_faults_of_a_file_are_told_at_once_with_their_lines(tmp_path):
    (tmp_path / "f.yaml").write_text(
        'kind: feeder\nformat: 1\nnetwork: { dss: a.dss, pandapower: b.json }\nhorizon: { start: "12:07" }\n'
        "limits: { lowest_pu: 1.2, highest_pu: 1.1 }\nloads: { file: nowhere.csv }\n"
    )
    with pytest.raises(InstanceError) as told:
        read_feeder(tmp_path / "f.yaml")
    for words in (
        "f.yaml:3:",
        "needs one of dss, pandapower, tables",
        "f.yaml:4:",
        "whole number of steps",
        "f.yaml:5:",
        "no such file",
    ):
        assert words in str(told.value)


def test_a_transformer_at_rated_load_ages_a_day_a_day():
    assert aged(np.ones(96), 15, 20.0).hot_c[-1] == pytest.approx(98.0)
    assert aged(np.ones(96), 15, 20.0).days == pytest.approx(1.0)
    assert aged(np.ones(96), 15, 26.0).days == pytest.approx(2.0)  # six degrees more: twice as fast
    assert aged(np.zeros(96), 15, 20.0).days < 1e-3


def test_a_peak_heats_as_long_as_oil_takes():
    """After a step of load from 0 to rated, oil has come 1 - 1/e of its way in its time constant of three hours."""
    loading = np.r_[np.zeros(720), np.ones(720)]
    hot = aged(loading, 1, 20.0).hot_c
    start, end = 20 + 55 / 6**0.8, 98.0
    assert hot[719] == pytest.approx(start, abs=0.9)
    way = (hot[720 + 179] - 23 - hot[719]) / (end - 23 - hot[719])
    assert way == pytest.approx(1 - np.exp(-1), abs=0.01)


def put(path, text):
    path.write_text(text)
    return path


def test_times_of_series_are_read_or_refused(tmp_path):
    """Rows of another day, or that begin at noon, are not taken for a day from midnight."""
    hours = [f"{hour:02}:00" for hour in range(24)]
    day = Horizon(start="00:00", minutes=60)
    own = put(tmp_path / "a.csv", "time,pu\n" + "".join(f"{hour},{k}\n" for k, hour in enumerate(hours)))
    assert read_series(own, day)["pu"].tolist() == list(range(24))
    for name, times in {
        "noon": [*hours[12:], *hours[:12]],
        "two": [f"2027-06-{d} {hour}" for d in (20, 21) for hour in hours],
        "gap": [*hours[:5], *hours[6:], "23:30"],
    }.items():
        file = put(tmp_path / f"{name}.csv", "time,pu\n" + "".join(f"{time},{k}\n" for k, time in enumerate(times)))
        with pytest.raises(InputError, match="one day from 00:00 in even steps"):
            read_series(file, day)
    dated = Horizon(start="00:00", minutes=60, date=datetime.date(2027, 6, 21))
    assert read_series(tmp_path / "two.csv", dated)["pu"].tolist() == list(range(24, 48))
    with pytest.raises(InputError, match=r"holds 2027-06-20 to 2027-06-21; horizon\.date is 2027-06-22"):
        read_series(tmp_path / "two.csv", dated.model_copy(update={"date": datetime.date(2027, 6, 22)}))
    one = put(tmp_path / "c.csv", "time,pu\n" + "".join(f"2027-06-21 {hour},{k}\n" for k, hour in enumerate(hours)))
    assert read_series(one, dated)["pu"].tolist() == list(range(24))
    with pytest.raises(InputError, match=r"horizon\.date is 2027-07-01"):
        read_series(one, dated.model_copy(update={"date": datetime.date(2027, 7, 1)}))
    table = pd.DataFrame({"pu": range(24)}, index=pd.Index([*hours[12:], *hours[:12]], name="time"))
    table.to_parquet(tmp_path / "i.parquet")  # times as an index are times
    with pytest.raises(InputError, match="one day from 00:00"):
        read_series(tmp_path / "i.parquet", day)
    with pytest.raises(InputError, match="row 2: times are HH:MM or ISO 8601"):
        read_series(put(tmp_path / "b.csv", "time,pu\nnoon,1\n"), day)


def test_ageing_does_not_hang_on_how_long_steps_are():
    loading = np.array([0.2] * 18 + [1.5] + [0.4] * 5)
    one = aged(loading, 60, 20.0)
    for minutes in (30, 15, 5):
        again = aged(np.repeat(loading, 60 // minutes), minutes, 20.0)
        assert again.days == pytest.approx(one.days, rel=1e-12)
        assert again.hot_c[60 // minutes - 1 :: 60 // minutes] == pytest.approx(one.hot_c, rel=1e-12)
    assert np.isnan(aged(np.full(24, np.nan), 60, 20.0).days)


TABLES = {"lines": "l", "customers": "c", "transformer": {"kva": 100}}


@pytest.mark.parametrize(("said", "words"), [
    ({"network": {"tables": {**TABLES, "transformer": {"kva": 100, "kv": 400}}}}, "in kV between phases, and must be below"),
    ({"upgrade": {"kva": 100, "cost": 1}}, r"must be above the transformer's own, 100 \(got 100\)"),
    ({"panels": {"file": "p.csv"}}, "file and series belong together"),
])  # fmt: skip
def test_slips_of_units_are_refused(said, words):
    base = {
        "kind": "feeder",
        "format": 1,
        "network": {"tables": {"lines": "l", "customers": "c", "transformer": {"kva": 100}}},
    }
    _, faults = validated({**base, **said})
    assert [re.search(words, fault.message) is not None for fault in faults] == [True]


def test_slips_in_tables_are_refused(tmp_path):
    street(tmp_path, HOMES)
    lines = (tmp_path / "lines.csv").read_text()
    said = Tables(lines="lines.csv", customers="customers.csv", transformer=Transformer(kva=100))
    for a, b, words in (
        ("b1,b2", "b2,b2", "goes from bus 'b2' to itself"),
        (",0.08,", ",-0.08,", "r and x at least 0"),
    ):
        (tmp_path / "lines.csv").write_text(lines.replace(a, b) if "it is in" in words else lines.replace(a, b, 1))
        with pytest.raises(InputError, match=words):
            read_tables(tmp_path, said)
    (tmp_path / "lines.csv").write_text(lines)
    (tmp_path / "s.csv").write_text(
        "name,bus,phases,arrival,departure,energy_kwh,max_kw\na,b1,1,18:00,07:00,20300,3700\n"
    )
    made = study(network={"tables": said.model_dump()}, sessions={"file": "s.csv"})
    with pytest.raises(InputError, match="row 2: energy_kwh must be from 0 to 2,000"):
        day_of(made, tmp_path)
    (tmp_path / "p.csv").write_text("name,bus,phases,kw\npv,b1,1,5\n")
    (tmp_path / "sun.csv").write_text("pv\n" + "\n".join(["0"] * 12 + ["2500"] * 12) + "\n")
    made = study(network={"tables": said.model_dump()}, panels={"file": "p.csv", "series": "sun.csv"})
    with pytest.raises(InputError, match=r"more than 1\.5 times what these panels are rated for, pv"):
        day_of(made, tmp_path)


def test_customers_without_a_column_are_told(tmp_path):
    street(tmp_path, HOMES)
    (tmp_path / "loads.csv").write_text("h1,h2\n" + "1,2\n" * 24)
    said = Tables(lines="lines.csv", customers="customers.csv", transformer=Transformer(kva=100))
    day = day_of(study(network={"tables": said.model_dump()}, loads={"file": "loads.csv"}), tmp_path)
    assert "1 customers have no column in loads.csv and draw what the network says, always: h3" in day.network.notes


def test_the_head_is_found_whichever_way_lines_are_written(tmp_path):
    """A line from the far end to the source, and a bus whose rated voltage is not the transformer's: the same currents."""

    def head(**changes):
        (tmp_path / "net.json").write_text(json.dumps(net(**changes)))
        network = read_pandapower(tmp_path / "net.json")
        flow = Flow(network, legs_of(network, network.customers))
        power = np.array([[1000 * (one.kw + 1j * one.kvar)] for one in network.customers])
        return network, measure(flow, flow.solve(flow.legs.of(power)))

    own = net()["_object"]
    lines = json.loads(own["line"]["_object"])
    turned = json.loads(own["line"]["_object"])
    for row in turned["data"]:
        row[1], row[2] = row[2], row[1]
    grid = json.loads(own["ext_grid"]["_object"])
    grid["data"][0][0] = 1  # the low-voltage bus: lines are the head
    no_trafo = json.loads(own["trafo"]["_object"]) | {"data": [], "index": []}
    bus = json.loads(own["bus"]["_object"])
    bus["data"], bus["index"] = bus["data"][1:], [1, 2, 3, 4]
    found = []
    for table in (lines, turned):
        found.append(head(**{name: {**own[name], "_object": json.dumps(said)} for name, said in
                             (("line", table), ("ext_grid", grid), ("trafo", no_trafo), ("bus", bus))}))  # fmt: skip
    for network, metrics in found:
        assert [network.branches[b].name for b in network.head] == ["l1"]
        assert metrics.zero_a[0] > 3
    for field in ("zero_a", "negative_a", "neutral_a", "index", "head_kva"):
        assert getattr(found[0][1], field) == pytest.approx(getattr(found[1][1], field), rel=1e-9)
    trafo = json.loads(own["trafo"]["_object"])
    trafo["data"][0][5] = 0.42
    network, _ = head(trafo={**own["trafo"], "_object": json.dumps(trafo)})
    assert network.base_v[network.at["lv", 1]] == pytest.approx(400 / np.sqrt(3))
    assert network.branches[network.head[0]].rating_a == pytest.approx(250 / 0.42 / np.sqrt(3))


def test_loads_and_panels_in_watts_are_refused(tmp_path):
    street(tmp_path, HOMES)
    said = Tables(lines="lines.csv", customers="customers.csv", transformer=Transformer(kva=100))
    (tmp_path / "loads.csv").write_text("h1,h2,h3\n" + "1000,3000,2500\n" * 24)
    with pytest.raises(InputError, match="h2, h3: draw more than 20 times what the head"):
        day_of(study(network={"tables": said.model_dump()}, loads={"file": "loads.csv"}), tmp_path)
    (tmp_path / "p.csv").write_text("name,bus,phases,kw\npv,b1,1,5000\n")
    (tmp_path / "sun.csv").write_text("pu\n" + "0.5\n" * 24)
    with pytest.raises(InputError, match="5,000 is more than 20 times the head's rating"):
        day_of(study(network={"tables": said.model_dump()}, panels={"file": "p.csv", "series": "sun.csv"}), tmp_path)


def test_a_tap_without_a_type_turns_nothing_as_in_pandapower(tmp_path):
    """pandapower takes no notice of a tap whose changer has no type; what JSON calls null is no type."""
    trafo = json.loads(net()["_object"]["trafo"]["_object"])
    found = []
    for kind in (None, "Ratio"):
        own = {**trafo, "columns": [*trafo["columns"], "tap_changer_type"], "data": [[*trafo["data"][0], kind]]}
        own["data"][0][own["columns"].index("tap_pos")] = -1
        (tmp_path / "net.json").write_text(
            json.dumps(net(trafo={**net()["_object"]["trafo"], "_object": json.dumps(own)}))
        )
        found.append(voltages(read_pandapower(tmp_path / "net.json"))["lv", 1])
    (tmp_path / "net.json").write_text(json.dumps(net()))
    assert found[0] == pytest.approx(voltages(read_pandapower(tmp_path / "net.json"))["lv", 1], rel=1e-12)
    assert found[1] == pytest.approx(found[0] / 0.975, rel=2e-3)


def test_leap_years_keep_loads_and_plants_on_the_same_day():
    assert [_day(datetime.date(2016, *day), 365) for day in ((2, 28), (2, 29), (3, 1), (12, 31))] == [59, 59, 60, 365]
    assert [_day(datetime.date(2016, *day), 366) for day in ((2, 29), (3, 1), (12, 31))] == [60, 61, 366]
