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

PackageParts unsigned_component(std::vector<std::byte> name, Bytes image, Bytes transfer,
                                const Id& class_id) {
  ComponentSpec one;
  one.name = std::move(name);
  one.product.class_id = class_id;
  one.image = image;
  one.transfer = transfer;
  PackageSpec spec;
  spec.components.push_back(std::move(one));
  return parts_of(make_package(spec), "the build");
}

}  // namespace

PackageParts parts_of(Bytes package, const std::string& file) {
  const suit::Envelope envelope = read(suit::read_envelope(package), file);
  const suit::Members members = read(suit::read_members(envelope, package), file);
  const suit::Manifest manifest = read(suit::read_manifest(envelope.manifest), file);
  const auto part_of = [&](const suit::Component& component) {
    PackageParts::Part part;
    if (component.fetch) part.index = payload(package, members, component.fetch->uri, file);
    part.transfer = payload(package, members, component.uri, file);
    return part;
  };
  PackageParts::Part first = part_of(manifest.components[0]);
  PackageParts parts{head_alone(package, members), std::move(first.index),
                     std::move(first.transfer)};
  for (const suit::Component& each : manifest.all().subspan(1)) {
    parts.more.push_back(part_of(each));
  }
  return parts;
}

PackageParts unsigned_parts(Bytes image, Bytes transfer, const Id& class_id) {
  return unsigned_component(app_component(), image, transfer, class_id);
}

PackageParts unsigned_data_parts(std::string_view label, Bytes data, const Id& class_id) {
  return unsigned_component(file_system_component(label), data, data, class_id);
}

}  // namespace updraft::host
