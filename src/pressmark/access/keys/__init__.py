"""Who may read and save over HTTP: keys and what is kept of them, sessions of people who signed in, daily limits."""
