"""What other rooms have not taken yet."""
