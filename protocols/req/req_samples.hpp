// What the package request tests say: packages of any file, whole or spoiled.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "protocols/req/req_head.hpp"
#include "tests/fakes/raw_samples.hpp"

namespace updraft::link::samples {

inline constexpr std::size_t kReqFile = 8000;  // the example of req-resend.md section 2
inline constexpr std::size_t kReqPackages = 16;

// A head with these words in place of the numbers, as a server that follows the rules writes it.
inline std::string req_head(const std::string& total, const std::string& length) {
  return "total: " + total + "\r\nlength: " + length + "\r\n\r\n";
}

inline std::string text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::vector<std::byte> bytes(std::string_view text) {
  return {as_bytes(text).begin(), as_bytes(text).end()};
}

// The package of `file` that begins at `at`.
inline std::string req_package(Bytes file, std::size_t at, std::size_t most = 512) {
  const Bytes data = file.subspan(at, std::min(most, file.size() - at));
  return req_head(std::to_string(file.size()), std::to_string(data.size())) + text(data);
}

// All packages of `file`, one after the other.
inline std::vector<std::string> req_packages(Bytes file, std::size_t most = 512) {
  std::vector<std::string> packages;
  for (std::size_t at = 0; at < file.size(); at += most) {
    packages.push_back(req_package(file, at, most));
  }
  return packages;
}

}  // namespace updraft::link::samples
