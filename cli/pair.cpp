// updraft pair: makes this computer the owner of a device that shows its pairing.
#include <array>
#include <iostream>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/words/output.hpp"
#include "cli/words/qr_code.hpp"
#include "cli/words/terminal.hpp"
#include "host/push/pairings.hpp"

namespace updraft::cli {
namespace {

struct PairOptions {
  std::string line;
  bool list = false;
  std::string forget;
  std::string qr;
  bool json = false;
};

void list(const Output& out, const host::Pairings& pairings) {
  for (const host::KnownDevice& known : pairings.all()) {
    out.event({{"event", "paired"}, {"id", known.id()}, {"address", known.address}});
    const std::string where = known.address.empty() ? "not reached yet" : known.address;
    out.line(fmt::format("{:<14} {}", known.id(), where));
  }
  out.event({{"event", "result"}, {"result", "ok"}, {"devices", pairings.all().size()}});
  if (pairings.all().empty()) out.line("This computer is paired with no device.");
}

void forget(const Output& out, host::Pairings& pairings, const std::string& id) {
  if (!pairings.forget(id)) throw Stop(kRefused, "this computer is not paired with " + id);
  out.event({{"event", "result"}, {"result", "ok"}, {"id", id}});
  out.item("forgotten", id + "; the device keeps its secret until it is told unpair");
}

// What the user brought; "-" is on standard input.
std::string line_of(std::string given) {
  if (given == "-") std::getline(std::cin, given);
  return given;
}

// For the case of a device, or a telephone. Nothing is kept.
void draw(const Output& out, const std::string& line) {
  const auto pairing = link::parse_pairing(line);
  if (!pairing) throw Stop(kUsage, "that is no line of a device; it begins with updraft-pair:1:");
  const std::string id(pairing->id.view());
  out.event({{"event", "result"}, {"result", "ok"}, {"id", id}});
  std::array<char, link::kPairingTextBytes> room;
  if (!out.json()) Output::draw(qr_code(link::pairing_text(*pairing, room), wants_colour()));
}

void pair(const Output& out, host::Pairings& pairings, const std::string& line) {
  const std::string id = pairings.add(line);
  out.event({{"event", "result"}, {"result", "ok"}, {"id", id}});
  out.item("paired", fmt::format("with {}: updraft push FILE updraft://{}", id, id));
}

void run(const PairOptions& options) {
  const Output out(options.json);
  const int asked = static_cast<int>(options.list) + static_cast<int>(!options.forget.empty()) +
                    static_cast<int>(!options.qr.empty()) + static_cast<int>(!options.line.empty());
  if (asked != 1) {
    throw Stop(
        kUsage,
        "want one of these: the line that the device shows, --list, --forget ID, --qr STRING");
  }
  if (!options.qr.empty()) return draw(out, line_of(options.qr));
  host::Pairings pairings;
  if (options.list) return list(out, pairings);
  if (!options.forget.empty()) return forget(out, pairings, options.forget);
  pair(out, pairings, line_of(options.line));
}

}  // namespace

void add_pair(CLI::App& app) {
  const auto options = std::make_shared<PairOptions>();
  CLI::App* command =
      app.add_subcommand("pair", "Make this computer the owner of a device, for updraft://.");
  command->add_option("STRING", options->line,
                      "what the device shows, updraft-pair:1:...; - reads it from standard input");
  command->add_flag("--list", options->list, "the devices that this computer is paired with");
  command->add_option("--forget", options->forget, "delete the pairing with a device")
      ->type_name("ID");
  command
      ->add_option("--qr", options->qr,
                   "draw that line as a QR code, for the device's case; nothing is kept")
      ->type_name("STRING");
  command->add_flag("--json", options->json, "one object per line; the last is the result");
  command->footer(
      "A device shows the line on its console until somebody has used it. It is a secret: who has "
      "it may update the device. It is kept in ~/.config/updraft/pairings.\n"
      "Examples:\n"
      "  updraft pair 'updraft-pair:1:a0b1c2d3e4f5:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'\n"
      "  updraft pair --list\n");
  command->callback([options] { run(*options); });
}

}  // namespace updraft::cli
