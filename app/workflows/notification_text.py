"""Words for what happened, from the templates in app/notifications: a subject line, plain text, and HTML.

A template is a text with $names, for which every value is a text. A name may stand for several lines or for none:
those are made by the template of that name, `lines` for one.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from app.domain.money import decimal_amount
from app.domain.notification import NotificationKind
from app.stores.notifications import Content

TEMPLATES = Path(__file__).parents[1] / "notifications"


class Words(NamedTuple):
    subject: str
    text: str
    html: str


def words(kind: NotificationKind, content: Content) -> Words:
    name, values, parts = kind.lower(), _values(content), _parts(content)
    subject, _, text = _rendered(f"{name}.txt", values, parts).partition("\n\n")
    return Words(subject.removeprefix("Subject: "), text, _rendered(f"{name}.html", values, parts))


def _values(content: Content) -> dict[str, str]:
    currency = content.facts.get("currency", "")
    values = {"name": content.recipient_name}
    for name, value in content.facts.items():
        if name.endswith("_minor"):
            values[name.removesuffix("_minor")] = f"{decimal_amount(value, currency)} {currency}"
        elif name.endswith("_on") and value is not None:
            day = date.fromisoformat(value)
            values[name] = f"{day.day} {day:%B %Y}"
        elif value is not None:
            values[name] = str(value)
    return values


def _parts(content: Content) -> dict[str, Sequence[Mapping[str, Any]]]:
    """By the template that makes each of them."""
    facts = content.facts
    url = str(facts.get("tracking_url") or "")
    once: Sequence[Mapping[str, Any]] = ({},)
    return {
        "lines": content.lines,
        "discounts": once if facts.get("discount_minor") else (),
        # A link of any other kind could run something when it is clicked.
        "tracking_links": once if url.startswith(("https://", "http://")) else (),
        "tracking_numbers": once if facts.get("tracking_number") else (),
        "expectations": once if facts.get("expected_on") else (),
    }


def _rendered(name: str, values: Mapping[str, str], parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    suffix = Path(name).suffix
    told = escape if suffix == ".html" else str
    safe = {name: told(value) for name, value in values.items()}
    for part, items in parts.items():
        each = (
            _template(part + suffix).substitute(safe, **{k: told(str(v)) for k, v in item.items()}) for item in items
        )
        safe[part] = "".join(each)
    return _template(name).substitute(safe)


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / name).read_text(encoding="utf-8"))
