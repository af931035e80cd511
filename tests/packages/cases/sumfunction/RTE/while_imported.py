# says: ZeroDivisionError
1 / 0
