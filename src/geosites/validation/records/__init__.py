"""The records that come in, kind by kind: columns of text in, checked columns out."""
