"""Offers: what Allegro shows, what Pohoda's stock makes of it, and the writes that bring both together."""
