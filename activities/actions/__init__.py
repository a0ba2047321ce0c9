"""What may be done with activities, each in one transaction with its audit entry."""
