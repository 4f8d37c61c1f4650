from pathlib import Path

import pytest

from app.workflows.routing.configuration import configured_routing
from app.workflows.routing.errors import RoutingNotConfigured
from app.workflows.routing.policies import SHIPPED, load_policy, shipped_policies

MINIMAL = 'name = "own"\ncurrency = "EUR"\n[methods.default]\nbase_minor = 400\n'


def test_the_shipped_policies_are_called_as_their_files() -> None:
    assert shipped_policies() == ["nearest", "standard"]
    assert [load_policy(name).name for name in shipped_policies()] == shipped_policies()


def test_what_a_policy_leaves_out_is_as_documented(tmp_path: Path) -> None:
    policy = load_policy(_written(tmp_path, MINIMAL))
    assert policy.weights == load_policy("standard").weights
    assert (policy.max_splits, policy.max_subsets, policy.max_distance_km) == (3, 20_000, None)


def test_the_example_of_the_documentation_is_a_policy(tmp_path: Path) -> None:
    document = (SHIPPED.parents[1] / "docs" / "routing.md").read_text(encoding="utf-8")
    example = document.partition("```toml\n")[2].partition("```")[0]
    policy = load_policy(_written(tmp_path, MINIMAL + example))
    assert [rule.reason for rule in policy.rules] == ["NOT_FOR_CHANNEL", "NOT_FOR_METHOD"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "own.toml is not a TOML file: Invalid value (at end of document)."),
        ("[methods.default]\nbase_minor = 4\n", "own.toml, top level: Object missing required field `name`."),
        (MINIMAL + "per_mile = 3\n", "own.toml, methods.default: the key per_mile is not known."),
        (MINIMAL + "[weights]\nspilt = 3\n", "own.toml, weights: the key spilt is not known."),
        (MINIMAL + '[[rules]]\nreason = "R"\nkind = ["STORE"]\n', "own.toml, rules.0: the key kind is not known."),
        (MINIMAL + "[weights]\nsplit = -1\n", "own.toml, weights: split must be a number of at least 0, not -1.0."),
        (MINIMAL + '[weights]\nsplit = "x"\n', "own.toml, weights.split: Expected `float`, got `str`."),
        (
            MINIMAL + '[[rules]]\nreason = "R"\nkinds = ["SHOP"]\n',
            "own.toml, rules[0].kinds[0]: Invalid enum value 'SHOP'.",
        ),
        (
            MINIMAL.replace("default", "express"),
            "own.toml, top level: methods lacks default, for the shipping methods it does not name.",
        ),
        (MINIMAL.replace("EUR", "EURO"), "own.toml, top level: the currency 'EURO' is no ISO 4217 code."),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    path = _written(tmp_path, text)
    with pytest.raises(RoutingNotConfigured) as refused:
        load_policy(path)
    assert str(refused.value) == message


def test_a_policy_that_there_is_not_is_refused() -> None:
    with pytest.raises(RoutingNotConfigured, match="neither a file nor one of nearest, standard"):
        load_policy("fastest")


def test_a_policy_of_ones_own_is_in_force_beside_the_shipped(tmp_path: Path) -> None:
    routing = configured_routing(_written(tmp_path, MINIMAL))
    assert routing.policy().name == "own"
    assert sorted(routing.policies) == ["nearest", "own", "standard"]


def _written(folder: Path, text: str) -> str:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)
