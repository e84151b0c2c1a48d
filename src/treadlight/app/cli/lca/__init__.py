"""What can be done with a study of a life cycle, one file each."""
