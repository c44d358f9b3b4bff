"""How anything is written: files, pages, numbers in words, video, exit codes."""
