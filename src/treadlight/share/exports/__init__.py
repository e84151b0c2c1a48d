"""Exports: the account in the forms that other systems read, one file each."""
