"""Questions in words: versioned templates, the schema of their answers, the reading of replies."""
