from __future__ import annotations

from django.urls import URLPattern, path

from allegro_integration.setup import accounts, arming, general, instances, new_instance, overview

urlpatterns: list[URLPattern] = [
    path("setup/", overview.setup, name="setup"),
    path("setup/accounts/", accounts.account_list, name="accounts"),
    path("setup/accounts/connect/", accounts.connect_account, name="connect_account"),
    path("setup/accounts/<uuid:account_id>/", accounts.account_detail, name="account"),
    path("setup/accounts/<uuid:account_id>/rename/", accounts.rename_account, name="rename_account"),
    path("setup/accounts/<uuid:account_id>/connect/", accounts.reconnect_account, name="reconnect_account"),
    path("allegro/callback", accounts.allegro_callback, name="allegro_callback"),
    path("setup/instances/", instances.instance_list, name="instances"),
    path("setup/instances/new/", new_instance.new_instance, name="new_instance"),
    path("setup/instances/<uuid:instance_id>/", instances.instance_detail, name="instance"),
    path("setup/instances/<uuid:instance_id>/save/", general.save_instance, name="save_instance"),
    path("setup/instances/<uuid:instance_id>/pause/", instances.pause_instance, name="pause_instance"),
    path("setup/instances/<uuid:instance_id>/resume/", instances.resume_instance, name="resume_instance"),
    path("setup/instances/<uuid:instance_id>/arm/<str:direction>/", arming.arm_direction, name="arm_direction"),
    path(
        "setup/instances/<uuid:instance_id>/disarm/<str:direction>/", arming.disarm_direction, name="disarm_direction"
    ),
]
