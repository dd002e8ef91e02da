"""`evplan simulate` and `evplan learn` as a user has them."""

from __future__ import annotations

import base64
import json
import pickle
import zipfile

import pandas as pd
import pytest
from support import ROOT, ran

from evplan.cli import app
from evplan.errors import InputError
from evplan.report.sealed import sealed
from evplan.v2x.read import TEMPLATE


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(
        TEMPLATE.read_text().replace("count: 15", "count: 5").replace("arrivals_per_day: 30", "arrivals_per_day: 8")
    )
    return path


def test_policies_are_compared_and_written(small, tmp_path, capsys):
    out = tmp_path / "out"
    words = ("simulate", small, "--policy", "as-fast", "as-late", "mpc-perfect", "optimum", "--days", 3, "--record")
    assert ran(*words, "--format", "html", "pdf", "--output", out) == 0
    printed = capsys.readouterr().out
    assert "as-late" in printed
    assert "regret" in printed
    said = sealed(out, "v2x")
    assert said["worlds"] == 3
    assert said["policies"]["optimum"]["regret"] == pytest.approx(0, abs=1e-4)
    assert all(one["regret"] >= -1e-6 for one in said["policies"].values())
    worlds, stays = pd.read_csv(out / "worlds.csv"), pd.read_csv(out / "stays.csv")
    assert len(worlds) == 12
    for policy, rows in stays.groupby("policy"):
        assert rows.charged_kwh.sum() == pytest.approx(worlds[worlds.policy == policy].charged_kwh.sum())
    ports = pd.read_parquet(out / "ports-as-fast.parquet")
    first = worlds[(worlds.policy == "as-fast") & (worlds.seed == 0)]
    assert 0.25 * ports.power_kw.clip(lower=0).sum() == pytest.approx(first.charged_kwh.iloc[0])
    page = (out / "report.html").read_text()
    assert "Policies side by side" in page
    assert (out / "report.pdf").read_bytes()[:5] == b"%PDF-"
    player = (out / "player.html").read_text()
    data = json.loads(player.split('id="data">')[1].split("</script>")[0].replace("\\u003c", "<"))
    assert data["steps"] == 96
    assert set(data["policies"]) == {"as-fast", "as-late", "mpc-perfect", "optimum"}
    assert ran("simulate", out / "trace", "--policy", "as-fast", "--output", tmp_path / "again") == 0
    again = pd.read_csv(tmp_path / "again" / "worlds.csv")
    assert again.cost.iloc[0] == first.cost.iloc[0]


def test_what_is_asked_wrongly_is_told(small, tmp_path):
    for words, told in (
        (("--policy", "as-fest"), "did you mean"), (("--days", 0), "--days"), (("--policy", "gone.zip"), "no such file"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=told):
            app(
                ["simulate", str(small), *map(str, words), "--output", str(tmp_path / "o")],
                result_action="return_value",
            )


def test_a_file_of_its_kind_is_written_and_checked(tmp_path, capsys):
    assert ran("new", tmp_path / "w.yaml", "--kind", "v2x") == 0
    assert "evplan simulate" in capsys.readouterr().out
    assert ran("check", tmp_path / "w.yaml") == 0
    assert "30 ports" in capsys.readouterr().out


def test_learning_needs_a_zip_to_write_to(small, tmp_path):
    with pytest.raises(InputError, match=r"\.zip"):
        app(["learn", str(small), "--output", str(tmp_path / "policy.txt")], result_action="return_value")


def test_a_policy_is_learned_and_acts(small, tmp_path, capsys):
    pytest.importorskip("stable_baselines3")
    assert ran("learn", small, "--steps", 6000, "--output", tmp_path / "p.zip") == 0
    assert (
        ran("simulate", small, "--policy", "as-fast", tmp_path / "p.zip", "--days", 2, "--output", tmp_path / "o") == 0
    )
    assert len(pd.read_csv(tmp_path / "o" / "worlds.csv")) == 4
    with pytest.raises(InputError, match="the same ports"):
        app(["simulate", str(ROOT / "instances" / "v2x.yaml"), "--policy", str(tmp_path / "p.zip"), "--days", "1", "--output",
             str(tmp_path / "x")], result_action="return_value")  # fmt: skip


def test_a_strangers_policy_runs_nothing(small, tmp_path):
    pytest.importorskip("stable_baselines3")
    assert ran("learn", small, "--steps", 2000, "--output", tmp_path / "p.zip") == 0
    trace = tmp_path / "trace"
    with zipfile.ZipFile(tmp_path / "p.zip") as whole, zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
        for name in whole.namelist():
            bad.writestr(
                name, pickle.dumps(WritesAFile(trace), protocol=2) if name == "policy.pth" else whole.read(name)
            )
    with zipfile.ZipFile(tmp_path / "p.zip") as whole, zipfile.ZipFile(tmp_path / "data.zip", "w") as bad:
        data = json.loads(whole.read("data"))
        hostile = base64.b64encode(pickle.dumps(WritesAFile(trace))).decode()
        data["policy_class"] = {":type:": "type", ":serialized:": hostile}
        for name in whole.namelist():
            bad.writestr(name, json.dumps(data) if name == "data" else whole.read(name))
    with pytest.raises(InputError, match="holds no model"):
        ran("simulate", small, "--policy", tmp_path / "bad.zip", "--days", 1, "--output", tmp_path / "x")
    assert ran("simulate", small, "--policy", tmp_path / "data.zip", "--days", 1, "--output", tmp_path / "y") == 0
    assert not trace.exists()


class WritesAFile:
    """Unpickling an instance creates a file: the stand-in for hostile code."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_check_reads_the_series_of_a_world(small):
    assert ran("check", small) == 0
    (small.parent / "air.csv").write_text("time,value\n2026-06-01T00:00,12\n2026-06-01T01:00,13\n")
    small.write_text(small.read_text() + "temperature: {file: air.csv, column: value}\n")
    with pytest.raises(InputError, match="the plan runs"):
        app(["check", str(small)])


def test_the_optimum_tells_how_many_worlds_are_planned(small, tmp_path):
    from evplan.v2x.results import compare_and_write

    told = []
    compare_and_write(
        small, ["optimum"], 2, 0, False, tmp_path / "out", (), lambda what, known: told.append((what, known))
    )
    assert told[:2] == [("optimum", "50% of worlds planned"), ("optimum", "100% of worlds planned")]
