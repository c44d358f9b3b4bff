"""Inside the processes of a trial: the script runs as it is, and every episode's return is written down."""
