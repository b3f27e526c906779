"""What a person of support does in a browser."""

import uuid

from django.test import Client
from django.urls import reverse

from connectify.users.models import User

WHY = "požadavek 17"


def enter(client, toys, reason=WHY):
    return client.post(reverse("admin:enter_company"), {"tenant": str(toys.tenant.pk), "reason": reason})


def visitor_of(tenant_id: uuid.UUID) -> Client:
    """A new person of support on a visit in the company, reading Czech."""
    person = User.objects.create_user(f"podpora{uuid.uuid4().hex}@connectify.example", is_staff=True)
    client = Client(headers={"accept-language": "cs"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(reverse("admin:enter_company"), {"tenant": str(tenant_id), "reason": WHY})
    assert answer["Location"] == reverse("admin:index")
    return client


def text(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def detail(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def act(row, name: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])
