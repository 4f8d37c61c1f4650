"""What every mutation answers with, beside the rows that it changed."""

from typing import Any

import strawberry

from app.execution.access import Read, public
from app.execution.declare import Argument, attribute, command
from app.resolvers.commanding import Perform
from app.schema.user_error import UserError

OWN_CALL = public("A caller may know what became of its own call.")


@strawberry.interface(description="What a mutation answers with, beside what it changed.")
class MutationPayload:
    user_errors: list[UserError] = attribute(
        "Why it was not done; empty when it was. What an outside system did not do stands here, too.",
        read=OWN_CALL,
    )
    replayed: bool = attribute(
        "Whether this is the stored answer of an earlier call with the same `idempotencyKey`.", read=OWN_CALL
    )
    dry_run: bool = attribute(
        "Whether nothing was written: the payload then shows what would have happened.", read=OWN_CALL
    )


def mutation(perform: Perform, input_: type[Any], description: str, *, read: Read) -> Any:
    """A field of the mutation type, with the arguments that every one of them has."""
    return command(
        perform,
        description,
        read=read,
        arguments={
            "input": Argument(input_, "What is asked for."),
            "idempotency_key": Argument(
                str | None,
                "A text of your own, 255 characters at most. The same key with the same input is done once, however"
                " often it is sent, and answered alike.",
            ),
            "dry_run": Argument(bool, "Shows what would happen, and writes nothing.", default=False),
        },
    )
