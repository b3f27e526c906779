"""What travels in a header stays short, whatever Pohoda had to say; what a person must see comes first."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pohoda_bridge.agent.brief import MOST_DETAILS, brief
from pohoda_bridge.documents import Detail, Imported, Refused
from pohoda_bridge.protocol import JobFailed, OrderImported, ResultReport, sign_report

PROXY_LIMIT = 8000


def warning(element: str, size: int = 2000) -> Detail:
    text = "ř" * size
    return Detail("warning", 603, text, f"dat:dataPack/{text}/ord:orderHeader/ord:{element}", text, text)


def header_of(result: OrderImported | JobFailed) -> str:
    report = ResultReport(job="j" * 36, agent="a" * 36, epoch=1, result=brief(result), body_sha256="0" * 64)
    return sign_report(report, Ed25519PrivateKey.generate())


def test_a_report_fits_through_a_proxy_however_much_pohoda_warned():
    warnings = tuple(warning("note") for _ in range(40))
    assert len(header_of(OrderImported(outcome=Imported(1, "26OP00001", warnings, alarm="a" * 9000)))) < PROXY_LIMIT
    assert len(header_of(OrderImported(outcome=Refused(1, "n" * 9000, warnings)))) < PROXY_LIMIT
    assert len(header_of(JobFailed(code="mserver_off", detail="d" * 90_000))) < PROXY_LIMIT


def test_a_changed_payment_form_is_kept_before_any_number_of_harmless_warnings():
    warnings = (*(warning("note", 3) for _ in range(30)), warning("paymentType", 3))
    outcome = brief(OrderImported(outcome=Imported(1, "26OP00001", warnings))).outcome
    assert len(outcome.warnings) == MOST_DETAILS
    assert outcome.warnings[0] == warnings[-1]


def test_a_short_result_stays_as_it_is():
    result = OrderImported(outcome=Imported(7, "26OP00007", (warning("note", 3),)))
    assert brief(result) == result
