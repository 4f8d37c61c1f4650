from collections.abc import Mapping
from typing import Any

import pytest
from strawberry.types.base import StrawberryObjectDefinition

from app.domain.refusals import (
    IllegalTransition,
    InsufficientStock,
    Refusal,
    RefusalCode,
    SourceRefusal,
    VersionConflict,
)
from app.execution.rows import Row
from app.resolvers.user_error import user_error
from app.schema import schema

UPS = Row("Source", {"key": "ups"})
DOWN = RefusalCode.SOURCE_UNAVAILABLE


@pytest.mark.parametrize(
    ("refusal", "own"),
    [
        (Refusal(code=RefusalCode.INVALID, message="no"), {"__typename": "ValidationError"}),
        (VersionConflict(message="no", current_version=4), {"__typename": "VersionConflict", "currentVersion": 4}),
        (
            IllegalTransition(message="no", state="DRAFT", allowed=("orderEdit",)),
            {"__typename": "IllegalTransition", "state": "DRAFT", "allowed": ("orderEdit",)},
        ),
        (
            InsufficientStock(message="no", sku="LAMP", requested=3, available=1),
            {"__typename": "InsufficientStock", "sku": "LAMP", "requested": 3, "available": 1},
        ),
        (
            SourceRefusal(code=DOWN, message="no", source_key="ups", retry_after_s=5),
            {"__typename": "SourceError", "source": UPS, "retryAfterSeconds": 5},
        ),
        # One that is not configured any more: what is said of it must not be lost.
        (SourceRefusal(code=DOWN, message="no", source_key="dhl"), {"__typename": "ValidationError"}),
    ],
)
def test_each_refusal_is_of_the_type_that_has_its_data(refusal: Refusal, own: Mapping[str, Any]) -> None:
    error = user_error(refusal, UPS if getattr(refusal, "source_key", None) == "ups" else None)
    assert error == {"code": refusal.code, "message": "no", "field": None, **own}
    of = schema.schema_converter.type_map[error["__typename"]].definition
    assert isinstance(of, StrawberryObjectDefinition)
    assert {schema.config.name_converter.from_field(each) for each in of.fields} == error.keys() - {"__typename"}


def test_fields_are_told_as_clients_name_them() -> None:
    refusal = Refusal(code=RefusalCode.INVALID, message="no", field=("input", "lines", "0", "unit_price"))
    assert user_error(refusal)["field"] == ["input", "lines", "0", "unitPrice"]
