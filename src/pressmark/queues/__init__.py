"""What stands on the queues: capture messages, dead letters, schedules; and how URLs get there."""
