"""Reports of studies: one document, made from an assessed study, that every format writes down."""
