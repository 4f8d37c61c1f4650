import json
import re
import shutil
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.http import graphiql

PRINTED_SCHEMA = Path(__file__).resolve().parents[2] / "schema.graphql"


def client_of(static: Path) -> TestClient:
    async def query_page(request: Request) -> HTMLResponse:
        return graphiql.page(request, static=static)

    return TestClient(Starlette(routes=[Route("/graphql", query_page), graphiql.assets(static=static)]))


@pytest.fixture
def own_files(tmp_path: Path) -> Path:
    """A static folder as git has it: without what set-up fetches."""
    return Path(shutil.copytree(graphiql.STATIC, tmp_path / "static", ignore=shutil.ignore_patterns("vendor")))


@pytest.fixture
def all_files(own_files: Path) -> Path:
    for name in (*graphiql.STYLES, *graphiql.SCRIPTS):
        path = own_files / name
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_text(f"/* {name} */")
    return own_files


def test_without_its_files_the_page_says_how_to_get_them(own_files: Path) -> None:
    answer = client_of(own_files).get("/graphql?query=x")
    assert answer.status_code == 200
    assert "<pre>make graphiql</pre>" in answer.text
    assert "<code>http://testserver/graphql</code>" in answer.text
    assert "<script" not in answer.text


def test_a_host_header_cannot_write_markup(own_files: Path) -> None:
    answer = client_of(own_files).get("/graphql", headers={"Host": '<img src="x">'})
    assert "<img" not in answer.text


def test_every_file_of_the_page_is_served_and_may_be_kept_for_good(all_files: Path) -> None:
    client = client_of(all_files)
    names = re.findall(r'(?:src|href)="(graphiql/[^"]+)"', client.get("/graphql").text)
    assert len(names) == 9
    for name in names:
        answer = client.get(f"/{name}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_changed_file_gets_another_address(all_files: Path) -> None:
    client = client_of(all_files)
    before = re.findall(r'src="([^"]+)"', client.get("/graphql").text)
    (all_files / "graphiql.js").write_text("// changed, and longer than before")
    after = re.findall(r'src="([^"]+)"', client.get("/graphql").text)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, True, True, True, False]


def test_the_page_runs_no_script_but_its_own_files(all_files: Path) -> None:
    answer = client_of(all_files).get("/graphql")
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none';" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-cache"
    assert set(re.findall(r"<script ([a-z]+)", answer.text)) == {"type", "src"}


def test_a_file_that_is_not_there_is_not_kept(all_files: Path) -> None:
    answer = client_of(all_files).get("/graphiql/vendor/other.js")
    assert answer.status_code == 404
    assert "Cache-Control" not in answer.headers


def test_the_examples_arrive_whole(all_files: Path) -> None:
    text = client_of(all_files).get("/graphql").text
    carried = re.search(r'<script type="application/json" id="examples">(.*?)</script>', text)
    assert carried is not None
    assert json.loads(carried[1]) == [path.read_text() for path in graphiql.EXAMPLES]


@pytest.mark.parametrize("path", graphiql.EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_one_named_operation_with_an_explanation(path: Path) -> None:
    (operation,) = parse(path.read_text()).to_dict()["definitions"]
    assert operation["name"]["value"].lower() == path.stem.replace("_", "")
    assert path.read_text().startswith("# ")


@pytest.mark.skipif(not PRINTED_SCHEMA.is_file(), reason="the schema is not printed (make schema)")
@pytest.mark.parametrize("path", graphiql.EXAMPLES, ids=lambda path: path.stem)
def test_an_example_fits_the_schema(path: Path) -> None:
    assert validate(build_schema(PRINTED_SCHEMA.read_text()), parse(path.read_text())) == []
