// A device that answers anything, to the bundle client. Checks that the client says its words in
// order and never ahead of an answer, and that success means all of them.
//
// Input: byte 0: the size of the stream. Then a LinkScript.
#include "protocols/bundle/bundle_host.hpp"
#include "tests/fuzz/link_script.hpp"

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::string_view kMetadata = R"({"compressed_size": 1, "files": []})";
  constexpr std::size_t kLogin = 64;
  const std::string stream(data[0] * std::size_t{13}, 's');
  const std::string after_login = "        35" + std::string(kMetadata) + stream;
  MemorySource source(as_bytes(stream));
  BundleHost host("hunter2", as_bytes(kMetadata), source);
  std::string words;
  const auto said = [&](Bytes bytes) {
    words.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    check(words.size() <= kLogin + after_login.size(), "no more than there is to say");
  };
  fuzz::LinkScript script(host, fuzz::input(data, size).subspan(1), kBundleResultMs, said);
  script.run();
  if (words.size() > kLogin) {
    check(after_login.starts_with(words.substr(kLogin)), "its words in order, each once");
    check(script.sent() >= 8 + 2, "nothing but the login before an OK");
  }
  check(words.empty() || script.sent() >= 8, "nothing before a challenge");
  check(host.sent() <= stream.size(), "progress is what was sent");
  if (host.outcome()) check(words.size() == kLogin + after_login.size(), "success is all of it");
  return 0;
}
