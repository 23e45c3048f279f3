// What the commands that sign have in common.
#pragma once
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/words/password.hpp"
#include "host/signing/package_maker.hpp"

namespace updraft::cli {

// The password of an encrypted key; asked for where one is.
void add_key_password_options(CLI::App& command, PasswordOptions& options);
host::AskPassword ask_for(const PasswordOptions& options, const std::string& file);

// Of a key file, with a warning where a private one can be read by others.
host::KeyFile read_key(const std::string& file, const PasswordOptions& options);

// What a package is made of.
struct MakeOptions {
  std::string file;
  std::string image;  // the full image, where `file` is a patch or encrypted
  std::string product;
  std::uint64_t sequence = 0;
  bool no_index = false;
  std::string out;
};
void add_make_options(CLI::App& command, MakeOptions& options);
std::vector<std::byte> make_package(const MakeOptions& options);

// "updraft.example/demo/esp32c3/1"; hex digits where they are ids.
inline constexpr const char* kProductForm = "VENDOR/PRODUCT/CHIP/HARDWARE";

}  // namespace updraft::cli
