"""The versioned library of processes: data tables with provenance, and how a process is found."""
