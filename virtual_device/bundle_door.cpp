#include "virtual_device/bundle_door.hpp"

#include "protocols/bundle/bundle_device.hpp"
#include "protocols/bundle/bundle_installer.hpp"

namespace updraft::device {
namespace {

// What all connections share.
struct Installing {
  Installing(const DoorContext& around, std::string_view secret)
      : context(around),
        password(secret),
        installer(context.updater, context.files, context.policy, context.parts),
        list_memory(link::kBundleMetaBytes),
        shared(list_memory) {}

  const DoorContext& context;
  std::string_view password;
  BundleInstaller installer;
  std::vector<std::byte> list_memory;
  link::ReservedBundleShared shared;
};

class BundleConnection final : public linux_port::Connection {
 public:
  explicit BundleConnection(Installing& installing) : installing_(installing) {}
  link::Link& link() override { return *device_; }
  void connected(const std::string&) override {
    device_.emplace(installing_.installer, installing_.shared,
                    link::BundleDevice::Config{.password = installing_.password, .from = origin});
  }
  void closed(const Result<>& outcome) override {
    if (!device_->attempted()) installing_.context.stranger();
    installing_.context.ended(outcome);
  }

 private:
  Installing& installing_;
  std::optional<link::BundleDevice> device_;
};

class BundlePort final : private Installing, public TcpPort {
 public:
  BundlePort(const DoorContext& around, const Listening& listening, std::uint16_t port,
             const KeptNumbers& kept, std::string_view secret)
      : Installing(around, secret), TcpPort(around, listening, port, kept, [this] {
          return std::make_unique<BundleConnection>(static_cast<Installing&>(*this));
        }) {}
};

}  // namespace

void BundleDoor::add_options(CLI::App& command) {
  command.add_option("--bundle", port_, "files and firmware, with a password; 0: any free port")
      ->type_name("PORT");
  password_.add_options(command, "bundle");
}

std::unique_ptr<OpenDoor> BundleDoor::open(const DoorContext& context, const KeptNumbers& kept) {
  return std::make_unique<BundlePort>(context, listening_by(kBundle, context), *port_, kept,
                                      secret_);
}

}  // namespace updraft::device
