from xml.etree import ElementTree

from tests.sandbox_pohoda.visitor import Visitor, login


def status(visitor: Visitor, query: str = "", **headers: str) -> ElementTree.Element:
    response = visitor.http.get(f"/status{query}", headers=headers)
    assert response.status_code == 200
    return ElementTree.fromstring(response.content)


def test_status_needs_no_login_and_tells_nothing_of_the_company(visitor: Visitor) -> None:
    answer = status(visitor)
    assert answer.tag == "mServer"
    assert answer.findtext("status") == "idle"
    assert answer.findtext("processing") == "0"
    assert answer.find(".//ico") is None


def test_company_detail_names_the_unit_its_database_and_its_year(visitor: Visitor) -> None:
    answer = status(visitor, "?companyDetail", **login())
    detail = answer.find("companyDetail")
    assert detail is not None
    assert {e.tag: e.text for e in detail} == {
        "company": "Podhůří nářadí a domov s.r.o.",
        "ico": "12345678",
        "databaseName": "StwPh_12345678_2026",
        "year": "2026",
        "period": "current",
    }


def test_company_detail_can_be_flat_as_in_other_releases(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"status_nested": False})
    answer = status(visitor, "?companyDetail", **login())
    assert answer.find("companyDetail") is None
    assert answer.findtext("databaseName") == "StwPh_12345678_2026"


def test_company_detail_is_refused_without_a_login(visitor: Visitor) -> None:
    assert visitor.http.get("/status?companyDetail").status_code == 401
    assert visitor.http.get("/status?companyDetail", headers=login(password="jiné")).status_code == 401


def test_another_unit_year_and_database_show_at_once(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"ico": "11112222", "year": 2027, "database": "StwPh_11112222_2027_kopie"})
    answer = status(visitor, "?companyDetail", **login())
    assert answer.findtext("companyDetail/ico") == "11112222"
    assert answer.findtext("companyDetail/year") == "2027"
    assert answer.findtext("companyDetail/databaseName") == "StwPh_11112222_2027_kopie"


def test_another_user_or_password_takes_effect(visitor: Visitor) -> None:
    visitor.control("POST", "config", {"password": "nove"})
    assert visitor.http.get("/status?companyDetail", headers=login()).status_code == 401
    assert visitor.http.get("/status?companyDetail", headers=login(password="nove")).status_code == 200


def test_an_unknown_setting_is_refused_by_name(visitor: Visitor) -> None:
    response = visitor.http.post("/_sandbox/config", json={"colour": "red"})
    assert response.status_code == 400
    assert "colour" in response.json()["error"]
