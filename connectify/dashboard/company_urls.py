from django.urls import path

from connectify.dashboard import audit_log, invited, inviting, keys, people

urlpatterns = [
    path("company/", people.people, name="company"),
    path("company/name/", people.name, name="company_name"),
    path("company/second-factor/", people.second_factor, name="company_second_factor"),
    path("company/members/<uuid:membership_id>/", people.member, name="company_member"),
    path("company/invite/", inviting.invite_person, name="company_invite"),
    path("company/invitations/<uuid:invitation_id>/", inviting.invitation, name="company_invitation"),
    path("company/keys/", keys.api_keys, name="api_keys"),
    path("company/keys/<uuid:key_id>/revoke/", keys.revoke, name="company_key_revoke"),
    path("company/audit/", audit_log.audit, name="audit"),
    path("invitation/", invited.invitation, name="invitation"),
    path("invitation/<str:token>/", invited.link, name="invitation_link"),
]
