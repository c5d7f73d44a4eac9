"""OpenAPI descriptions, and targets of vegeta."""

from __future__ import annotations

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfconsole.importers.draft import ImportFault, Noted, plain
from perfconsole.importers.openapi import from_openapi
from perfconsole.importers.vegeta import from_vegeta
from perfconsole.importers.writing import scenario_text

SHOP = """
openapi: 3.0.3
info: {title: Shop API}
servers: [{url: "https://{env}.shop.example/v1", variables: {env: {default: test}}}]
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    Order:
      type: object
      properties:
        item: {type: integer, example: 7}
        note: {type: string, minLength: 6}
        when: {type: string, format: date}
        lines: {type: array, items: {$ref: '#/components/schemas/Line'}}
        password: {type: string}
    Line: {type: object, properties: {n: {type: integer, minimum: 3}}}
paths:
  /orders/{orderId}:
    parameters: [{in: path, name: orderId, schema: {type: string, example: o-1}}]
    get: {summary: Show an order}
    delete: {}
  /orders:
    get:
      parameters:
        - {in: query, name: page, required: true, schema: {type: integer}}
        - {in: query, name: sort}
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
"""


def test_reading_operations():
    draft = from_openapi(SHOP)
    shown, listed, think = draft.tree["flows"]["api"]
    assert isinstance(shown, Noted)
    assert shown.comments == ("Show an order",)
    assert shown.step == {"request": "GET /v1/orders/${orderId}", "name": "GET /orders/{orderId}"}
    assert listed == {"request": "GET /v1/orders", "name": "GET /orders", "query": {"page": "1"}}
    assert think == {"think": "1s"}
    assert draft.tree["target"] == "https://test.shop.example"
    assert draft.tree["variables"] == {"orderId": "o-1"}
    assert draft.tree["http"] == {"auth": {"bearer": "${env:TOKEN}"}}
    assert draft.notes == [
        "left out: 2 operations that change something (--writing takes them)",
        "fill in values that the target knows: orderId",
    ]


def test_writing_operations_have_bodies_after_their_schemas():
    steps = plain(from_openapi(SHOP, "http://127.0.0.1:1", writing=True).tree)["flows"]["api"]
    (post,) = [step for step in steps if step.get("request") == "POST /orders"]
    assert post["json"] == {
        "item": 7, "note": "textxx", "when": "2026-01-31", "lines": [{"n": 3}],
        "password": "${env:PASSWORD}",
    }  # fmt: skip


def test_swagger_2():
    text = json.dumps(
        {"swagger": "2.0", "host": "h:8080", "basePath": "/api", "schemes": ["http"],
         "paths": {"/a": {"get": {}}}}
    )  # fmt: skip
    draft = from_openapi(text)
    assert draft.tree["target"] == "http://h:8080"
    assert draft.tree["flows"]["api"][0]["request"] == "GET /api/a"


def test_the_forms_of_swagger_2():
    field = {"name": "pet", "in": "formData", "type": "string", "enum": ["cat"]}
    file = {"name": "f", "in": "formData", "type": "file"}
    asked = {"name": "s", "in": "query", "required": True, "type": "array",
             "items": {"enum": ["sold"]}}  # fmt: skip
    paths = {"/a": {"post": {"parameters": [field, asked]}},
             "/b": {"post": {"parameters": [field, file]}}}  # fmt: skip
    draft = from_openapi(json.dumps({"swagger": "2.0", "host": "h", "paths": paths}), writing=True)
    first, second, _ = draft.tree["flows"]["api"]
    assert (first["form"], first["query"]) == ({"pet": "cat"}, {"s": "sold"})
    assert "form" not in second
    assert "POST /b: its body (multipart/form-data) is to be filled in" in draft.notes


def test_a_tree_of_schemas_has_one_node():
    node = {"$ref": "#/definitions/Node"}
    many = {f"k{n}": node for n in range(20)}
    draft = from_openapi(
        json.dumps(
            {"swagger": "2.0", "host": "h",
             "definitions": {"Node": {"properties": {"name": {"type": "string"}, **many}}},
             "paths": {"/a": {"post": {"parameters": [{"in": "body", "schema": node}]}}}}
        ),
        writing=True,
    )  # fmt: skip
    assert draft.tree["flows"]["api"][0]["json"] == {"name": "text"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", 'there is no "paths" in it'),
        ("paths: {}", "there is no operation in this description"),
        ("paths: {/a: {post: {}}}", "every operation changes something"),
        ("a: [", "this is neither JSON nor YAML"),
    ],
)
def test_one_clear_line(text, why):
    with pytest.raises(ImportFault, match=why):
        from_openapi(text)


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["get", "post", "parameters", "requestBody", "content", "schema", "in",
                         "name", "$ref", "application/json", "properties", "allOf", "type",
                         "servers", "url", "required", "example"]),
        inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@given(trees, trees)
def test_nonsense_is_refused_or_understood(item, rest):
    tree = {"paths": {"/a": item}} | (rest if isinstance(rest, dict) else {})
    with contextlib.suppress(ImportFault):
        scenario_text(from_openapi(json.dumps(tree), writing=True))


TARGETS = """
# a remark
GET http://h:8080/a?b=c
X-A: 1

POST http://h:8080/b
Content-Type: application/json
@body.json
"""


def test_targets_of_vegeta():
    draft = from_vegeta(TARGETS, "/x", "20/s")
    assert draft.tree["target"] == "http://h:8080"
    assert draft.tree["groups"] == {"attack": {"rate": "20/s"}}
    assert draft.tree["flows"]["attack"] == [
        {"one_of": [
            {"steps": [{"request": "GET /a?b=c", "headers": {"X-A": "1"}}]},
            {"steps": [{"request": "POST /b", "body_file": "/x/body.json",
                        "headers": {"Content-Type": "application/json"}}]},
        ]},
    ]  # fmt: skip


def test_targets_of_vegeta_as_json():
    body = base64.b64encode(b'{"a": 1}').decode()
    row = {"method": "PUT", "url": "http://h/x", "body": body,
           "header": {"Content-Type": ["application/json"]}}  # fmt: skip
    draft = from_vegeta(json.dumps(row) + "\n", "/x")
    assert draft.tree["flows"]["attack"] == [{"request": "PUT /x", "json": {"a": 1}}]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no target here"),
        ("nonsense", "line 1: neither METHOD URL"),
        ("GET http://a/\nGET http://b/", "line 2: a scenario has one target"),
        ("{}", "line 1: not a target as vegeta's JSON format"),
    ],
)
def test_targets_that_are_none(text, why):
    with pytest.raises(ImportFault, match=why):
        from_vegeta(text, "/")
