"""The append-only ledger of activities: journals, store, hash chain."""
