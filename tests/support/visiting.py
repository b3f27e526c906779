"""What a person of support does in a browser."""

from django.urls import reverse

WHY = "požadavek 17"


def enter(client, toys, reason=WHY):
    return client.post(reverse("admin:enter_company"), {"tenant": str(toys.tenant.pk), "reason": reason})


def text(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def detail(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def act(row, name: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])
