"""Opens cases, each once."""

from collections.abc import Mapping
from datetime import timedelta

from app.connectors.ports.crm import NewCase
from app.connectors.ports.sinks import Written
from app.connectors.salesforce import soql
from app.connectors.salesforce.api import Api
from app.connectors.salesforce.mapping import CaseTextRow, QueryResult

SUBJECT_CHARACTERS_MAX = 255
DESCRIPTION_CHARACTERS_MAX = 32_000
"""As the describe call of Case gives their lengths."""
LOOKED_BACK = timedelta(days=7)
"""Ours: longer than any job is tried. Of cases without a contact."""
LOOKED_THROUGH_MAX = 200
"""Ours: the newest cases of one contact with one subject."""


class Sinks:
    def __init__(self, api: Api, *, case_key_field: str | None) -> None:
        """`case_key_field` is a field of Case made for our key: text, unique, external id."""
        self._api = api
        self._case_key_field = case_key_field

    async def open_case(self, key: str, case: NewCase, *, is_repeat: bool, deadline: float) -> Written:
        """With a field for the key Salesforce itself takes care that it is one case.

        Without, the key is the last line of the description, and is looked for there before a second attempt. That
        ends where somebody has taken it out, or has given the case another contact or subject, within the minutes
        between two attempts.
        """
        if self._case_key_field:
            case_id = await self._api.upsert("Case", self._case_key_field, key, _fields(case), deadline)
        else:
            found = await self._find(key, case, deadline) if is_repeat else None
            case_id = found or await self._api.create("Case", _fields(case, key), deadline)
        return Written(case_id, url=f"{self._api.base_url}/{case_id}")

    async def _find(self, key: str, case: NewCase, deadline: float) -> str | None:
        since = self._api.clock - LOOKED_BACK
        query = soql.cases_like(case.customer_external_id, _subject(case), since, LOOKED_THROUGH_MAX)
        rows = await self._api.query(query, QueryResult[CaseTextRow], deadline)
        return next((row.id for row in rows if _marker(key) in (row.description or "").splitlines()), None)


def _fields(case: NewCase, key: str | None = None) -> Mapping[str, str]:
    fields = {
        "ContactId": case.customer_external_id,
        "Subject": _subject(case),
        "Description": _description(case, key),
        "Priority": case.priority,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _subject(case: NewCase) -> str:
    # Of one line, like its field: a repeat has to find what stands there.
    return " ".join(case.subject.split())[:SUBJECT_CHARACTERS_MAX].strip()


def _description(case: NewCase, key: str | None) -> str:
    order = f"\n\nOrder: {case.order_number}" if case.order_number else ""
    marker = f"\n\n{_marker(key)}" if key else ""
    room = DESCRIPTION_CHARACTERS_MAX - len(order) - len(marker)
    return f"{case.description[:room]}{order}{marker}".strip()


def _marker(key: str) -> str:
    return f"Junction reference: {key}"
