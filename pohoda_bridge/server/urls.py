"""Pages of accounting units. Included by the platform's addresses."""

from __future__ import annotations

from django.urls import path

from pohoda_bridge.server import views

urlpatterns = [
    path("setup/units/", views.unit_list, name="units"),
    path("setup/units/new/", views.new_unit, name="new_unit"),
    path("setup/units/<uuid:unit_id>/", views.unit_detail, name="unit"),
    path("setup/units/<uuid:unit_id>/rename/", views.rename_unit, name="rename_unit"),
    path("setup/units/<uuid:unit_id>/code/", views.enrolment_code, name="enrolment_code"),
    path("setup/units/<uuid:unit_id>/agents/<uuid:agent_id>/activate/", views.activate_agent, name="activate_agent"),
    path("setup/units/<uuid:unit_id>/agents/<uuid:agent_id>/revoke/", views.revoke_agent, name="revoke_agent"),
]
