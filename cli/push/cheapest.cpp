#include "cli/push/cheapest.hpp"

#include <algorithm>
#include <bit>
#include <filesystem>

#include <fmt/format.h>

#include "updraft/policy.hpp"

#include "cli/delta_patch.hpp"
#include "cli/image_report.hpp"
#include "cli/words/files.hpp"
#include "cli/words/text.hpp"
#include "host/files/trim.hpp"
#include "host/push/packed.hpp"

namespace updraft::cli {
namespace {

// Packed by less than an eighth is not worth beginning again after a cut.
constexpr std::size_t kWorthPacking = 8;

bool is_build(Bytes bytes) {
  return classify(at_most(bytes, kClassifyBytes)) == PayloadClass::image;
}

// What a device says of the way, and not of the image that comes by it.
bool is_of_the_way(Code code) {
  return code == Code::wrong_base || code == Code::alg_unsupported || code == Code::no_memory;
}

std::string title_of(const host::DeviceStatus& device) {
  const std::string title = device.project + " " + device.version;
  return title == " " ? device.digest : title;
}

}  // namespace

Cheapest::Cheapest(const PushFile& file, Bytes image, AfterCut after_cut, const Output& out)
    : file_(file),
      image_(image),
      after_cut_(after_cut),
      out_(out),
      digest_(digest_of(image).value_or("")) {}

bool Cheapest::has_choice(const PushFile& file, Bytes image) {
  return file.delta_from.empty() && !file.rescue && is_build(image);
}

Bytes Cheapest::choose(const host::DeviceStatus& device) {
  sent_ = least(device);
  if (device.digest.empty() || device.digest != digest_) tell(device, sent_.size());
  if (file_.is_signed()) sent_ = signed_payload(file_, image_, std::move(sent_), out_);
  return sent_;
}

std::vector<std::byte> Cheapest::least(const host::DeviceStatus& device) {
  way_ = Way::plain;
  std::vector<std::byte> best(image_.begin(), image_.end());
  if (!device.digest.empty() && device.digest == digest_) return best;  // it runs there
  if (auto packed = packed_for(device); packed && packed->size() < best.size()) {
    way_ = Way::packed;
    best = std::move(*packed);
  }
  if (auto patch = difference(device); patch && patch->size() < best.size()) {
    way_ = Way::delta;
    best = std::move(*patch);
  }
  return best;
}

std::optional<std::vector<std::byte>> Cheapest::difference(const host::DeviceStatus& device) const {
  if (!may_patch_ || !device.takes_delta || image_.size() > diff::kMostTarget) return std::nullopt;
  const auto runs = builds_.find(device.digest);
  if (!runs || digest_of(*runs) != device.digest) return std::nullopt;  // a file that was changed
  return make_delta(*runs, image_, push_delta(after_cut_ == AfterCut::at_a_place), out_).bytes;
}

// What is signed on the way has digests of its chunks, by which it goes on after a cut.
std::optional<std::vector<std::byte>> Cheapest::packed_for(const host::DeviceStatus& device) const {
  constexpr int kLeastBits = 9;  // the smallest window that zlib packs with
  if (!may_pack_ || after_cut_ == AfterCut::by_chunks || file_.is_signed()) return std::nullopt;
  const int bits =
      std::min(static_cast<int>(std::bit_width(device.inflate_window)) - 1, host::kWholeWindow);
  if (bits < kLeastBits) return std::nullopt;
  std::vector<std::byte> packed = host::packed(image_, bits);
  const std::size_t most = image_.size() - image_.size() / kWorthPacking;
  return packed.empty() || packed.size() > most ? std::nullopt : std::optional(std::move(packed));
}

void Cheapest::tell(const host::DeviceStatus& device, std::size_t bytes) const {
  const std::string_view word = way_ == Way::delta    ? "delta"
                                : way_ == Way::packed ? "packed"
                                                      : "plain";
  boost::json::object event{
      {"event", "way"}, {"way", word}, {"bytes", bytes}, {"image_bytes", image_.size()}};
  if (way_ == Way::delta) event["base"] = device.digest;
  out_.event(event);
  const ImageReport report = report_image(image_);
  const std::string what = report.verdict ? image_title(report.info) : file_.name;
  const std::string of =
      fmt::format("{} in place of {}", human_bytes(bytes), human_bytes(image_.size()));
  out_.item("sends", way_ == Way::delta    ? fmt::format("{}, as the difference to {}: {}", what,
                                                         title_of(device), of)
                     : way_ == Way::packed ? fmt::format("{}, packed: {}", what, of)
                     : after_cut_ == AfterCut::by_chunks
                         ? fmt::format("{}: what the device lacks of {}", what, human_bytes(bytes))
                         : fmt::format("{}: {}", what, human_bytes(bytes)));
}

bool Cheapest::falls_back(const host::Ended& ended) {
  if (ended.outcome || way_ == Way::plain || ended.stopped != host::Stopped::no) return false;
  const bool told = ended.judged && ended.judged->why;
  if (!is_of_the_way(told ? ended.judged->why->code : ended.outcome.error().code)) return false;
  (way_ == Way::delta ? may_patch_ : may_pack_) = false;
  out_.item("again", "the device takes it another way");
  return true;
}

void keep_build(const PushFile& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file.name, error)) return;
  try {
    const std::vector<std::byte> bytes = read_file(file.name);
    const Bytes image = files::without_padding(bytes);
    if (!is_build(image)) return;
    if (const auto digest = digest_of(image)) host::BuildCache().keep(*digest, image);
  } catch (const host::Trouble&) {
    return;  // it was there when it was pushed; that is what counts
  }
}

}  // namespace updraft::cli
