"""What support sees of one entry of a company's audit log: in words, whether that is all, and as it is stored."""

from connectify.audit.models import AuditEntry
from connectify.tenants.context import tenant_scope
from tests.support.visiting import detail, enter, text


def page_of(toys, staff, count: int) -> str:
    with tenant_scope(toys.tenant.pk):
        row = AuditEntry.objects.create(
            action="instance.settings_saved", object_kind="instance", before=None,
            after={"rows": {f"r{number:03}": f"value-{number:03}<b>" for number in range(count)}},
        )  # fmt: skip
    enter(staff, toys)
    return text(staff, detail(row))


def test_support_is_told_of_changes_that_are_not_shown_in_words(toys, staff):
    page = page_of(toys, staff, 201)
    shown, _fold, stored = page.partition("<details")
    assert "value-199&lt;b&gt;" in shown
    assert "value-200" not in shown
    assert "and more" in shown
    assert "value-200&lt;b&gt;" in stored


def test_nothing_is_said_of_more_where_all_is_shown(toys, staff):
    page = page_of(toys, staff, 200)
    assert "and more" not in page
    assert "value-199&lt;b&gt;" in page.partition("as it is stored")[2]


def test_an_entry_without_values_folds_nothing(toys, staff, furnished):
    enter(staff, toys)
    assert "as it is stored" not in text(staff, detail(furnished["audit"]))
