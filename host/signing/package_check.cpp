#include "host/signing/package_check.hpp"

#include <algorithm>
#include <filesystem>

#include "updraft/policy.hpp"

#include "engine/core/hex.hpp"
#include "host/desk/files.hpp"
#include "host/desk/trouble.hpp"
#include "host/signing/unpacked.hpp"

namespace updraft::host {
namespace {

Result<std::vector<std::byte>> part(Bytes package, const std::string& file,
                                    const suit::Members& members, std::string_view uri) {
  if (suit::is_integrated(uri)) {
    const auto found = suit::find_payload(package, members, uri);
    if (!found) return found.error();
    return std::vector<std::byte>(found->begin(), found->end());
  }
  const auto beside = std::filesystem::path(file).parent_path() / uri;
  std::error_code none;
  if (file == "-" || !std::filesystem::is_regular_file(beside, none)) {
    return fail(Code::payload_missing, Where::gate);
  }
  return read_file(beside);
}

// The image as it would be installed.
Result<> check_installed(const suit::Component& component, Bytes transfer, bool& unseen) {
  switch (classify(at_most(transfer, kClassifyBytes))) {
    case PayloadClass::encrypted:
    case PayloadClass::delta:
      unseen = true;
      return {};
    case PayloadClass::compressed: {
      const auto image = unpacked(transfer, std::min(component.size, kMostImage));
      if (!image) return image.error();
      return suit::check_image(component, *image);
    }
    default:
      return suit::check_image(component, transfer);
  }
}

Result<> check_component(Bytes package, const std::string& file, const suit::Members& members,
                         const suit::Component& component, bool& unseen) {
  std::vector<std::byte> index;
  if (component.fetch) {
    auto read = part(package, file, members, component.fetch->uri);
    if (!read) return read.error();
    index = std::move(*read);
  }
  const auto transfer = part(package, file, members, component.uri);
  if (!transfer) return transfer.error();
  UPDRAFT_TRY(suit::check_transfer(component, *transfer, index));
  return check_installed(component, *transfer, unseen);
}

Result<> check_content(Bytes package, const std::string& file, const suit::Package& read,
                       bool& unseen) {
  UPDRAFT_TRY(suit::check_payloads(package, read.members));
  for (const suit::Component& component : read.manifest.all()) {
    UPDRAFT_TRY(check_component(package, file, read.members, component, unseen));
  }
  return {};
}

}  // namespace

std::vector<std::byte> read_suit_file(const std::string& file) {
  std::vector<std::byte> bytes = read_file(file);
  if (!file.ends_with(".hex")) return bytes;
  std::string digits(as_text(bytes));
  std::erase_if(digits, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
  std::vector<std::byte> out(digits.size() / 2);
  if (digits.size() % 2 != 0 || !read_hex(digits, out)) {
    throw Trouble(Trouble::Kind::refused, file + " is not all hex digits, two for a byte");
  }
  return out;
}

Bytes app_in(Bytes file) {
  if (classify(at_most(file, kClassifyBytes)) != PayloadClass::signed_package) return file;
  const auto envelope = suit::read_envelope(file);
  if (!envelope) return file;
  const auto members = suit::read_members(*envelope, file);
  const auto manifest = suit::read_manifest(envelope->manifest);
  if (!members || !manifest) return file;
  const auto image = suit::find_payload(file, *members, manifest->components[0].uri);
  return image ? *image : file;
}

Checked check_package(Bytes package, const std::string& file, const suit::KeySet* keys,
                      const suit::DeviceState& device) {
  Checked checked{suit::open_package(package, keys), {}, false};
  checked.outcome = outcome_of(checked.package);
  if (checked.outcome) checked.outcome = suit::check_device(*checked.package, *keys, device);
  if (checked.outcome) {
    checked.outcome = check_content(package, file, *checked.package, checked.image_unseen);
  }
  return checked;
}

}  // namespace updraft::host
