"""The pair of ids by which Pohoda knows a repeat."""

import pytest

from pohoda_bridge.xml import ids
from pohoda_bridge.xml.errors import DocumentError

PARTS = {"unit": "12345678", "environment": "sandbox", "seller": "42", "kind": "order", "form_id": "f-1"}


def test_the_pack_id_is_the_same_for_ever():
    assert ids.pack_id(**PARTS) == "CF1-fd0f4d1d3d5d5dec365525a8ea0058f2fedd656e"


@pytest.mark.parametrize("part", list(PARTS))
def test_each_part_and_the_generation_make_another_id(part):
    assert ids.pack_id(**PARTS | {part: "other"}) != ids.pack_id(**PARTS)
    assert ids.pack_id(**PARTS, generation=2) != ids.pack_id(**PARTS)


def test_parts_cannot_run_into_each_other():
    assert ids.pack_id(**PARTS | {"unit": "1", "environment": "2x"}) != ids.pack_id(
        **PARTS | {"unit": "12", "environment": "x"}
    )
    with pytest.raises(DocumentError):
        ids.pack_id(**PARTS | {"seller": "4\x1f2"})


def test_the_item_id_is_the_form_with_its_generation():
    assert ids.item_id(form_id="f-1") == "f-1"
    assert ids.item_id(form_id="f-1", generation=3) == "f-1-g3"
    with pytest.raises(DocumentError):
        ids.item_id(form_id="f" * 65)
