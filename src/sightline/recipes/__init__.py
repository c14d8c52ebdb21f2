"""Strategies that ask and are told: no file, no socket, no table, only questions and answers."""
