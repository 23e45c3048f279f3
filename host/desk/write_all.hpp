// All of a buffer into an open file: what words are written with, too.
#pragma once
#include "ports/linux/replace_file.hpp"

namespace updraft::host {

using linux_port::write_all;

}  // namespace updraft::host
