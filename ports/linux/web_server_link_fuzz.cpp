// The server's end for files: whatever a client says, and in whatever pieces it arrives, the
// answers are the same, each request has one, nothing but the folder's file is given out, and the
// connection ends.
//
// Input: byte 0: the size of the pieces. Then what the client says.
#include <filesystem>
#include <fstream>
#include <string>

#include "ports/linux/web_server_link.hpp"
#include "tests/fuzz/check.hpp"

using namespace updraft;
using fuzz::check;

namespace {

constexpr std::string_view kFile = "0123456789abcdef";

const linux_port::WebFolder& folder() {
  static const linux_port::WebFolder one = [] {
    const std::filesystem::path root = std::filesystem::temp_directory_path() / "updraft-web-fuzz";
    std::filesystem::create_directories(root / "www");
    std::ofstream(root / "www" / "a") << kFile;
    std::ofstream(root / "secret") << "s3cret";
    return linux_port::WebFolder(root / "www");
  }();
  return one;
}

std::string talk(Bytes wire, std::size_t piece) {
  linux_port::WebServerLink link(folder());
  std::string said;
  std::array<std::byte, 512> room;
  Instant now{};
  const auto listen = [&] {
    while (const std::size_t size = link.write_to(room)) said += as_text(Bytes(room).first(size));
  };
  link.on_connected(now);
  for (Bytes rest = wire; !rest.empty() && link.phase() == link::Phase::open;) {
    const Bytes part = at_most(rest, piece);
    rest = rest.subspan(part.size());
    link.on_bytes(part, now);
    listen();
    link.on_waiting(now);
  }
  for (int i = 0; link.phase() == link::Phase::open; ++i) {
    check(i < 8, "silence ends a connection");
    now = std::max(now, *link.deadline());
    link.on_deadline(now);
    listen();
  }
  return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes wire = fuzz::input(data, size).subspan(1);
  const std::string said = talk(wire, data[0] % 64 + 1u);
  check(said.empty() || said.starts_with("HTTP/1.1 "), "what it says are answers");
  check(said.find("s3cret") == said.npos, "nothing from outside the folder");
  if (wire.size() <= linux_port::kWebHeadBytes) {
    check(said == talk(wire, wire.size() + 1), "pieces make no difference");
  }
  return 0;
}
