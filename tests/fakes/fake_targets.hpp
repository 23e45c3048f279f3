// The data partitions of a device, for tests of links: "web", a file system, and "certs".
#pragma once
#include "engine/parts/part.hpp"

namespace updraft::fakes {

class FakeTargets final : public parts::Targets {
 public:
  Result<std::uint8_t> find_target(std::string_view name) const override {
    return parts::find_target(kParts, name);
  }
  std::span<const parts::Part> parts() const override { return kParts; }
  bool goes_in_place(const parts::Part& part) const override { return part.in_place; }

 private:
  static inline const parts::Part kParts[] = {
      {.label = Text<parts::kLabel>(std::string_view("nvs")), .target = false},
      {.label = Text<parts::kLabel>(std::string_view("web")), .kind = parts::Kind::littlefs},
      {.label = Text<parts::kLabel>(std::string_view("certs"))},
  };
};

}  // namespace updraft::fakes
