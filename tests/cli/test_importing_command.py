"""`perfconsole import`: what it writes can be checked and played at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

LOG = '10.0.0.1 - - [01/Mar/2026:{at} +0000] "GET /articles/17?a={n} HTTP/1.1" 200 512 "-" "x"\n'
PAGES = {
    "har": json.dumps({"log": {"entries": [{
        "startedDateTime": "2026-03-01T09:30:00Z", "time": 12,
        "request": {"method": "GET", "url": "https://shop.example/", "headers": []},
        "response": {"status": 200, "headers": [], "content": {"mimeType": "text/html"}},
    }]}}),
    "accesslog": "".join(
        LOG.format(at=f"{9 + n // 4:02}:{n % 4 * 15:02}:00", n=n) for n in range(12)
    ),
    "openapi": json.dumps({
        "openapi": "3.0.0", "info": {"title": "shop", "version": "1"},
        "servers": [{"url": "https://shop.example"}],
        "paths": {"/articles": {"get": {"responses": {"200": {"description": "ok"}}}}},
    }),
    "vegeta": "GET https://shop.example/\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", PAGES)
def test_what_it_writes_passes_check(kind: str, program: Any, tmp_path: Path) -> None:
    source, made = tmp_path / "source", tmp_path / "made.yaml"
    source.write_text(PAGES[kind])
    flags = ("--target", "https://shop.example") if kind == "accesslog" else ()
    done = program("import", kind, source, "-o", made, *flags)
    assert done.returncode == 0, done.stderr
    checked = program("check", made)
    assert checked.returncode == 0, checked.stderr
    assert "https://shop.example" in checked.stdout


def test_a_curl_command_is_taken_as_it_was_pasted(program: Any, tmp_path: Path) -> None:
    made = tmp_path / "made.yaml"
    pasted = ("curl", "https://shop.example/cart", "-H", "Authorization: Bearer abc", "-o", "x")
    done = program("import", "curl", "-o", made, *pasted)
    assert done.returncode == 0, done.stderr
    assert "request: GET /cart" in made.read_text()
    assert "abc" not in made.read_text()
    assert "TOKEN" in done.stderr
