"""What the retailer sells and where it keeps it: an outdoor and home range, in six locations."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.domain.inventory import LocationKind
from app.sandbox.story.book import Book


@dataclass(frozen=True, slots=True)
class Place:
    key: str
    name: str
    kind: LocationKind
    line1: str
    city: str
    region: str
    postal_code: str
    latitude: float
    longitude: float
    daily_capacity: int | None
    priority: int
    stocks_every: int
    """It stocks every n-th product of the catalog: 1 is all of it."""


PLACES: tuple[Place, ...] = (
    Place("reno", "Reno Distribution Center", LocationKind.WAREHOUSE, "1500 Lear Boulevard", "Reno", "NV", "89506",
          39.6296, -119.9006, 900, 20, 1),
    Place("columbus", "Columbus Distribution Center", LocationKind.WAREHOUSE, "4200 Alum Creek Drive", "Columbus", "OH",
          "43207", 39.8854, -82.9382, 700, 10, 1),
    Place("portland", "Portland Store", LocationKind.STORE, "812 NW Everett Street", "Portland", "OR", "97209",
          45.5251, -122.6793, 60, 5, 2),
    Place("denver", "Denver Store", LocationKind.STORE, "1740 Platte Street", "Denver", "CO", "80202",
          39.7576, -105.0098, 60, 5, 2),
    Place("dallas-3pl", "Trinity Logistics Dallas", LocationKind.THIRD_PARTY, "9300 Irving Boulevard", "Dallas", "TX",
          "75247", 32.8200, -96.8860, 400, 8, 3),
    Place("ogden-supplier", "Ridgeline Mills", LocationKind.SUPPLIER, "275 Wall Avenue", "Ogden", "UT", "84404",
          41.2375, -111.9830, None, 0, 5),
)  # fmt: skip

_RANGE: tuple[tuple[str, str, tuple[tuple[str, str, int], ...]], ...] = (
    ("tents", "TNT", (
        ("SOLO1", "Larkspur 1 Trekking Tent", 22900), ("DUO2", "Larkspur 2 Trekking Tent", 29900),
        ("FAM4", "Basecamp 4 Family Tent", 44900), ("FAM6", "Basecamp 6 Family Tent", 57900),
        ("TARP", "Silnylon Tarp 3 × 3 m", 10900), ("PEGS", "Aluminum Tent Pegs, Set of 10", 1900))),
    ("sleeping", "SLP", (
        ("DWN0", "Ember Down Sleeping Bag −5 °C", 32900), ("SYN5", "Hearth Synthetic Sleeping Bag 5 °C", 14900),
        ("PADR", "Drift Inflatable Sleeping Pad, Regular", 11900),
        ("PADL", "Drift Inflatable Sleeping Pad, Long", 13900),
        ("LINR", "Merino Sleeping Bag Liner", 8900), ("PILW", "Packable Camp Pillow", 3900))),
    ("packs", "PCK", (
        ("DAY18", "Ridge 18 L Daypack", 7900), ("DAY28", "Ridge 28 L Daypack", 10900),
        ("TRK45", "Traverse 45 L Trekking Pack", 21900), ("TRK65", "Traverse 65 L Trekking Pack", 26900),
        ("DUFF", "Weatherproof Duffel 60 L", 12900), ("RAIN", "Pack Rain Cover", 2900))),
    ("kitchen", "KIT", (
        ("STOV", "Pico Gas Stove", 5900), ("POTS", "Titanium Pot Set", 9900), ("MUG1", "Enamel Mug, Slate", 1400),
        ("MUG2", "Enamel Mug, Moss", 1400), ("FILT", "Gravity Water Filter 4 L", 10900),
        ("BOTL", "Insulated Bottle 1 L", 4400), ("SKIL", "Cast-Iron Skillet 26 cm", 5400),
        ("DUTC", "Cast-Iron Dutch Oven 5 L", 9400), ("COOL", "Soft Cooler 20 L", 11900))),
    ("apparel", "APP", (
        ("SHLM", "Squall Rain Shell, Men's M", 19900), ("SHLW", "Squall Rain Shell, Women's M", 19900),
        ("DWNM", "Ember Down Jacket, Men's M", 24900), ("DWNW", "Ember Down Jacket, Women's M", 24900),
        ("FLCM", "Alder Fleece, Men's M", 9900), ("FLCW", "Alder Fleece, Women's M", 9900),
        ("BASM", "Merino Base Layer, Men's M", 8400), ("BASW", "Merino Base Layer, Women's M", 8400),
        ("SOCK", "Merino Hiking Socks, Pair", 2400), ("BEAN", "Wool Beanie", 3200),
        ("GLOV", "Softshell Gloves", 4900))),
    ("footwear", "FTW", (
        ("BT42", "Cairn Hiking Boot, EU 42", 21900), ("BT39", "Cairn Hiking Boot, EU 39", 21900),
        ("TR42", "Fell Trail Shoe, EU 42", 14900), ("TR39", "Fell Trail Shoe, EU 39", 14900),
        ("SAND", "River Sandal, EU 42", 8900), ("GAIT", "Trail Gaiters", 5400))),
    ("light", "LGT", (
        ("HEAD", "Beacon 400 Headlamp", 6400), ("LANT", "Rechargeable Camp Lantern", 5400),
        ("STRG", "String Lights, 10 m", 3400), ("SOLR", "Folding Solar Panel 21 W", 9900))),
    ("home", "HOM", (
        ("BLKT", "Recycled Wool Blanket", 12900), ("THRW", "Waffle Cotton Throw", 7900),
        ("CHAR", "Folding Camp Chair", 8900), ("TABL", "Roll-Top Camp Table", 11900), ("HAMK", "Cotton Hammock", 9900),
        ("FIRE", "Portable Fire Pit", 24900), ("AXE1", "Splitting Axe", 8400),
        ("BASK", "Log Carrier, Waxed Canvas", 6900))),
    ("navigation", "NAV", (
        ("COMP", "Sighting Compass", 5900), ("POLE", "Carbon Trekking Poles, Pair", 13900),
        ("MULT", "Pocket Multi-Tool", 7400), ("AIDK", "Trail First-Aid Kit", 4900))),
)  # fmt: skip

SCARCE_SKUS = ("SLP-DWN0", "HOM-FIRE", "PCK-TRK65")
"""Never enough of them: what the story sells of these beyond stock waits for supply."""
RETIRED_SKUS = ("LGT-STRG", "KIT-MUG2")


@dataclass(frozen=True, slots=True)
class Article:
    id: UUID
    sku: str
    title: str
    price_minor: int


@dataclass(frozen=True, slots=True)
class Site:
    """A location as stored, and the SKUs it stocks."""

    id: UUID
    place: Place
    skus: frozenset[str]

    @property
    def ships(self) -> bool:
        return self.place.kind is not LocationKind.SUPPLIER


@dataclass(frozen=True, slots=True)
class Catalog:
    articles: dict[str, Article]
    sites: dict[str, Site]


def write_catalog(book: Book) -> Catalog:
    opened_at = book.now - timedelta(days=800)
    articles: dict[str, Article] = {}
    for category, prefix, entries in _RANGE:
        for code, title, price_minor in entries:
            sku = f"{prefix}-{code}"
            row = book.add(
                "products", opened_at, sku=sku, title=title, price_minor=price_minor, currency="USD",
                active=sku not in RETIRED_SKUS,
                attributes={"category": category, "weightGrams": _weight_g(price_minor)},
            )  # fmt: skip
            articles[sku] = Article(row["id"], sku, title, price_minor)
    sites = {place.key: _write_site(book, place, list(articles)) for place in PLACES}
    return Catalog(articles, sites)


def _write_site(book: Book, place: Place, skus: list[str]) -> Site:
    row = book.add(
        "locations", book.now - timedelta(days=800), key=place.key, name=place.name, kind=place.kind,
        address={
            "line1": place.line1, "city": place.city, "region": place.region, "postalCode": place.postal_code,
            "country": "US",
        },
        latitude=place.latitude, longitude=place.longitude, active=True,
        daily_capacity=place.daily_capacity, priority=place.priority,
    )  # fmt: skip
    stocked = frozenset(skus[:: place.stocks_every])
    return Site(row["id"], place, stocked - set(SCARCE_SKUS) if place.stocks_every > 1 else stocked)


def _weight_g(price_minor: int) -> int:
    """Dearer things are heavier in this shop; a figure to compute with, not a fact."""
    return 100 + price_minor // 15
