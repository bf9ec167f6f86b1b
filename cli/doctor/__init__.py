"""`logtally doctor`: every setting and where it is from, and whether each part of AWS is there and permits.

command     what a user types
opened      settings, as far as they are right → what asks AWS
tables      what a person reads on a terminal
"""
