"""HTTP/1.1 on the wire, down to the byte: connections, requests as sent, responses as received.

An archive needs the bytes that the server sent, but HTTP libraries return only what they parsed from them.
``http.client`` refuses more than 100 header lines, parses header lines as e-mail, discards 1xx responses and
loses chunk trailers; what is left cannot be written back byte for byte. So urllib3 only sets up connections and
TLS (:mod:`pressmark.http.wire.connection`), and this package reads the bytes from the socket itself.
"""
