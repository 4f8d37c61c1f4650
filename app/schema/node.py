"""The interface of everything that has a global id."""

import strawberry

from app.execution.access import public
from app.execution.declare import global_id


@strawberry.interface(description="Anything with a global id: `node(id:)` finds it again.")
class Node:
    id: strawberry.ID = global_id(
        "Unique over the whole API. Keep it; do not take it apart.", read=public("An id alone says nothing.")
    )
