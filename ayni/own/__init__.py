"""What the person concerned sees of her own case, with a code on paper."""
