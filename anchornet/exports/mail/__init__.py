"""Mail: what is due to be written, what it says, how it is handed to a mail server, and by whom."""
