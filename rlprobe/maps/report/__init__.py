"""The faces of a map: page, picture, video and terminal."""
