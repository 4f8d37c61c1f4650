from app.domain.payment import PaymentStatus
from app.domain.payment_lifecycle import status_after_capture, status_after_refund


def test_a_capture_of_some_leaves_the_rest_held() -> None:
    assert status_after_capture(authorized_minor=100, captured_minor=99) is PaymentStatus.PARTIALLY_CAPTURED
    assert status_after_capture(authorized_minor=100, captured_minor=100) is PaymentStatus.CAPTURED


def test_a_refund_of_all_is_the_end_unless_more_may_be_captured() -> None:
    assert status_after_refund(captured_minor=100, refunded_minor=99) is PaymentStatus.PARTIALLY_REFUNDED
    assert status_after_refund(captured_minor=100, refunded_minor=100) is PaymentStatus.REFUNDED
    assert status_after_refund(captured_minor=60, refunded_minor=60, held_minor=40) is PaymentStatus.PARTIALLY_REFUNDED
