"""Flow: who writes what to the API server, and what that sets off."""
