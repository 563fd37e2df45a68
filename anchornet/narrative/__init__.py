"""What figures say in sentences: headlines, status, exceptions, what changed."""
