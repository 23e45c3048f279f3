// The name of a file that is there for all runs of a fuzzer and goes when it ends.
#pragma once
#include <cstdlib>
#include <string>

#include <unistd.h>

#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {

inline const std::string& temporary_file() {
  static const std::string path = [] {
    std::string name = "/tmp/updraft-fuzz-XXXXXX";
    const int made = ::mkstemp(name.data());
    check(made >= 0, "a temporary file can be made");
    ::close(made);
    static const std::string remembered = name;
    std::atexit([] { ::unlink(remembered.c_str()); });
    return name;
  }();
  return path;
}

}  // namespace updraft::fuzz
