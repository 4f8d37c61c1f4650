"""Ids of Shopify's objects: gid://shopify/Order/450789469, of which the number alone will do for us."""

import re
from collections.abc import Sequence

NUMBER = re.compile(r"(?:gid://shopify/([A-Za-z]+)/)?([0-9]{1,20})")


def gid(kind: str, external_id: str) -> str | None:
    """None for what cannot be the id of such an object: Shopify would refuse the whole query for its sake."""
    match = NUMBER.fullmatch(external_id)
    if match is None or match[1] not in (None, kind):
        return None
    return f"gid://shopify/{kind}/{match[2]}"


def gids(kind: str, external_ids: Sequence[str]) -> dict[str, str]:
    """By the external id as it was given, for those that can be one."""
    found = {external_id: gid(kind, external_id) for external_id in external_ids}
    return {external_id: each for external_id, each in found.items() if each}


def number(gid: str) -> str:
    return gid.rpartition("/")[2]
