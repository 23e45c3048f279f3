// A chip whose application brings a KeySet.
#pragma once
#include "engine/signing/test_signed_bench.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {

struct SignedChip : ServiceBench {
  explicit SignedChip(const char* table = kLedgers) : ServiceBench(table) { bring(key_set); }
  void bring(const Image& set) {
    config.keyset = reinterpret_cast<const std::uint8_t*>(set.data());
    config.keyset_size = set.size();
    config.vendor_id = reinterpret_cast<const std::uint8_t*>(desk.product.vendor.data());
    config.class_id = reinterpret_cast<const std::uint8_t*>(desk.product.class_id.data());
  }
  void bring_none() {
    config.keyset = config.vendor_id = config.class_id = nullptr;
    config.keyset_size = 0;
  }
  void confirm() {
    service->trial().ask_to_confirm();
    (void)service->turn(Millis{0});
  }
  SignedUpdates& signing() { return static_cast<SignedUpdates&>(*service->policy().signing); }

  Desk& desk = Desk::shared();
  Image key_set = desk.key_set(1, desk.release_key);
  Image next = make_image("2.0.0");
};

}  // namespace updraft::esp_idf
