"""The sandboxed system's tables, clock and numbers, and its goods: material documents move stock."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.sandbox.data import SapSystem
from app.sandbox.effects import Effects
from app.sandbox.sap.answers import Refusal
from app.sandbox.sap.loading import load
from app.sandbox.sap.tables import Row, bare

RECEIPTS = {"501", "561"}
ISSUES = {"201", "551"}
MOVEMENT_CODES = {"05": RECEIPTS, "03": ISSUES}
"""The movement types that may be posted, by the goods movement code."""


class Ledger:
    def __init__(self, data: SapSystem, now: Callable[[], float]) -> None:
        self.tables = load(data)
        self.effects = Effects()
        self._now = now
        self._stamped_ms = 0
        self._numbers: dict[str, int] = {}

    def create_material_document(self, given: Row) -> Row:
        allowed = MOVEMENT_CODES.get(given.get("GoodsMovementCode", ""), set())
        moved = []
        for item in given.get("to_MaterialDocumentItem", []):
            movement = item.get("GoodsMovementType", "")
            if movement not in allowed:
                code = given.get("GoodsMovementCode", "")
                raise Refusal(400, "M7/097", f"Movement type {movement} is not allowed with goods movement code {code}")
            self._check_material(item, "")
            quantity = Decimal(item.get("QuantityInEntryUnit") or "0")
            moved.append((item, movement, quantity if movement in RECEIPTS else -quantity))
        if not moved:
            raise Refusal(400, "M7/001", "Check the table of items: it is empty")
        document = self._post(moved, given)
        self.effects.happened("material_document", str(given.get("ReferenceDocument", "")))
        return document

    def _post(self, moved: list[tuple[Row, str, Decimal]], header: Mapping[str, Any]) -> Row:
        """One material document. Nothing moves unless everything can."""
        for item, _, quantity in moved:
            missing = -(Decimal(self._stock(item).get("MatlWrhsStkQtyInMatlBaseUnit", "0")) + quantity)
            if missing > 0:
                place = f"{item.get('Material')} {item.get('Plant')} {item.get('StorageLocation')}"
                raise Refusal(400, "M7/021", f"Deficit of SL Unrestricted-use {missing:f} PC : {place}")
        for item, _, quantity in moved:
            row = self._stock(item)
            on_hand = Decimal(row.get("MatlWrhsStkQtyInMatlBaseUnit", "0")) + quantity
            row["MatlWrhsStkQtyInMatlBaseUnit"] = f"{on_hand:.3f}"
        number = self._number("MaterialDocument", "A_MaterialDocumentHeader", 4_900_000_000)
        items = [
            {
                **{name: item.get(name, "") for name in ("Material", "Plant", "StorageLocation", "CostCenter")},
                "MaterialDocumentItem": str(position),
                "GoodsMovementType": movement,
                "QuantityInEntryUnit": f"{abs(quantity):.3f}",
                "EntryUnit": item.get("EntryUnit") or item.get("DeliveryQuantityUnit") or "PC",
                "Delivery": item.get("DeliveryDocument", ""),
                "DeliveryItem": item.get("DeliveryDocumentItem", ""),
            }
            for position, (item, movement, quantity) in enumerate(moved, start=1)
        ]
        dated = {name: header.get(name) or self._today() for name in ("DocumentDate", "PostingDate")}
        key = {"MaterialDocumentYear": str(self._time().year), "MaterialDocument": number}
        document = {**header, **dated, **key, "CreationDate": self._today(), "to_MaterialDocumentItem": items}
        return self.tables.add("A_MaterialDocumentHeader", document)

    def _stock(self, item: Row) -> Row:
        names = ("Material", "Plant", "StorageLocation")
        key = {name: str(item.get(name, "")) for name in names} | {"InventoryStockType": "01"}
        rows = self.tables.among("A_MatlStkInAcctMod", "Material", [bare(key["Material"])])
        mine = (row for row in rows if all(bare(row.get(name, "")) == bare(value) for name, value in key.items()))
        return next(mine, None) or self.tables.add("A_MatlStkInAcctMod", {**key, "MaterialBaseUnit": "PC"})

    def _check_material(self, item: Row, organization: str) -> None:
        material = str(item.get("Material", ""))
        if self.tables.find("A_MaterialStock", {"Material": material}) is None:
            where = f" for sales org.{organization}" if organization else ""
            raise Refusal(400, "V1/384", f"Material {material} is not defined{where}")

    def _number(self, column: str, name: str, first: int) -> str:
        if name not in self._numbers:
            taken = (int(row[column]) for row in self.tables.all(name) if str(row[column]).isdecimal())
            self._numbers[name] = max(taken, default=first - 1)
        self._numbers[name] += 1
        return str(self._numbers[name])

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)

    def _today(self) -> str:
        midnight = self._time().replace(hour=0, minute=0, second=0, microsecond=0)
        return f"/Date({int(midnight.timestamp()) * 1000})/"

    def _stamp(self) -> str:
        """Later than every one before, since it is a version, too."""
        self._stamped_ms = max(int(self._now() * 1000), self._stamped_ms + 1)
        return f"/Date({self._stamped_ms}+0000)/"
