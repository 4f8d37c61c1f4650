"""Stripe takes the account's secret key as it is, with every request; there is no token to fetch."""

from collections.abc import Mapping

from app.connectors.source_config import SourceConfig


def fixed_headers(config: SourceConfig, api_version: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {config.settings['secret_key']}", "Stripe-Version": api_version}
