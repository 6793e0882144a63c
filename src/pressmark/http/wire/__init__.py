"""HTTP/1.1 on the wire, down to the byte: connections, requests as sent, responses as received.

Why not an HTTP library's response: an archive needs what the server sent, and libraries hand over what
they made of it. ``http.client`` refuses more than 100 header lines, parses header lines as e-mail, throws
1xx responses away and loses chunk trailers; what is left cannot be written back byte for byte. So urllib3
does what it does best, connections and TLS (:mod:`pressmark.http.wire.connection`), and the bytes that then come
through the socket are read here.
"""
