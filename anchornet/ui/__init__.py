"""The pages' common ground: the shell, who is signed in, cached reads, and what pages draw with."""
