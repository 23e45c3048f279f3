#include "cli/signing/signing_options.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "updraft/policy.hpp"

#include "cli/words/files.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "engine/format/image_verifier.hpp"
#include "host/signing/package_check.hpp"
#include "host/signing/signer_command.hpp"
#include "host/signing/unpacked.hpp"

namespace updraft::cli {
namespace {

std::uint64_t leading_number(std::string_view& text) {
  constexpr std::uint64_t kMost = 1'000'000'000;  // no version has more, and nothing overflows
  std::uint64_t number = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9' && number < kMost) {
    number = number * 10 + static_cast<std::uint64_t>(text.front() - '0');
    text.remove_prefix(1);
  }
  return number;
}

std::vector<std::byte> read_of_class(const std::string& file, PayloadClass wanted,
                                     const char* what) {
  std::vector<std::byte> bytes = host::read_suit_file(file);
  if (classify(at_most(bytes, kClassifyBytes)) == wanted) return bytes;
  throw Stop(kRefused, fmt::format("{} is no {}; updraft inspect says what it is", file, what));
}

}  // namespace

std::vector<std::byte> read_key_set_file(const std::string& file) {
  return read_of_class(file, PayloadClass::key_set, "KeySet");
}

std::vector<std::byte> read_package_file(const std::string& file) {
  return read_of_class(file, PayloadClass::signed_package, "package");
}

std::vector<std::byte> installed_image(Bytes transfer, const std::string& file,
                                       const std::string& image) {
  if (!image.empty()) return read_file(image);
  switch (classify(at_most(transfer, kClassifyBytes))) {
    case PayloadClass::image:
      return {transfer.begin(), transfer.end()};
    case PayloadClass::compressed: {
      auto content = host::unpacked(transfer);
      if (!content) throw Stop(content.error(), file + ": " + explain(content.error()));
      return std::move(*content);
    }
    case PayloadClass::delta:
    case PayloadClass::encrypted:
      throw Stop(kUsage, file +
                             " does not say what a device will have; a package of it does: "
                             "updraft sign FILE --image FULL-IMAGE");
    case PayloadClass::signed_package:
      throw Stop(kRefused, file + " is a signed package already; name the image that is in it");
    default:
      throw Stop(kRefused, file + " is no update; updraft inspect says what it is");
  }
}

std::vector<std::uint64_t> version_of(Bytes image) {
  format::ImageVerifier verifier{format::ImageExpectation{}};
  if (!verifier.push(image) || !verifier.info().has_descriptor) return {};
  std::vector<std::uint64_t> numbers;
  std::string_view text = verifier.info().app.version.view();
  if (text.starts_with('v')) text.remove_prefix(1);
  while (numbers.size() < 3 && !text.empty() && text.front() >= '0' && text.front() <= '9') {
    numbers.push_back(leading_number(text));
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return numbers;
}

void add_key_password_options(CLI::App& command, PasswordOptions& options) {
  options.takes_text = false;
  command
      .add_option("--password-file", options.file,
                  "its first line opens an encrypted key; default: $UPDRAFT_PASSWORD, else asked "
                  "for")
      ->type_name("FILE");
}

host::AskPassword ask_for(const PasswordOptions& options, const std::string& file) {
  return [options, file] { return read_password(options, Ask::yes, "the key in " + file); };
}

host::KeyFile read_key(const std::string& file, const PasswordOptions& options) {
  host::KeyFile key = host::read_key_file(file, ask_for(options, file));
  if (key.key) warn_if_others_can_read(file);
  return key;
}

void add_signer_command(CLI::App& command, SignerOptions& options) {
  command
      .add_option("--signer-cmd", options.command,
                  "command that reads what is to be signed, and writes the signature; --key is its "
                  "public key then")
      ->type_name("CMD");
}

std::vector<host::Signer> read_signers(const SignerOptions& options) {
  if (!options.command.empty() && options.keys.size() != 1) {
    throw Stop(kUsage, "--signer-cmd signs for one key: name its public half with --key");
  }
  std::vector<host::Signer> signers;
  for (const std::string& file : options.keys) {
    const host::KeyFile key = read_key(file, options.password);
    if (!options.command.empty()) {
      signers.push_back({key.point, [command = options.command](Bytes message) {
                           return host::sign_by_command(command, message);
                         }});
    } else if (key.key) {
      signers.push_back(host::signer_of(*key.key));
    } else {
      throw Stop(kUsage, file +
                             " is a public key; the private one signs, or a command of yours "
                             "(--signer-cmd)");
    }
  }
  return signers;
}

void add_make_options(CLI::App& command, MakeOptions& options) {
  command.add_option("IMAGE", options.file, "the image, plain, compressed, a patch or encrypted")
      ->required();
  command.add_option("--product", options.product, "who it is for: " + std::string(kProductForm))
      ->type_name("NAMES");
  command
      .add_option("--image", options.image, "the full image, where IMAGE is a patch or encrypted")
      ->type_name("FILE");
  command.add_flag("--no-index", options.no_index,
                   "without digests of chunks: nothing can be checked on the way");
  command
      .add_flag("--apart", options.apart,
                "image and index in files beside the package, for web servers: a device that was "
                "cut off, or has parts of it, fetches only what it lacks")
      ->excludes("--no-index");
  command.add_option("-o,--output", options.out, "package to write")->type_name("PKG");
}

void check_sequence(std::uint64_t sequence) {
  if (sequence <= suit::kMaxSequence) return;
  throw Stop(kUsage, "--sequence: want a number from 0 to 9007199254740991");
}

host::BesideSpec names_beside(const MakeOptions& options, const std::string& out) {
  if (!options.apart) return {};
  if (options.file == "-") throw Stop(kUsage, "--apart: want a file, whose name the package has");
  const std::filesystem::path package(out);
  return {.transfer = std::filesystem::path(options.file).filename().string(),
          .index = std::filesystem::path(package).replace_extension(".ix").filename().string()};
}

void write_beside(const MakeOptions& options, const std::string& out, Bytes transfer) {
  const host::BesideSpec names = names_beside(options, out);
  if (names.transfer.empty()) return;
  const std::filesystem::path folder = std::filesystem::path(out).parent_path();
  write_file((folder / names.index).string(), host::chunk_index(transfer));
  const std::filesystem::path image = folder / names.transfer;
  std::error_code none;
  if (!std::filesystem::equivalent(image, options.file, none)) {
    write_file(image.string(), transfer);
  }
}

std::vector<std::byte> make_app_package(const host::Product& product, std::uint64_t sequence,
                                        const AppPackage& app) {
  check_sequence(sequence);
  host::PackageSpec spec{
      .components = {}, .sequence = sequence, .version = version_of(app.image), .index = app.index};
  if (!app.image.empty()) {
    spec.components.push_back({app.rescue ? host::rescue_component() : host::app_component(),
                               product, app.image, app.transfer, app.beside});
  }
  if (app.data != nullptr) add_components(spec.components, product, *app.data);
  return host::make_package(spec);
}

}  // namespace updraft::cli
