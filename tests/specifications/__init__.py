"""Holds what we send, and what the sandbox answers, against the vendors' own published specifications.

One file for each vendor says what is wrong with an exchange; `recorder.py` asks them of every exchange of the
suite.
"""

from collections.abc import Mapping

from tests.specifications import salesforce, sap, shopify, stripe, ups
from tests.specifications.exchange import Specification

VENDORS: Mapping[str, Specification] = {
    "salesforce": Specification(salesforce.FOLDER, salesforce.violations),
    "sap": Specification(sap.FOLDER, sap.violations),
    "shopify": Specification(shopify.FILE, shopify.violations),
    "stripe": Specification(stripe.FILE, stripe.violations),
    "ups": Specification(ups.FOLDER, ups.violations, ups.DEFECTS),
}
