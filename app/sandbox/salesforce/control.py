"""What somebody in the org may do at the screen: change a record, or delete it."""

from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.sandbox.salesforce.objects import OBJECTS
from app.sandbox.salesforce.records import Records


def create_control(records: Records) -> Starlette:
    """PATCH /{object}/{id} with fields as JSON, DELETE /{object}/{id}."""

    async def change(request: Request) -> JSONResponse:
        name, record_id = request.path_params["name"], request.path_params["id"]
        if name not in OBJECTS or records.find(name, record_id) is None:
            return JSONResponse({"error": f"there is no {name} {record_id}"}, status_code=404)
        fields: dict[str, Any] = {"IsDeleted": True}
        if request.method == "PATCH":
            try:
                fields = msgspec.json.decode(await request.body(), type=dict[str, Any])
            except msgspec.DecodeError as exc:
                return JSONResponse({"error": str(exc)}, status_code=400)
        records.change(name, record_id, fields)
        return JSONResponse({"changed": sorted(fields)})

    return Starlette(routes=[Route("/{name}/{id}", change, methods=["PATCH", "DELETE"])])
