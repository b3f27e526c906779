"""Invoices of orders: found in Pohoda, printed there, checked, attached to the order at Allegro."""
