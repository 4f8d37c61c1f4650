"""`junction explain`: what it prints, to the byte, and what it refuses."""

import io
import re
from pathlib import Path

import pytest

from app.cli.explain import reading_context
from app.settings import Settings
from tests.cli.conftest import Here
from tests.cli.processes import junction
from tests.database.processes import fetch

GOLDEN = Path(__file__).parent / "explain"
NUMBER = '{"number": "1864"}'


def test_a_plan_as_it_is_printed(here: Here, tmp_path: Path) -> None:
    """Without a database: the folder stays away, and nobody listens at the URL."""
    away = {"DATA_DIR": tmp_path / "data", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    code, out, err = here("explain", str(GOLDEN / "order_page.graphql"), "--variables", NUMBER, **away)
    assert (code, err) == (0, "")
    assert out == (GOLDEN / "order_page.txt").read_text(), (
        "the plan changed: look at the difference, then write it down with junction explain "
        f"tests/cli/explain/order_page.graphql --variables '{NUMBER}' > tests/cli/explain/order_page.txt"
    )
    assert not (tmp_path / "data").exists()


def test_one_of_several_operations_from_stdin(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    several = "query A { __typename } query B { __schema { queryType { name } } }"
    monkeypatch.setattr("sys.stdin", io.StringIO(several))
    assert here("explain", "-", "--operation", "B") == (
        0,
        "query B: by the interpreter, all of it. No plan covers __schema.\n"
        "cost: 0 of 50,000 rows, 1 of 500,000 values, 3 of 2,000 fields, 0 of 100 lists and relations\n",
        "",
    )


@pytest.mark.parametrize(
    ("query", "line", "sentence"),
    [
        ("{ orders", (), "{file}:1:9: Syntax Error: Expected Name, found <EOF>."),
        ("{ a\n b }", (), "{file}:1:3: Cannot query field 'a' on type 'Query'. (and 1 more)"),
        ("query A { __typename }", ("--operation", "B"), '{file}: Unknown operation named "B".'),
        (
            "query ($n: String!) { order(by: {number: $n}) { id } }",
            (),
            "The variables do not fit the query: Variable '$n' has invalid value: "
            "Expected a value of non-null type 'String!' to be provided.",
        ),
        ("{ __typename }", ("--variables", "[]"), "--variables is not a JSON object: Expected `object`, got `array`."),
        (
            "{ __typename }",
            ("--analyze",),
            "There is no database yet: start it with junction serve, or choose another DATA_DIR.",
        ),
    ],
)
def test_what_cannot_be_explained(here: Here, tmp_path: Path, query: str, line: tuple[str, ...], sentence: str) -> None:
    file = tmp_path / "query.graphql"
    file.write_text(query)
    told = here("explain", str(file), *line, DATA_DIR=tmp_path / "data")
    assert told == (1, "", f"junction: {sentence.replace('{file}', str(file))}\n")
    assert not (tmp_path / "data").exists()


def test_a_file_that_cannot_be_read(here: Here, tmp_path: Path) -> None:
    assert here("explain", str(tmp_path / "none")) == (1, "", f"junction: There is no file {tmp_path}/none.\n")
    assert here("explain", str(tmp_path)) == (1, "", f"junction: Cannot read {tmp_path}: Is a directory.\n")
    (tmp_path / "latin").write_bytes(b"# \xe9")
    told = f"junction: Cannot read {tmp_path}/latin: it is not UTF-8.\n"
    assert here("explain", str(tmp_path / "latin")) == (1, "", told)


def test_analyze_tells_what_it_took(migrated_database: str, tmp_path: Path) -> None:
    fetch(migrated_database, "INSERT INTO customers (kind, display_name) VALUES ('PERSON', 'Grace')")
    file = tmp_path / "query.graphql"
    file.write_text("{ customers { nodes { displayName cases { nodes { subject } } } } }")
    done = junction("explain", "--analyze", str(file), DATABASE_URL=migrated_database, DATA_DIR=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    out = re.sub(r"[0-9]+\.[0-9]{3} ms", "… ms", done.stdout)
    out = re.sub(r"buffers: [0-9,]+ hit, [0-9,]+ read", "buffers: …", out)
    out = re.sub(r"\n  SELECT convert_to.*?AS body\n", "\n  …\n", out, flags=re.DOTALL)
    assert (
        out
        == """\
query: by plan, one statement and 1 remote batch
cost: 25 of 50,000 rows, 650 of 500,000 values, 6 of 2,000 fields, 1 of 100 lists and relations
took: … ms for 79 bytes

Plan
  customers: the first 25 rows of customers, by created_at descending
    nodes
      displayName
      cases: remote batch 1

Statement
  …
  took … ms for 1 row
  Postgres: planning … ms, execution … ms
  buffers: …
  rows read: customer_source_records 0, customers 1

Remote batch 1: customers.nodes.cases
  key: an expression over customer_source_records, customers
  source: app.resolvers.live.cases
  prints: { nodes { subject } }

Asked for customers.nodes.cases: 1 key in … ms
"""
    )


def test_analyze_wants_the_tables_of_this_version(fresh_database: str, tmp_path: Path) -> None:
    file = tmp_path / "query.graphql"
    file.write_text("{ __typename }")
    done = junction("explain", "--analyze", str(file), DATABASE_URL=fresh_database, DATA_DIR=tmp_path)
    sentence = "The database's tables are not those of this version; run junction migrate first."
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"junction: {sentence}\n")


async def test_analyze_reads_in_sessions_that_cannot_write(migrated_database: str) -> None:
    async with reading_context(Settings(), migrated_database, ()) as context:
        ((own,),) = await context.connections.rows("SHOW transaction_read_only", ())
    assert own == "on"
