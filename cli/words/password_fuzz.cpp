// Password files of any content: the first line, or a sentence.
#include <fstream>

#include "cli/words/password.hpp"
#include "cli/words/stop.hpp"
#include "host/desk/trouble.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/temporary_file.hpp"

namespace updraft::fuzz {
namespace {

void run(Bytes input) {
  const std::string content(as_text(input));
  std::ofstream(temporary_file(), std::ios::binary | std::ios::trunc) << content;
  std::string password;
  try {
    password = cli::read_password({.text = {}, .file = temporary_file()}, cli::Ask::no);
  } catch (const cli::Stop&) {
    check(content.empty() || content.front() == '\r' || content.front() == '\n',
          "only an empty line is no password");
    return;
  } catch (const host::Trouble&) {
    return;  // too large
  }
  check(content.starts_with(password), "the password begins the file");
  check(password.find_first_of("\r\n") == std::string::npos, "it is one line");
  const bool whole = password.size() == content.size();
  check(whole || content[password.size()] == '\r' || content[password.size()] == '\n',
        "all of that line");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
