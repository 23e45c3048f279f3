#include "host/signing/package_parts.hpp"

#include <filesystem>

#include "engine/suit/package_content.hpp"
#include "host/desk/files.hpp"
#include "host/desk/trouble.hpp"

namespace updraft::host {
namespace {

constexpr std::size_t kMapAt = 2;  // behind the tag: how many members the envelope has
constexpr std::uint8_t kSmallMap = 0xA0, kSmallMaps = 0xE0;
constexpr std::size_t kLeastMembers = 2;

template <class T>
T read(Result<T> result, const std::string& file) {
  if (result) return *std::move(result);
  throw Trouble(Trouble::Kind::refused, file + ": " + std::string(sentence(result.error())));
}

std::vector<std::byte> payload(Bytes package, const suit::Members& members, std::string_view uri,
                               const std::string& file) {
  if (!suit::is_integrated(uri)) {
    const auto beside = std::filesystem::path(file).parent_path() / std::filesystem::path(uri);
    return read_file(beside.string());
  }
  const Bytes found = read(suit::find_payload(package, members, uri), file);
  return {found.begin(), found.end()};
}

std::vector<std::byte> head_alone(Bytes package, const suit::Members& members) {
  std::vector<std::byte> head(package.begin(),
                              package.begin() + static_cast<std::ptrdiff_t>(members.head));
  const std::size_t count = kLeastMembers + (members.text.empty() ? 0 : 1);
  if ((load_u8(head, kMapAt) & kSmallMaps) != kSmallMap) {
    throw Trouble(Trouble::Kind::refused, "the package has too many members");
  }
  head[kMapAt] = static_cast<std::byte>(kSmallMap + count);
  return head;
}

}  // namespace

PackageParts parts_of(Bytes package, const std::string& file) {
  const suit::Envelope envelope = read(suit::read_envelope(package), file);
  const suit::Members members = read(suit::read_members(envelope, package), file);
  const suit::Manifest manifest = read(suit::read_manifest(envelope.manifest), file);
  if (manifest.count != 1) {
    throw Trouble(Trouble::Kind::refused, file + " has more than an app; this device takes one");
  }
  const suit::Component& app = manifest.components[0];
  PackageParts parts;
  parts.head = head_alone(package, members);
  if (app.fetch) parts.index = payload(package, members, app.fetch->uri, file);
  parts.transfer = payload(package, members, app.uri, file);
  return parts;
}

PackageParts unsigned_parts(Bytes image, Bytes transfer, const Id& class_id) {
  ComponentSpec app;
  app.name = app_component();
  app.product.class_id = class_id;
  app.image = image;
  app.transfer = transfer;
  PackageSpec spec;
  spec.components.push_back(std::move(app));
  return parts_of(make_package(spec), "the build");
}

}  // namespace updraft::host
