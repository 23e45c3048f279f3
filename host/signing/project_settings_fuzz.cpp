// Settings files of any content: all that a package needs, or a sentence.
#include <fstream>

#include <fmt/format.h>

#include "host/desk/trouble.hpp"
#include "host/signing/project_settings.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/temporary_file.hpp"

namespace updraft::fuzz {
namespace {

host::ProjectSettings settings_of(const std::string& content) {
  std::ofstream(temporary_file(), std::ios::binary | std::ios::trunc) << content;
  return host::read_settings(temporary_file());
}

// In quotes, as TOML asks for: what is no plain character is an escape.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    const bool plain = code >= 0x20 && code != 0x7F && c != '"' && c != '\\';
    out += plain ? std::string(1, c) : fmt::format("\\u{:04X}", code);
  }
  return out + '"';
}

void expect_the_same(const host::ProjectSettings& settings) {
  std::string keys;
  for (const std::string& key : settings.keys) keys += quoted(key) + ",";
  const host::ProjectSettings again =
      settings_of(fmt::format("vendor={}\nproduct={}\nhardware={}\n", quoted(settings.vendor),
                              quoted(settings.product), quoted(settings.hardware)) +
                  (keys.empty() ? "" : fmt::format("key=[{}]\n", keys)));
  check(again.vendor == settings.vendor && again.product == settings.product &&
            again.hardware == settings.hardware,
        "written again it is the same product");
  check(again.keys == settings.keys, "and the same keys, which are whole paths now");
}

void run(Bytes input) {
  host::ProjectSettings settings;
  try {
    settings = settings_of(std::string(as_text(input)));
  } catch (const host::Trouble& trouble) {
    check(std::string_view(trouble.what()).starts_with(temporary_file()),
          "a refusal says which file, and why");
    return;
  }
  check(!settings.vendor.empty() && !settings.product.empty() && !settings.hardware.empty(),
        "nothing is missing");
  check(settings.keys.size() <= host::kMostSettingsKeys, "no more keys than a package takes");
  for (const std::string& key : settings.keys) {
    check(key.starts_with('/'), "a key is found from anywhere");
  }
  expect_the_same(settings);
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
