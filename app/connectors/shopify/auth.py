"""Shopify wants the token in a header of its own; a token of the client credentials grant lives 24 hours."""

from collections.abc import Mapping

from app.connectors.oauth import ClientCredentials, TokenAuthorizer
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport

TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105


def authorizer(config: SourceConfig, transport: SourceTransport) -> TokenAuthorizer:
    credentials = ClientCredentials(config.settings["client_id"], config.settings["client_secret"])
    return TokenAuthorizer(transport, credentials, token_path=TOKEN_PATH, as_headers=_access_token)


def _access_token(token: str) -> Mapping[str, str]:
    return {"X-Shopify-Access-Token": token}
