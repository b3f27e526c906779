"""A person's sign-in stands, whatever a run says that began before it."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from allegro_integration.models import Account
from allegro_integration.pipelines.states import account_states
from connectify.domain.errors import NeedsUser
from connectify.sync import due
from connectify.sync.leases import take
from tests.allegro_services.shop import Shop


@pytest.mark.parametrize("began_signed_out", [True, False])
def test_only_a_run_that_began_signed_in_signs_the_account_out(shop: Shop, began_signed_out: bool) -> None:
    accounts = Account.objects.filter(pk=shop.market.account_id)
    due.schedule(kind="allegro.account", resource_id=shop.market.account_id, interval_s=300)
    lease = take("allegro.account", shop.market.account_id)
    assert lease is not None
    if began_signed_out:
        accounts.update(needs_reauth_since=Now())
    seen = accounts.get()
    accounts.update(needs_reauth_since=None)  # the person signs in while the run goes on
    with pytest.raises(NeedsUser), account_states(lease, seen):
        raise NeedsUser("reauth")
    assert (accounts.get().needs_reauth_since is None) is began_signed_out
