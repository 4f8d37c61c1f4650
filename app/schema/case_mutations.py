"""What service agents can ask a CRM for: inputs and payloads."""

import strawberry

from app.access.scopes import Scope
from app.execution.declare import attribute, value
from app.schema.inputs import optional, required
from app.schema.live import Case
from app.schema.mutation_payload import MutationPayload


@strawberry.input(description="A matter of a customer's that somebody should look after.")
class CaseCreateInput:
    customer_id: strawberry.ID = required("Id of the customer.")
    order_id: strawberry.ID | None = optional("Id of one of their orders, where it is about one.")
    subject: str = required("In a few words; 255 characters at most.")
    description: str = required("The whole story; 32,000 characters at most.")
    priority: str | None = optional("In the CRM's own words.")
    connector_key: str | None = optional("Key of the CRM; needed where several open cases.")


@value
class CaseCreatePayload(MutationPayload):
    """A case at the CRM. Where that has not answered it is opened later, once, and `userErrors` says so."""

    case: Case | None = attribute(
        "As the CRM shows it; null while it has not answered, and where it does not know the customer.",
        read=Scope.CRM,
    )
    external_id: str | None = attribute("The case's id in the CRM; null while that has not answered.", read=Scope.CRM)
    url: str | None = attribute("Where a person can open it.", read=Scope.CRM)
