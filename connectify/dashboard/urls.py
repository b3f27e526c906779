from django.urls import include, path

from connectify.dashboard import inbox_views, support, views

urlpatterns = [
    path("", include("connectify.dashboard.company_urls")),
    path("", views.home, name="home"),
    path("needs/", views.needs, name="needs"),
    path("inbox/", inbox_views.inbox, name="inbox"),
    path("inbox/act/", inbox_views.act, name="inbox_act"),
    path("held/", inbox_views.held, name="held"),
    path("company/choose/", views.choose_company, name="choose_company"),
    path("language/", views.choose_language, name="choose_language"),
    path("support/", support.support, name="support"),
    path("support/leave/", support.leave_company, name="leave_company"),
]
