import sys

import pytest

from tests.architecture.source_tree import APP, imported_modules, relative, source_files

PURE = ("domain", "identity", "analytics", "access")


@pytest.mark.parametrize("folder", PURE)
def test_pure_code_imports_the_standard_library_only(folder: str) -> None:
    """Rules that need no library outlive every one, and their tests run in milliseconds."""
    allowed = tuple(f"app.{name}" for name in PURE)
    foreign = {
        f"{relative(path)}: {module}"
        for path in source_files(APP / folder)
        for module in imported_modules(path)
        if module.partition(".")[0] not in sys.stdlib_module_names and not f"{module}.".startswith(allowed)
    }
    assert foreign == set(), "move what needs the library to a layer above, and hand its result down as a value"
