// A pre-encrypted image on a desk: what its head says, and what is inside.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "engine/format/sealed_keys.hpp"

namespace updraft::cli {

struct SealedReport {
  Result<format::Seal> scheme = format::Seal::rsa;  // or what is wrong with the head
  std::uint64_t file_bytes = 0;
  std::uint32_t length = 0;                               // of the content, as the head says
  bool has_key = false;                                   // for this scheme
  std::optional<Result<std::vector<std::byte>>> content;  // only with a key
  bool valid() const;
};

// `keys` may be nullptr.
SealedReport report_sealed(Bytes file, format::SealedKeys* keys);
boost::json::object to_json(const SealedReport& report);
std::vector<std::string> to_lines(const SealedReport& report);

// "RSA-3072", "ECIES P-256"
std::string_view long_name(format::Seal scheme);

}  // namespace updraft::cli
