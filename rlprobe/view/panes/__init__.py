"""One kind of observation a file, drawn as a picture."""
