"""Hardware over its life: making, transport, use, repair, a second life and disposal; refresh advice; inventories."""
