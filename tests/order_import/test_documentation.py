"""docs/importing-data.md names every field and every reason, and its example is a mapping."""

import re
from pathlib import Path

import pytest

from app.stores.order_import.findings import REASONS
from app.workflows.order_import.mapping import FIELDS, load_mapping
from app.workflows.order_import.report import rejects_path

DOCUMENT = (Path(__file__).parents[2] / "docs" / "importing-data.md").read_text()


@pytest.mark.parametrize("word", sorted(FIELDS | set(REASONS)))
def test_a_word_of_the_import_is_explained(word: str) -> None:
    assert f"`{word}`" in DOCUMENT


def test_the_file_of_rejected_rows_is_named() -> None:
    assert f"`{rejects_path(Path('report.json'))}` beside `report.json`" in DOCUMENT


def test_the_example_is_a_mapping(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    (tmp_path / "shop.toml").write_text(example)
    mapping = load_mapping(str(tmp_path / "shop.toml"))
    assert mapping.orders.channel == "web"
    assert mapping.returns is not None
