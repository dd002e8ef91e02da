"""`evplan new`: a first file that is sound, and never at the cost of another."""

from evplan.instance.new import TEMPLATE
from evplan.instance.read import read


def test_new_file_is_sound_and_says_what_comes_next(evplan, tmp_path):
    path = tmp_path / "instance.yaml"
    code, out, told = evplan("new", path)
    assert (code, told) == (0, "")
    assert out == f"{path}: written. Next: evplan check {path}, then evplan solve {path}\n"
    assert path.read_text(encoding="utf-8") == TEMPLATE.read_text(encoding="utf-8")
    assert read(path).instance.sites[0].name == "main-street"


def test_existing_file_is_left_alone(evplan, tmp_path):
    path = tmp_path / "instance.yaml"
    path.write_text("mine\n")
    message = f"{path}: exists already; name another file, or remove it first\n"
    assert evplan("new", path) == (2, "", message)
    assert path.read_text() == "mine\n"


def test_folder_of_that_name_is_left_alone(evplan, tmp_path):
    assert evplan("new", tmp_path)[0] == 2


def test_folders_on_the_way_are_made(evplan, tmp_path):
    path = tmp_path / "plans" / "first" / "instance.yaml"
    assert evplan("new", path)[0] == 0
    assert read(path)


def test_nothing_half_written_is_left_beside_it(evplan, tmp_path):
    evplan("new", tmp_path / "instance.yaml")
    assert [path.name for path in tmp_path.iterdir()] == ["instance.yaml"]
