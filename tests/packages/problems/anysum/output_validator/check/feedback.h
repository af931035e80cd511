#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

inline void say(const std::string &folder, int code, const char *team, const char *judge) {
    if (*team) std::ofstream(folder + "teammessage.txt") << team;
    std::ofstream(folder + "judgemessage.txt") << judge;
    std::exit(code);
}
