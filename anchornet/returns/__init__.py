"""What members send: declared, read, matched to fields and checked."""
