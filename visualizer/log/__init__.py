"""Log: frames kept in chunks in the database, and recordings in and out. Only this room touches the chunks."""
