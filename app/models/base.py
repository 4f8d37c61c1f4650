"""What every table shares: names of constraints, UUIDv7 keys, UTC times, enums as checked text, actors."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column

from app.domain.actor import ActorKind

Minor = Annotated[int, BigInteger]
"""An amount of money in the smallest unit of its currency."""


class Base(DeclarativeBase):
    """Columns follow their Python types: `str` is text, `Minor` is bigint, `datetime` is UTC, `dict` is jsonb."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy from the class
        str: Text(),
        int: Integer(),
        Minor: BigInteger(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text()),
        dict[str, Any]: JSONB(),
        list[dict[str, Any]]: JSONB(),
    }


def primary_key() -> MappedColumn[UUID]:
    """UUIDv7: unique without a round trip and in order of time, so that indexes grow at their end (RFC 9562)."""
    return mapped_column(primary_key=True, server_default=text("uuidv7()"))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def word(kind: type[StrEnum]) -> Enum:
    """An enum as text with a CHECK: a new value is a plain migration, and the table reads well in psql."""
    return Enum(kind, native_enum=False, create_constraint=True, length=40, name=_snake(kind.__name__))


def belongs_to(target: str, *, index: bool = False, nullable: bool = False) -> MappedColumn[Any]:
    """A foreign key. `index` is for keys that no composite index of the table begins with."""
    return mapped_column(ForeignKey(target), index=index, nullable=nullable)


def now() -> MappedColumn[datetime]:
    return mapped_column(server_default=func.now())


def zero() -> MappedColumn[int]:
    return mapped_column(server_default=text("0"))


def empty_list() -> MappedColumn[list[str]]:
    return mapped_column(server_default=text("'{}'"))


def empty_json_list() -> MappedColumn[list[dict[str, Any]]]:
    return mapped_column(server_default=text("'[]'"))


def not_negative(*columns: str) -> tuple[CheckConstraint, ...]:
    return tuple(CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative") for column in columns)


class Acted:
    """Who did it: kept as it was then, since a name may change and an actor may leave."""

    actor_kind: Mapped[ActorKind] = mapped_column(word(ActorKind))
    actor_id: Mapped[str]
    actor_name: Mapped[str | None]
