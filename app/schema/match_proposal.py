"""Proposals that two customers are one."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import models
from app.access.scopes import Scope
from app.execution.declare import attribute, column, many, stored, value
from app.schema.enums import MatchProposalStatus
from app.schema.node import Node
from app.schema.value import PART_OF_VALUE

if TYPE_CHECKING:
    from app.schema.customer import Customer


@value
class MatchEvidence:
    """How alike two customers are in one field."""

    field: str = attribute("The field that was compared, for instance `email`.", read=PART_OF_VALUE)
    left: str | None = attribute("What the first has.", read=PART_OF_VALUE)
    right: str | None = attribute("What the second has.", read=PART_OF_VALUE)
    agreement: float = attribute("From 0, nothing alike, to 1, the same.", read=PART_OF_VALUE)
    weight: float = attribute("How much the field counts.", read=PART_OF_VALUE)


@stored(models.MatchProposal)
class MatchProposal(Node):
    """Two customers that may be one, with the evidence."""

    status: MatchProposalStatus = column(models.MatchProposal.status, "Whether it was decided.", read=Scope.CUSTOMER)
    score: float = column(models.MatchProposal.score, "How likely they are one, from 0 to 1.", read=Scope.CUSTOMER)
    customers: list[Annotated["Customer", strawberry.lazy("app.schema.customer")]] = many(
        models.MatchProposalCustomer.proposal_id,
        "The two customers.",
        through=models.MatchProposalCustomer.customer_id,
        by=models.Customer.created_at,
        read=Scope.CUSTOMER,
    )
    evidence: list[MatchEvidence] = column(
        models.MatchProposal.evidence, "How alike they are, field by field.", read=Scope.CUSTOMER_PII
    )
    created_at: datetime = column(models.MatchProposal.created_at, "When it was found.", read=Scope.CUSTOMER)
