// Describes an application image, for `inspect`, `image verify` and `push`.
#pragma once
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "engine/format/image_verifier.hpp"

namespace updraft::cli {

struct ImageReport {
  format::ImageInfo info;
  Result<> verdict;                             // as a device would judge it
  std::vector<format::SegmentHeader> segments;  // as far as they could be followed
  std::uint64_t file_bytes = 0;
};

ImageReport report_image(Bytes file, const format::ImageExpectation& expectation = {});

// "demo 1.1.0, esp32c3, 5f82e316d434907d": how an image is named in one line.
std::string image_title(const format::ImageInfo& info);

// For commands that will not judge: a warning if `file` is neither a valid image nor something
// that an image is wrapped in; `all_the_same` says that they go on.
void warn_if_odd(Bytes file, const std::string& name, std::string_view all_the_same);

// What an image says about itself.
boost::json::object image_json(const format::ImageInfo& info);
boost::json::object to_json(const ImageReport& report);
std::vector<std::string> to_lines(const ImageReport& report);

}  // namespace updraft::cli
