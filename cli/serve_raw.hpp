// `updraft serve --raw`: the file as one stream, encrypted where a key is given.
#pragma once
#include <optional>

#include "cli/serve_door.hpp"
#include "cli/words/cipher_options.hpp"

namespace updraft::cli {

class RawServeDoor final : public ServeDoor {
 public:
  const Protocol& protocol() const override { return kRaw; }
  std::string title() const override { return "raw TCP"; }
  void add_options(CLI::App& command) override { add_cipher_options(command, options_); }
  void check(std::uint64_t file_bytes, const std::vector<std::string>& others) override;
  std::unique_ptr<Served> serve(link::Source& source) override;

 private:
  CipherOptions options_;
  std::optional<link::RawCipher> cipher_;
};

}  // namespace updraft::cli
