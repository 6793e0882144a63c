"""Pressmark: a web archive for news pages that its owner runs.

A capture takes these steps: message -> robots -> turn -> claim -> fetch -> article -> warc -> archive.
:mod:`pressmark.crawl.pipeline` tells that story from top to bottom.
"""

__version__ = "0.2.0"
