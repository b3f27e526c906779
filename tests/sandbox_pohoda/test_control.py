from tests.sandbox_pohoda.packs import FORM, SYSTEM, by_ext_id, list_orders, order, pack
from tests.sandbox_pohoda.visitor import Visitor, find, text


def test_rows_go_in_as_they_are_and_come_out_by_column(visitor: Visitor) -> None:
    row = {"RelTpObj": 1, "Cislo": "26XX1", "Datum": "2026-05-01T00:00:00", "KcCelkem": 12.5, "Firma": "Řád s.r.o."}
    (identifier,) = visitor.control("POST", "rows", {"table": "OBJ", "rows": [row]})["ids"]
    (found,) = visitor.rows("OBJ", Cislo="26XX1")
    assert found["ID"] == identifier
    assert (found["KcCelkem"], found["Firma"]) == ("12.50", "Řád s.r.o.")
    assert visitor.rows("OBJ", Cislo="jiné") == []


def test_a_row_with_an_id_replaces_the_one_it_has(visitor: Visitor) -> None:
    visitor.control("POST", "rows", {"table": "sSTR", "rows": [{"ID": 1, "IDS": "NOVÉ"}]})
    assert [row["IDS"] for row in visitor.rows("sSTR")] == ["NOVÉ"]


def test_user_fields_become_columns_and_other_unknown_names_are_refused(visitor: Visitor) -> None:
    visitor.control("POST", "rows", {"table": "SKz", "rows": [{"IDS": "A1", "VPrBarva": "modrá"}]})
    assert visitor.rows("SKz", VPrBarva="modrá")[0]["IDS"] == "A1"
    for body in ({"table": "SKz", "rows": [{"Barva": "x"}]}, {"table": "NIC", "rows": []}):
        assert visitor.http.post("/_sandbox/rows", json=body).status_code == 400
    assert visitor.http.get("/_sandbox/rows/SKz?Barva=x").status_code == 400


def test_an_accountant_deletes_an_order_and_the_lookup_misses_it(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    visitor.control("DELETE", "rows/OBJ/1")
    assert visitor.orders() == []
    assert visitor.rows("SKz", IDS="NAR-0101")[0]["Rezer"] == 0
    answer = visitor.send(pack(list_orders(by_ext_id())))
    assert len(find(answer, ".//lst:listOrder")) == 0
    (deleted,) = visitor.effects("order.deleted")
    assert (deleted["key"], deleted["data"]["by"]) == (f"{SYSTEM}/{FORM}", "accountant")


def test_deleting_a_row_that_is_not_there_is_404(visitor: Visitor) -> None:
    assert visitor.http.delete("/_sandbox/rows/OBJ/9").status_code == 404
    assert visitor.http.delete("/_sandbox/rows/sSTR/9").status_code == 404


def test_restoring_an_unknown_backup_is_404_and_a_path_is_refused(visitor: Visitor) -> None:
    assert visitor.http.post("/_sandbox/restore", json={"name": "never"}).status_code == 404
    assert visitor.http.post("/_sandbox/backup", json={"name": "../x"}).status_code == 400


def test_orders_settings_and_effects_survive_a_restart(visitor: Visitor) -> None:
    visitor.send(pack(order()))
    visitor.control("POST", "config", {"rounding": "up2one"})
    visitor.restart()
    assert [o["extId"] for o in visitor.orders()] == [FORM]
    assert visitor.control("GET", "config")["rounding"] == "up2one"
    assert [entry["kind"] for entry in visitor.effects()] == ["order.created"]
    answer = visitor.send(pack(order(ext="next"), id="p2"))
    assert text(answer, ".//rdc:number") == "26OP00002"


def test_the_catalogue_is_the_stock_of_a_new_unit(visitor: Visitor) -> None:
    from connectify.sandbox.catalogue import load_catalogue

    cards = {row["IDS"]: (row["StavZ"], row["ProdejDPH"]) for row in visitor.rows("SKz")}
    assert cards == {good.code: (float(good.stock), f"{good.price_czk:.2f}") for good in load_catalogue()}


def test_the_configuration_never_shows_the_password(visitor: Visitor) -> None:
    assert "password" not in visitor.control("GET", "config")


def test_an_unknown_fault_is_refused(visitor: Visitor) -> None:
    assert visitor.http.post("/_sandbox/faults", json={"name": "earthquake"}).status_code == 400
