"""Tables of the library: one file a topic, found by its name."""
