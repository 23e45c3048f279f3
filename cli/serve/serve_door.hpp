// `updraft serve` by one protocol: its options and what is printed; host/serve serves. One file for
// each protocol; cli/doors.cpp lists them. Each adds --NAME PORT.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "engine/crypto/digest.hpp"
#include "host/serve/serve_method.hpp"

namespace updraft::cli {

class ServeDoor {
 public:
  virtual ~ServeDoor() = default;
  // What serves, as the options say.
  virtual host::ServeMethod& method() = 0;
  virtual std::string title() const = 0;  // "raw TCP"
  virtual void add_options(CLI::App&) {}  // besides --NAME PORT
  // Before anything is opened, if its port is. `others`: that are opened as well. Throws Stop.
  virtual void check(std::uint64_t /*file_bytes*/, const std::vector<std::string>& /*others*/) {}
  // Before it listens on `address`: what it serves, as it was given. Throws Stop.
  virtual void open(const std::string& /*path*/, const std::string& /*address*/) {}
  virtual bool takes_folder() const { return false; }  // not one file only
  // What is told of it once it listens: "1.0 MiB for every device that connects".
  virtual std::string offers(std::uint64_t file_bytes) const;
  // Of its certificate, if it speaks TLS, and the file that it is in.
  virtual std::optional<crypto::Sha256Digest> fingerprint() const { return std::nullopt; }
  virtual std::string certificate() const { return ""; }
  const Protocol& protocol() { return method().protocol(); }

  std::optional<std::uint16_t> port;  // 0: any free one; nullopt: not asked for
};

using ServeDoors = std::vector<std::unique_ptr<ServeDoor>>;

}  // namespace updraft::cli
