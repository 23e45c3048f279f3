#include "engine/parts/part.hpp"

namespace updraft::parts {
namespace {

constexpr std::string_view kFs = "fs";
constexpr std::uint8_t kDataPhy = 0x01, kDataEfuse = 0x05;
constexpr std::uint8_t kFirstOwnType = 0x40;

bool is_label(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '/';
  });
}

bool is_file_system(const Part& part) {
  return part.kind == Kind::littlefs || part.kind == Kind::spiffs || part.kind == Kind::fat;
}

Failure refuse(Code code) { return fail(code, Where::gate); }

}  // namespace

bool may_be_target(const format::Partition& partition) {
  const std::string_view label = partition.label.view();
  if (partition.readonly() || !is_label(label)) return false;
  if (label == "updraft" || label == "guard" || label == kStaging) return false;
  const auto type = static_cast<std::uint8_t>(partition.type);
  if (type >= kFirstOwnType && partition.type != format::PartitionType::end) return true;
  if (partition.type != format::PartitionType::data) return false;
  switch (partition.subtype) {
    case format::kDataOta:
    case kDataPhy:
    case format::kDataCoredump:
    case format::kDataNvsKeys:
    case kDataEfuse:
    case format::kDataTeeOta:
      return false;
    case format::kDataNvs:
      return label != "nvs";  // the live one
    default:
      return true;
  }
}

Text<kTargetChars> target_name(const Part& part) {
  std::array<char, kTargetChars> room{};
  char* at = std::ranges::copy(std::string_view("fs:"), room.data()).out;
  at = std::ranges::copy(part.label.view(), at).out;
  return Text<kTargetChars>(std::string_view(room.data(), at));
}

Result<std::uint8_t> find_target(std::span<const Part> parts, std::string_view name,
                                 std::string_view usual) {
  if (name == "app") return kApp;
  const bool alone = name == kFs;
  if (!alone && !name.starts_with("fs:")) return refuse(Code::no_partition);
  const std::string_view label = alone ? usual : name.substr(3);
  std::uint8_t found = kApp;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    const bool fits =
        label.empty() ? part.target && is_file_system(part) : part.label.view() == label;
    if (!fits) continue;
    if (!part.target) return refuse(Code::wrong_target);
    if (found != kApp) return refuse(Code::which_partition);
    found = static_cast<std::uint8_t>(i + 1);
  }
  if (found == kApp) return refuse(Code::no_partition);
  return found;
}

std::string_view pair_name(const format::Partition& first, const format::Partition& second) {
  const std::string_view a = first.label.view(), b = second.label.view();
  const bool alike = first.type == second.type && first.subtype == second.subtype &&
                     first.size == second.size && a.size() == b.size();
  if (!alike || !a.ends_with("_0") || !b.ends_with("_1")) return {};
  const std::string_view name = a.substr(0, a.size() - 2);
  return name == b.substr(0, b.size() - 2) ? name : std::string_view{};
}

}  // namespace updraft::parts
