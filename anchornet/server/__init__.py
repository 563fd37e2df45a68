"""What answers beside the pages: sign-in, the API, files, and which network is asked."""
