"""The numbers of the text reader that were fitted to pages, in one place.

Each was chosen on half of the publishers of news-dev, readability-dev and sites-dev and kept because the other half,
and the pages of tests/article/cases, agree. ``python -m bench.text_rules --numbers CORPUS…`` shows for each of
them what a quarter more or less does to both halves. "Letters" are those of an alphabet (``words.visible_size``).
"""

from __future__ import annotations

# Which element holds the article (container.py)
A_FAIR_SHARE = 0.15  # of the best element's score makes another one its rival
A_SHARE = 0.5  # of a short paragraph's letters count
MOST = 0.4  # of the prose is in an element: then its name is one of the layout
NEARLY_ALL = 0.6  # of the prose is hidden: then a script will show it
TEASERS = 3  # headings that are links make a list of other articles
A_TEASER = 400  # letters about another article at most
AN_ARTICLE = 1_500  # letters before a list of announcements: then the list is not the article
A_NOTICE = 8  # blocks at most in a notice that is laid over the page
A_CELL = 120  # letters at most in a table's cell; one with more is a part of the layout

# Which of its blocks are the text (column.py, select.py)
COLUMN = 0.25  # of the prose in one chain of wrappers makes that chain a column of the article
MOST_OF_IT = 0.6  # of the prose must be in columns; otherwise prose in any place counts
A_GOOD_DEAL = 0.2  # of the prose in one box with headings makes that box a part of the text
A_LITTLE_LINKED = 0.1  # of such a box may be links
A_FEW_LINKED = 0.34  # of a list's items must be links for it to be a list of links
A_LITTLE = 0.05  # of the prose is the least for paragraphs in a box of their own
REPEATED = 3  # times on one page: then a text is a label or a notice, not a paragraph
A_LINE = 45  # letters
A_SENTENCE = 60  # letters
A_PARAGRAPH = 80  # letters
A_FEW = 3  # lines of speech or verse
WELL_KNOWN = 0.8  # of the prose is in the body from structured data: then the rest may be foreign
NEARLY = 0.8  # of a paragraph's words are in that body: then it has the paragraph, written differently
MAX_TRAILER = 2  # blocks

# Whether the text is complete (extract.py)
SHORT = 400  # characters: below this a page probably shows its text by script, or keeps it behind a paywall
NEXT_TO_NOTHING = 150  # letters: if class names leave less of a page, they are wrong
LITTLE = 0.2  # of the prose in the page's main element: if they leave less than this, they are wrong, too
MUCH_MORE = 2  # times as much text without those names
A_BODY = 250  # characters
MUCH_LONGER = 1.5  # times the text of the page
A_GALLERY = 3  # pictures with captions
