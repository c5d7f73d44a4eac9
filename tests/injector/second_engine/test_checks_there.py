"""The same checks and extractions, on answers that come through the second engine.

The target is its own proxy: it is asked for whole URLs.
"""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from perfconsole.model.plan import Extract


async def test_every_kind_of_check(
    target, begin, plan_for, until, check_cases, check_flows, assert_checked
) -> None:
    async def script(seen, writer) -> None:
        case = check_cases[int(seen.path.rpartition("/")[2])]
        head = "".join(f"{name}: {value}\r\n" for name, value in case.headers)
        writer.write(f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(case.body)}\r\n\r\n".encode())
        writer.write(case.body)

    target.script = script
    proxy = f"http://127.0.0.1:{target.port}"
    injector = await begin(plan_for(target.port, iterations=1, proxy=proxy).of(**check_flows))
    await asyncio.gather(*(injector.vus(1, group) for group in check_flows))
    await until(lambda: all(injector.iterations(group)[0] for group in check_flows))
    await injector.finish()
    injector.assert_counts_add_up()
    assert_checked(injector)


async def test_extraction_out_of_a_body_that_is_not_all_kept(
    target, begin, plan_for, step, until
) -> None:
    page = b"<a href='/one'>1</a><a href='/two'>2</a>" + b" " * 11 * 2**20

    async def script(_seen, writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(page))
        for at in range(0, len(page), 2**20):
            writer.write(page[at : at + 2**20])
            await writer.drain()
            await asyncio.sleep(0)

    target.script = script
    links = Extract("links", "css", "a", "all", "href", "|")
    first = replace(step("/", least_bytes=len(page), most_bytes=len(page)), extracts=(links,))
    second = step("/", name="second", most_bytes=len(page) - 1)
    maker = plan_for(target.port, iterations=1, proxy=f"http://127.0.0.1:{target.port}")
    injector = await begin(maker.of(g=[first, second]))
    await injector.vus(1)
    await until(lambda: injector.iterations()[0])
    await injector.finish()
    assert dict(injector.errors) == {f"second: check failed: body over {len(page) - 1:,} bytes": 1}
