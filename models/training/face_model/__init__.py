"""Building the face model from portraits with landmarks."""
