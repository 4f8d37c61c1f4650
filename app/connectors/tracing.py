"""A span of OpenTelemetry for each call, where its API is installed (`pip install junction[otel]`): else nothing.

What becomes of spans is for the SDK to say, which whoever runs Junction installs and sets up beside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from app.connectors.observation import Call, Observer, Observers

try:
    from opentelemetry.trace import SpanKind, Status, StatusCode, TracerProvider, get_tracer
except ImportError:
    TRACED: Observer = Observers()
else:

    class Tracing:
        def __init__(self, provider: TracerProvider | None = None) -> None:
            """The provider that the process was set up with, unless it is named."""
            self._tracer = get_tracer("junction", tracer_provider=provider)

        @contextmanager
        def calling(self, call: Call) -> Iterator[None]:
            # Exceptions are not recorded: their text, and that of what caused them, is not for spans.
            with self._tracer.start_as_current_span(
                "source.call", kind=SpanKind.CLIENT, record_exception=False, set_status_on_exception=False
            ) as span:
                try:
                    yield
                finally:
                    span.set_attributes(
                        {
                            "source": call.source_key,
                            "name": call.name,
                            "method": call.method,
                            "attempt": call.attempt,
                            "outcome": call.outcome,
                        }
                    )
                    if call.status is not None:
                        span.set_attribute("status", call.status)
                    if call.outcome != "ok":
                        span.set_status(Status(StatusCode.ERROR, call.outcome))

    TRACED = Tracing()
