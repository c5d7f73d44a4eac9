"""Rows out of JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.model.dataset import Table
from perfconsole.scenario import row_source
from perfconsole.scenario.row_source import TableError
from perfconsole.scenario.rows_jsonl import parsed_lines, read_jsonl
from perfconsole.scenario.tables import read_tables

HEAD = "name: x\ntarget: http://h\ngroups: {a: {}}\nflows: {a: [{request: 'GET /${users.name}'}]}\n"
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)


def test_keys_of_all_lines_are_the_columns():
    text = '{"name": "anna", "n": 1.10}\r\n\n{"tags": ["a", {"b": null}], "name": null, "ok": true}'
    assert parsed_lines(text) == Table(
        ("name", "n", "tags", "ok"),
        (("anna", "1.10", "", ""), ("", "", '["a",{"b":null}]', "true")),
    )


@given(st.lists(st.dictionaries(TEXTS.filter(bool), TEXTS, min_size=1), min_size=1, max_size=6))
def test_every_text_arrives_as_it_is(objects):
    table = parsed_lines("\n".join(json.dumps(each, ensure_ascii=False) for each in objects))
    assert [
        {k: v for k, v in zip(table.columns, row, strict=True) if k in each}
        for row, each in zip(table.rows, objects, strict=True)
    ] == objects


@given(st.text(max_size=30))
def test_anything_is_a_table_or_refused(text):
    try:
        table = parsed_lines(text)
    except TableError:
        return
    assert table.rows


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 0, "there are no lines in the file; each is an object"),
        ("{}\n{}", 0, "no object has a key"),
        ('{"a": 1}\n[1]', 2, 'an object is needed, such as {"name": "anna"}'),
        ('{"a": 1}\n\n{"a": 1', 3, "no JSON: Input data was truncated"),
        ('{"a": NaN}', 1, "no JSON: invalid character (byte 6)"),
        ('{"": 1}', 1, "a key is empty; it is the column's name"),
        ('{"a": "\\ud800"}', 1, "no JSON: Input data was truncated"),
        ('{"a": ' + "[" * 9000 + "]" * 9000 + "}", 1, "no JSON: maximum recursion depth exceeded "
         "while deserializing an object"),
    ],
)  # fmt: skip
def test_what_is_none_is_told_with_its_line(text, line, says):
    with pytest.raises(TableError) as caught:
        parsed_lines(text)
    assert (caught.value.line, caught.value.text) == (line, says)


def test_rows_have_a_limit(monkeypatch):
    monkeypatch.setattr(row_source, "MOST_ROWS", 2)
    with pytest.raises(TableError, match="more than 2 rows") as caught:
        parsed_lines('{"a":1}\n' * 3)
    assert caught.value.line == 3


def test_a_file_beside_its_scenario(loaded, refused, tmp_path: Path):
    (tmp_path / "u.jsonl").write_bytes(b'\xef\xbb\xbf{"name": "anna"}\n')
    text = HEAD + "data: {users: {jsonl: u.jsonl}}\n"
    assert read_tables(loaded(text)) == {"users": Table(("name",), (("anna",),))}
    (tmp_path / "u.jsonl").write_bytes(b'{"name": "\xff"}\n')
    assert refused(text) == [
        f"5: data.users: {tmp_path}/u.jsonl line 1: not UTF-8; save it as UTF-8"
    ]
    (tmp_path / "u.jsonl").write_text('{"nam": 1}\n{"x"}')
    (told,) = refused(text)
    assert told.startswith(f"5: data.users: {tmp_path}/u.jsonl line 2: no JSON: ")
    (tmp_path / "u.jsonl").unlink()
    (told,) = refused(text)
    assert "data.users.jsonl: there is no file" in told


def test_a_hundred_thousand_lines(tmp_path: Path):
    path = tmp_path / "u.jsonl"
    path.write_text("".join(f'{{"name": "user{n}", "n": {n}}}\n' for n in range(100_000)))
    assert read_jsonl(str(path)).rows[-1] == ("user99999", "99999")
