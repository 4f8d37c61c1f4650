from tests.cli.conftest import Here
from tests.cli.processes import REPOSITORY


def test_the_page_is_what_the_tables_say(here: Here) -> None:
    code, out, err = here("lifecycles")
    assert (code, err) == (0, "")
    committed = (REPOSITORY / "docs" / "lifecycles.md").read_text()
    assert out == committed, "a lifecycle changed: run make lifecycles and look at the difference"


def test_a_diagram_has_every_move_and_every_end(here: Here) -> None:
    _, page, _ = here("lifecycles")
    diagrams = [each.partition("```")[0] for each in page.split("```mermaid\n")[1:]]
    assert len(diagrams) == 6
    transaction = diagrams[2].splitlines()
    assert transaction == [
        "stateDiagram-v2",
        "    [*] --> PENDING: ask",
        "    PENDING --> SUCCESS: succeed",
        "    ACTION_REQUIRED --> SUCCESS: succeed",
        "    UNKNOWN --> SUCCESS: succeed",
        "    PENDING --> FAILURE: fail",
        "    ACTION_REQUIRED --> FAILURE: fail",
        "    UNKNOWN --> FAILURE: fail",
        "    PENDING --> ACTION_REQUIRED: require action",
        "    UNKNOWN --> ACTION_REQUIRED: require action",
        "    PENDING --> UNKNOWN: lose answer",
        "    ACTION_REQUIRED --> UNKNOWN: lose answer",
        "    UNKNOWN --> PENDING: ask again",
        "    SUCCESS --> [*]",
        "    FAILURE --> [*]",
    ]
