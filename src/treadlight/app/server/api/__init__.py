"""The API, one file a topic; each declares ``OPERATIONS``. A file added here is found by its name."""
