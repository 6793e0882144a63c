"""What AWS calls: a thin module for each function, which connects a room to an event."""
