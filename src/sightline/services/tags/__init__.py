"""Tag sets: their files, their shelf in the database, and those of other systems."""
