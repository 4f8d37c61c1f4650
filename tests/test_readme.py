"""The README's first screen is true: the query it shows has the answer it shows."""

import json
import re
from pathlib import Path

from app.wiring import Demo
from tests.graphql.asking import ask

README = (Path(__file__).parents[1] / "README.md").read_text()


async def test_the_query_of_the_readme_has_its_answer(demo: Demo) -> None:
    answer = await ask(demo, _block("graphql"))
    assert {"data": answer.data} == json.loads(_block("json"))
    assert answer.errors == []


def test_the_first_screen_begins_with_the_command() -> None:
    assert _block("sh") == "make run\n"
    assert README.index("make run") < README.index("```graphql") < README.index("```json") < 2_500


def _block(language: str) -> str:
    (block, *_) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(block)
