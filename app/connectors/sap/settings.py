"""What a source's settings say of the customer's own SAP system: who we are there, and where our business is in it."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.connectors.source_config import InvalidSourceConfig, SourceConfig


@dataclass(frozen=True, slots=True)
class SapSettings:
    user: str
    password: str = field(repr=False)
    is_oauth: bool
    """Whether user and password are a client's id and secret, which a token is got for."""
    client: str | None
    time_zone: ZoneInfo
    sales_organization: str | None
    distribution_channel: str | None
    division: str | None
    company_code: str | None


def read_settings(config: SourceConfig) -> SapSettings:
    """Raises InvalidSourceConfig."""
    settings = config.settings
    auth = settings.get("auth", "basic")
    if auth not in ("basic", "oauth2"):
        raise InvalidSourceConfig(f"source {config.key}: auth is {auth!r}; choose from basic, oauth2")
    try:
        time_zone = ZoneInfo(settings.get("time_zone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise InvalidSourceConfig(f"source {config.key}: time_zone must be a name such as Europe/Berlin") from exc
    return SapSettings(
        user=settings["user"],
        password=settings["password"],
        is_oauth=auth == "oauth2",
        client=settings.get("sap_client"),
        time_zone=time_zone,
        sales_organization=settings.get("sales_organization"),
        distribution_channel=settings.get("distribution_channel"),
        division=settings.get("division"),
        company_code=settings.get("company_code"),
    )
