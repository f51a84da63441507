"""The site: how people reach the engine. Thin: it asks the engine and renders the answer."""
