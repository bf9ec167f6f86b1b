"""The page to look at: what an engineer on call wants to see at a glance.

router      the routes, made by `page` with all that they need
login       logging in and out
session     who may look
looks       what is read for each part: bounded, and never a message
parts       a part: read in a thread, kept for some seconds, answered in time
overview    the parts together, and what of them somebody has to act on
chart       errors over time → the geometry of a chart
words       numbers, moments and spans as the page says them
html        templates → answers
assets      the page's own files
"""

from api.page.router import page
from api.page.session import Sessions, is_from_here

__all__ = ["Sessions", "is_from_here", "page"]
