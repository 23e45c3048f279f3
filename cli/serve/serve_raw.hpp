// `updraft serve --raw`: the file as one stream, encrypted if a key is given.
#pragma once
#include "cli/serve/serve_door.hpp"
#include "cli/words/cipher_options.hpp"
#include "host/serve/raw_serve.hpp"

namespace updraft::cli {

class RawServeDoor final : public ServeDoor {
 public:
  host::ServeMethod& method() override { return serve_; }
  std::string title() const override { return "raw TCP"; }
  void add_options(CLI::App& command) override { add_cipher_options(command, options_); }
  void check(std::uint64_t file_bytes, const std::vector<std::string>& others) override;

 private:
  CipherOptions options_;
  host::RawServe serve_;
};

}  // namespace updraft::cli
