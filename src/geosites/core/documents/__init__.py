"""Types of the documents that the API returns, shared by services, API and client.

A document is a plain `dict` at run time. Its instants are aware datetimes and its days are dates;
the API serialises both as ISO 8601, and the client parses them. Some readers see fewer fields:

- A field that is `NotRequired` is absent from the documents of some readers or some questions.
- A field that is `X | None` is null where there is no such value, or where it is withheld.
- A document that partners get in another form has a type of its own, named `Partner…`.

This package imports nothing else of geosites, so that the client can be used without the rest.
"""
