"""The same work for Locust: ``locust -f locustfile.py Page`` or ``... Order``, a FastHttpUser each.

At the end it prints what nobody else can tell: how many of its requests failed.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import re
from pathlib import Path

from locust import FastHttpUser, events, task
from locust.env import Environment

PATH = os.environ.get("BENCH_PATH", "/")
TOKEN = re.compile(r'name="token" value="(\w+)"')
with Path(__file__).with_name("users.csv").open(newline="") as file:
    USERS = itertools.cycle(list(csv.DictReader(file)))


class Page(FastHttpUser):
    @task
    def page(self) -> None:
        self.client.get(PATH)


class Order(FastHttpUser):
    @task
    def order(self) -> None:
        user = next(USERS)
        self.client.post("/login", data={"user": user["name"], "password": user["password"]})
        token = self._token("/page/1", "/page/1")
        token = self._token(f"/page/2?token={token}", "/page/2")
        token = self._token(f"/page/3?token={token}", "/page/3")
        self.client.post(
            "/order",
            json={
                "user": user["name"],
                "item": user["item"],
                "amount": user["amount"],
                "token": token,
            },
            headers={"X-Token": token, "X-User": user["name"]},
        )

    def _token(self, path: str, name: str) -> str:
        found = TOKEN.search(self.client.get(path, name=name).text)
        return found[1] if found else "none"


@events.quitting.add_listener
def _tell(environment: Environment, **_: object) -> None:
    total = environment.stats.total
    print("BENCH " + json.dumps({"requests": total.num_requests, "failed": total.num_failures}))
