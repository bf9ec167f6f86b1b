"""`logtally rules`: whether rules are right, and what they make of a file, before a worker has them.

commands    what a user types
opened      the words of a command line → rules, and the beginning of a file
tables      what a person reads on a terminal
"""
