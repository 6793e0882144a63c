"""Pressmark on one machine: an embedded AWS, the stack in it, and what AWS does around a function.

Local runs differ from AWS by an endpoint URL and nothing else (D9): queues, bucket and tables come from
template.yaml, the real handler runs in processes of its own, and an event source mapping feeds it.
"""
