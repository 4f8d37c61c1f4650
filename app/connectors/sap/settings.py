"""What a source's settings say of the customer's own SAP system: who we are there, and where our business is in it."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.connectors.source_config import InvalidSourceConfig, SourceConfig
from app.domain.outgoing import Push


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
    order_type: str
    return_type: str
    guest_customer: str | None
    """Sold-to party of orders by customers whom SAP does not know."""
    rejection_reason: str
    price_condition: str | None
    freight_condition: str | None
    return_reason: str | None
    return_follow_up: str | None
    increase_movement: str
    decrease_movement: str
    cost_center: str | None
    base_unit: str


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
    area = ("sales_organization", "distribution_channel", "division")
    lacking = [name for name in area if not settings.get(name)]
    if lacking and config.push & {Push.ORDERS, Push.RETURNS}:
        raise InvalidSourceConfig(f"source {config.key}: the setting {lacking[0]} is missing; sales are written there")
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
        order_type=settings.get("order_type", "OR"),
        return_type=settings.get("return_type", "CBAR"),
        guest_customer=settings.get("guest_customer"),
        rejection_reason=settings.get("rejection_reason", "00"),
        price_condition=settings.get("price_condition"),
        freight_condition=settings.get("freight_condition"),
        return_reason=settings.get("return_reason"),
        return_follow_up=settings.get("return_follow_up"),
        increase_movement=settings.get("increase_movement", "501"),
        decrease_movement=settings.get("decrease_movement", "551"),
        cost_center=settings.get("cost_center"),
        base_unit=settings.get("base_unit", "PC"),
    )
