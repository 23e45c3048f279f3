#include "virtual_device/form_door.hpp"

#include <array>

#include <unistd.h>

#include "protocols/form/form_device.hpp"
#include "protocols/form/form_page.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "virtual_device/http_upload_door.hpp"

namespace updraft::device {
namespace {

// A machine that may ask for a restart, once its answer has gone.
class FormTaker final : public HttpTaker {
 public:
  FormTaker(const DoorContext& context, const std::optional<link::LinkCipher>& cipher,
            link::FormDevice::Config config)
      : context_(context) {
    if (cipher) config.decryptor = &decryptor_.emplace(*cipher);
    machine_.emplace(context.intake, context.steering, config);
  }
  link::HttpMachine& machine() override { return *machine_; }
  void closed() override {
    if (machine_->restarts()) context_.restart(ResetReason::remote);
  }

 private:
  const DoorContext& context_;
  std::optional<link::LinkDecryptor> decryptor_;
  std::optional<link::FormDevice> machine_;
};

class FormRoute final : public OpenDoor, private HttpRoute {
 public:
  FormRoute(const DoorContext& context, HttpServer& server,
            const std::optional<link::LinkCipher>& cipher, bool strict)
      : context_(context),
        server_(server),
        cipher_(cipher),
        strict_(strict),
        fill_(context.status()) {
    server.add(*this);
  }

 private:
  std::optional<link::HttpMark> claims(std::string_view method, std::string_view path,
                                       bool) const override {
    const bool posts = path == "/upload" || path == "/factory";
    const bool shows = path == "/" || path.empty() || posts;
    const bool reads = method == "GET" || method == "HEAD";
    if (!((method == "POST" && posts) || (reads && shows))) return std::nullopt;
    return reads ? link::HttpMark::header : link::HttpMark::origin;
  }
  std::unique_ptr<HttpTaker> open(const link::HttpRequest& request) override {
    if (request.method != "POST") return nullptr;
    Status status;
    fill_(status);
    factory_ = status.factory;
    return std::make_unique<FormTaker>(context_, cipher_,
                                       link::FormDevice::Config{.most = context_.most_data,
                                                                .login = server_.login(),
                                                                .factory = factory_.view(),
                                                                .strict = strict_,
                                                                .targets = context_.parts});
  }
  std::optional<linux_port::HttpReply> get(std::string_view) override {
    Status status;
    fill_(status);
    std::array<char, link::kFormPageBytes> room;
    const auto free_ram = static_cast<std::uint64_t>(sysconf(_SC_AVPHYS_PAGES)) *
                          static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return linux_port::HttpReply{
        .type = "text/html",
        .body = std::string(link::write_form_page(status, {.free_ram = free_ram}, room)),
        .policy = std::string(link::form_page_policy()),
        .referrer = std::string(link::kFormReferrer)};
  }

  const DoorContext& context_;
  HttpServer& server_;
  const std::optional<link::LinkCipher>& cipher_;
  bool strict_;
  std::function<void(Status&)> fill_;
  Text<16> factory_;
};

}  // namespace

void FormDoor::add_options(CLI::App& command) {
  CLI::Option* const form =
      command.add_flag("--form", form_, "esp32-ota's web form, on the ports of the page");
  command.add_flag("--form-strict", strict_, "the form answers 200 also where an update fails")
      ->needs(form);
  cipher_options_.add_options(command, "form");
}

void FormDoor::check() {
  check_opens(ports_, "--form");
  cipher_ = cipher_options_.read();
}

std::unique_ptr<OpenDoor> FormDoor::open(const DoorContext& context, const KeptNumbers&) {
  auto route = std::make_unique<FormRoute>(context, ports_.ports().server, cipher_, strict_);
  tell_listening(ports_, kForm, context);
  return route;
}

}  // namespace updraft::device
