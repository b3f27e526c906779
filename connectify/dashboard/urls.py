from django.urls import path

from connectify.dashboard import held, support, views

urlpatterns = [
    path("", views.home, name="home"),
    path("held/", held.held, name="held"),
    path("held/decide/", held.decide, name="decide_held"),
    path("company/choose/", views.choose_company, name="choose_company"),
    path("language/", views.choose_language, name="choose_language"),
    path("support/", support.support, name="support"),
    path("support/enter/", support.enter_company, name="enter_company"),
    path("support/leave/", support.leave_company, name="leave_company"),
]
