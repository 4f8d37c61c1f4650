"""SAP takes a communication user's name and password with every request, or a token that they are exchanged for."""

from base64 import b64encode
from collections.abc import Mapping

from app.connectors.oauth import ClientCredentials, TokenAuthorizer
from app.connectors.sap.settings import SapSettings
from app.connectors.transport import SourceTransport

TOKEN_PATH = "/sap/bc/sec/oauth2/token"  # noqa: S105


def basic_headers(settings: SapSettings) -> Mapping[str, str]:
    credentials = b64encode(f"{settings.user}:{settings.password}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


def authorizer(settings: SapSettings, transport: SourceTransport) -> TokenAuthorizer | None:
    """None for Basic: a password that was refused is not sent a second time, or SAP would lock the user the sooner."""
    if not settings.is_oauth:
        return None
    credentials = ClientCredentials(settings.user, settings.password)
    return TokenAuthorizer(transport, credentials, token_path=TOKEN_PATH, as_headers=_bearer, is_basic=True)


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}
