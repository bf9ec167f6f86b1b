"""The SQS door: takes put-events from the queue, runs by itself."""
