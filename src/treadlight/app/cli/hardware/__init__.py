"""Commands of ``treadlight hardware``: one file each, with a click command called ``command``."""
