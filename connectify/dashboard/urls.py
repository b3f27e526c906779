from django.urls import path

from connectify.dashboard import views

urlpatterns = [
    path("", views.home, name="home"),
    path("company/", views.choose_company, name="choose_company"),
    path("language/", views.choose_language, name="choose_language"),
]
