"""What a script does with whole episodes: how many it plays, when it stops, and which it keeps."""
