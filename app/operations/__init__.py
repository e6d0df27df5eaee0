"""What whoever runs the lab needs of it: whether it is well, what it does, and what it lets a browser do."""
