# coding: nothing-known
x = 1
