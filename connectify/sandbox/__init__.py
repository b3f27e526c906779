"""What the sandboxes share: the ledger, the fault switchboard, control routes, the server, the goods."""
