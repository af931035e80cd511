# says: sample/1: The output is empty.
