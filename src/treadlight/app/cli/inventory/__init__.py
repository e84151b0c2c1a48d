"""Commands of ``treadlight inventory``: one file each, with a click command called ``command``."""
