"""UPS wants our credentials by Basic, and the token as a Bearer token; it says 401 when the token has expired."""

from collections.abc import Mapping

from app.connectors.oauth import ClientCredentials, TokenAuthorizer
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport

TOKEN_PATH = "/security/v1/oauth/token"  # noqa: S105


def authorizer(config: SourceConfig, transport: SourceTransport) -> TokenAuthorizer:
    credentials = ClientCredentials(config.settings["client_id"], config.settings["client_secret"])
    return TokenAuthorizer(transport, credentials, token_path=TOKEN_PATH, as_headers=_bearer, is_basic=True)


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}
