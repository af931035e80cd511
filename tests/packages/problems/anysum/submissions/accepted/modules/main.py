from parts import parts

print(*parts(int(input())))
