"""A web server that does what no web server should, on loopback, over real sockets and real TLS."""
