// updraft serve: devices fetch a firmware file from here.
#include <cstring>

#include <fmt/format.h>

#include "updraft/link/raw_sender.hpp"

#include "cli/cipher_options.hpp"
#include "cli/command.hpp"
#include "cli/files.hpp"
#include "cli/image_report.hpp"
#include "cli/text.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::cli {
namespace {

constexpr std::size_t kServedAtOnce = 64;

struct ServeOptions {
  std::string file;
  std::string listen = "0.0.0.0";
  std::optional<std::uint16_t> raw;
  CipherOptions cipher;
  bool once = false;
  bool json = false;
};

class Serve {
 public:
  Serve(const ServeOptions& options, Bytes file)
      : options_(options), out_(options.json), file_(file), cipher_(read_cipher(options.cipher)) {}

  int run() {
    const Result<std::uint16_t> port = reactor_.listen(
        options_.listen, *options_.raw, [this] { return std::make_unique<Client>(*this); },
        {.max_connections = kServedAtOnce});
    if (!port) {
      throw Stop(kFailed,
                 fmt::format("cannot listen on {} port {}: {}", options_.listen, *options_.raw,
                             std::strerror(static_cast<int>(port.error().found))));
    }
    out_.event(
        {{"event", "listening"}, {"scheme", "raw"}, {"address", options_.listen}, {"port", *port}});
    out_.item("listening", fmt::format("raw://{}:{}, {} for every device that connects",
                                       options_.listen, *port, human_bytes(file_.size())));
    reactor_.on_signal([this](int) { reactor_.stop(); });
    reactor_.run();
    return status_;
  }

 private:
  class Client final : public ports::Connection {
   public:
    explicit Client(Serve& serve)
        : serve_(serve),
          source_(serve.file_),
          sender_(source_, serve.cipher_ ? &*serve.cipher_ : nullptr) {}
    link::Link& link() override { return sender_; }
    void connected(const std::string& peer) override {
      peer_ = peer;
      serve_.out_.event({{"event", "client"}, {"peer", peer}});
      serve_.out_.item("client", peer);
    }
    void closed(const Result<>& outcome) override { serve_.ended(peer_, outcome); }

   private:
    Serve& serve_;
    link::MemorySource source_;
    link::RawSender sender_;
    std::string peer_;
  };

  void ended(const std::string& peer, const Result<>& outcome) {
    boost::json::object event = result_event(outcome);
    event["peer"] = peer;
    out_.event(event);
    out_.item(outcome ? "sent" : "failed",
              outcome ? peer + " took all of it" : peer + ": " + explain(outcome.error()));
    if (!options_.once) return;
    status_ = outcome ? kOk : status_of(outcome.error());
    reactor_.stop();
  }

  const ServeOptions& options_;
  Output out_;
  Bytes file_;
  std::optional<link::RawCipher> cipher_;
  ports::Reactor reactor_;
  int status_ = kOk;
};

int run(const ServeOptions& options) {
  if (!options.raw) throw Stop(kUsage, "say where to serve: --raw PORT");
  const std::vector<std::byte> file = read_file(options.file);
  if (file.empty()) throw Stop(kRefused, options.file + " is empty");
  if (const ImageReport report = report_image(file); !report.verdict) {
    Output::warn(options.file + ": " + explain(report.verdict.error()));
  }
  return Serve(options, file).run();
}

}  // namespace

void add_serve(CLI::App& app, int& status) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App* command = app.add_subcommand("serve", "Let devices fetch firmware from here.");
  command->add_option("FILE", options->file, "the image; - for standard input")->required();
  command->add_option("--raw", options->raw, "raw TCP on this port; 0: any free one");
  command->add_option("--listen", options->listen, "address to listen on")->capture_default_str();
  add_cipher_options(*command, options->cipher);
  command->add_flag("--once", options->once, "stop after one device");
  command->add_flag("--json", options->json, "one object per line");
  command->footer(
      "Examples:\n"
      "  updraft serve build/app.bin --raw 18000\n"
      "  updraft device --state my-device --pull raw://127.0.0.1:18000 --allow-unsigned\n");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace updraft::cli
