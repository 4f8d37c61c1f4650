"""The query page as a person meets it, in a real browser."""

import json
from urllib.parse import urlsplit

import pytest

from app.http import graphiql
from tests.browser.chromium import Tab

pytestmark = pytest.mark.skipif(
    not (graphiql.STATIC / "vendor" / "graphiql.js").is_file(), reason="the query page is not fetched (make graphiql)"
)

EDITOR = "document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror"
ANSWER = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"
TAB_TITLES = "[...document.querySelectorAll('.graphiql-tab-button')].map((button) => button.textContent.trim())"


async def test_a_query_typed_into_the_page_is_answered(tab: Tab, serving: str) -> None:
    await open_query_page(tab, serving)
    await run_query(tab, "Hello", '{ customer(by: {number: "C100001"}) { displayName } }')
    assert await tab.evaluate(f"JSON.parse({ANSWER})") == {"data": {"customer": {"displayName": "Ada Lovelace"}}}


async def test_the_first_example_answers_from_store_crm_and_storefronts(tab: Tab, serving: str) -> None:
    await open_query_page(tab, serving)
    await tab.click(".graphiql-execute-button")
    await tab.wait_for(f"{ANSWER} !== ''")
    answer = await tab.evaluate(f"JSON.parse({ANSWER})")
    assert "errors" not in answer
    customer = answer["data"]["customer"]
    assert customer["displayName"] == "Ada Lovelace"
    assert customer["orders"]["nodes"]
    assert customer["cases"]["nodes"]
    assert customer["storefrontProfiles"]["nodes"]


async def test_the_first_visit_offers_the_examples(tab: Tab, serving: str) -> None:
    await open_query_page(tab, serving)
    assert await tab.evaluate(TAB_TITLES) == ["Customer360", "OrderPage", "Inventory", "PlaceOrder", "WatchOrder"]
    assert await tab.evaluate(f"{EDITOR}.getValue()") == graphiql.EXAMPLES[0].read_text()
    assert await tab.evaluate("document.title") == "Junction"
    assert await tab.evaluate("document.querySelector('.graphiql-logo').textContent") == "Junction"


async def test_documentation_and_history_open(tab: Tab, serving: str) -> None:
    await open_query_page(tab, serving)
    await run_query(tab, "Hello", "{ connectors { id } }")
    await tab.click("[aria-label='Show Documentation Explorer']")
    await tab.wait_for("document.querySelector('.graphiql-doc-explorer-content')?.textContent.includes('query: Query')")
    await tab.click("[aria-label='Show History']")
    await tab.wait_for("document.querySelector('.graphiql-history-items')?.textContent.includes('Hello')")


async def test_nothing_is_asked_of_another_machine_and_nothing_is_blocked(tab: Tab, serving: str) -> None:
    await open_query_page(tab, serving)
    await run_query(tab, "Hello", "{ connectors { id } }")
    await tab.click("[aria-label='Open settings dialog']")
    await tab.wait_for("document.querySelector('.graphiql-dialog') !== null")
    addresses = [url for url in tab.requested_urls if not url.startswith("data:")]
    assert len(addresses) > len(graphiql.STYLES + graphiql.SCRIPTS)
    assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in addresses} == {serving}
    assert tab.complaints == []


async def open_query_page(tab: Tab, origin: str) -> None:
    await tab.open(f"{origin}/graphql")
    await tab.wait_for("document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror !== undefined")


async def run_query(tab: Tab, name: str, body: str) -> None:
    await tab.evaluate(f"{EDITOR}.setValue({json.dumps(f'query {name} {body}')})")
    # GraphiQL reads the operation's name a moment after the text has changed, and shows it on the tab.
    await tab.wait_for(f"{TAB_TITLES}[0] === {json.dumps(name)}")
    await tab.click(".graphiql-execute-button")
    await tab.wait_for(f"{ANSWER} !== ''")
