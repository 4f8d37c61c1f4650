"""Salesforce wants the token as a Bearer token, and says 401 INVALID_SESSION_ID when it has expired."""

from collections.abc import Mapping

from app.connectors.oauth import ClientCredentials, TokenAuthorizer
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105


def authorizer(config: SourceConfig, transport: SourceTransport) -> TokenAuthorizer:
    credentials = ClientCredentials(config.settings["client_id"], config.settings["client_secret"])
    return TokenAuthorizer(transport, credentials, token_path=TOKEN_PATH, as_headers=_bearer)


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}
