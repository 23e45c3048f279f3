// The stream of the programs that are linked for their size: what a socket driver of the chip would
// fill in, without one.
#pragma once
#include "ports/template/serve.hpp"

namespace updraft::rv32 {

class SilentStream final : public port_template::Stream {
 public:
  Instant now() override { return now_; }
  Heard wait(MutableBytes buffer, std::optional<Instant> until) override {
    if (until) now_ = *until;
    return {Event::bytes, buffer.size()};
  }
  bool send(Bytes) override { return true; }
  void finish_sending() override {}
  void close() override {}

 private:
  Instant now_{};
};

}  // namespace updraft::rv32
