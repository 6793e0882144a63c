"""What a page needs to be seen as its readers saw it: found in HTML and CSS, and how long it stays fresh."""
