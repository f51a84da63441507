"""Lessons: a recording with chapters, read from one plain file (docs/lessons.md).

``reading`` makes a :class:`lesson.Lesson` of the text, ``checking`` holds it to the recording it speaks of, and
``telling`` is what the player is given. No Django, no I/O and no clock: a lesson is its text.
"""
