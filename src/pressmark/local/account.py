"""Region, account and credentials of the embedded AWS. The function's process needs them without the emulator."""

REGION = "us-east-1"
ACCOUNT = "123456789012"

CREDENTIALS = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
}
"""Environment variables of a process that talks to the embedded AWS, in addition to AWS_ENDPOINT_URL."""
