"""What AWS calls: thin functions, no logic of their own."""
