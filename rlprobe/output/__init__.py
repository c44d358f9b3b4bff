"""Output: files, HTML pages, numbers as text, video, exit codes."""
