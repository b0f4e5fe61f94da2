"""The way home: nobody returns before two states have looked at the risks together."""
