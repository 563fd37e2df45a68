"""What pages are made with: the shell, who is signed in, cached reads, and one file a page."""
