"""The agent: an on-premise program beside Pohoda. Outbound connections only, named operations only, no Django."""

__version__ = "0.1.0"
