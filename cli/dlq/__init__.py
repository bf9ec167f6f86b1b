"""`logtally dlq`: what is in the dead-letter queue, why, and what can be done about it.

commands    what a user types
opened      settings → what the commands ask
moving      moving all letters back, which SQS does by itself
tables      what a person reads on a terminal
"""
