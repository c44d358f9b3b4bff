"""Inside a script that trains on an environment of the user, whose steps are taken in another process."""
