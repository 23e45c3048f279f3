// An Updater on a fake chip, for tests of what it does: images come to it over raw TCP, which the
// policy lets in.
#pragma once
#include <gtest/gtest.h>

#include "updraft/updater.hpp"

#include "engine/update/test_send.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"

namespace updraft {

inline std::vector<std::byte> image(const char* version, std::size_t size = 64 * 1024) {
  sim::DemoImage demo;
  demo.version = version;
  demo.size = size;
  return sim::make_image(demo);
}

class UpdaterBench : public testing::Test {
 protected:
  UpdaterBench() { policy.allow_unsigned(kRaw); }

  Result<Taken> send(Bytes payload, std::size_t step = 4096, std::uint64_t announced = 0) {
    return send_in_pieces(updater, payload, step, {.scheme = kRaw, .size = announced});
  }

  fakes::FakeBootControl boot;
  fakes::RamFlash journal_flash{8192, std::byte{0xFF}};
  UpdateMemory memory{journal_flash};
  Policy policy;
  fakes::EventLog log;
  Updater updater{boot, &memory, policy, log};
};

}  // namespace updraft
