"""The pages of the demo target: a small B2B marketplace and a registration office."""

from __future__ import annotations

import html
import random
from dataclasses import dataclass

MARKET = "Harbour Market"
OFFICE = "Registration Office"

_GOODS = (
    "steel pipe", "copper wire", "cotton yarn", "ceramic tile", "pine board", "roller bearing",
    "solar panel", "diesel pump", "glass bottle", "office chair", "LED lamp", "rubber seal",
)  # fmt: skip
_TOWNS = ("Ningbo", "Hamburg", "Rotterdam", "Santos", "Busan", "Mombasa", "Gdansk", "Qingdao")
_STEPS = (
    "Bring your identity card and the contract.",
    "Fill in the form; fields with a star are needed.",
    "Pay the fee at the counter or online.",
    "The certificate is ready within five working days.",
)


@dataclass(frozen=True, slots=True)
class Page:
    """One address: who may have it, how long a worker takes for it, what it says.

    A page with `fields` takes them by POST (form or JSON); any other is read by GET.
    """

    title: str
    said: str
    """The recognisable sentence, with ``{user}`` and the fields by name."""
    service_ms: float
    site: str = MARKET
    fields: tuple[str, ...] = ()
    private: bool = False
    rows: int = 6
    """Lines of goods or guidance below, which make its size."""
    token_of: str = ""
    """A cookie, for whose holder the form has a token; posted, it must bring that token back."""

    @property
    def methods(self) -> tuple[str, ...]:
        return ("POST",) if self.fields else ("GET", "HEAD")


LOGIN = "/login"
PAGES: dict[str, Page] = {
    "/": Page("Home", "Welcome to Harbour Market, where buyers meet makers.", 10, rows=20),
    "/supply": Page("Supply", "Supply offers of today", 30, rows=110),
    "/demand": Page("Demand", "Demand of today: who looks for what", 30, rows=90),
    "/publish": Page("Publish", "Your offer is published: {title}", 45, fields=("title",),
                     private=True),
    "/quote": Page("Quote", "Your quote was sent: {price} for {item}", 35,
                   fields=("item", "price"), private=True),
    "/message": Page("Message", "Your message to {to} was sent.", 25, fields=("to", "text"),
                     private=True),
    "/comment": Page("Comment", "Your comment is online, {user}.", 20, fields=("text",),
                     private=True),
    "/top-up": Page("Top-up", "Your account was topped up by {amount}.", 60, fields=("amount",),
                    private=True),
    "/resume": Page("Résumé", "Your résumé, {user}", 30, private=True, rows=40),
    "/register": Page("Register", "The account {user} is registered.", 50, OFFICE,
                      fields=("user", "password")),
    "/progress": Page("Progress", "Your case is being examined: step 2 of 4.", 40, OFFICE, rows=10),
    "/guide": Page("Guide", "How to register real estate", 20, OFFICE, rows=60),
    "/apply": Page("Apply", "Your application was received: {kind}", 60, OFFICE,
                   fields=("kind",), private=True),
    "/book": Page("Book", "Your appointment is booked for {day}.", 35, OFFICE, fields=("day",),
                  private=True),
}  # fmt: skip
LOGIN_PAGE = Page("Log in", "Please log in with user and password.", 10)
LOGGED_IN = Page("Logged in", "Welcome back, {user}.", 25, fields=("user", "password"), rows=12)
ACCOUNT = Page("Account", "Welcome to your account, {user}.", 25,
               fields=("user", "password", "token"), token_of="visit")  # fmt: skip
ORDERED = Page("Order", "Your order of article {article} is placed.", 45,
               fields=("article", "token"), private=True, token_of="session")  # fmt: skip
FORMS: dict[str, tuple[Page, Page]] = {
    LOGIN: (LOGIN_PAGE, LOGGED_IN),
    "/account": (Page("Account", "Log in to your account.", 10, token_of="visit"), ACCOUNT),
    "/order": (Page("Order", "What would you like to order, {user}?", 20, private=True,
                    token_of="session", rows=40), ORDERED),
}  # fmt: skip
"""What is shown by GET, and what takes its fields by POST. The password of an account is
``harbour-`` and the user's name."""
ALL_PATHS = (*PAGES, *FORMS)


def filled(page: Page, user: str | None, fields: dict[str, str], token: str = "") -> bytes:
    """The page as HTML, 1 to 20 KB; with `token` in a form."""
    values = {"user": user or "guest"} | {name: fields.get(name, "") for name in page.fields}
    said = page.said.format_map({k: html.escape(v[:200]) for k, v in values.items()})
    form = f'<form method=post><input type=hidden name="token" value="{token}"></form>\n'
    filling = _FILLING[page.site, page.rows]
    return document(page.title, page.site, said, form + filling if token else filling)


def document(title: str, site: str, said: str, filling: str = "") -> bytes:
    return (
        f"<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>{title} - {site}</title>"
        f"{_STYLE}</head>\n<body><nav>{_NAVIGATION}</nav>\n<h1>{title}</h1>\n<p>{said}</p>\n"
        f"{filling}<footer>{site}: built into perfconsole, to be loaded.</footer></body></html>\n"
    ).encode()


def _rows(site: str, count: int) -> str:
    """`count` table rows, always the same ones."""
    pick = random.Random(count)
    lines = []
    for n in range(count):
        if site == OFFICE:
            lines.append(f"<tr><td>{n + 1}</td><td>{_STEPS[n % len(_STEPS)]}</td></tr>\n")
            continue
        goods, town = pick.choice(_GOODS), pick.choice(_TOWNS)
        amount, price = pick.randrange(10, 5000), pick.randrange(100, 99_999) / 100
        lines.append(
            f"<tr><td><a href=/supply?item={n}>{goods}</a></td><td>{amount} pieces</td>"
            f"<td>{price:.2f} EUR</td><td>{town}</td><td>ships within {n % 9 + 1} weeks</td></tr>\n"
        )
    return f"<table>\n{''.join(lines)}</table>\n" if lines else ""


_STYLE = (
    "<style>body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "nav a{margin-right:1rem}table{border-collapse:collapse;width:100%}"
    "td{border-bottom:1px solid #ddd;padding:.3rem .6rem}footer{color:#777;margin-top:2rem}"
    "h1{font-size:1.6rem}a{color:#0b5394}</style>"
)
_NAVIGATION = "".join(f"<a href={path}>{path[1:] or 'home'}</a>" for path in ALL_PATHS)
_FILLING = {
    (page.site, page.rows): _rows(page.site, page.rows)
    for page in (*PAGES.values(), *(page for pages in FORMS.values() for page in pages))
}
