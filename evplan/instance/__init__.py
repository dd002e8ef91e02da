"""What an instance file may say: schema, reader, scenarios."""
