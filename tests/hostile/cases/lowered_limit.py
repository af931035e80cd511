# Its own CPU limit is lower than ours: that is its own doing.
import resource

resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
while True:
    pass
