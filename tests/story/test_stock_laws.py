from collections import defaultdict

from app.sandbox.story import Story
from tests.story.ledger import by, sums


def test_counters_are_the_sums_of_movements(story: Story) -> None:
    for counter in ("on_hand", "reserved", "allocated"):
        moved = sums(story.tables["inventory_movements"], "position_id", f"{counter}_delta")
        assert moved == sums(story.tables["inventory_positions"], "id", counter)


def test_stock_never_promises_more_than_is_there(story: Story) -> None:
    for movements in by(story.tables["inventory_movements"], "position_id").values():
        on_hand = reserved = allocated = 0
        assert [row["at"] for row in movements] == sorted(row["at"] for row in movements)
        for row in movements:
            on_hand += row["on_hand_delta"]
            reserved += row["reserved_delta"]
            allocated += row["allocated_delta"]
            assert min(on_hand, reserved, allocated) >= 0
            assert reserved + allocated <= on_hand


def test_stock_is_promised_to_open_lines_and_live_carts(story: Story) -> None:
    sku_of = {row["id"]: row["sku"] for row in story.tables["products"]}
    positions, lines = story.tables["inventory_positions"], story.tables["order_lines"]
    live = {row["id"] for row in story.tables["reservations"] if row["released_at"] is None and row["order_id"] is None}
    carts = sums([row for row in story.tables["reservation_lines"] if row["reservation_id"] in live], "sku", "quantity")
    reserved: defaultdict[str, int] = defaultdict(int, sums(lines, "sku", "reserved"))
    for sku, units in carts.items():
        reserved[sku] += units
    assert sums(positions, lambda row: sku_of[row["product_id"]], "reserved") == reserved
    assert sums(positions, lambda row: sku_of[row["product_id"]], "allocated") == sums(
        lines, "sku", lambda line: line["allocated"] + line["in_fulfillment"]
    )
    assert len(live) == 8


def test_every_promise_is_to_a_location_that_stocks_the_article(story: Story) -> None:
    sku_of = {row["id"]: row["sku"] for row in story.tables["products"]}
    stocked = {(row["location_id"], sku_of[row["product_id"]]) for row in story.tables["inventory_positions"]}
    line_sku = {row["id"]: row["sku"] for row in story.tables["order_lines"]}
    for row in story.tables["routing_assignments"]:
        assert (row["location_id"], line_sku[row["order_line_id"]]) in stocked


def test_only_able_candidates_are_chosen(story: Story) -> None:
    candidates = by(story.tables["routing_candidates"], "decision_id")
    chosen = by(story.tables["routing_assignments"], "decision_id")
    for decision in story.tables["routing_decisions"]:
        own = candidates[decision["id"]]
        assert len(own) == 6
        able = {row["location_id"] for row in own if row["eligible"]}
        used = {row["location_id"] for row in chosen[decision["id"]]}
        assert used <= able
        assert decision["split_count"] == len(used) - 1


def test_some_positions_are_to_be_reordered_and_the_scarce_are_gone(story: Story) -> None:
    sku_of = {row["id"]: row["sku"] for row in story.tables["products"]}
    low = [
        row for row in story.tables["inventory_positions"]
        if row["reorder_point"] is not None
        and row["on_hand"] - row["reserved"] - row["allocated"] <= row["reorder_point"]
    ]  # fmt: skip
    assert [row for row in story.tables["inventory_positions"] if row["incoming"]] == low
    assert {"SLP-DWN0", "HOM-FIRE", "PCK-TRK65"} <= {sku_of[row["product_id"]] for row in low}
    assert all(row["incoming_at"] > story.now for row in low)
