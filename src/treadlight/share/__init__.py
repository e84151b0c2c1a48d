"""What people read: reports and lessons."""
