// A chip with the native push, and its owner's computer. TLS is whatever the seam has in the
// program; the sender's is OpenSSL.
#pragma once
#include <gtest/gtest.h>

#include "ports/esp_idf/native_door.hpp"
#include "tests/esp_idf/native_sender.hpp"
#include "tests/esp_idf/signed_chip.hpp"

namespace updraft::esp_idf {

// The line that the chip's console showed last.
inline std::string shown_line(const FakeChip& chip) {
  for (auto line = chip.log.rbegin(); line != chip.log.rend(); ++line) {
    const std::size_t at = line->find("updraft-pair:1:");
    if (at != line->npos) return line->substr(at, line->find('\'', at) - at);
  }
  return "";
}

inline std::size_t times_shown(const FakeChip& chip) {
  return static_cast<std::size_t>(std::ranges::count_if(
      chip.log, [](const std::string& line) { return line.find("updraft-pair:1:") != line.npos; }));
}

// Somebody has used the line that the door shows: it shows it no more.
inline bool is_paired() {
  std::array<char, link::kPairingTextBytes> room;
  return native_door()->pairing_line(room).empty();
}

struct NativeOnChip : testing::Test {
  bool has_logged(const char* text) {
    return std::ranges::any_of(
        bench.chip.log, [text](const std::string& line) { return line.find(text) != line.npos; });
  }
  explicit NativeOnChip(bool is_signed = false) {
    if (!is_signed) bench.bring_none();
    bench.config.native_port = free_port();
  }
  void start() {
    ASSERT_EQ(bench.start(), ESP_OK);
    if (pairing.id.view().empty()) pairing = link::parse_pairing(shown_line(bench.chip)).value();
  }
  host::PackageParts build(const Image& image) {
    return host::unsigned_parts(image, image, bench.desk.product.class_id);
  }
  // While the chip runs; what the sender returns.
  template <class Sender>
  std::string beside(Sender sender) {
    auto done = std::async(std::launch::async, sender);
    (void)bench.turn_until(
        [&] { return done.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
    return done.get();
  }
  std::string talk_by(const link::Pairing& with, link::NativeTask& task,
                      std::size_t most = SIZE_MAX) {
    return beside([&] { return talk(bench.config.native_port, with, task, most); });
  }
  std::string push(const host::PackageParts& parts, std::size_t most = SIZE_MAX) {
    link::NativePush task(package_of(parts), true);
    outcome = talk_by(pairing, task, most);
    data_bytes = task.data_bytes();
    return task.is_current() ? "current" : outcome;
  }
  std::string push(const Image& image) { return push(build(image)); }
  link::NativeAnswer ask(std::string_view method, std::string_view path) {
    link::NativeAsk task(method, path);
    outcome = talk_by(pairing, task);
    return task.answer();
  }
  // The restart that was asked for.
  void restart() {
    ASSERT_FALSE(bench.turn_until([] { return false; }));
    ASSERT_TRUE(bench.power_on());
    start();
  }

  SignedChip bench;
  link::Pairing pairing;
  std::uint64_t data_bytes = 0;
  std::string outcome;
};

}  // namespace updraft::esp_idf
