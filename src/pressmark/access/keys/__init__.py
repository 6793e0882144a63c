"""Who may read and save over HTTP: keys and how they are stored, sessions of people who signed in, daily limits."""
