"""What members send: declared, read, mapped and checked."""
