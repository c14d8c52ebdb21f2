"""What is sent to other programs: messages, their signatures, and where they may go."""
