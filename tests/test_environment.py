"""Variables that may stand in files."""

import re
from pathlib import Path

import pytest

from app.environment import FILE_BYTES_MAX, UnreadableVariable, variable


def test_a_variable_comes_before_its_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("  from the file\n")
    both = {"SECRET": "set", "SECRET_FILE": str(file)}
    assert variable("SECRET", both) == "set"
    assert variable("SECRET", both | {"SECRET": ""}) == "from the file"
    assert variable("SECRET", {"SECRET_FILE": ""}) is None
    assert variable("SECRET", {}) is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"s3cret\xff", "is not UTF-8"),
        (b"s3cret" * FILE_BYTES_MAX, f"holds more than {FILE_BYTES_MAX} bytes"),
    ],
)
def test_a_file_that_holds_no_value_is_refused_without_quoting_it(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(UnreadableVariable, match=f"^{re.escape(f'SECRET_FILE names {file}, which {problem}')}$") as exc:
        variable("SECRET", {"SECRET_FILE": str(file)})
    assert exc.value.__cause__ is None


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableVariable, match=r"which cannot be read: Is a directory$"):
        variable("SECRET", {"SECRET_FILE": str(tmp_path)})
