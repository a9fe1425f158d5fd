"""What people see across rooms: the audit pages."""
