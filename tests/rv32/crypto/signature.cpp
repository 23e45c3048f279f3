// ECDSA on P-256 (FIPS 186-5 section 6.4.2), in Montgomery's form and Jacobian coordinates. TEST
// ONLY: neither fast nor of constant time. Right by the vectors that verifier.cpp checks.
#include "engine/crypto/signature.hpp"

namespace updraft::crypto {
namespace {

using Number = std::array<std::uint32_t, 8>;  // the lowest word first

constexpr Number kPrime = {0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0, 1, 0xffffffff};
constexpr Number kOrder = {0xfc632551, 0xf3b9cac2, 0xa7179e84, 0xbce6faad,
                           0xffffffff, 0xffffffff, 0,          0xffffffff};
constexpr Number kB = {0x27d2604b, 0x3bce3c3e, 0xcc53b0f6, 0x651d06b0,
                       0x769886bc, 0xb3ebbd55, 0xaa3a93e7, 0x5ac635d8};
constexpr Number kBaseX = {0xd898c296, 0xf4a13945, 0x2deb33a0, 0x77037d81,
                           0x63a440f2, 0xf8bce6e5, 0xe12c4247, 0x6b17d1f2};
constexpr Number kBaseY = {0x37bf51f5, 0xcbb64068, 0x6b315ece, 0x2bce3357,
                           0x7c0f9e16, 0x8ee7eb4a, 0xfe1a7f9b, 0x4fe342e2};
constexpr Number kZero{}, kOne{1};

Number number(Bytes big_endian) {
  Number n;
  for (std::size_t i = 0; i < n.size(); ++i) {
    n[i] = static_cast<std::uint32_t>(load_be(big_endian.subspan(28 - 4 * i, 4)));
  }
  return n;
}

// a - b; whether it was below zero.
bool subtract(Number& a, const Number& b) {
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::uint64_t word = std::uint64_t{a[i]} - b[i] - borrow;
    a[i] = static_cast<std::uint32_t>(word);
    borrow = word >> 63;
  }
  return borrow != 0;
}

std::uint32_t increase(Number& a, const Number& b) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    carry += std::uint64_t{a[i]} + b[i];
    a[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  return static_cast<std::uint32_t>(carry);
}

bool below(Number a, const Number& b) { return subtract(a, b); }

// Numbers modulo `m`, each times 2^256.
class Field {
 public:
  explicit Field(const Number& m) : m_(m), squared_(kOne) {
    for (unsigned i = 0; i < 512; ++i) squared_ = plus(squared_, squared_);
    for (unsigned i = 0; i < 5; ++i) inverse_ *= 2 - m_[0] * inverse_;  // Newton, modulo 2^32
  }
  Number in(const Number& a) const { return times(a, squared_); }
  Number out(const Number& a) const { return times(a, kOne); }
  Number plus(Number a, const Number& b) const {
    const std::uint32_t carry = increase(a, b);
    if (carry != 0 || !below(a, m_)) (void)subtract(a, m_);
    return a;
  }
  Number minus(Number a, const Number& b) const {
    if (subtract(a, b)) (void)increase(a, m_);
    return a;
  }
  Number times(const Number& a, const Number& b) const {
    std::array<std::uint32_t, 10> sum{};
    for (const std::uint32_t word : a) {
      add_product(sum, b, word);
      add_product(sum, m_, sum[0] * (0 - inverse_));
      std::copy(sum.begin() + 1, sum.end(), sum.begin());  // the lowest word is 0 now
      sum.back() = 0;
    }
    Number result;
    std::copy_n(sum.begin(), result.size(), result.begin());
    if (sum[8] != 0 || !below(result, m_)) (void)subtract(result, m_);
    return result;
  }
  // a to the power of m - 2, which is 1 / a.
  Number inverse(const Number& a) const {
    Number power = m_;
    power[0] -= 2;
    Number result = in(kOne);
    for (unsigned bit = 256; bit-- > 0;) {
      result = times(result, result);
      if ((power[bit / 32] >> bit % 32 & 1u) != 0) result = times(result, a);
    }
    return result;
  }

 private:
  static void add_product(std::array<std::uint32_t, 10>& sum, const Number& a, std::uint32_t b) {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      carry += std::uint64_t{a[i]} * b + sum[i];
      sum[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    for (std::size_t i = a.size(); i < sum.size(); ++i) {
      carry += sum[i];
      sum[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
  }
  Number m_, squared_;
  std::uint32_t inverse_ = 1;
};

struct Point {
  Number x, y, z{};  // z = 0: the point at infinity
};

// y^2 = x^3 - 3x + b
bool on_curve(const Field& f, const Number& x, const Number& y) {
  const Number cube = f.times(f.times(x, x), x);
  const Number right = f.plus(f.minus(cube, f.plus(x, f.plus(x, x))), f.in(kB));
  return f.times(y, y) == right;
}

Point twice(const Field& f, const Point& p) {
  const Number delta = f.times(p.z, p.z), gamma = f.times(p.y, p.y), beta = f.times(p.x, gamma);
  const Number slope = f.times(f.minus(p.x, delta), f.plus(p.x, delta));
  const Number alpha = f.plus(slope, f.plus(slope, slope));
  const Number beta4 = f.plus(f.plus(beta, beta), f.plus(beta, beta));
  const Number x = f.minus(f.times(alpha, alpha), f.plus(beta4, beta4));
  const Number gamma2 = f.plus(gamma, gamma), eighth = f.times(gamma2, gamma2);
  const Number y = f.minus(f.times(alpha, f.minus(beta4, x)), f.plus(eighth, eighth));
  const Number yz = f.times(p.y, p.z);
  return {x, y, f.plus(yz, yz)};
}

// `q` is affine: its z is 1.
Point sum(const Field& f, const Point& p, const Point& q) {
  if (p.z == kZero) return q;
  const Number zz = f.times(p.z, p.z);
  const Number h = f.minus(f.times(q.x, zz), p.x);
  const Number r = f.minus(f.times(q.y, f.times(zz, p.z)), p.y);
  if (h == kZero) return r == kZero ? twice(f, p) : Point{};
  const Number hh = f.times(h, h), hhh = f.times(hh, h), v = f.times(p.x, hh);
  const Number x = f.minus(f.minus(f.times(r, r), hhh), f.plus(v, v));
  const Number y = f.minus(f.times(r, f.minus(v, x)), f.times(p.y, hhh));
  return {x, y, f.times(p.z, h)};
}

Point multiple(const Field& f, const Point& point, const Number& by, Point from) {
  for (unsigned bit = 256; bit-- > 0;) {
    from = twice(f, from);
    if ((by[bit / 32] >> bit % 32 & 1u) != 0) from = sum(f, from, point);
  }
  return from;
}

}  // namespace

bool verify_p256(Bytes point, const Sha256Digest& digest, Bytes signature) {
  const Field f(kPrime), scalars(kOrder);
  const Number r = number(signature.first(32)), s = number(signature.subspan(32));
  const Number key_x = number(point.first(32)), key_y = number(point.subspan(32));
  for (const Number* const each : {&r, &s}) {
    if (*each == kZero || !below(*each, kOrder)) return false;
  }
  if (!below(key_x, kPrime) || !below(key_y, kPrime)) return false;
  const Number one = f.in(kOne);
  const Point key{f.in(key_x), f.in(key_y), one}, base{f.in(kBaseX), f.in(kBaseY), one};
  if (!on_curve(f, key.x, key.y)) return false;
  Number hash = number(digest);
  if (!below(hash, kOrder)) (void)subtract(hash, kOrder);
  const Number w = scalars.inverse(scalars.in(s));
  const Number u1 = scalars.times(hash, w), u2 = scalars.times(r, w);
  const Point a = multiple(f, base, u1, {}), b = multiple(f, key, u2, {});
  if (b.z == kZero) return false;
  // Affine, for the sum.
  const Number back = f.inverse(b.z), back2 = f.times(back, back);
  const Point all = sum(f, a, {f.times(b.x, back2), f.times(b.y, f.times(back2, back)), one});
  if (all.z == kZero) return false;
  const Number z = f.inverse(all.z);
  Number x = f.out(f.times(all.x, f.times(z, z)));
  if (!below(x, kOrder)) (void)subtract(x, kOrder);
  return x == r;
}

// Not here: nothing that the proof installs is signed so, and such a signature counts as wrong.
bool verify_rsa_pss(Bytes, std::uint32_t, const Sha256Digest&, Bytes) { return false; }

}  // namespace updraft::crypto
