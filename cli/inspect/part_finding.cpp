#include "cli/inspect/part_finding.hpp"

#include <algorithm>

#include "cli/signing/package_words.hpp"
#include "cli/words/text.hpp"
#include "engine/format/chip.hpp"
#include "engine/format/revision.hpp"
#include "host/dump/core_dump.hpp"
#include "host/dump/nvs.hpp"

namespace updraft::cli {
namespace {

// Text shows that many entries of an NVS partition, and bytes of each; JSON has all that were read.
constexpr std::size_t kShownEntries = 200;
constexpr std::size_t kShownBytes = 48;

std::string value_of(const dump::NvsEntry& entry) {
  if (!entry.number.empty()) return entry.number;
  const Bytes shown = at_most(entry.data, kShownBytes);
  const std::string more = entry.data.size() > shown.size() ? "..." : "";
  if (entry.type == "string") return "\"" + printable(as_text(shown)) + more + "\"";
  return fmt::format("{} bytes {}{}", entry.data.size(), hex(shown), more);
}

boost::json::object json_of(const dump::NvsEntry& entry) {
  boost::json::object object{{"namespace", printable(entry.space)},
                             {"key", printable(entry.key)},
                             {"type", entry.type},
                             {"whole", entry.whole}};
  if (!entry.number.empty()) {
    object["value"] = entry.number;
  } else if (entry.type == "string") {
    object["value"] = printable(as_text(entry.data));
  } else {
    object["hex"] = hex(entry.data);
  }
  return object;
}

std::string task_text(const dump::CoreTask& task) {
  return fmt::format(
      "{} at PC {:#010x}",
      task.name.empty() ? fmt::format("task {:#x}", task.control_block) : printable(task.name),
      task.pc);
}

boost::json::value json_of(const std::optional<Release>& release) {
  if (!release) return nullptr;
  return {{"sequence", release->sequence},
          {"manifest", hex(release->manifest)},
          {"sha256", hex(release->image)},
          {"size", release->image_bytes}};
}

void add_release(Finding& finding, std::string_view word, const std::optional<Release>& release,
                 std::string_view what) {
  if (!release) return;
  finding.add(word, fmt::format("release {}{}", release->sequence, what));
  finding.add("", fmt::format("manifest {}", hex(release->manifest)));
  finding.add("", fmt::format("{} bytes, SHA-256 {}", release->image_bytes, hex(release->image)));
}

// Whom the device trusts, and which releases it knows.
void add_signing(Finding& finding, const dump::SigningReading& signing) {
  boost::json::object object{{"newer", signing.newer},
                             {"keyset", nullptr},
                             {"installed", json_of(signing.installed)},
                             {"pending", json_of(signing.pending)},
                             {"lost", nullptr},
                             {"not_before", signing.not_before}};
  if (signing.newer) {
    finding.add("signing", "written by a newer release of Updraft; nothing unsigned comes in");
  }
  if (!signing.key_set.empty()) {
    Finding keys = describe_key_set(signing.key_set);
    finding.add("signing", "the device holds a KeySet, and takes what its release keys signed");
    finding.add(std::move(keys.lines));
    object["keyset"] = std::move(keys.json);
  }
  add_release(finding, "installed", signing.installed, " is confirmed; an older one is refused");
  add_release(finding, "pending", signing.pending, " waits to be confirmed");
  if (signing.lost) {
    finding.add("lost", "the last release was not confirmed here");
    finding.add("", "SHA-256 " + hex(signing.lost->image));
    object["lost"] = {{"sha256", hex(signing.lost->image)}};
  }
  if (signing.not_before != 0) {
    finding.add("time", fmt::format("not before {} s after 1970: a server's token said so",
                                    signing.not_before));
  }
  finding.json["signing"] = std::move(object);
}

}  // namespace

Finding describe_nvs(Bytes partition) {
  const dump::Nvs nvs = dump::read_nvs(partition);
  std::size_t used = 0, damaged = 0;
  for (const dump::NvsPage& page : nvs.pages) {
    used += page.written != 0 ? 1u : 0u;
    damaged += page.state == "damaged" ? 1u : 0u;
  }
  Finding finding;
  finding.add("nvs", fmt::format("{} pages, {} in use, {} entries{}{}", nvs.pages.size(), used,
                                 nvs.entries.size() + nvs.more,
                                 nvs.bad_crc != 0 && !nvs.encrypted
                                     ? fmt::format(", {} with a wrong CRC", nvs.bad_crc)
                                     : "",
                                 damaged != 0 ? fmt::format(", {} pages damaged", damaged) : ""));
  if (nvs.encrypted)
    finding.add("", "encrypted: its entries can be read with the keys in nvs_keys alone");
  boost::json::array entries;
  for (const dump::NvsEntry& entry : nvs.entries) {
    if (entries.size() < kShownEntries) {
      finding.add("", fmt::format("{}/{} {} {}{}", printable(entry.space), printable(entry.key),
                                  entry.type, value_of(entry), entry.whole ? "" : ", damaged"));
    }
    entries.push_back(json_of(entry));
  }
  if (nvs.entries.size() + nvs.more > kShownEntries) finding.add("", "and more; --json has them");
  boost::json::array pages;
  for (const dump::NvsPage& page : nvs.pages) {
    pages.push_back(boost::json::object{{"state", page.state},
                                        {"sequence", page.sequence},
                                        {"written", page.written},
                                        {"erased", page.erased},
                                        {"bad_crc", page.bad_crc}});
  }
  finding.json = {{"kind", "nvs"},
                  {"valid", true},
                  {"encrypted", nvs.encrypted},
                  {"bad_crc", nvs.bad_crc},
                  {"pages", std::move(pages)},
                  {"entries", std::move(entries)},
                  {"more", nvs.more}};
  if (const auto signing = dump::signing_in(nvs)) add_signing(finding, *signing);
  return finding;
}

Finding describe_core_dump(Bytes partition) {
  Finding finding;
  if (!dump::is_core_dump(partition)) {
    finding.add("core dump", "none: the app has not crashed since it was erased");
    finding.json = {{"kind", "core_dump"}, {"valid", true}, {"present", false}};
    return finding;
  }
  const dump::CoreDump core = dump::read_core_dump(partition);
  finding.valid = core.sound;
  finding.add("core dump", fmt::format("{} bytes, {}, version {}.{}, {}", core.length,
                                       format::chip_name(core.chip_id), core.major, core.minor,
                                       core.sound ? "checksum right" : "damaged or cut off"));
  finding.json = {{"kind", "core_dump"},
                  {"valid", core.sound},
                  {"present", true},
                  {"length", core.length},
                  {"chip", format::chip_name(core.chip_id)},
                  {"elf", !core.elf.empty()}};
  if (!core.app_sha256.empty()) {
    finding.add("", "of the app whose ELF file has the SHA-256 " + printable(core.app_sha256));
    finding.json["app_elf_sha256"] = printable(core.app_sha256);
  }
  if (core.crashed) {
    finding.add("crashed", task_text(*core.crashed));
    finding.json["task"] = printable(core.crashed->name);
    finding.json["pc"] = fmt::format("{:#010x}", core.crashed->pc);
  }
  if (!core.cause.empty()) {
    finding.add("cause", core.address
                             ? fmt::format("{}, address {:#010x}", core.cause, *core.address)
                             : core.cause);
    finding.json["cause"] = core.cause;
    if (core.address) finding.json["address"] = fmt::format("{:#010x}", *core.address);
  }
  if (!core.panic.empty()) {
    finding.add("", printable(core.panic));
    finding.json["panic"] = printable(core.panic);
  }
  boost::json::array tasks;
  for (const dump::CoreTask& task : core.tasks) {
    tasks.push_back(boost::json::object{{"name", printable(task.name)},
                                        {"pc", fmt::format("{:#010x}", task.pc)}});
  }
  finding.json["tasks"] = std::move(tasks);
  return finding;
}

namespace {

void add_bindings(Finding& finding, const dump::MemoryReading& memory) {
  boost::json::array apps;
  for (const dump::BoundReading& app : memory.bound) {
    boost::json::array data;
    const std::string slot = app.slot < 0 ? "factory" : fmt::format("ota_{}", app.slot);
    for (const dump::BoundData& one : app.data) {
      const std::string label = printable(one.label);
      const std::string what =
          one.bytes == 0 ? "what was there before"
                         : fmt::format("{}, {}", digest_prefix(one.digest), human_bytes(one.bytes));
      finding.add("data", fmt::format("{} of {}: {} ({})", label, slot, what, one.state));
      data.push_back(boost::json::object{{"label", label},
                                         {"state", one.state},
                                         {"digest", digest_prefix(one.digest)},
                                         {"bytes", one.bytes}});
    }
    apps.push_back(boost::json::object{
        {"app", digest_prefix(app.app)}, {"slot", slot}, {"data", std::move(data)}});
  }
  if (memory.data_on_trial) finding.add("", "data is on trial: three starts to confirm it");
  finding.json["bound"] = std::move(apps);
  finding.json["data_on_trial"] = memory.data_on_trial;
}

void add_rescue(Finding& finding, const dump::RescueReading& rescue) {
  finding.add("starts",
              rescue.starts != 0
                  ? fmt::format("{} by a crash since what runs was last healthy", rescue.starts)
                  : "none by a crash since what runs was last healthy");
  boost::json::object json{{"starts", rescue.starts}};
  if (rescue.request) {
    const std::string url = printable(rescue.request->url.view());
    const bool itself = rescue.request->target.view() == "rescue";
    finding.add("rescue",
                itself ? "its own update was under way; it may not be whole"
                       : fmt::format("it was asked for: {}, {}", name(rescue.request->reason),
                                     url.empty() ? "push" : url));
    json["reason"] = name(rescue.request->reason);
    json["from"] = url.empty() ? "push" : url;
    json["target"] = printable(rescue.request->target.view());
  }
  finding.json["rescue"] = std::move(json);
}

}  // namespace

Finding describe_memory(const dump::MemoryReading& memory) {
  Finding finding;
  boost::json::array images, slots;
  finding.add("memory", memory.journal
                            ? fmt::format("of Updraft, {} images remembered", memory.images.size())
                            : "of Updraft: no journal yet");
  for (const dump::RememberedImage& image : memory.images) {
    finding.add("", fmt::format("{} {}{}", digest_prefix(image.digest),
                                image.refused    ? "was rolled back here and is refused"
                                : image.on_trial ? "is on trial"
                                                 : "may be tried again",
                                image.excused != 0
                                    ? fmt::format(", {} trials ended by a power cut", image.excused)
                                    : ""));
    images.push_back(boost::json::object{{"digest", digest_prefix(image.digest)},
                                         {"refused", image.refused},
                                         {"on_trial", image.on_trial},
                                         {"excused", image.excused}});
  }
  for (const dump::SlotMemory& slot : memory.slots) {
    std::string text = fmt::format("ota_{}: {}", slot.slot, slot.state);
    if (slot.state == "complete") text += fmt::format(", an image of {} bytes", slot.image_bytes);
    if (slot.state == "interrupted") {
      text += fmt::format(", {} are there{}", human_bytes(slot.good_to),
                          slot.payload_size != 0 ? " of " + human_bytes(slot.payload_size) : "");
    }
    finding.add("ledger", text);
    slots.push_back(boost::json::object{{"slot", slot.slot},
                                        {"state", slot.state},
                                        {"good_to", slot.good_to},
                                        {"payload_size", slot.payload_size},
                                        {"image_bytes", slot.image_bytes}});
  }
  finding.json = {{"kind", "updraft_memory"},
                  {"valid", true},
                  {"journal", memory.journal},
                  {"images", std::move(images)},
                  {"slots", std::move(slots)}};
  if (!memory.bound.empty()) add_bindings(finding, memory);
  if (memory.signing) add_signing(finding, *memory.signing);
  if (memory.rescue) add_rescue(finding, *memory.rescue);
  return finding;
}

Finding describe_efuses(const dump::EfuseSummary& summary) {
  Finding finding;
  const auto revision = [](const auto& value) {
    return value ? std::string(format::revision_text(*value).view()) : std::string("not told");
  };
  finding.add("efuses",
              fmt::format("{} fields, chip revision {}, block revision {}", summary.fields.size(),
                          revision(summary.chip_revision), revision(summary.block_revision)));
  finding.add("", fmt::format("secure version {}, flash encryption {}, secure boot {}",
                              summary.secure_version, summary.flash_encryption ? "on" : "off",
                              summary.secure_boot ? "on" : "off"));
  boost::json::array digests;
  for (const std::string& digest : summary.key_digests) {
    finding.add("", "key digest " + digest);
    digests.push_back(boost::json::string(digest));
  }
  finding.json = {{"kind", "efuse_dump"},
                  {"valid", true},
                  {"chip_revision", revision(summary.chip_revision)},
                  {"block_revision", revision(summary.block_revision)},
                  {"secure_version", summary.secure_version},
                  {"flash_encryption", summary.flash_encryption},
                  {"secure_boot", summary.secure_boot},
                  {"key_digests", std::move(digests)}};
  return finding;
}

}  // namespace updraft::cli
