// A form's body in any pieces: the file is the same, and as long as what came at most.
//
// Input: byte 0 the size of the pieces; a line, the Content-Type; the rest is the body.
#include <string>

#include "protocols/link/multipart.hpp"
#include "tests/fuzz/check.hpp"

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

namespace {

std::string read(std::string_view boundary, Bytes body, std::size_t piece,
                 Multipart::State& state) {
  Multipart form(boundary);
  std::string file;
  for (Bytes rest = body; !rest.empty();) {
    Bytes rx = at_most(rest, piece);
    rest = rest.subspan(rx.size());
    while (!rx.empty()) {
      const bool open = form.state() == Multipart::State::before || form.found_file();
      const Bytes part = form.next(rx);
      check(part.empty() || open, "no file in a broken form");
      file += as_text(part);
    }
  }
  state = form.state();
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes rest = fuzz::input(data, size).subspan(1);
  const std::string_view text = as_text(rest);
  const std::string_view type = text.substr(0, text.find('\n'));
  const Bytes body = rest.subspan(std::min(type.size() + 1, rest.size()));
  const std::string_view boundary = multipart_boundary(type);
  Multipart::State whole{}, pieces{};
  const std::string one = read(boundary, body, body.size() + 1, whole);
  const std::string many = read(boundary, body, 1u + data[0], pieces);
  check(one == many && whole == pieces, "pieces do not matter");
  check(one.size() <= body.size(), "no more than came");
  if (whole == Multipart::State::done) {
    check(as_text(body).find("--" + std::string(boundary)) != std::string_view::npos,
          "it has an end");
    check(one.find("\r\n--" + std::string(boundary)) == one.npos, "the end is no content");
  }
  return 0;
}
