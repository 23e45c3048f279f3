// What the commands that sign have in common.
#pragma once
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/signing/data_files.hpp"
#include "cli/words/password.hpp"
#include "host/signing/package_maker.hpp"

namespace updraft::cli {

// The password of an encrypted key; asked for where one is.
void add_key_password_options(CLI::App& command, PasswordOptions& options);
host::AskPassword ask_for(const PasswordOptions& options, const std::string& file);

// Of a key file, with a warning where a private one can be read by others.
host::KeyFile read_key(const std::string& file, const PasswordOptions& options);

// A file that has to be a KeySet, or a package. Throws Stop where it is something else.
std::vector<std::byte> read_key_set_file(const std::string& file);
std::vector<std::byte> read_package_file(const std::string& file);

// Who signs: the private keys of these files; or, with a command, the one public key that it signs
// for.
struct SignerOptions {
  std::vector<std::string> keys;
  std::string command;
  PasswordOptions password;
};
void add_signer_command(CLI::App& command, SignerOptions& options);
// Throws Stop: a public key without a command, a command for several keys.
std::vector<host::Signer> read_signers(const SignerOptions& options);

// What a package is made of, besides the options that say for whom and which release.
struct MakeOptions {
  std::string file;
  std::string image;  // the full image, where `file` is a patch or encrypted
  std::string product;
  bool no_index = false;
  bool apart = false;   // the image stands beside the package
  bool rescue = false;  // the image is that of the rescue app
  std::string out;
};
void add_make_options(CLI::App& command, MakeOptions& options);

// What a device will have in its slot after `transfer`, the content of `file`; of what does not say
// so itself, the content of `image`. Throws Stop.
std::vector<std::byte> installed_image(Bytes transfer, const std::string& file,
                                       const std::string& image);

// How a package at `out` names its image `file` and the index, where they stand beside it; empty
// names where they do not. Throws Stop: `file` is no file.
host::BesideSpec names_beside(const MakeOptions& options, const std::string& out);
// Writes both there: before the package is, which points to them. An image that stands there
// already stays as it is.
void write_beside(const MakeOptions& options, const std::string& out, Bytes transfer);

// The package of an app, of data for partitions, or of both, not signed. `sequence` of the release.
// Throws Stop, host::Trouble.
struct AppPackage {
  Bytes transfer, image;  // as it is sent, and as it is installed; empty: no app
  bool index = true;
  host::BesideSpec beside = {};
  const std::vector<DataFile>* data = nullptr;  // nullptr: none
  bool rescue = false;                          // the image is that of the rescue app
};
std::vector<std::byte> make_app_package(const host::Product& product, std::uint64_t sequence,
                                        const AppPackage& app);
// "1.2.3" of an image, as far as it is numbers; only shown, never compared.
std::vector<std::uint64_t> version_of(Bytes image);
void check_sequence(std::uint64_t sequence);  // throws Stop: higher than there are

// "updraft.example/demo/esp32c3/1"; hex digits where they are ids.
inline constexpr const char* kProductForm = "VENDOR/PRODUCT/CHIP/HARDWARE";

}  // namespace updraft::cli
