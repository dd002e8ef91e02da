"""Master files of OpenDSS are programs: those that do more than describe a network are not run."""

from __future__ import annotations

import pytest

from evplan.errors import InputError
from evplan.feeder.dss import read_dss
from evplan.feeder.dss_script import files_read, require_describing

NETWORK = """
Clear
/* a comment
export everything
*/
New Circuit.small basekv=0.4 bus1=head  ! a source
New Line.one bus1=head bus2=end length=0.1 units=km r1=0.3 x1=0.1 r0=1.2 x0=0.3
~ normamps=200   // more of it
New Load.home bus1=end.1 phases=1 kv=0.23 kw=2
Load.home.kvar = 0.4
Set voltagebases=[0.4]
CalcVoltageBases
Solve
"""


def test_a_network_is_described(tmp_path):
    (tmp_path / "master.dss").write_text(NETWORK)
    require_describing(tmp_path / "master.dss")
    assert [one.name for one in read_dss(tmp_path / "master.dss").customers] == ["home"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("export voltages /tmp/x.csv", "'export' does more"),
        ("Save circuit dir=/tmp/x", "'save' does more"),
        ("Show voltages", "'show' does more"),
        ("cd /tmp", "'cd' does more"),
        ("FileEdit x.dss", "'fileedit' does more"),
        ("*/ export voltages", "does more"),
        ("Set datapath=/tmp", "'datapath' loads"),
        ("New Generator.g bus1=end kw=1 UserModel=evil.so", "'UserModel' loads"),
        ("Redirect ../other.dss", "leads out of the folder"),
        ("redirect /etc/passwd", "leads out of the folder"),
        ("New Loadshape.a npts=2 csvfile=../secret.csv", "leads out of the folder"),
        ("New Loadshape.a npts=2 mult=(file=/etc/passwd)", "leads out of the folder"),
        ('New Loadshape.a npts=2 mult=(file="../with a blank.csv", col=1)', "leads out of the folder"),
        ("New Loadshape.a npts=2 mult=(file=[../secret.csv])", "leads out of the folder"),
        ("New Loadshape.a 2 1 (1 1) (0 1) 1 0 ../secret.csv", "leads out of the folder"),
        ("redirect=../other.dss", "leads out of the folder"),
        ("redirect link.dss", "leads out of the folder"),
        ("redirect gone.dss", "not there"),
        ("energymeter.m.action=save", "'action' loads"),
        ("new loadshape.s npts=2 mult=(1 2) act=dblsave", "'act' loads"),
        ("new regcontrol.r transformer=t debugtrace=yes", "'debugtrace' loads"),
        ("set dem=true", "'dem' loads"),
        ("solve mode=yearly DemandInterval=yes", "'DemandInterval' loads"),
        ('"export" voltages', "does more"),
        ("var @f=1", "'var' does more"),
        ("Buscoords ..\\places.csv", "leads out of the folder"),
    ],
)
def test_what_does_more_is_refused_with_its_line(line, said, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "link.dss").symlink_to(tmp_path / "elsewhere.dss")
    (own / "master.dss").write_text(NETWORK.replace("Solve", f"{line}\nSolve"))
    with pytest.raises(InputError, match=said) as told:
        read_dss(own / "master.dss")
    assert f"{own / 'master.dss'}:{NETWORK[: NETWORK.index('Solve')].count(chr(10)) + 1}: " in str(told.value)


def test_files_that_a_master_leads_to_are_looked_at_too(tmp_path):
    (tmp_path / "master.dss").write_text(NETWORK.replace("Solve", "redirect parts/more.dss\nSolve"))
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "more.dss").write_text("New Line.two bus1=end bus2=far\nredirect last.dss\n")
    (tmp_path / "parts" / "last.dss").write_text("export voltages\nredirect ../master.dss\n")
    with pytest.raises(InputError, match=r"last\.dss:1: 'export'"):
        require_describing(tmp_path / "master.dss")


def test_files_beside_and_below_may_be_read(tmp_path):
    (tmp_path / "series").mkdir()
    (tmp_path / "series" / "day.csv").write_text("1\n2\n")
    shape = "New Loadshape.a npts=2 interval=1 mult=(file=series/day.csv)"
    (tmp_path / "master.dss").write_text(NETWORK.replace("New Load", f"{shape}\nNew Load"))
    require_describing(tmp_path / "master.dss")


@pytest.mark.parametrize(
    "line",
    [
        "redirect evil.dss x",
        'redirect "evil.dss" y=1',
        "redirect\tevil.dss, z",
        "Redirect (evil.dss)",
        "redirect file=evil.dss",
    ],
)
def test_a_script_is_found_whatever_stands_beside_it(line, tmp_path):
    (tmp_path / "master.dss").write_text(NETWORK.replace("Solve", f"{line}\nSolve"))
    (tmp_path / "evil.dss").write_text("export voltages x.csv\n")
    with pytest.raises(InputError, match="'export' does more"):
        require_describing(tmp_path / "master.dss")


@pytest.mark.parametrize("mark", ["\f", "\v", "\x1c", "\x85", "\u2028"])
def test_lines_end_where_opendss_ends_them(mark, tmp_path):
    (tmp_path / "master.dss").write_text(f"{NETWORK}\n!{mark}/*\nexport voltages x.csv\n", encoding="utf-8")
    with pytest.raises(InputError, match="'export' does more"):
        require_describing(tmp_path / "master.dss")


def test_what_a_network_is_made_from_is_all_that_its_scripts_read(tmp_path):
    (tmp_path / "master.dss").write_text(f"{NETWORK}\nredirect more.dss\n")
    (tmp_path / "more.dss").write_text("New Loadshape.a npts=2 mult=(file=day.csv)\n")
    (tmp_path / "day.csv").write_text("1\n2\n")
    assert [path.name for path in files_read(tmp_path / "master.dss")] == ["day.csv", "master.dss", "more.dss"]
