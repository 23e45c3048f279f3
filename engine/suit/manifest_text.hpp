// The fixed text of a manifest between its blanks, for its reader and its writer alike
// (spec/suit.md section 2).
#pragma once
#include <cstddef>
#include <string_view>

namespace updraft::suit::text {

using namespace std::string_view_literals;

inline constexpr std::size_t kLeastMembers = 5;  // without version and release notes

inline constexpr auto kSequence = "\x01\x01\x02"sv;  // 1: 1, 2:
inline constexpr auto kCommon = "\x03"sv;
inline constexpr auto kVersion = "\x06"sv;
inline constexpr auto kValidate = "\x07"sv;
inline constexpr auto kInstall = "\x14"sv;
inline constexpr auto kTextDigest = "\x17\x82\x2f\x58\x20"sv;  // 23: [-16, bytes]

inline constexpr auto kComponents = "\xa2\x02"sv;  // {2:
inline constexpr auto kShared = "\x04"sv;
inline constexpr auto kSetComponent = "\x0c"sv;  // 12, and its number

// 20, {1: vendor, 2: class, 3: <<[-16, digest]>>, 14: size}, 1, 15, 2, 15
inline constexpr std::size_t kSharedItems = 6;
inline constexpr auto kVendor = "\x14\xa4\x01\x50"sv;
inline constexpr auto kClass = "\x02\x50"sv;
inline constexpr auto kImageDigest = "\x03\x58\x24\x82\x2f\x58\x20"sv;
inline constexpr auto kImageSize = "\x0e"sv;
inline constexpr auto kConditions = "\x01\x0f\x02\x0f"sv;

inline constexpr std::size_t kValidateItems = 2;
inline constexpr auto kImageMatches = "\x03\x0f"sv;

// 20, {21: uri, ? 25: <<fetch>>}, 21, 2, 3, 15
inline constexpr std::size_t kInstallItems = 6;
inline constexpr auto kSetParameters = "\x14"sv;
inline constexpr auto kUri = "\x15"sv;
inline constexpr auto kFetchArguments = "\x18\x19"sv;
inline constexpr auto kFetch = "\x15\x02\x03\x0f"sv;

// {1: transfer size, 2: [digest], 3: uri}
inline constexpr auto kTransfer = "\xa3\x01"sv;
inline constexpr auto kPages = "\x02"sv;
inline constexpr auto kIndexUri = "\x03"sv;

}  // namespace updraft::suit::text
