"""An Allegro that remembers: OAuth, order journal, checkout forms and settings over HTTP, with state in SQLite."""
