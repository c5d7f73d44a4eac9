"""A visitor who compares a few articles and orders the cheapest: what YAML should not say."""

import re

from perfconsole.script import Vu

TOKEN = re.compile(r'name="token" value="(\w+)"')


async def init(vu: Vu) -> None:
    """Once for each VU: log in. Its session stays, as it is the VU's own."""
    user = vu.data["users"]
    with vu.transaction("log in"):
        token = await token_of(vu, "/account")
        form = {"user": user["name"], "password": user["password"], "token": token}
        answer = await vu.post("/account", form=form)
        vu.check("Welcome to your account" in answer.text, "not welcome after the login")


async def checkout(vu: Vu) -> None:
    """Once for each iteration."""
    with vu.transaction("compare"):
        articles = vu.random.sample(range(1, 40), 3)
        sizes = {}
        for article in articles:
            answer = await vu.get("/supply", query={"item": article}, name="GET /supply?item")
            sizes[article] = len(answer.content)
            await vu.think("300ms to 1s")
    smallest = min(articles, key=sizes.__getitem__)
    with vu.transaction("order"):
        token = await token_of(vu, "/order")
        order = {"article": smallest, "count": vu.iteration % 3 + 1, "token": token}
        answer = await vu.post("/order", json=order)
        vu.check(f"order of article {smallest} is placed" in answer.text, "the order is not placed")
    await vu.think("normal 1s sd 300ms")


async def token_of(vu: Vu, page: str) -> str:
    """What a form shows, and wants back."""
    match = TOKEN.search((await vu.get(page)).text)
    vu.check(match, "no token in the form")
    return match[1]
