"""Stock exports of a big unit for the benches: pages of answers as mServer writes them, and the jobs they answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db.models.functions import Now

from pohoda_bridge import protocol
from pohoda_bridge.protocol import ListRead, ReadList, ResultReport
from pohoda_bridge.server.jobs import order_of
from pohoda_bridge.server.json_values import storable
from pohoda_bridge.server.models import Job, Unit
from pohoda_bridge.xml.namespaces import PREFIXES

STAMP: Final = "2026-11-23T12:00:00"
_HEAD: Final = (
    '<?xml version="1.0" encoding="Windows-1250"?>\n<rsp:responsePack version="2.0" id="{pack}" state="ok" note="" '
    'programVersion="13605.11 (24.5.2026)" ico="{ico}" key="{key}" '
    + " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items())
    + '><rsp:responsePackItem version="2.0" id="{item}" state="ok">'
    f'<lStk:listStock version="2.0" dateTimeStamp="{STAMP}" dateValidFrom="2026-11-23" state="ok">'
)
_TAIL: Final = "</lStk:listStock></rsp:responsePackItem></rsp:responsePack>"
_GOODS: Final = ("Vrtačka příklepová", "Žebřík hliníkový", "Kladivo tesařské", "Šroubovák křížový", "Pilový kotouč")


def card(number: int, count: int, selling: int = 0) -> str:
    """A card with the elements Pohoda writes when asked for prices and parameters: about 1 700 bytes."""
    name = f"{_GOODS[number % 5]} {number % 977} s příslušenstvím {number:x}"
    selling = selling or 40 + number * 7919 % 9000
    levels = "".join(
        f"<stk:stockPrice><typ:id>{number * 3 + place}</typ:id><typ:ids>{level}</typ:ids>"
        f"<typ:price>{selling * share / 100:.2f}</typ:price></stk:stockPrice>"
        for place, (level, share) in enumerate((("Prodejní", 100), ("Allegro", 104), ("Velkoobchod", 83)))
    )
    return (
        f'<lStk:stock version="2.0"><stk:stockHeader><stk:id>{number}</stk:id><stk:stockType>card</stk:stockType>'
        f"<stk:code>SKL-{number:06d}</stk:code><stk:EAN>8594{number:09d}</stk:EAN><stk:PLU>{number % 9999}</stk:PLU>"
        "<stk:isSales>true</stk:isSales><stk:isSerialNumber>false</stk:isSerialNumber><stk:isInternet>true"
        "</stk:isInternet><stk:isBatch>false</stk:isBatch>"
        '<stk:purchasingRateVAT value="21">high</stk:purchasingRateVAT>'
        '<stk:sellingRateVAT value="21">high</stk:sellingRateVAT>'
        f"<stk:name>{name}</stk:name><stk:unit>ks</stk:unit><stk:storage><typ:id>{3 + number % 9}</typ:id>"
        f"<typ:ids>ZBOZI/Skupina {number % 40}</typ:ids></stk:storage><stk:typePrice><typ:id>1</typ:id>"
        f"<typ:ids>SK</typ:ids></stk:typePrice><stk:weightedPurchasePrice>{selling * 0.71:.4f}"
        f'</stk:weightedPurchasePrice><stk:purchasingPrice payVAT="false">{selling * 0.7:.2f}</stk:purchasingPrice>'
        f'<stk:sellingPrice payVAT="true">{selling}.00</stk:sellingPrice><stk:limitMin>0.0</stk:limitMin>'
        f"<stk:limitMax>0.0</stk:limitMax><stk:mass>{number % 50 / 10}</stk:mass><stk:count>{count}.0</stk:count>"
        f"<stk:countReceivedOrders>{number % 3}.0</stk:countReceivedOrders><stk:reservation>{number % 2}.0"
        f"</stk:reservation><stk:countIssue>{count - number % 2}.0</stk:countIssue>"
        "<stk:countIssuedOrders>0.0</stk:countIssuedOrders>"
        f"<stk:supplier><typ:id>{number % 300}</typ:id><typ:company>Dodavatel {number % 300} s.r.o.</typ:company>"
        f"</stk:supplier><stk:producer>Výrobce {number % 120}</stk:producer>"
        f"</stk:stockHeader><stk:stockPriceItem>{levels}</stk:stockPriceItem></lStk:stock>\n"
    )


class Stock:
    """`size` cards; `pages` of 1 000 as the bodies of answers, without their frames."""

    def __init__(self, size: int, *, page: int = 1000) -> None:
        self.size = size
        self._page = page
        self.changes = 0
        self.pages = [self._body(start) for start in range(1, size + 1, page)]

    def change(self, every: int) -> None:
        """Each `every`-th card has another count than ever before."""
        self.changes += 1
        self.pages = [self._body(start, every) for start in range(1, self.size + 1, self._page)]

    def _body(self, start: int, every: int = 0) -> str:
        return "".join(
            card(number, number % 90 + (self.changes if every and number % every == 0 else 0))
            for number in range(start, min(start + self._page, self.size + 1))
        )

    def answers(self) -> Iterator[bytes]:
        """Whole answers, as a raw scan takes them."""
        for body in self.pages:
            yield framed(body, pack="CFL-bench", item="CFL-bench-1", ico="12345678", key="")

    def answer(self, unit: Unit) -> int:
        """Does the pages that wait for the unit's agent; → how many."""
        jobs = list(Job.objects.filter(unit=unit, operation="read_list", state=Job.State.WAITING))
        for job in jobs:
            operation = order_of(job).operation
            assert isinstance(operation, ReadList)
            start = int(bytes(job.body).partition(b"<ftr:idFrom>")[2].partition(b"<")[0])
            index = max(start - 1, 0) // self._page
            body = self.pages[index] if index < len(self.pages) else ""
            answer = framed(
                body, pack=operation.pack_id, item=operation.item_id, ico=operation.pin.ico, key=operation.pin.key
            )
            count = body.count("</lStk:stock>")
            result = ListRead(records=count, last_id=index * self._page + count, stamp=STAMP)
            report = ResultReport(
                job=str(job.pk), agent="", epoch=1, result=result, body_sha256=protocol.sha256(answer)
            )
            Job.objects.filter(pk=job.pk).update(
                state=Job.State.DONE,
                report=protocol.encode(report),
                result=storable(result),
                answer=answer,
                done_at=Now(),
            )
        return len(jobs)


def framed(body: str, *, pack: str, item: str, ico: str, key: str) -> bytes:
    return (_HEAD.format(pack=pack, item=item, ico=ico, key=key) + body + _TAIL).encode("cp1250")
