"""Life-cycle studies: one file that says what is assessed and how, and the assessment of it."""
