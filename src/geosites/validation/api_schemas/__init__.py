"""Single objects sent to the API: their shape by Pydantic, their content by the rules of files."""
