"""`/docs`: Swagger UI over our own document, from this very server."""
