"""What the routes of other systems need beside ours."""
