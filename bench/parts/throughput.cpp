#include "bench/parts/throughput.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "bench/parts/large_image.hpp"
#include "engine/pipeline/image_stage.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/raw/raw_receiver.hpp"

namespace updraft::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kRuns = 5;
constexpr std::size_t kRead = 64 * 1024;  // what a driver hands over in one call
constexpr const char* kKey = "12345678901234567890123456789012";
constexpr const char* kIv = "0123456789012345";

double mib_per_second(std::size_t bytes, Clock::time_point started) {
  const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
  return static_cast<double>(bytes) / (1024 * 1024) / seconds;
}

double best_of(const std::function<double()>& run) {
  double best = 0;
  for (int i = 0; i < kRuns; ++i) best = std::max(best, run());
  return best;
}

// The pipeline as the Updater builds it, ending where the flash would begin.
class Pipeline final : public Intake {
 public:
  Result<> welcome(const Offer&) override { return {}; }
  Result<> begin(const Offer&) override {
    image_.reset({});
    return {};
  }
  Result<> write(Bytes bytes) override { return image_.push(bytes); }
  Result<Taken> finish(PayloadEnd) override {
    UPDRAFT_TRY(image_.finish());
    return Taken::installed;
  }
  void abort(const Error&) override {}
  void never_began(Scheme, const Error&) override {}

 private:
  class Nowhere final : public pipeline::Sink {
    Result<> push(Bytes) override { return {}; }
    Result<> finish() override { return {}; }
  };
  Nowhere nowhere_;
  pipeline::ImageStage image_{nowhere_};
};

double link_and_pipeline(Bytes stream, const link::LinkCipher* cipher) {
  Pipeline pipeline;
  std::optional<link::LinkDecryptor> decryptor;
  if (cipher != nullptr) decryptor.emplace(*cipher);
  link::RawReceiver receiver(
      pipeline, {.slot_size = UINT32_MAX, .decryptor = decryptor ? &*decryptor : nullptr});
  const auto started = Clock::now();
  for (Bytes rest = stream; !rest.empty();) {
    const Bytes part = rest.first(std::min(kRead, rest.size()));
    receiver.on_bytes(part, Instant{});
    rest = rest.subspan(part.size());
  }
  receiver.on_peer_done(Instant{});
  if (!receiver.outcome()) throw std::runtime_error("the large image was refused");
  return mib_per_second(stream.size(), started);
}

// The last figure of `openssl speed` for one size, in MiB/s; 0 if it did not run.
double openssl_speed(const std::string& arguments) {
  const std::string command =
      "openssl speed -seconds 1 -bytes 16384 -mr " + arguments + " 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::array<char, 512> line{};
  double rate = 0;
  while (pipe && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    const std::string text(line.data());
    if (text.starts_with("+F:")) rate = std::stod(text.substr(text.rfind(':') + 1)) / (1024 * 1024);
  }
  return rate;
}

// Lets `nc` send the file to a port, and takes the time until it returns.
double netcat_to(std::uint16_t port, const std::filesystem::path& file, std::size_t size) {
  const auto started = Clock::now();
  const std::string command =
      "nc -N 127.0.0.1 " + std::to_string(port) + " < " + file.string() + " > /dev/null 2>&1";
  return std::system(command.c_str()) == 0 ? mib_per_second(size, started) : 0;
}

double netcat_to_netcat(const std::filesystem::path& file, std::size_t size) {
  constexpr std::uint16_t kPort = 28731;
  std::thread sink([] { (void)std::system("nc -l 127.0.0.1 28731 > /dev/null 2>&1"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const double rate = netcat_to(kPort, file, size);
  sink.join();
  return rate;
}

class Receiving final : public linux_port::Connection {
 public:
  Receiving(linux_port::Reactor& reactor, bool& taken) : taken_(taken), reactor_(reactor) {}
  link::Link& link() override { return receiver_; }
  void closed(const Result<>& outcome) override {
    taken_ = outcome.has_value();
    reactor_.stop();
  }

 private:
  bool& taken_;
  linux_port::Reactor& reactor_;
  Pipeline pipeline_;
  link::RawReceiver receiver_{pipeline_, {.slot_size = UINT32_MAX}};
};

double netcat_to_updraft(const std::filesystem::path& file, std::size_t size) {
  linux_port::Reactor reactor;
  bool taken = false;
  const auto port =
      reactor.listen("127.0.0.1", 0, [&] { return std::make_unique<Receiving>(reactor, taken); });
  if (!port) return 0;
  std::thread receiver([&] { reactor.run(); });
  const double rate = netcat_to(*port, file, size);
  receiver.join();
  if (!taken) throw std::runtime_error("the large image was refused on its way over the loopback");
  return rate;
}

}  // namespace

void measure_throughput(const std::function<void(const Throughput&)>& row) {
  const std::vector<std::byte> image = make_large_image();
  const auto cipher = link::link_cipher(crypto::AesMode::cbc, kKey, kIv);
  if (!cipher) return;
  crypto::Aes256 aes(cipher->mode, crypto::AesDirection::encrypt, cipher->key, cipher->iv);
  std::vector<std::byte> sealed(image.size());
  aes.process(image, sealed);

  const double sha = openssl_speed("-evp sha256");
  row({"plain", best_of([&] { return link_and_pipeline(image, nullptr); }), "openssl speed sha256",
       sha});
  const double decrypt = openssl_speed("-decrypt -evp aes-256-cbc");
  const double both = sha > 0 && decrypt > 0 ? 1 / (1 / sha + 1 / decrypt) : 0;
  row({"AES-256-CBC", best_of([&] { return link_and_pipeline(sealed, &*cipher); }),
       "sha256 and aes-256-cbc in turn", both});

  const auto file = std::filesystem::temp_directory_path() /
                    ("updraft-bench-" + std::to_string(getpid()) + ".bin");
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(image.data()),
             static_cast<std::streamsize>(image.size()));
  const double netcat = best_of([&] { return netcat_to_netcat(file, image.size()); });
  row({"nc to updraft, loopback", best_of([&] { return netcat_to_updraft(file, image.size()); }),
       "nc to nc, loopback", netcat});
  std::filesystem::remove(file);
}

}  // namespace updraft::bench
