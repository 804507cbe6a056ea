"""What the OGC API says: documents and pages, made from the definitions of the collections."""
