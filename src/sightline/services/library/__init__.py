"""What is in the library, and the ways in and out: files, uploads, pictures, streams."""
