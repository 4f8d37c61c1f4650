"""POST /webhooks/{source key}: takes in what outside systems tell us of their own accord.

Senders want an answer within seconds and send again without one, so nothing is done here but to see that the event is
true and to keep it. The signature is over the very bytes of the body, which is why it is read before it is parsed.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.connectors.ports.webhook import Unauthentic, Unreadable, WebhookReceiver
from app.stores.transaction import Writers, utc_now
from app.workflows.webhook_receive import webhook_receive

log = structlog.get_logger("junction.webhooks")

TIMEOUT_S = 5.0
"""Of the whole: reading the body and keeping the event."""


Outcome = Literal["kept", "repeated", "unauthentic", "unreadable", "too_long", "too_late", "left"]
"""`too_late`: keeping it took too long. `left`: the sender did not wait for the end of its own request."""
Told = Callable[[str, Outcome], None]


class _TooLong(Exception):
    pass


def webhooks(
    receiver: Callable[[str], WebhookReceiver | None],
    writers: Writers,
    *,
    body_bytes_max: int,
    told: Told = lambda _, __: None,
    timeout_s: float = TIMEOUT_S,
    now: Callable[[], datetime] = utc_now,
) -> Route:
    """`receiver` finds the connector of a source; None for one that sends no events. `told` hears what became of each
    event, by the source's key.
    """

    async def take_in(request: Request) -> Response:
        source_key = request.path_params["source_key"]
        known = receiver(source_key)
        if known is None:
            return _refusal(404, "No source of this name sends events.")
        try:
            async with asyncio.timeout(timeout_s):
                body = await _body(request, body_bytes_max)
                delivery = known.receive(request.headers, body, at=now())
                is_new = await webhook_receive(source_key, delivery, writers)
        except _TooLong:
            told(source_key, "too_long")
            return _refusal(413, f"The body may have {body_bytes_max} bytes at most.")
        except Unauthentic as exc:
            log.warning("webhook_refused", source=source_key, reason=str(exc))
            told(source_key, "unauthentic")
            return _refusal(401, f"This is not from {source_key}: {exc}.")
        except Unreadable as exc:
            log.warning("webhook_unreadable", source=source_key, reason=str(exc))
            told(source_key, "unreadable")
            return _refusal(400, str(exc))
        except TimeoutError:
            told(source_key, "too_late")
            return _refusal(503, "Taking the event in took too long; send it again.")
        except ClientDisconnect:
            told(source_key, "left")
            return Response(status_code=400)
        log.info("webhook_received", source=source_key, event_id=delivery.external_event_id, is_new=is_new)
        told(source_key, "kept" if is_new else "repeated")
        return Response(status_code=204)

    return Route("/webhooks/{source_key}", take_in, methods=["POST"])


async def _body(request: Request, bytes_max: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > bytes_max:
            raise _TooLong
    return bytes(body)


def _refusal(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status)
