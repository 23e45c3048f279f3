#include "cli/signing/everyday.hpp"

#include <fmt/format.h>

#include "cli/signing/ask_settings.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "engine/format/chip.hpp"
#include "engine/format/image.hpp"
#include "host/signing/project_settings.hpp"
#include "host/signing/sequence_file.hpp"

namespace updraft::cli {
namespace {

constexpr std::uint8_t kImageMagic = 0xE9;
constexpr std::size_t kChipAt = 12;  // in the image header (spec/esp32.md section 1.1)

constexpr std::string_view kSettings =
    "  vendor = \"example.com\"\n"
    "  product = \"lamp\"\n"
    "  hardware = \"1\"\n"
    "  key = \"release.pem\"\n";

// What to do where no settings say what was not named.
Stop nobody_says(const std::string& file, const char* what, const char* option) {
  return {kUsage,
          fmt::format("{}: {} is not known, as there is no {} in its folder or above. Name {}, or "
                      "write these lines there, with your own names:",
                      file, what, host::kSettingsName, option),
          kSettings};
}

std::string chip_of(Bytes image, const std::string& file) {
  const bool is_image = image.size() > kChipAt + 1 && load_u8(image, 0) == kImageMagic;
  const format::Chip* const chip =
      is_image ? format::find_chip(load_le16(image, kChipAt)) : nullptr;
  if (chip != nullptr) return std::string(chip->name);
  throw Stop(kRefused, file + " does not say for which chip it is; name --product");
}

// Devices of one chip's class refuse another chip's image; nobody wants such a package but a test.
void warn_of_another_chip(const std::string& product, Bytes image, const std::string& file) {
  const std::string_view names(product);
  const std::size_t end = names.rfind('/');
  const std::size_t before = end == names.npos || end == 0 ? names.npos : names.rfind('/', end - 1);
  if (before == names.npos) return;
  const std::string_view named = names.substr(before + 1, end - before - 1);
  const bool is_image = image.size() > kChipAt + 1 && load_u8(image, 0) == kImageMagic;
  if (!is_image || format::find_chip(named) == nullptr) return;
  const format::Chip* const chip = format::find_chip(load_le16(image, kChipAt));
  if (chip == nullptr || chip->name == named) return;
  Output::warn(fmt::format("{} is for {}, and --product names {}: no device will take it", file,
                           chip->name, named));
}

}  // namespace

SignedPackage sign_package(const SignWith& with, const ToSign& what) {
  auto settings = host::find_settings(what.file);
  const bool all_named = !with.product.empty() && !with.signer.keys.empty() && with.sequence;
  if (!settings && !all_named) {
    settings = ask_settings(what.file, with.signer.keys.empty() ? "" : with.signer.keys.front());
  }
  SignedPackage made{.bytes = {}, .product = with.product, .sequence = 0, .signers = {}};
  if (made.product.empty()) {
    if (!settings) throw nobody_says(what.file, "the product", "--product");
    made.product = settings->product_on(chip_of(what.image, what.file));
  }
  warn_of_another_chip(made.product, what.image, what.file);
  SignerOptions signer = with.signer;
  if (signer.keys.empty() && settings) signer.keys = settings->keys;
  if (signer.keys.empty()) {
    throw settings ? Stop(kUsage, settings->file.string() + " names no key; add one, or name --key")
                   : nobody_says(what.file, "the key", "--key");
  }
  std::optional<host::SequenceFile> numbers;
  if (settings) numbers.emplace(settings->file);
  if (with.sequence) {
    made.sequence = *with.sequence;
  } else if (numbers) {
    made.sequence = numbers->next();
  } else {
    throw nobody_says(what.file, "the release's number", "--sequence");
  }
  const std::vector<host::Signer> signers = read_signers(signer);
  made.bytes = make_app_package(
      host::read_product(made.product), made.sequence,
      {what.transfer, what.image, what.index, what.beside, what.data, what.rescue});
  for (const host::Signer& each : signers) {
    made.bytes = host::attach(made.bytes, each.point, each.sign(host::package_message(made.bytes)));
    made.signers.push_back(hex(host::kid_of(each.point)));
  }
  if (numbers) numbers->signed_as(made.sequence);
  return made;
}

boost::json::object signed_event(const SignedPackage& package) {
  boost::json::array signers;
  for (const std::string& kid : package.signers) signers.push_back(boost::json::string(kid));
  return {{"event", "signed"},
          {"bytes", package.bytes.size()},
          {"product", package.product},
          {"sequence", package.sequence},
          {"signed_by", std::move(signers)}};
}

}  // namespace updraft::cli
