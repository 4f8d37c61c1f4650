import re
from pathlib import Path

import pytest

from app.settings import InvalidSetting, Settings, from_environment


def test_without_an_environment_all_is_default() -> None:
    assert from_environment({}) == Settings()
    assert from_environment({"PAGE_SIZE_MAX": "", "HOME": "/"}) == Settings()


def test_the_documentation_has_every_setting_and_its_default() -> None:
    page = (Path(__file__).parents[1] / "docs/operating.md").read_text()
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]+)`|none) \|", page, re.MULTILINE))
    assert from_environment(told) == Settings()
    assert {name.lower() for name in told} == set(Settings.__struct_fields__)


def test_the_line_comes_before_the_environment() -> None:
    environment = {"PORT": "1", "HOST": "0.0.0.0", "SOURCE_TIMEOUT_S": "0.5", "DATA_DIR": "/srv/junction"}  # noqa: S104
    expected = Settings(port=2, host="0.0.0.0", source_timeout_s=0.5, data_dir=Path("/srv/junction"))  # noqa: S104
    assert from_environment(environment, port=2, host=None) == expected


COUNTS = (
    "page_size_default", "page_size_max", "node_ids_max", "body_bytes_max", "database_connections_max",
    "worker_concurrency",
)  # fmt: skip
SECONDS = (
    "request_timeout_s", "source_timeout_s", "worker_takeover_s", "cart_hold_s", "unconfirmed_expires_days",
    "return_window_days",
)  # fmt: skip
REFUSED = [
    *((name, value, "a whole number at least 1") for name in COUNTS for value in ("0", "-5")),
    *((name, value, "a number above 0") for name in SECONDS for value in ("0", "-1", "nan")),
    ("body_bytes_max", "1" + 30 * "0", "a whole number at most 2147483647"),
    ("request_timeout_s", "inf", "a number at most 86400"),
    ("source_timeout_s", "soon", "a number"),
    ("node_ids_max", "1.5", "a whole number"),
    ("port", "-1", "between 0 and 65535, not -1"),
    ("trusted_documents_only", "perhaps", "true or false"),
    ("refund_shipping", "sometimes", "true or false"),
    ("worker", "apart", "true or false"),
]


@pytest.mark.parametrize(("name", "value", "wanted"), REFUSED)
def test_a_value_that_makes_no_sense_is_refused(name: str, value: str, wanted: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        from_environment({name.upper(): value})
    assert str(refused.value) == f"{name.upper()} must be {wanted}"


def test_a_word_that_is_none_of_those_possible_is_refused() -> None:
    with pytest.raises(InvalidSetting, match=r"^SHORTAGE must be backorder or refuse$"):
        from_environment({"SHORTAGE": "maybe"})


def test_every_number_has_a_limit() -> None:
    # A switch is an int to Python, and has its place in the table as well.
    numbers = {name for name in Settings.__struct_fields__ if isinstance(getattr(Settings(), name), int | float)}
    assert numbers == {name for name, _, _ in REFUSED}


def test_a_page_by_default_is_within_what_a_page_may_be() -> None:
    with pytest.raises(InvalidSetting, match=r"^PAGE_SIZE_DEFAULT, 25, must not exceed PAGE_SIZE_MAX, 10$"):
        from_environment({"PAGE_SIZE_MAX": "10"})
    assert from_environment({"PAGE_SIZE_MAX": "25"}).page_size_max == 25


def test_only_trusted_documents_needs_some() -> None:
    with pytest.raises(
        InvalidSetting, match=r"^TRUSTED_DOCUMENTS_ONLY needs TRUSTED_DOCUMENTS, the file that holds them$"
    ):
        from_environment({"TRUSTED_DOCUMENTS_ONLY": "true"})
    both = from_environment({"TRUSTED_DOCUMENTS_ONLY": "true", "TRUSTED_DOCUMENTS": "~/trusted.json"})
    assert both == Settings(trusted_documents_only=True, trusted_documents=Path.home() / "trusted.json")


def test_what_may_hold_a_password_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("smtp://ada:s3cret@mail.test\n")
    assert from_environment({"SMTP_URL_FILE": str(file), "HOST_FILE": str(file)}) == Settings(
        smtp_url="smtp://ada:s3cret@mail.test"
    )
    with pytest.raises(InvalidSetting, match=r"^DATABASE_URL_FILE names /nowhere/url, which cannot be read: "):
        from_environment({"DATABASE_URL_FILE": "/nowhere/url"})


def test_settings_do_not_show_passwords() -> None:
    shown = repr(Settings(database_url="postgresql://ada:s3cret@db.test/store", smtp_url="smtp://ada:s3cret@mail.test"))
    assert "s3cret" not in shown
    assert shown.startswith("Settings(host='127.0.0.1', port=8000, ")
