"""Teams: their members, invitations and practice sets."""
