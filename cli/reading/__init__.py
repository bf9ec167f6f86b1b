"""The files that `analyze` was told of, read by as many as may: each comes to a report or to the reason why not."""
