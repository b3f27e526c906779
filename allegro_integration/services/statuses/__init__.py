"""Statuses and parcel numbers of orders, from Pohoda to Allegro."""
