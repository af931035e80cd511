import fcntl
held, files = 0, [open(str(at), "w+") for at in range(20)]
for at, file in enumerate(files):
    for kind in (fcntl.flock, fcntl.lockf):
        try:
            kind(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held += 1
        except OSError:
            pass
