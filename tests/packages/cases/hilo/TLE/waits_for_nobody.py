# Both wait: who was to speak is to blame.
input()
