"""What one state asks of the others that is no case: people, places, money, knowledge."""
