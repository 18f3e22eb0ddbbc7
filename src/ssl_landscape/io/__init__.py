"""Files: written whole or not at all, read with their schema checked; pictures; Markdown."""
