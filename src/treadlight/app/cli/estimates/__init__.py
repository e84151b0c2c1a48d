"""The commands of `treadlight estimate`, one file each."""
