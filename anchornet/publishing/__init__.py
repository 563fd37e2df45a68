"""What leaves: disclosure control, and the words, charts, maps and files that it has passed."""
