// updraft serve: devices fetch a firmware file from here.
#include "cli/command.hpp"
#include "cli/image_report.hpp"
#include "cli/serving.hpp"
#include "cli/words/cipher_options.hpp"
#include "cli/words/files.hpp"
#include "protocols/req/req_server.hpp"

namespace updraft::cli {
namespace {

struct ServeOptions {
  std::string file;
  std::string listen = "0.0.0.0";
  std::optional<std::uint16_t> raw, req;
  CipherOptions cipher;
  bool once = false;
  bool json = false;
};

int run(const ServeOptions& options) {
  if (!options.raw && !options.req) throw Stop(kUsage, "say where to serve: --raw or --req PORT");
  const auto cipher = read_cipher(options.cipher);
  if (cipher && options.req) {
    if (!options.raw)
      throw Stop(kUsage, "only raw TCP can be encrypted; leave the AES options out");
    Output::warn("req sends the file as it is; only raw uses the key");
  }
  const std::vector<std::byte> file = read_file(options.file);
  if (file.empty()) throw Stop(kRefused, options.file + " is empty");
  if (options.req && file.size() > link::kReqFileBytes) {
    throw Stop(kRefused, options.file + " is too large for req");
  }
  warn_if_odd(file, options.file, "Serving it all the same.");
  Serving serving({options.listen, cipher, options.once, options.json}, file);
  if (options.raw) serving.listen(kRaw, *options.raw);
  if (options.req) serving.listen(kReq, *options.req);
  return serving.run();
}

}  // namespace

void add_serve(CLI::App& app, int& status) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App* command = app.add_subcommand("serve", "Let devices fetch firmware from here.");
  command->add_option("FILE", options->file, "the image; - for standard input")->required();
  command->add_option("--raw", options->raw, "raw TCP on this port; 0: any free one");
  command->add_option("--req", options->req, "package requests on this port; 0: any free one");
  command->add_option("--listen", options->listen, "address to listen on")->capture_default_str();
  add_cipher_options(*command, options->cipher);
  command->add_flag("--once", options->once, "stop after one device");
  command->add_flag("--json", options->json, "one object per line");
  command->footer(
      "Examples:\n"
      "  updraft serve build/app.bin --raw 18000\n"
      "  updraft serve build/app.bin --raw 18000 --req 8070\n"
      "  updraft device --state my-device --pull raw://127.0.0.1:18000 --allow-unsigned\n");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace updraft::cli
