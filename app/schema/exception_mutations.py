"""What can be decided about order exceptions."""

import strawberry

from app.access.scopes import Scope
from app.execution.declare import entity, value
from app.schema.inputs import optional, required
from app.schema.mutation_payload import MutationPayload
from app.schema.order import OrderException


@strawberry.input(description="A decision about a step that had failed for good.")
class ExceptionResolveInput:
    exception_id: strawberry.ID = required("Id of the exception.")
    note: str | None = optional("Why, for the event log.")
    retry: bool | None = optional("Whether the step is tried again.", default=False)


@value
class ExceptionResolvePayload(MutationPayload):
    """What became of a decision."""

    exception: OrderException | None = entity(
        "exception", "The exception as it now is; null when it was refused.", read=Scope.ORDER
    )
