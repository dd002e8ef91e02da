"""An instance that is written elsewhere brings the files that it names, and no others."""

from __future__ import annotations

import shutil

from support import ROOT

from evplan.instance.brought import brought


def test_files_come_along_once_each_and_shipped_ones_stay(tmp_path):
    base, to = tmp_path / "base", tmp_path / "out" / "deep"
    for place, text in (("kw.csv", "kw\n1\n"), ("other/kw.csv", "kw\n2\n"), ("secret.csv", "key\n3\n")):
        (base / place).parent.mkdir(parents=True, exist_ok=True)
        (base / place).write_text(text)
    tree = {
        "title": "secret.csv",
        "weather": {"file": "pvlib:723170TYA.CSV"},
        "sites": [{"load_kw": {"file": "kw.csv"}}, {"demand": {"load_kw": {"file": "other/kw.csv"}}}, {"load_kw": {"file": "kw.csv"}}],
        "costs": {"file": str(ROOT / "data" / "costs" / "us.yaml")},
        "scenarios": {"more": {"sites[office].load_kw.file": str(base / "other" / "kw.csv")}},
    }  # fmt: skip
    found = brought(tree, base, to)
    assert [site.get("load_kw", site.get("demand", {}).get("load_kw"))["file"] for site in found["sites"]] == [
        "data/kw.csv", "data/kw-2.csv", "data/kw.csv",
    ]  # fmt: skip
    assert found["scenarios"]["more"]["sites[office].load_kw.file"] == "data/kw-2.csv"
    assert (to / "data" / "kw.csv").read_text() == "kw\n1\n" and (to / "data" / "kw-2.csv").read_text() == "kw\n2\n"
    assert sorted(path.name for path in (to / "data").iterdir()) == ["kw-2.csv", "kw.csv"]  # a title is no file
    assert (to / found["costs"]["file"]).resolve() == ROOT / "data" / "costs" / "us.yaml"
    assert found["weather"]["file"] == "pvlib:723170TYA.CSV" and found["title"] == "secret.csv"
    assert tree["sites"][0]["load_kw"]["file"] == "kw.csv"  # as it was


def test_what_is_there_already_stays_and_what_is_not_there_is_named_as_it_was(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "kw.csv").write_text("kw\n1\n")
    tree = {"sites": [{"load_kw": {"file": "data/kw.csv"}}, {"load_kw": {"file": "gone.csv"}}]}
    assert brought(tree, tmp_path, tmp_path) == tree
    moved = tmp_path / "moved"
    shutil.copytree(tmp_path / "data", moved / "data")
    assert brought(tree, moved, moved) == tree
