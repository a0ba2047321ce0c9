"""Recruiting: the 25 steps, what each asks for, where a case stands and what is due."""
