"""A Pohoda that remembers: mServer over HTTP with the tables of a unit, a ledger and a fault switchboard.

An oracle for tests and demos: it shares no XML code with the bridge and imports neither its documents nor Django.

Another agenda: its tables go into `schema.txt`; a list request is one function beside `stocks.list_stocks`, entered in
`mserver.LISTS`; a document that comes in is saved as in `orders.save_order` and answered for in `imports`.
"""
