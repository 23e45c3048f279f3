// `updraft serve` by one protocol: its options, and the machine that serves one device. One file
// for each protocol; cli/doors.cpp lists them. Each adds --NAME PORT.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>

#include "updraft/link.hpp"
#include "updraft/protocols.hpp"

#include "protocols/link/source.hpp"

namespace updraft::cli {

// The machine for one device, and how far it is.
class Served {
 public:
  virtual ~Served() = default;
  virtual link::Link& link() = 0;
  virtual std::uint64_t sent() = 0;
  virtual std::uint64_t total() = 0;
};

template <class Machine>
class ServedBy final : public Served {
 public:
  template <class... Arguments>
  explicit ServedBy(Arguments&&... arguments) : machine_(std::forward<Arguments>(arguments)...) {}
  link::Link& link() override { return machine_; }
  std::uint64_t sent() override { return machine_.sent(); }
  std::uint64_t total() override { return machine_.total(); }

 private:
  Machine machine_;
};

class ServeDoor {
 public:
  virtual ~ServeDoor() = default;
  virtual const Protocol& protocol() const = 0;
  virtual std::string title() const = 0;  // "raw TCP"
  virtual void add_options(CLI::App&) {}  // besides --NAME PORT
  // Before anything is opened, where its port is. `others`: that are opened as well. Throws Stop.
  virtual void check(std::uint64_t /*file_bytes*/, const std::vector<std::string>& /*others*/) {}
  virtual std::unique_ptr<Served> serve(link::Source& source) = 0;

  std::optional<std::uint16_t> port;  // 0: any free one; nullopt: not asked for
};

using ServeDoors = std::vector<std::unique_ptr<ServeDoor>>;

}  // namespace updraft::cli
