"""Jobs that a command does at once, once it is committed: what they tell becomes part of its answer.

Each can be asked again at any time: it then tells what came of it, and does only what is left to do.
"""

from collections.abc import Mapping

from app.domain.outgoing import Push
from app.stores.payments import SETTLE
from app.workflows.case_create import open_at_once
from app.workflows.command import Perform
from app.workflows.labels import LABEL, VOID
from app.workflows.payment_settle import settle_at_once
from app.workflows.shipment_label import label_shipment
from app.workflows.shipment_void import void_shipment

STEPS: Mapping[str, Perform] = {
    LABEL: label_shipment,
    VOID: void_shipment,
    SETTLE: settle_at_once,
    Push.CASES.job: open_at_once,
}
