# SPDX-License-Identifier: Apache-2.0
"""What all functions raise."""


class Error(Exception):
    """One line: what is wrong, where, and what to do.

    subject, message and remedy are its parts; option names the argument that is at fault, or is
    empty; is_usage: the request is at fault, not a file or the machine.
    """

    subject = ""
    message = ""
    remedy = ""
    option = ""
    is_usage = False
