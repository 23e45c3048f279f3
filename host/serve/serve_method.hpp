// Serving a file to devices by one protocol.
#pragma once
#include <memory>
#include <utility>

#include "updraft/link.hpp"
#include "updraft/protocols.hpp"

#include "protocols/link/source.hpp"

namespace updraft::host {

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

class ServeMethod {
 public:
  virtual ~ServeMethod() = default;
  virtual const Protocol& protocol() const = 0;
  // For one device; the source, and this, outlive it.
  virtual std::unique_ptr<Served> serve(link::Source& source) = 0;
};

}  // namespace updraft::host
