"""The demo's stock: every law holds, and what runs by itself leaves its story as it is told."""

from app.stores.doctor import Verdict, examine
from app.wiring import Demo
from app.workflows.backorders_fill import sweep_backorders
from app.workflows.orders_expire import expire_orders
from app.workflows.reservations_expire import expire_reservations
from tests.fixtures_shop import TESTER


async def test_scheduled_jobs_find_nothing_to_do_in_the_demo(fresh_demo: Demo) -> None:
    application = fresh_demo.application
    count = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint LIKE 'back%')"
    async with application.work.writers.rehearsal(TESTER) as tx:
        before = await tx.row(count)
    for job in (sweep_backorders, expire_orders, expire_reservations):
        await job({}, application.work)
    async with application.work.writers.rehearsal(TESTER) as tx:
        assert await tx.row(count) == before
    findings = await examine(application.engine)
    assert [each for each in findings if each.verdict is not Verdict.OK] == []
