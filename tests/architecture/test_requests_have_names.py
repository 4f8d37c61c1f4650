"""What logs, metrics and spans tell of a request is its name: docs/connectors/adding-a-vendor.md."""

import ast

from tests.architecture.source_tree import APP, ROOT, source_files


def test_every_request_to_a_source_says_what_it_is_called() -> None:
    unnamed = [
        f"{path.relative_to(ROOT)}:{call.lineno}: give the Request a name, such as name='track'"
        for path in source_files(APP / "connectors")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Request"
        if not {"name", None} & {keyword.arg for keyword in call.keywords}
    ]
    assert unnamed == []
