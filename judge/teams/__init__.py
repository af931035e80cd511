"""Teams: who is in them, how one gets in, and what they practise."""
