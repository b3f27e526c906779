"""A Pohoda that remembers: mServer over HTTP with the tables of a unit, a ledger and a fault switchboard.

An oracle for tests and demos: it shares no XML code with the bridge and imports neither its documents nor Django.

Another agenda: its tables go into `schema.txt`; its export is a `document_export.DocumentExport` as in `slip_export`,
its list request one function beside `lists.list_slips`, entered in `mserver.LISTS`; a document that comes in is saved
as in `orders.save_order` and answered for in `imports`; what an accountant does with it is a function over
`movements.Books` with its control route in `control_documents`.
"""
