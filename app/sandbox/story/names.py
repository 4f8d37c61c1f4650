"""Invented people, companies and streets in real cities.

Their mail domains are those of RFC 2606, their telephone numbers the 555-01xx that nobody has.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class City:
    name: str
    region: str
    postal_code: str
    country: str
    latitude: float
    longitude: float
    area_code: str


CITIES: tuple[City, ...] = (
    City("Seattle", "WA", "98103", "US", 47.61, -122.33, "206"),
    City("Portland", "OR", "97214", "US", 45.52, -122.65, "503"),
    City("San Francisco", "CA", "94117", "US", 37.77, -122.44, "415"),
    City("Sacramento", "CA", "95816", "US", 38.57, -121.47, "916"),
    City("Los Angeles", "CA", "90026", "US", 34.08, -118.26, "213"),
    City("San Diego", "CA", "92104", "US", 32.74, -117.13, "619"),
    City("Reno", "NV", "89501", "US", 39.53, -119.81, "775"),
    City("Boise", "ID", "83702", "US", 43.62, -116.20, "208"),
    City("Salt Lake City", "UT", "84102", "US", 40.76, -111.86, "801"),
    City("Phoenix", "AZ", "85004", "US", 33.45, -112.07, "602"),
    City("Denver", "CO", "80205", "US", 39.76, -104.97, "303"),
    City("Santa Fe", "NM", "87501", "US", 35.69, -105.94, "505"),
    City("Austin", "TX", "78704", "US", 30.24, -97.77, "512"),
    City("Dallas", "TX", "75204", "US", 32.80, -96.79, "214"),
    City("Kansas City", "MO", "64108", "US", 39.08, -94.59, "816"),
    City("Minneapolis", "MN", "55408", "US", 44.95, -93.29, "612"),
    City("Chicago", "IL", "60622", "US", 41.90, -87.68, "312"),
    City("Madison", "WI", "53703", "US", 43.08, -89.37, "608"),
    City("Ann Arbor", "MI", "48104", "US", 42.26, -83.73, "734"),
    City("Columbus", "OH", "43201", "US", 39.99, -83.00, "614"),
    City("Pittsburgh", "PA", "15206", "US", 40.47, -79.92, "412"),
    City("Nashville", "TN", "37206", "US", 36.18, -86.74, "615"),
    City("Asheville", "NC", "28801", "US", 35.60, -82.55, "828"),
    City("Atlanta", "GA", "30307", "US", 33.77, -84.34, "404"),
    City("Miami", "FL", "33133", "US", 25.73, -80.24, "305"),
    City("Washington", "DC", "20009", "US", 38.92, -77.04, "202"),
    City("Philadelphia", "PA", "19147", "US", 39.94, -75.15, "215"),
    City("New York", "NY", "10014", "US", 40.73, -74.01, "212"),
    City("Boston", "MA", "02118", "US", 42.34, -71.07, "617"),
    City("Burlington", "VT", "05401", "US", 44.48, -73.21, "802"),
)

CITIES_ABROAD: tuple[tuple[City, str], ...] = (
    (City("Vancouver", "BC", "V5K 0A1", "CA", 49.28, -123.12, "604"), "CAD"),
    (City("Toronto", "ON", "M5V 2T6", "CA", 43.64, -79.39, "416"), "CAD"),
    (City("Hamburg", "HH", "20359", "DE", 53.55, 9.97, "212"), "EUR"),
    (City("Lyon", "ARA", "69002", "FR", 45.75, 4.83, "212"), "EUR"),
)
"""With the currency that organizations there pay in."""

LOCALES = {"US": "en-US", "CA": "en-CA", "DE": "de-DE", "FR": "fr-FR"}
"""What people read in each country."""

GIVEN_NAMES: tuple[tuple[str, str], ...] = (
    ("Katherine", "Kate"), ("Michael", "Mike"), ("Elizabeth", "Liz"), ("William", "Will"), ("Jennifer", "Jen"),
    ("Robert", "Rob"), ("Margaret", "Maggie"), ("Daniel", "Dan"), ("Rebecca", "Becca"), ("Thomas", "Tom"),
    ("Alexandra", "Alex"), ("Benjamin", "Ben"), ("Victoria", "Vicky"), ("Samuel", "Sam"), ("Christina", "Chris"),
    ("Joseph", "Joe"), ("Amanda", "Mandy"), ("Nicholas", "Nick"), ("Theresa", "Tess"), ("Matthew", "Matt"),
    ("Isabella", "Bella"), ("Andrew", "Drew"), ("Susannah", "Sue"), ("Anthony", "Tony"), ("Josephine", "Josie"),
    ("Gregory", "Greg"), ("Natalia", "Nat"), ("Frederick", "Fred"), ("Gabriela", "Gabi"), ("Leonard", "Leo"),
    ("Soo-jin", "Sue"), ("Jamal", "Jay"), ("Mei", "Mei"), ("Rafael", "Rafa"), ("Aisha", "Aisha"), ("Dmitri", "Dima"),
    ("Ingrid", "Inga"), ("Kwame", "Kwame"), ("Lakshmi", "Lucky"), ("Mateo", "Teo"),
)  # fmt: skip
"""As in a passport, and as among friends."""

FAMILY_NAMES: tuple[str, ...] = (
    "Abbott", "Alvarez", "Anand", "Baptiste", "Becker", "Bergström", "Brennan", "Calloway", "Castellano", "Chen",
    "Dalton", "Delgado", "Dubois", "Eriksen", "Farrell", "Fitzgerald", "Fujimoto", "Gallagher", "Goldberg", "Greene",
    "Haddad", "Hawkins", "Holloway", "Ibrahim", "Jankowski", "Jensen", "Kaplan", "Kowalski", "Lefebvre", "Lindgren",
    "MacLeod", "Marchetti", "Mbeki", "Mendoza", "Nakamura", "Novak", "O'Connell", "Okonkwo", "Ostrowski", "Park",
    "Pereira", "Quinn", "Ramirez", "Rosenthal", "Sandoval", "Schroeder", "Sokolov", "Tanaka", "Thibault", "Underwood",
    "Vasquez", "Villanueva", "Wakefield", "Whitaker", "Xiong", "Yamada", "Youssef", "Zamora", "Zielinski", "Zhou",
)  # fmt: skip

COMPANIES: tuple[str, ...] = (
    "Alpenglow Guides", "Aspen Grove Hotels", "Bighorn Outfitters", "Blue Heron Camps", "Boulder Field School",
    "Bristlecone Lodge", "Canyon Echo Tours", "Cascade Trail Crew", "Cedar & Stone Interiors", "Clearwater Rafting",
    "Copper Kettle Cafés", "Driftwood Retreats", "Eastgate Scouts", "Evergreen Property Group", "Falcon Ridge Events",
    "Fern Hollow Farm", "Firelight Weddings", "Granite Peak Rentals", "Great Basin Expeditions", "Harbor House Inns",
    "Highline Climbing Gym", "Juniper Summer Camp", "Kestrel Film Services", "Lakeshore Recreation District",
    "Lantern Street Market", "Lodgepole Cabins", "Meadowlark Academy", "Mesa Verde Catering", "Moraine Ski Patrol",
    "North Fork Anglers", "Osprey Point Marina", "Pinyon Search and Rescue", "Prairie Wind Hostels", "Quartz Creek Spa",
    "Redwood Forest Trust", "River Bend Kayaks", "Saddleback Ranch", "Sequoia Study Abroad", "Silver Birch Studios",
    "Snowline Shuttle", "Tamarack Builders", "Timberline Survey",
)  # fmt: skip

STREETS: tuple[str, ...] = (
    "Alder Street", "Birch Lane", "Cedar Avenue", "Chestnut Street", "Dogwood Drive", "Elm Street", "Foxglove Court",
    "Garden Terrace", "Hawthorne Boulevard", "Juniper Road", "Kingfisher Way", "Laurel Street", "Maple Avenue",
    "Mill Road", "Orchard Street", "Park Place", "Quarry Road", "Sycamore Street", "Tanager Lane", "Willow Creek Road",
)  # fmt: skip

CUSTOMER_TAGS: tuple[str, ...] = ("vip", "newsletter", "trail-club", "wholesale-inquiry", "gift-buyer", "left-review")
