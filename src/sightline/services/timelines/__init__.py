"""The timeline of a media: what is known by time, derived from what its runs were told.

runs in the store ─► archive ─► choosing ─► rows ─► timelines
                      │ replay: the ledger, read again
                      │ heard: its answers, in columns
                      │ reading: answers to tracks, by any numbers
                      └ coverage: which stretches were asked about
"""
