// Which paths a bundle may name (protocols/bundle/SPEC.md section 8): relative, with / between
// components, 1 to 255 bytes; no component is empty, "." or ".."; no NUL or other control
// character, no backslash. The code that writes files checks again: nothing gets outside its root.
#pragma once
#include <string_view>

#include "updraft/result.hpp"

namespace updraft {

inline constexpr std::size_t kBundlePath = 255;  // bytes
// The one path that is no file: its content is an image and goes through the Updater.
inline constexpr std::string_view kBundleFirmware = "firmware.bin";

// What goes to a data partition: part/LABEL.bin.
inline constexpr std::string_view kBundlePart = "part/";
// The label in such a path; empty: it is another one.
std::string_view bundle_part(std::string_view path);

bool is_bundle_path(std::string_view path);

// True if both name the same file, or one names a directory that the other needs to be a file;
// letters count the same in upper and lower case, because some file systems do that.
bool bundle_paths_clash(std::string_view a, std::string_view b);

}  // namespace updraft
