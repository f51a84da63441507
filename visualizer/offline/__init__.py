"""Offline: a recording, or a lesson on one, as one HTML file that plays without a server.

``contents`` plays the recording once with the engine and keeps what a server would say; ``page`` makes the file. The
browser's side is frontend/src/offline/, which says it.
"""
