"""The queues and their messages: capture requests, dead letters, schedules; and how URLs get onto a queue."""
