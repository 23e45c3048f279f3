// One update on its way into a device by native push, over as many connections as it takes: says
// what of a package the device lacks, and hands the engine the package as one stream.
//
//   head | name of the index | index, page by page | name of the transfer | transfer
//
// Of a package that brings data as well the same follows for each component; of a third and fourth
// there is no index, and nor of the second then (PackageStage). The sender brings the head, then
// pages and bytes as it is asked for them; the names, which the stream has between them, are
// written here. After each part the engine is asked what it needs
// next (Intake::resume_at): what the slot holds already need not come. So there is nothing to
// remember over a restart: the same head finds the same chunks.
//
// Of what is held behind a hole nothing is asked for: a range is no longer than what is known to be
// missing, or was until now.
//
// Where a part was cut off in its middle it is asked for again from its beginning, as senders serve
// whole pages and chunks; what had come of it is not written twice.
#pragma once
#include <optional>

#include "updraft/intake.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/crypto/random.hpp"
#include "engine/suit/manifest.hpp"
#include "protocols/native/native_words.hpp"

namespace updraft::link {

class NativeSession {
 public:
  // The next thing that is wanted of a component: pages [page, pages) of its index, or bytes
  // [from, to) of its transfer.
  struct Need {
    enum class Kind : std::uint8_t { nothing, page, data };
    Kind kind = Kind::nothing;
    std::uint8_t part = 0;
    std::uint32_t page = 0, pages = 0;
    std::uint64_t from = 0, to = 0;
  };
  enum class Opened : std::uint8_t { open, current };

  explicit NativeSession(Intake& engine, crypto::RandomSource random = &crypto::random_bytes)
      : engine_(engine), random_(random) {}
  NativeSession(const NativeSession&) = delete;
  NativeSession& operator=(const NativeSession&) = delete;

  // A package's head, by the connection of that number. The session of the same head goes on, under
  // a new id; another one ends if its connection is gone. Errors: busy; those of the engine.
  Result<Opened> open(Bytes head, std::uint32_t connection);
  // Error: no_session.
  Result<> check(const NativeId& id) const;

  bool is_open() const { return open_; }
  // What that connection wants besides has to wait for it. Left by another one, it ends here.
  bool is_in_the_way_of(std::uint32_t connection);
  bool was_signed() const { return signed_; }  // the last package that was opened
  const NativeId& id() const { return id_; }
  Need need() const;
  std::uint64_t received() const;  // of the transfers
  std::uint64_t total() const { return total_; }

  // The parts that need() names, each in pieces: begin, take, end. not_wanted: another part, or not
  // whole chunks; what the engine says ends the session, but for a part that is damaged.
  Result<> begin_page(std::uint64_t part, std::uint64_t page, std::uint64_t bytes);
  Result<> begin_data(std::uint64_t part, std::uint64_t from, std::uint64_t bytes);
  Result<> take(Bytes bytes);
  Result<> end_part();

  // Installs it. not_wanted: something is missing. It ends the session, well or not.
  Result<Taken> apply();
  void drop(const Error& why);

  // Its connection is gone. Until then it goes on where it was; nullopt: there is none to keep.
  void leave(Instant now);
  std::optional<Instant> held_until() const { return open_ ? held_until_ : std::nullopt; }
  void on_time(Instant now);

 private:
  Result<> begin(Bytes head);
  Result<> lay_out(Bytes head);
  Result<> go_on();
  Result<> write(Bytes piece);
  template <class T>
  Result<T> heard(Result<T> from_engine);
  // A stretch of the stream that the sender brings, and the name in front of it.
  struct Stretch {
    std::uint8_t part = 0;
    bool is_index = false;
    std::uint64_t at = 0, bytes = 0;
    std::uint64_t end() const { return at + bytes; }
  };
  static constexpr std::size_t kMostStretches = suit::kMaxComponents + 2;

  void add_stretch(std::size_t part, bool is_index, std::uint64_t bytes);
  Result<> write_name(const Stretch& of);
  std::span<const Stretch> stretches() const { return std::span(stretches_).first(count_); }
  // The one that the engine is in; nullptr: it has all of them.
  const Stretch* current() const;
  std::uint64_t received_of(const Stretch& transfer) const;
  std::uint64_t end() const { return count_ == 0 ? head_bytes_ : stretches_[count_ - 1].end(); }

  Intake& engine_;
  crypto::RandomSource random_;
  bool open_ = false, signed_ = false;
  NativeId id_{};
  crypto::Sha256Digest head_{};  // its digest: which package it is
  std::uint32_t connection_ = 0;
  std::optional<Instant> held_until_;
  // The stream: how long its parts are, and how far the engine has it.
  std::uint64_t head_bytes_ = 0, total_ = 0;
  std::array<Stretch, kMostStretches> stretches_;
  std::size_t count_ = 0;
  std::size_t named_ = 0;  // whose names are written
  std::uint64_t at_ = 0;
  // Bytes that are asked for at a time; 0: not yet. Behind a chunk that is missing there may be
  // more that is held: the first chunk of a build has its version, and differs where nothing else
  // does. So one chunk, and four times as many as long as nothing more is held.
  std::uint64_t ask_ = 0;
  std::uint64_t passed_ = 0;  // bytes of the part that comes, which the engine has already
};

}  // namespace updraft::link
