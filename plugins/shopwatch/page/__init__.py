"""The review pages: what people look at and decide on, rendered from the published warehouse and the store."""
