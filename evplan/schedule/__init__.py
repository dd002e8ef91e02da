"""Day-ahead and rolling plans for plugged-in vehicles."""
