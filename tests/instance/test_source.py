"""Files that are no instance at all, and the places that faults are told at."""

import os
import pickle

import pytest
from support import TINY

from evplan.errors import InputError, InstanceError
from evplan.instance.read import read
from evplan.instance.source import MAX_BYTES, Position, plain, read_source


def refusal(path):
    with pytest.raises(InputError) as refused:
        read(path)
    return str(refused.value)


def source_of(tmp_path, text):
    path = tmp_path / "text.yaml"
    path.write_bytes(text.encode())
    return read_source(path)


def test_missing_file_is_told_with_the_command_that_writes_one(tmp_path, evplan):
    path = tmp_path / "none.yaml"
    assert evplan("check", path) == (2, "", f"{path}: no such file; `evplan new {path}` writes one to start from\n")


def test_folder_is_no_instance(tmp_path, evplan):
    message = f"{tmp_path}: is a folder; name an instance file, such as {tmp_path}/instance.yaml\n"
    assert evplan("check", tmp_path) == (2, "", message)


def test_file_beyond_the_size_limit_is_refused_unread(tmp_path):
    path = tmp_path / "huge.yaml"
    path.touch()
    os.truncate(path, MAX_BYTES + 1)
    assert refusal(path) == f"{path}: larger than 5 MB; put long series into a CSV beside it"


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing but a comment\n", "---\n"])
def test_file_without_a_value_is_called_empty(tmp_path, text):
    with pytest.raises(InstanceError, match=r":1:1: must be a mapping .*\(got an empty file\); `evplan new FILE`"):
        source_of(tmp_path, text)


def test_bytes_of_another_encoding_are_placed(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("kind: plan\ntitle: Köln\n".encode("latin-1"))
    assert refusal(path).startswith(f"{path}:2:9: is not UTF-8 text; save the file as UTF-8\n    2 | title: K")


@pytest.mark.parametrize("depth", [10, 60, 120, 200, 300, 500, 2_000])
def test_blocks_inside_blocks_are_refused_at_any_depth(tmp_path, depth):
    path = tmp_path / "deep.yaml"
    path.write_text("kind: plan\nsites:\n" + "".join(f"{' ' * i}a:\n" for i in range(1, depth)))
    assert "Traceback" not in refusal(path)


@pytest.mark.parametrize("opening", ["[", "{a: ", "[{a: ", '"', "- ", "? ", "&a ", "|\n", "*a", "<<: "])
def test_text_of_one_repeated_opening_is_refused(tmp_path, opening):
    path = tmp_path / "many.yaml"
    path.write_text("sites: " + opening * 3_000)
    assert refusal(path)


@pytest.mark.parametrize("number", ["9" * 5_000, "0x" + "f" * 5_000, "0o" + "7" * 5_000, "1" + "_0" * 3_000])
def test_number_too_long_to_print_is_told_at_its_place(tmp_path, number):
    path = tmp_path / "long.yaml"
    path.write_text(f"kind: plan\nformat: {number}\n")
    assert f"{path}:2:9: not readable YAML: cannot read '{number[:20]}': too many digits" in refusal(path)


def test_byte_order_mark_moves_no_column(tmp_path, sound):
    path = tmp_path / "mark.yaml"
    path.write_text(sound.read_text().replace("kind: plan", "kind: town"), encoding="utf-8-sig")
    assert refusal(path).startswith(f"{path}:1:7: kind: must be 'plan' (got 'town')\n")


def test_lines_are_counted_alike_whatever_ends_them(tmp_path):
    for end in ("\n", "\r\n", "\r"):
        source = source_of(tmp_path, f"a: 1{end}b: 2{end}{end}c: 3{end}")
        assert source.position(("c",)) == Position(4, 4)
        assert source.excerpt(Position(4, 4)).startswith("    4 | c: 3\n")


def test_empty_value_is_told_at_its_key_and_not_at_what_comes_next(tmp_path):
    source = source_of(tmp_path, "a:\n  b:\n\n\nc: 1\n")
    assert source.position(("a", "b")) == Position(2, 3)


def test_absent_value_is_told_at_the_key_of_its_parent(tmp_path):
    source = source_of(tmp_path, "a:\n  b: 1\nl:\n  - c: 1\n  - d: 2\n")
    assert source.position(("a", "missing")) == Position(1, 1)
    assert source.position(("l", 1, "missing", "deeper")) == Position(5, 5)
    assert source.position(("missing",)) == Position(1, 1)


def test_caret_stands_under_the_column_behind_wide_letters(tmp_path):
    source = source_of(tmp_path, "{title: 充電, kind: x}\n")
    text, caret = source.excerpt(source.position(("kind",))).split("\n")
    assert text == "    1 | {title: 充電, kind: x}"
    assert caret.index("^") == text.index("x") + 2  # two letters of two columns each


def test_caret_of_a_long_line_is_in_sight(tmp_path):
    source = source_of(tmp_path, f"{{a: {'x' * 500}, b: 7, c: {'y' * 500}}}\n")
    text, caret = source.excerpt(source.position(("b",))).split("\n")
    assert len(text) < 120
    assert text[caret.index("^")] == "7"


def test_control_characters_never_reach_the_terminal(tmp_path):
    path = tmp_path / "escape.yaml"
    path.write_text('kind: plan\n"\\e[31mred": 1\nformat: "\\e[2J"\n')
    assert "\x1b" not in refusal(path)


def test_time_without_quotes_is_a_time(spoil, sound):
    plain_times = spoil(('start: "13:00", end: "18:00"', "start: 13:00, end: 18:00"))
    assert read(plain_times).instance == read(sound).instance


def test_anchors_and_merges_are_followed(spoil):
    merged = spoil(
        ("    connection: {existing_kw: 50}\n", "    connection: &small {existing_kw: 50}\n"),
        ("      existing_kw: 100\n", ""),
        ("  - name: gate-city\n", "  - name: gate-city\n    # as the first\n"),
    )
    text = merged.read_text()
    start, end = text.index("  - name: gate-city"), text.index("  - name: rock-creek")
    stop = text.index("finance:")
    first, second = text[start:end], text[end:stop]
    first = first.replace("    connection:\n", "    connection:\n      <<: *small\n")
    merged.write_text(text[:start] + second + first + text[stop:])
    assert [site.connection.existing_kw for site in read(merged).instance.sites] == [50, 50]


def test_plain_tree_holds_only_ordinary_values(tmp_path):
    source = source_of(tmp_path, "a: &x true\nb: 0x10\nc: 1.50\nd: 'q'\ne: [1, ~]\nf: |\n  text\ng: 1_000\n")
    tree = plain(source.tree)
    assert tree == {"a": True, "b": 16, "c": 1.5, "d": "q", "e": [1, None], "f": "text\n", "g": 1000}
    assert [type(value) for value in tree.values()] == [bool, int, float, str, list, str, int]


def test_json_is_yaml_and_read_the_same(tmp_path, sound):
    import json

    tree = plain(read_source(sound).tree)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(tree, default=str))
    assert read(path).instance == read(sound).instance
    assert read(path).hash == read(sound).hash


def test_a_source_that_has_travelled_says_the_same_places():
    source = read_source(TINY)
    there = pickle.loads(pickle.dumps(source))
    assert "tree" not in vars(there)  # it is parsed again only where somebody asks
    for loc in (("sites", 1, "price_per_kwh"), ("finance",), ("catalogue", "chargers", 0, "name"), ("nowhere",)):
        assert there.position(loc) == source.position(loc)
    assert plain(there.tree) == plain(source.tree)


def test_a_text_that_would_move_a_terminal_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_text('kind: plan\ntitle: "pay \\e[31mred\\a"\n')
    assert "a.yaml:2:8: holds control characters" in refusal(tmp_path / "a.yaml")
