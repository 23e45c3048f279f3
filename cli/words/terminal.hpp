// The terminal that an output goes to, as it is now.
#pragma once
#include <cstddef>

#include <unistd.h>

namespace updraft::cli {

bool on_terminal(int fd = STDOUT_FILENO);  // this output is one

// Its width, asked anew each time: people change it. 80 where nobody knows.
std::size_t terminal_columns(int fd = STDOUT_FILENO);

// Whether text may carry colour: on a terminal, unless NO_COLOR is set or CLICOLOR is 0;
// CLICOLOR_FORCE asks for it everywhere (no-color.org, bixense.com/clicolors).
bool wants_colour();

// The user's language is written in UTF-8 (LC_ALL, LC_CTYPE, LANG: the first that is set).
bool writes_utf8();

}  // namespace updraft::cli
