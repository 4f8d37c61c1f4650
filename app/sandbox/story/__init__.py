"""The demo's story: one retailer, told from the store's side and from the outside systems' side.

The same seed and the same end give the same rows, ids included. No clock is read: all times are relative to the end.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.sandbox.data import SandboxData
from app.sandbox.story import hero
from app.sandbox.story.book import Book, Tables
from app.sandbox.story.cards import stripe_account
from app.sandbox.story.carriers import CARRIER, ups_network
from app.sandbox.story.carts import write_carts
from app.sandbox.story.casting import play_orders
from app.sandbox.story.catalog import write_catalog
from app.sandbox.story.crm import crm
from app.sandbox.story.erp import TOLD_IN, refer_to_sales_orders, sap_system
from app.sandbox.story.erp_documents import ERP
from app.sandbox.story.matching import write_matches
from app.sandbox.story.payments import GATEWAY
from app.sandbox.story.people import STORY_DAYS, choose_pickup, write_people, write_sources
from app.sandbox.story.stock import StockLedger
from app.sandbox.story.storefront import shops

SEED = 1815
FIRST_CUSTOMER_NUMBER = "C100001"
GOES_ON_IN = (*TOLD_IN, "tracking_events")
"""Tables that tell what the vendors have done since the story ended."""


@dataclass(frozen=True, slots=True)
class Story:
    tables: Tables
    """Rows by table of the store."""
    sandbox: SandboxData
    now: datetime


def tell(now: datetime, *, seed: int = SEED) -> Story:
    """The story that ends at `now`."""
    book = Book(seed, now)
    write_sources(book)
    catalog = write_catalog(book)
    stock = StockLedger(book, catalog)
    shoppers = write_people(book)
    choose_pickup(shoppers, catalog)
    plays = play_orders(book, catalog, stock, shoppers, hero.parts(book, shoppers[0]))
    write_carts(book, catalog, stock, plays)
    stock.write()
    look_alikes = write_matches(book, shoppers)
    refer_to_sales_orders(book)
    sandbox = SandboxData(
        salesforce={"salesforce": crm(book, shoppers, plays)},
        shopify=shops(book, [*shoppers, *look_alikes], plays),
        ups={CARRIER: ups_network(book.tables)},
        stripe={GATEWAY: stripe_account(book.tables)},
        sap={ERP: sap_system(book.tables)},
    )
    book.close()
    return Story(dict(book.tables), sandbox, book.now)


def end_of(first_customer_created_at: datetime) -> datetime:
    """When the story ends in which the first customer came at that time: to tell a stored story again."""
    return first_customer_created_at + timedelta(days=STORY_DAYS)


def gone_on(story: Story, rows: Tables) -> Story:
    """With a gateway, a carrier and an ERP that also know what the store, in `rows` of GOES_ON_IN, has had of them."""
    ups, stripe, sap = {CARRIER: ups_network(rows)}, {GATEWAY: stripe_account(rows)}, {ERP: sap_system(rows)}
    return replace(story, sandbox=replace(story.sandbox, ups=ups, stripe=stripe, sap=sap))
