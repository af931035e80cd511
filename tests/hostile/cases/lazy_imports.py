import bisect
import collections
import decimal
import fractions
import heapq
import json
import re
import sqlite3
import statistics
import uuid


def solve(n):
    return int(decimal.Decimal(n) + fractions.Fraction(1).numerator)
