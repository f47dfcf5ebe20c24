#include "build_info.hpp"
#include <cstdio>
int main() { std::printf("sluice %s (%s)\n", sluice::version, sluice::revision); }
