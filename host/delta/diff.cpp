#include "host/delta/diff.hpp"

#include <memory>
#include <stdexcept>

#include "updraft/flash.hpp"

#include "engine/delta/decoder.hpp"
#include "host/delta/aligner.hpp"
#include "host/delta/image_model.hpp"
#include "host/delta/map_estimate.hpp"
#include "host/delta/matcher.hpp"

namespace updraft::diff {
namespace {

// A pass aligns the images with what is known of moved addresses; its runs find out more.
struct Rounds {
  int passes, runs;
};
constexpr Rounds rounds_of(Effort effort, bool image) {
  if (!image) return {1, 1};
  return effort == Effort::fast ? Rounds{2, 1} : Rounds{3, 2};
}

delta::Header header_of(Bytes old_image, Bytes new_image) {
  if (old_image.size() > UINT32_MAX || new_image.size() > kMostTarget) {
    throw std::length_error("no chip takes the new image");
  }
  delta::Header header;
  header.base_size = static_cast<std::uint32_t>(old_image.size());
  header.target_size = static_cast<std::uint32_t>(new_image.size());
  const auto digest = crypto::sha256(old_image);
  std::copy_n(digest.begin(), header.base_digest.size(), header.base_digest.begin());
  header.target_digest = crypto::sha256(new_image);
  return header;
}

delta::AddressPair in_both(std::uint32_t old_address, std::uint32_t new_address) {
  return {old_address, old_address != 0 ? new_address : 0};
}

// One pair of images on its way to a patch.
class Maker {
 public:
  Maker(Bytes old_image, Bytes new_image, const Options& options)
      : old_(old_image),
        new_(new_image),
        options_(options),
        header_(header_of(old_image, new_image)),
        old_parsed_(parse_image(old_image)),
        new_parsed_(parse_image(new_image)) {
    header_.image = old_parsed_.is_image && new_parsed_.is_image && new_parsed_.reproduces &&
                    old_parsed_.chip_id == new_parsed_.chip_id;
    rounds_ = rounds_of(options.effort, header_.image);
    delta::Facts& facts = plan_.facts;
    facts.plain = !header_.image;
    if (facts.plain) {
      old_parsed_ = {};
      new_parsed_ = {};
      return;
    }
    header_.call0 = old_parsed_.call0;
    new_parsed_.call0 = old_parsed_.call0;
    facts.target = new_parsed_.layout;
    facts.global_pointer = in_both(old_parsed_.global_pointer, new_parsed_.global_pointer);
    facts.frame_header = in_both(old_parsed_.frame_header, new_parsed_.frame_header);
  }

  Patch make() {
    RunResult run;
    for (int pass = 0; pass < rounds_.passes; ++pass) {
      tell("comparing", pass);
      if (pass > 0) plan_.map = estimate_map(run.sightings, old_parsed_.chip);
      align_images(pass);
      for (int i = 0; i < rounds_.runs; ++i) {
        tell("coding", pass + (i + 1.0) / (rounds_.runs + 1));
        if (i > 0) plan_.map = estimate_map(run.sightings, old_parsed_.chip);
        run = run_encoder(header_, plan_, old_, new_);
      }
    }
    if (run.chunks.size() > options_.restart_above && options_.restart != 0) {
      header_.restart = options_.restart;
      run = run_encoder(header_, plan_, old_, new_);
    }
    Patch patch;
    patch.header = header_;
    patch.shares = run.shares;
    patch.operations = plan_.operations.size();
    patch.map_entries = plan_.map.size();
    const auto header = make_header(header_);
    patch.bytes.assign(header.begin(), header.end());
    patch.bytes.insert(patch.bytes.end(), run.chunks.begin(), run.chunks.end());
    tell("checking", rounds_.passes);
    const auto made = apply_patch(old_, patch.bytes);
    if (!made || !std::ranges::equal(*made, new_)) {
      throw std::logic_error("the patch does not reproduce the new image");
    }
    return patch;
  }

 private:
  void tell(std::string_view what, double done) const {
    if (options_.progress) options_.progress(what, done / rounds_.passes);
  }

  void align_images(int pass) {
    delta::AddressMap<delta::kMaxMapEntries> map;
    for (const delta::MapEntry& entry : plan_.map) (void)map.add(entry);
    AddressView old_view, new_view;
    if (pass > 0) {
      old_view = [&](std::uint32_t a) {
        return old_parsed_.chip.is_rom(a) ? a : map.find(a).value_or(a);
      };
      new_view = [](std::uint32_t a) { return a; };
    }
    const ImageModel old_model = model_image(old_, old_parsed_, old_view);
    const ImageModel new_model = model_image(new_, new_parsed_, new_view);
    const Matcher matcher(old_model.copy);
    const bool last = pass + 1 == rounds_.passes;
    const bool quick = options_.effort == Effort::fast && !last;
    plan_.operations = align(old_model, matcher, new_model, plan_.facts.target,
                             quick ? Search::units : Search::bytes);
  }

  Bytes old_, new_;
  const Options& options_;
  delta::Header header_;
  ParsedImage old_parsed_, new_parsed_;
  Rounds rounds_{};
  Plan plan_;
};

class MemoryEnds final : public delta::Ends {
 public:
  MemoryEnds(Bytes old_image, std::vector<std::byte>& made) : old_(old_image), made_(made) {}
  Result<> read_base(std::uint32_t offset, MutableBytes out) override {
    return copy(old_, offset, out);
  }
  Result<> read_made(std::uint32_t offset, MutableBytes out) override {
    return copy(made_, offset, out);
  }
  Result<> take(Bytes made) override {
    made_.insert(made_.end(), made.begin(), made.end());
    return {};
  }

 private:
  static Result<> copy(Bytes from, std::uint32_t offset, MutableBytes out) {
    if (!inside(offset, out.size(), from.size())) return fail(Code::malformed, Where::delta);
    std::copy_n(from.begin() + offset, out.size(), out.begin());
    return {};
  }
  Bytes old_;
  std::vector<std::byte>& made_;
};

}  // namespace

Patch make_patch(Bytes old_image, Bytes new_image, const Options& options) {
  return Maker(old_image, new_image, options).make();
}

Result<std::vector<std::byte>> apply_patch(Bytes old_image, Bytes patch) {
  std::vector<std::byte> made;
  MemoryEnds ends(old_image, made);
  const auto decoder = std::make_unique<delta::Decoder<>>();
  decoder->reset(ends, static_cast<std::uint32_t>(old_image.size()), kMostTarget);
  UPDRAFT_TRY(decoder->push(patch));
  UPDRAFT_TRY(decoder->finish());
  return made;
}

}  // namespace updraft::diff
