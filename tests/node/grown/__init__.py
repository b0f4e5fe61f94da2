"""Stands for a later version of Ayni: changes of the tables that take a while."""
