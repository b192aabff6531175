"""Chat services, one module each: the message as the service wants it, and the meaning of the service's answer."""
