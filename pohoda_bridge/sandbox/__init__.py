"""A Pohoda that remembers: mServer over HTTP with the tables of a unit, a ledger and a fault switchboard.

An oracle for tests and demos: it shares no XML code with the bridge and imports neither its documents nor Django.
"""
