"""The libraries of the command line, which an installation may lack."""

INSTALL = "pip install 'pressmark[cli]', or '.[cli]' in a checkout"
"""What installs them."""
