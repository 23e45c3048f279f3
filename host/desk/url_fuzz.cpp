// URLs as people type them: what is taken reads the same once it is written again, and holds
// nothing that could be taken for something else; all others get a sentence.
#include <cctype>

#include "host/desk/trouble.hpp"
#include "host/desk/url.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

bool is_visible(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return std::iscntrl(c & 255) != 0 || c == ' '; });
}

void expect_the_same(const host::Url& url) {
  const host::Url again = host::parse_url(url.text());
  check(again.scheme == url.scheme && again.word == url.word && again.tls == url.tls,
        "it means the same scheme");
  check(again.host == url.host && again.port == url.port && again.path == url.path,
        "and the same place");
  check(again.text() == url.text(), "and is written the same");
}

void run(Bytes input) {
  const std::string text(as_text(input));
  host::Url url;
  try {
    url = host::parse_url(text);
  } catch (const host::Trouble& trouble) {
    check(*trouble.what() != '\0', "a refusal has a sentence");
    return;
  }
  const bool serial = url.scheme->carrier == Carrier::serial;
  check(serial || (!url.host.empty() && url.port != 0), "a host and a port");
  check(serial || is_visible(url.host + url.path), "nothing that cannot be seen");
  expect_the_same(url);
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
