"""What every room stands on: rows and their ids, the clock, refusals, due queues and the dispatcher."""
