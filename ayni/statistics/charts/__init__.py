"""Charts and maps: data in, SVG text out. Pure: no Django, no clock, no file but what is handed in.

Every drawing names itself (`title`, `desc`), each shape names itself, text stays text, and what is
hidden is hatched and said, never drawn as zero. `Table` holds the same numbers for those who read.
"""
