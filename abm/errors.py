"""The one exception that a user may see as a sentence instead of a traceback."""


class OmlandError(Exception):
    """Bad input or an unusable environment, told in one clear sentence.

    The message names the file, line or field, what was wrong, and what is
    allowed. The command line prints it and ends with exit code 2.
    """
