"""`logtally ledger`: what is counted, why the graph shows what it shows, and what can be done about it.

commands    what a user types
opened      settings → what the commands ask
settling    one round of settling, and what came of each slot
tables      what a person reads on a terminal
"""
