"""The policies that there are, which one is in force, and where addresses are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.postal_centroids import PostalCentroids
from app.domain.refusals import RefusalCode, refuse
from app.domain.routing.policy import Policy
from app.domain.routing.request import Destination
from app.workflows.routing.policies import STANDARD, load_policy, shipped_policies
from app.workflows.routing.postal_codes import read_postal_centroids


@dataclass(frozen=True, slots=True)
class Routing:
    in_force: Policy
    policies: Mapping[str, Policy]
    """By name; the one in force is among them."""
    centroids: PostalCentroids = field(default_factory=PostalCentroids)

    def policy(self, name: str | None = None) -> Policy:
        """The one in force without a name. Raises Refused."""
        if name is None:
            return self.in_force
        if name not in self.policies:
            known = ", ".join(sorted(self.policies))
            raise refuse(RefusalCode.INVALID, f"there is no routing policy {name}; there are {known}", "policy")
        return self.policies[name]

    def locate(self, address: Mapping[str, Any] | None) -> Destination:
        found = address or {}
        return self.centroids.locate(found.get("country"), found.get("postalCode"))


def configured_routing(policy: str = STANDARD, postal_centroids: Path | None = None) -> Routing:
    """Raises RoutingNotConfigured."""
    in_force = load_policy(policy)
    shipped = [load_policy(name) for name in shipped_policies()]
    policies = {each.name: each for each in (*shipped, in_force)}
    centroids = PostalCentroids() if postal_centroids is None else read_postal_centroids(postal_centroids)
    return Routing(in_force, policies, centroids)
