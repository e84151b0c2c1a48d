"""What the page Settings keeps: one file a part, each with what it shows and what its forms do."""
