"""Power flow is exact: by hand on one line, by OpenDSS on invented and real feeders, and by laws of scale."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from feeders import street
from support import ROOT

from evplan.errors import InputError
from evplan.feeder.assemble import Assembly, three_phase
from evplan.feeder.export import as_dss, bus_names, plain_names
from evplan.feeder.flow import Flow, legs_of
from evplan.feeder.invented import invent_tables
from evplan.feeder.metrics import SEQUENCES, head_currents, losses, measure, unbalance
from evplan.feeder.network import Branch, Customer
from evplan.feeder.plain import read_tables

REAL = ROOT.parent / "shared" / "data" / "feeders" / "ieee_european_lv" / "Master.dss"
HOMES = [
    ("h1", "b1", "1", 3.0, 1.0),
    ("h2", "b2", "2", 5.0, 0.5),
    ("h3", "b3", "3", 4.0, 1.0),
    ("h4", "b3", "123", 6.0, 2.0),
]


def flow_of(network, customers=None):
    return Flow(network, legs_of(network, network.customers if customers is None else customers))


def drawn(customers):
    return np.array([[1000 * (one.kw + 1j * one.kvar)] for one in customers])


def test_one_line_is_solved_by_hand():
    # |V|^4 + (2 (R P + X Q) - E^2) |V|^2 + |Z|^2 |S|^2 = 0: a source, an impedance and a load, phase by phase (balanced).
    made = Assembly("line")
    z, e, s = 0.4 + 0.2j, 400 / np.sqrt(3), 9000 + 3000j  # of a phase
    made.source("a", 0.4, 1.0, z / 2, z / 2)
    made.line(Branch("l", "a", "b"), 0.4, three_phase(z / 2, z / 2), np.zeros((3, 3)))
    network = made.network([Customer("c", "b", (1, 2, 3), 27.0, 9.0)], {})
    flow = flow_of(network)
    solved = flow.solve(flow.legs.of(drawn(network.customers)))
    half = e**2 / 2 - (z.real * s.real + z.imag * s.imag)
    by_hand = np.sqrt(half + np.sqrt(half**2 - abs(z) ** 2 * abs(s) ** 2))
    assert np.abs(solved.voltage[:, 0]) == pytest.approx([by_hand] * 3, rel=1e-11)
    assert losses(flow, solved, flow.nodes(solved.current))[0] == pytest.approx(
        3 * (z / 2).real * (abs(s) / by_hand) ** 2, rel=1e-9
    )


def test_what_no_voltage_carries_is_told_and_leaves_others_alone(tmp_path):
    network, _ = street(tmp_path, HOMES)
    flow, power = flow_of(network), drawn(network.customers)
    solved = flow.solve(flow.legs.of(np.hstack([power, 100 * power, power])))
    assert solved.settled.tolist() == [True, False, True]
    assert (solved.voltage[:, 0] == solved.voltage[:, 2]).all()


def test_many_steps_at_once_are_those_one_by_one(tmp_path):
    network, _ = street(tmp_path, HOMES)
    flow = flow_of(network)
    power = flow.legs.of(drawn(network.customers) * np.random.default_rng(0).uniform(-2, 2, (4, 300)))
    together = flow.solve(power)
    alone = np.hstack([flow.solve(power[:, [k]]).voltage for k in range(300)])
    assert np.abs(together.voltage - alone).max() < 1e-9


def test_power_at_every_node_is_what_is_drawn_there(tmp_path):
    network, _ = street(tmp_path, HOMES)
    flow, power = flow_of(network), drawn(network.customers)
    volts = flow.nodes(flow.solve(flow.legs.of(power)).current)[:, 0]
    into = volts * np.conj(network.injected - network.admittance @ volts)
    wanted = np.zeros(len(network.nodes), complex)
    for one, own in zip(network.customers, power[:, 0], strict=True):
        for phase in one.phases:
            wanted[network.at[one.bus, phase]] += own / len(one.phases)
    assert np.abs(into - wanted).max() < 1e-5  # W


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_voltages_scale(tmp_path, factor):
    """Impedances times k and powers over k: the same voltages; currents over k."""
    network, _ = street(tmp_path, HOMES)
    other = replace(network, admittance=network.admittance / factor, injected=network.injected / factor)
    one, two = flow_of(network), flow_of(other)
    power = one.legs.of(drawn(network.customers))
    a, b = one.solve(power), two.solve(power / factor)
    assert np.abs(a.voltage - b.voltage).max() < 1e-9
    assert np.abs(a.current - factor * b.current).max() < 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_opendss_finds_the_same_on_invented_feeders(tmp_path, seed):
    pytest.importorskip("opendssdirect", reason="OpenDSS is the oracle")
    from evplan.feeder.truth import Truth

    said = invent_tables(tmp_path, 25, seed)
    network, random = read_tables(tmp_path, said), np.random.default_rng(seed)
    customers = [replace(one, delta=len(one.phases) > 1 and random.random() < 0.5) for one in network.customers]
    customers.append(Customer("between", "b3", (1, 2), 2.0, 0.5, delta=True))
    power = drawn(customers) * random.uniform(-1, 2, (len(customers), 4))
    flow = flow_of(network, customers)
    solved = flow.solve(flow.legs.of(power))
    volts, settled = Truth(as_dss(tmp_path, said), network, customers).solve(power)
    assert settled.all() and solved.settled.all()
    assert (np.abs(flow.nodes(solved.current) - volts) / network.base_v[:, None]).max() < 1e-8


@pytest.mark.skipif(not REAL.is_file(), reason="the European LV feeder is not here")
def test_opendss_finds_the_same_on_the_european_feeder():
    pytest.importorskip("opendssdirect", reason="OpenDSS is the oracle")
    from evplan.feeder.dss import read_dss
    from evplan.feeder.truth import Truth, master

    network = read_dss(REAL)
    assert (len(network.buses), len(network.customers)) == (907, 55)
    assert network.head_kva == 800
    power = 1000 * np.stack([one.kw_series + 1j * one.kvar_series for one in network.customers])[:, ::12]
    flow = flow_of(network)
    volts, settled = Truth(master(REAL), network, network.customers).solve(power)
    solved = flow.solve(flow.legs.of(power))
    assert settled.all() and solved.settled.all()
    assert (np.abs(flow.nodes(solved.current) - volts) / network.base_v[:, None]).max() < 1e-8


def test_balanced_currents_have_no_unbalance_and_one_phase_has_two():
    turn = np.exp(-2j * np.pi / 3 * np.arange(3))[:, None]
    assert unbalance(5 * turn) == pytest.approx([0.0], abs=1e-12)
    assert unbalance(np.array([[7.0], [0], [0]])) == pytest.approx([2.0])
    assert np.abs(SEQUENCES @ (5 * turn))[[0, 2]].max() < 1e-12
    assert np.abs(SEQUENCES @ np.array([[9.0], [0], [0]]))[:, 0] == pytest.approx([3.0, 3.0, 3.0])


def test_the_index_is_blind_to_direction_and_sequence_currents_are_not(tmp_path):
    """Panels that feed back as much as others draw make magnitudes alike; the neutral still carries current."""
    network, _ = street(tmp_path, [("a", "b1", "1", 6.0, 0.0), ("b", "b1", "2", 6.0, 0.0), ("c", "b1", "3", -6.0, 0.0)])
    flow = flow_of(network)
    solved = flow.solve(flow.legs.of(drawn(network.customers)))
    own = measure(flow, solved)
    assert own.index[0] < 0.05
    assert own.neutral_a[0] > 40 and own.zero_a[0] > 10
    assert own.neutral_a[0] == pytest.approx(3 * own.zero_a[0])


def test_currents_through_the_head_are_those_of_customers(tmp_path):
    network, _ = street(tmp_path, HOMES)
    flow = flow_of(network)
    solved = flow.solve(flow.legs.of(drawn(network.customers)))
    sums = np.zeros(3, complex)
    for (_, phase, _), current in zip(flow.legs.names, solved.current[:, 0], strict=True):
        sums[phase - 1] += current
    assert head_currents(flow, solved)[:, 0] == pytest.approx(sums, abs=1e-8)


def test_a_bank_of_two_transformers_is_one_head(tmp_path):
    """Two transformers side by side: currents through both count, and each carries its half."""
    made = Assembly("two")
    made.source("mv", 20.0, 1.0, 0.5 + 1.5j, 0.5 + 1.5j)
    for name in ("one", "two"):
        branch = Branch(name, "mv", "lv", "transformer", rating_kva=100.0)
        made.transformer(branch, (20.0, 0.4), (0.02 + 0.06j, 0.02 + 0.06j), "Dyn11")
    network = made.network([Customer("c", "lv", (1,), 30.0)], {})
    flow = flow_of(network)
    own = measure(flow, flow.solve(flow.legs.of(drawn(network.customers))))
    assert network.head == (0, 1) and network.head_kva == 200
    assert own.index[0] == pytest.approx(2.0, abs=0.02)
    assert own.transformer_loading[0] == pytest.approx(0.5 * 30 / (100 / 3), rel=0.01)
    assert own.head_kva[0] == pytest.approx(30.0, rel=0.01)


def test_nodes_that_nothing_feeds_are_named():
    made = Assembly("islands")
    made.source("a", 0.4, 1.0, 0.1 + 0.1j, 0.1 + 0.1j)
    made.line(Branch("l", "b", "c"), 0.4, three_phase(0.1 + 0.1j, 0.1 + 0.1j), np.zeros((3, 3)))
    with pytest.raises(InputError, match=r"nothing connects these nodes to the source: b\.1"):
        made.network([], {})


DSS = """clear
new circuit.t basekv=0.4 bus1=a pu=1.02 r1=0.01 x1=0.02 r0=0.01 x0=0.02
new line.l1 bus1=a bus2=b phases=3 length=0.2 units=km rmatrix=[0.4 | 0.1 0.4 | 0.1 0.1 0.4]
~ xmatrix=[0.2 | 0.1 0.2 | 0.1 0.1 0.2] cmatrix=[0 | 0 0 | 0 0 0]
set loadmult=1.5
new load.between bus1=b.1.2 phases=1 kv=0.4 kw=6 kvar=2 vminpu=0.1 vmaxpu=3
new load.home bus1=b.3 phases=1 kv=0.230940107675850 kw=4 kvar=1 vminpu=0.1 vmaxpu=3
new generator.g bus1=b.1 phases=1 kv=0.230940107675850 kw=5 kvar=-1.5 model=1 vminpu=0.1 vmaxpu=3
new pvsystem.p bus1=b.2 phases=1 kv=0.230940107675850 kva=5 pmpp=4 irradiance=0.5 pf=0.95 vminpu=0.1 vmaxpu=3
new storage.s bus1=b phases=3 kv=0.4 kwrated=6 kwhrated=20 kw=3 state=discharging vminpu=0.1 vmaxpu=3
{more}
set voltagebases=[0.4]
calcvoltagebases
set tolerance=1e-10
solve
"""


SHAPES = """new loadshape.day npts=4 interval=6 mult=[0 0.5 1 0.25]
new loadshape.year npts=8784 interval=1 mult=[{factors}]
new pvsystem.q bus1=b.1 phases=1 kv=0.230940107675850 kva=6 pmpp=4 irradiance=1 pf=0.95 daily=day vminpu=0.1 vmaxpu=3
new generator.h bus1=b.3 phases=1 kv=0.230940107675850 kw=2 kvar=0.5 model=1 daily=day vminpu=0.1 vmaxpu=3
new load.year bus1=b.1 phases=1 kv=0.230940107675850 kw=2 kvar=1 yearly=year vminpu=0.1 vmaxpu=3"""


def test_plants_follow_their_shapes_and_years_have_days(tmp_path):
    """What each gives or draws at each step is what OpenDSS finds in its daily mode, and the day of a date is that of the year's shape."""
    pytest.importorskip("opendssdirect", reason="OpenDSS is the oracle")
    from evplan.feeder.dss import engine_of, read_dss

    factors = " ".join(f"{hour / 8784:.6f}" for hour in range(8784))
    (tmp_path / "m.dss").write_text(DSS.format(more=SHAPES.format(factors=factors)))
    network = read_dss(tmp_path / "m.dss", datetime.date(2016, 3, 1))
    own = {one.name: one for one in network.customers}
    engine, _ = engine_of()
    engine.Text.Command(f'redirect "{tmp_path / "m.dss"}"')
    engine.Text.Command("set mode=daily stepsize=6h number=1 hour=0")
    for step in range(4):
        engine.Solution.Solve()
        for kind, name in (("pvsystem", "q"), ("generator", "h")):
            engine.Circuit.SetActiveElement(f"{kind}.{name}")
            true = np.array(engine.CktElement.Powers()).view(complex)[0]
            said = own[name].kw_series[step] + 1j * own[name].kvar_series[step]
            assert said == pytest.approx(true, abs=1e-4)
    assert own["year"].kw_series == pytest.approx(
        1.5 * 2 * (24 * 60 + np.arange(24)) / 8784, abs=1e-5
    )  # the 61st day, loadmult 1.5
    assert own["s"].kw_series is None


def test_everything_that_opendss_has_is_taken_over_or_refused(tmp_path):
    pytest.importorskip("opendssdirect", reason="OpenDSS is the oracle")
    from evplan.feeder.dss import engine_of, read_dss

    (tmp_path / "m.dss").write_text(DSS.format(more=""))
    network = read_dss(tmp_path / "m.dss")
    flow = flow_of(network)
    volts = flow.nodes(flow.solve(flow.legs.of(drawn(network.customers))).current)[:, 0]
    engine, _ = engine_of()
    engine.Text.Command(f'redirect "{tmp_path / "m.dss"}"')
    names = [name.lower() for name in engine.Circuit.YNodeOrder()]
    true = np.array(engine.YMatrix.getV()).view(complex)[1:][
        [names.index(f"{bus}.{phase}") for bus, phase in network.nodes]
    ]
    assert np.abs(volts - true).max() / 231 < 2e-6  # plants stand at what the snapshot's iteration said
    assert [note for note in network.notes if "snapshot" in note] == [
        f"{kind} stands at what OpenDSS's snapshot says, all day" for kind in ("Generator g", "PVSystem p", "Storage s")
    ]
    (tmp_path / "n.dss").write_text(DSS.format(more="new load.n bus1=b.1.4 phases=1 kv=0.23 kw=1"))
    with pytest.raises(InputError, match=r"nodes beyond three phases are not modelled: [Bb]\.4"):
        read_dss(tmp_path / "n.dss")
    (tmp_path / "o.dss").write_text(DSS.format(more="").replace("set voltagebases=[0.4]\ncalcvoltagebases\n", ""))
    with pytest.raises(InputError, match="without a rated voltage"):
        read_dss(tmp_path / "o.dss")


def test_loading_is_of_ratings(tmp_path):
    network, _ = street(tmp_path, [("h", "b3", "1", 9.0, 0.0)], kva=30.0, rating_a=80.0)
    flow = flow_of(network)
    solved = flow.solve(flow.legs.of(drawn(network.customers)))
    own = measure(flow, solved)
    amps = abs(solved.current[0, 0])
    assert own.line_loading[0] == pytest.approx(amps / 80)
    assert own.transformer_loading[0] == pytest.approx(amps / (30_000 / 400 / np.sqrt(3)))


def test_the_path_of_the_shipped_village_is_read():
    from evplan.feeder.read import read_feeder
    from evplan.feeder.reading import day_of

    found = read_feeder(ROOT / "instances" / "feeder.yaml")
    day = day_of(found.study, Path(found.path).parent)
    assert (len(day.customers), len(day.panels), len(day.sessions)) == (36, 20, 26)


TURNED = """clear
new circuit.t basekv=20 bus1=mv pu=1.0 r1=0.5 x1=1 r0=0.5 x0=1
{front}
new transformer.t {trafo} xhl=4 %rs=[0.6 0.6]
new line.l1 bus1={line[0]} bus2={line[1]} phases=3 length=0.2 units=km rmatrix=[0.4 | 0.1 0.4 | 0.1 0.1 0.4]
~ xmatrix=[0.2 | 0.1 0.2 | 0.1 0.1 0.2] cmatrix=[0 | 0 0 | 0 0 0]
new load.home bus1=b.3 phases=1 kv=0.230940107675850 kw=9 kvar=1 vminpu=0.1 vmaxpu=3
set voltagebases=[20 0.4]
calcvoltagebases
solve
"""
HIGH = "buses=[{hv} lv] conns=[delta wye] kvs=[20 0.4] kvas=[100 100]"
LOW = "buses=[lv {hv}] conns=[wye delta] kvs=[0.4 20] kvas=[100 100]"


@pytest.mark.parametrize(("trafo", "line", "front"), [
    (LOW, ("lv", "b"), ""), (HIGH, ("b", "lv"), ""), (HIGH, ("lv", "b"), "new reactor.r bus1=mv bus2=near phases=3 r=0.001 x=0.001"),
])  # fmt: skip
def test_opendss_may_write_networks_towards_the_source(tmp_path, trafo, line, front):
    """Transformers whose low winding comes first, lines from far to near, and reactors before the head change no current through it."""
    pytest.importorskip("opendssdirect", reason="OpenDSS is the oracle")
    from evplan.feeder.dss import read_dss

    def head(trafo, line, front):
        hv = "near" if front else "mv"
        (tmp_path / "m.dss").write_text(TURNED.format(trafo=trafo.format(hv=hv), line=line, front=front))
        network = read_dss(tmp_path / "m.dss")
        flow = flow_of(network)
        metrics = measure(flow, flow.solve(flow.legs.of(drawn(network.customers))))
        return network, metrics

    network, own = head(trafo, line, front)
    _, plain = head(HIGH, ("lv", "b"), "")
    assert [network.branches[b].name for b in network.head] == ["t"]
    assert own.zero_a[0] == pytest.approx(9055 / 230 / 3, rel=0.05)  # a third of the one phase's current
    for field in ("zero_a", "negative_a", "neutral_a", "transformer_loading", "line_loading", "losses_kw"):
        assert getattr(own, field) == pytest.approx(getattr(plain, field), rel=1e-4)


def test_names_that_opendss_reads_otherwise_are_written_otherwise(tmp_path):
    """Dots, spaces, and names that differ in capitals alone: OpenDSS still finds the same voltages."""
    pytest.importorskip("opendssdirect", reason="OpenDSS is the oracle")
    from evplan.feeder.truth import Truth

    _, said = street(tmp_path, HOMES)
    for file in ("lines.csv", "customers.csv"):
        text = (tmp_path / file).read_text()
        (tmp_path / file).write_text(
            text.replace("b1", "a.1").replace("b2", "A.1").replace("b3", "far end").replace("l2", "L1")
        )
    network = read_tables(tmp_path, said)
    power = drawn(network.customers)
    volts, settled = Truth(as_dss(tmp_path, said), network, network.customers, bus_names(tmp_path, said)).solve(power)
    flow = flow_of(network)
    assert settled.all()
    assert (np.abs(flow.nodes(flow.solve(flow.legs.of(power)).current) - volts) / network.base_v[:, None]).max() < 1e-8
    assert plain_names(["b.1", "b_1", "B_1", "ok"]) == {"b.1": "b_1", "b_1": "b_1_2", "B_1": "B_1_3", "ok": "ok"}
