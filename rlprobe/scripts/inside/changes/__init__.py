"""What is changed in a script in memory, so that it learns in the time there is."""
