#include "virtual_device/bundle_port.hpp"

namespace updraft::device {
namespace {

class BundleConnection final : public ports::Connection {
 public:
  BundleConnection(BundleIntake& intake, link::BundleShared& shared, const Options& options,
                   const BundlePort::Closed& on_closed)
      : device_(intake, shared, {.password = options.password}), on_closed_(on_closed) {}
  link::Link& link() override { return device_; }
  void closed(const Result<>& outcome) override { on_closed_(outcome); }

 private:
  link::BundleDevice device_;
  const BundlePort::Closed& on_closed_;
};

}  // namespace

BundlePort::BundlePort(ports::Reactor& reactor, Updater& updater, FileTransaction& files,
                       const Options& options, Closed closed)
    : reactor_(reactor),
      options_(options),
      closed_(std::move(closed)),
      installer_(updater, files, options.policy),
      list_memory_(link::kBundleMetaBytes),
      shared_(list_memory_) {}

Result<std::uint16_t> BundlePort::listen(std::uint16_t port) {
  return reactor_.listen(options_.listen, port, [this] {
    return std::make_unique<BundleConnection>(installer_, shared_, options_, closed_);
  });
}

}  // namespace updraft::device
