"""Fingerprints name content: equal content equally, other content otherwise, and never by chance of a float."""

import pytest

from connectify.domain.fingerprint import fingerprint


def test_the_order_of_keys_does_not_matter_and_the_order_of_a_list_does():
    assert fingerprint({"a": "1", "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": "1"})
    assert fingerprint([1, 2]) != fingerprint([2, 1])


def test_values_that_only_look_alike_differ():
    alike = [1, "1", True, None, "", [], {}, "1.0", "1.00", "Ž", "Z\u030c"]
    assert len({fingerprint(value) for value in alike}) == len(alike)


def test_a_fingerprint_is_the_same_for_ever():
    assert fingerprint({"název": "Žluťoučký kůň", "ks": 2}) == (
        "0a5a5da5e4b8a86666b056d38a319b0ee1c4d1cfa56ef5ba3875cc5d764ba674"
    )


@pytest.mark.parametrize("value", [1.5, {"a": 1.5}, [{"a": (1.5,)}], {1: "a"}, {"a": object()}])
def test_what_json_cannot_carry_exactly_is_refused(value):
    with pytest.raises(TypeError):
        fingerprint(value)
