#include "cli/signing/signing_options.hpp"

#include <fmt/format.h>

#include "updraft/policy.hpp"

#include "cli/words/files.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "engine/format/image_verifier.hpp"
#include "host/signing/unpacked.hpp"

namespace updraft::cli {
namespace {

// What a device will have in its slot.
std::vector<std::byte> installed_image(Bytes transfer, const MakeOptions& options) {
  if (!options.image.empty()) return read_file(options.image);
  switch (classify(at_most(transfer, kClassifyBytes))) {
    case PayloadClass::image:
      return {transfer.begin(), transfer.end()};
    case PayloadClass::compressed: {
      auto image = host::unpacked(transfer);
      if (!image) throw Stop(image.error(), options.file + ": " + explain(image.error()));
      return std::move(*image);
    }
    case PayloadClass::delta:
    case PayloadClass::encrypted:
      throw Stop(kUsage, options.file +
                             " does not say what a device will have; name the full "
                             "image with --image");
    default:
      throw Stop(kRefused, options.file + " is no update; updraft inspect says what it is");
  }
}

// "1.2.3" of the image, as far as it is numbers; only shown, never compared.
std::vector<std::uint64_t> version_of(Bytes image) {
  format::ImageVerifier verifier{format::ImageExpectation{}};
  if (!verifier.push(image) || !verifier.info().has_descriptor) return {};
  std::vector<std::uint64_t> numbers;
  std::string_view text = verifier.info().app.version.view();
  if (text.starts_with('v')) text.remove_prefix(1);
  while (numbers.size() < 3 && !text.empty() && text.front() >= '0' && text.front() <= '9') {
    std::uint64_t number = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9' && number < 1'000'000'000) {
      number = number * 10 + static_cast<std::uint64_t>(text.front() - '0');
      text.remove_prefix(1);
    }
    numbers.push_back(number);
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return numbers;
}

}  // namespace

void add_key_password_options(CLI::App& command, PasswordOptions& options) {
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

void add_make_options(CLI::App& command, MakeOptions& options) {
  command.add_option("IMAGE", options.file, "the image, plain, compressed, a patch or encrypted")
      ->required();
  command.add_option("--product", options.product, "who it is for: " + std::string(kProductForm))
      ->type_name("NAMES")
      ->required();
  command
      .add_option("--sequence", options.sequence,
                  "number of the release: higher than all before of this product")
      ->type_name("N")
      ->required();
  command
      .add_option("--image", options.image, "the full image, where IMAGE is a patch or encrypted")
      ->type_name("FILE");
  command.add_flag("--no-index", options.no_index,
                   "without digests of chunks: nothing can be checked on the way");
  command.add_option("-o,--output", options.out, "package to write")->type_name("PKG")->required();
}

std::vector<std::byte> make_package(const MakeOptions& options) {
  if (options.sequence > suit::kMaxSequence) {
    throw Stop(kUsage, "--sequence: at most 9007199254740991");
  }
  host::PackageSpec spec;
  spec.product = host::read_product(options.product);
  spec.sequence = options.sequence;
  spec.index = !options.no_index;
  const std::vector<std::byte> transfer = read_file(options.file);
  const std::vector<std::byte> image = installed_image(transfer, options);
  spec.transfer = transfer;
  spec.image = image;
  spec.version = version_of(image);
  return host::make_package(spec);
}

}  // namespace updraft::cli
