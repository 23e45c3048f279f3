// One connection of a client that asks for anything to the package request server. Checks that
// every write is one whole package, the next one or the last one again, and no more of them than
// requests.
//
// Input: byte 0: the size of the file. Then a LinkScript.
#include "protocols/req/req_server.hpp"
#include "tests/fuzz/link_script.hpp"

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::vector<std::byte> file(data[0] * std::size_t{13});
  for (std::size_t i = 0; i < file.size(); ++i) file[i] = static_cast<std::byte>(i * 7 + i / 256);
  MemorySource source(file);
  ReqServer server(source);
  std::string last;
  std::size_t packages = 0, at = 0;
  const auto said = [&](Bytes words) {
    const std::string package(reinterpret_cast<const char*>(words.data()), words.size());
    ++packages;
    check(package.size() <= kReqWireBytes, "a package is one small write");
    if (package == last) return;
    last = package;
    const std::size_t head_size = package.find(kReqHeadEnd) + kReqHeadEnd.size();
    const auto head = parse_req_head(package.substr(0, head_size));
    check(head && head->total == file.size(), "a head that the client takes");
    const Bytes body = words.subspan(head_size);
    check(body.size() == head->length && body.size() <= kReqDataBytes, "a whole package");
    check(std::equal(body.begin(), body.end(), file.begin() + static_cast<std::ptrdiff_t>(at)),
          "the next bytes of the file");
    at += body.size();
  };
  fuzz::LinkScript script(server, fuzz::input(data, size).subspan(1), kReqIdleMs, said);
  script.run();
  check(packages <= script.sent() / kReqBytes, "nobody is answered who did not ask");
  check(server.sent() == at, "progress is what was sent");
  if (server.outcome()) check(at == file.size() && at > 0, "success is all of it");
  return 0;
}
