"""Pressmark: a web archive for news pages that its owner runs.

A capture travels one way: message -> claim -> turn -> robots -> fetch -> article -> warc -> archive.
:mod:`pressmark.crawl.pipeline` tells that story from top to bottom.
"""

__version__ = "0.2.0"
