"""Files: read with their schema checked, written whole or not at all; pictures; Markdown."""
