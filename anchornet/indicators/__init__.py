"""What it adds up to: figures, targets, variation and disclosure control."""
