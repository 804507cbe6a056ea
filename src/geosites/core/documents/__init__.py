"""The documents that the service answers with: one type each, from the services to the client.

A document is a plain `dict` at run time. Its instants are aware datetimes and its days are dates;
the API writes both in ISO 8601, and the client reads them again. Some readers see less than all:

- A field that is `NotRequired` is absent from the documents of some readers or some questions.
- A field that is `X | None` is null where there is no such value, or where it is withheld.
- A document that partners get in another form has a type of its own, named `Partner…`.

Nothing in this room imports the rest of geosites, so that the client can stand on it alone.
"""
