// A package in the parts that a device asks for one by one (spec/protocols/native.md section 2).
#pragma once
#include <string>
#include <vector>

#include "host/signing/package_maker.hpp"

namespace updraft::host {

struct PackageParts {
  std::vector<std::byte> head;      // alone: it counts no payloads
  std::vector<std::byte> index;     // empty: the package has none
  std::vector<std::byte> transfer;  // what is sent of the first component
  struct Part {
    std::vector<std::byte> index, transfer;
  };
  std::vector<Part> more = {};  // of the components behind it
};

// What the package does not have inside is read from beside `file`. Throws Trouble: no package, or
// a part is missing.
PackageParts parts_of(Bytes package, const std::string& file);

// Of a build that nobody signs: `image` as it is installed, `transfer` as it is sent, for devices
// of that class. Throws Trouble.
PackageParts unsigned_parts(Bytes image, Bytes transfer, const Id& class_id);
// The same of data for the partition of that label.
PackageParts unsigned_data_parts(std::string_view label, Bytes data, const Id& class_id);

}  // namespace updraft::host
