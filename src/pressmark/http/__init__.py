"""One exchange with a server: where a request may go, what came back, and what its body is. No archive, no AWS."""
