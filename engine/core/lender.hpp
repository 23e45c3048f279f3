// Memory for what is needed only now and then: who needs it borrows it, and gives it back. Whether
// it was set aside at the start or comes from a heap is the owner's choice; the library asks no
// heap itself.
//
//   Room<4096> room;                 // set aside: it can always be lent
//   Borrowed<Stage> stage(room);
//   if (!stage.make(...)) return ...;  // no_memory
//   stage->push(...);
//   stage.give_back();
#pragma once
#include <array>
#include <cstddef>
#include <new>
#include <utility>

#include "updraft/result.hpp"

namespace updraft {

class Lender {
 public:
  // So many bytes in one piece, aligned for any object, until they are taken back. nullptr: there
  // are not so many.
  virtual std::byte* lend(std::size_t bytes) = 0;
  virtual void take_back(std::byte* memory) = 0;
  virtual std::size_t largest() const = 0;  // bytes of the largest piece that it could lend now

 protected:
  ~Lender() = default;
};

// Error: no_memory (`found`: the largest piece there is, `expected`: the bytes that are needed).
inline Result<std::byte*> borrow(Lender& lender, std::size_t bytes) {
  if (std::byte* const memory = lender.lend(bytes)) return memory;
  return fail(Code::no_memory, Where::device, lender.largest(), bytes);
}

// Set aside from the start. Lends one piece at a time.
template <std::size_t Bytes>
class Room final : public Lender {
 public:
  std::byte* lend(std::size_t bytes) override {
    if (bytes > largest()) return nullptr;
    lent_ = true;
    return memory_.data();
  }
  void take_back(std::byte*) override { lent_ = false; }
  std::size_t largest() const override { return lent_ ? 0 : Bytes; }

 private:
  alignas(std::max_align_t) std::array<std::byte, Bytes> memory_;
  bool lent_ = false;
};

// The first base of a class whose other base borrows: rooms are there before it.
template <std::size_t Bytes>
struct WithRoom {
  Room<Bytes> room;
};

// An object in lent memory, as long as it is needed.
template <class T>
class Borrowed {
 public:
  explicit Borrowed(Lender& lender) : lender_(lender) {}  // which outlives it
  ~Borrowed() { give_back(); }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;

  // A new one, in place of the one before. Error: no_memory.
  template <class... Arguments>
  Result<> make(Arguments&&... arguments) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    give_back();
    const Result<std::byte*> memory = borrow(lender_, sizeof(T));
    if (!memory) return memory.error();
    object_ = new (*memory) T(std::forward<Arguments>(arguments)...);
    return {};
  }
  void give_back() {
    if (object_ == nullptr) return;
    T* const object = std::exchange(object_, nullptr);
    object->~T();
    lender_.take_back(reinterpret_cast<std::byte*>(object));
  }
  explicit operator bool() const { return object_ != nullptr; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }

 private:
  Lender& lender_;
  T* object_ = nullptr;
};

}  // namespace updraft
