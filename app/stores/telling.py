"""Gathers in a transaction what other systems are to be told, and puts the jobs for it into the queue at its end."""

from app.domain.outgoing import Due, Push, Pushes, Subject
from app.stores.jobs import Job


class Telling:
    def __init__(self, pushes: Pushes) -> None:
        self._pushes = pushes
        self._due: dict[Due, None] = {}

    def __bool__(self) -> bool:
        """Whether anybody is told of anything. Where not, nothing needs to be found out."""
        return bool(self._pushes)

    def tell(self, *due: Due) -> None:
        """By whoever writes the fact, where it is written."""
        self._due |= dict.fromkeys(due)

    def jobs(self) -> list[Job]:
        return [
            push_job(source_key, due.push, due.subject, str(due.order_id) if due.order_id else None)
            for due in self._due
            for source_key, told in self._pushes.items()
            if due.push in told and due.unless not in told
        ]


def push_job(source_key: str, push: Push, subject: Subject, order_id: str | None, *, delay_s: float = 0) -> Job:
    """While one of a document waits, another adds nothing: it writes what there is when it runs."""
    type_, id_ = subject
    data = {"source": source_key, "subject_type": type_, "subject_id": str(id_)}
    return Job(
        name=push.job,
        key=f"push:{source_key}:{push}:{id_}",
        data=data if order_id is None else {**data, "order_id": order_id},
        delay_s=delay_s,
    )
