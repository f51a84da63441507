"""Following: live clusters into their logs. Who holds which cluster, what is read of it, and where that is kept."""
