"""What people read: the table of a run, and its picture."""
