"""Variables of the environment, which may stand in files: NAME_FILE names the file that holds what NAME would say.

So secrets are mounted by Docker (https://docs.docker.com/compose/how-tos/use-secrets/, read 2026-11) and Kubernetes.
"""

from collections.abc import Mapping
from pathlib import Path

FILE_BYTES_MAX = 65_536
"""Ours: a private key has about 4,000."""


class UnreadableVariable(ValueError):
    """The message names the variable and its file, and nothing of the content."""


def variable(name: str, environment: Mapping[str, str]) -> str | None:
    """None where it is neither set nor in a file; set and empty counts as unset. Raises UnreadableVariable."""
    if value := environment.get(name):
        return value
    path = environment.get(f"{name}_FILE")
    return _content(f"{name}_FILE", Path(path)) if path else None


def _content(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
        text = content.decode().strip()
    except OSError as exc:
        raise UnreadableVariable(f"{name} names {path}, which cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError:
        # Its message quotes the content, so it is not even the cause.
        raise UnreadableVariable(f"{name} names {path}, which is not UTF-8") from None
    if len(content) > FILE_BYTES_MAX:
        raise UnreadableVariable(f"{name} names {path}, which holds more than {FILE_BYTES_MAX} bytes")
    if not text:
        raise UnreadableVariable(f"{name} names {path}, which is empty")
    return text
