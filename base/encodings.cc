// SPDX-License-Identifier: Apache-2.0
#include "base/encodings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <system_error>

namespace zipdream {
namespace {

constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

void append_varint(std::uint64_t number, Bytes& out) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<Byte>(number | 0x80));
  out.push_back(static_cast<Byte>(number));
}

std::optional<std::uint64_t> take_varint(ByteView& bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const std::uint64_t digits = bytes[i] & 0x7f;
    if (i == 9 && digits > 1) return std::nullopt;
    number |= digits << (7 * i);
    if (bytes[i] >= 0x80) continue;
    if (bytes[i] == 0 && i > 0) return std::nullopt;
    bytes = bytes.subspan(i + 1);
    return number;
  }
  return std::nullopt;
}

// Three bytes are four digits of six bits; at the end the digits without any bit of a byte are =.
std::string base64(ByteView bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t present = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (j < present ? bytes[i + j] : 0U);
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= present ? kBase64Digits[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

namespace {

constexpr std::string_view kUnits = "kmgt";

// Doubles hold all whole numbers up to here.
constexpr double kMaxExact = 9007199254740992.0;

// What "K", "kib" or "MB" multiplies by; nothing for other texts.
std::optional<std::uint64_t> factor_of(std::string_view unit) {
  std::string name;
  for (const char c : unit) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (name.empty() || name == "b") return 1;
  const std::size_t power = kUnits.find(name[0]);
  if (power == kUnits.npos) return std::nullopt;
  const std::string_view rest = std::string_view(name).substr(1);
  std::uint64_t base = 0;
  if (rest.empty() || rest == "i" || rest == "ib") base = 1024;
  if (rest == "b") base = 1000;
  if (base == 0) return std::nullopt;
  std::uint64_t factor = base;
  for (std::size_t i = 0; i < power; ++i) factor *= base;
  return factor;
}

std::optional<std::uint64_t> product(std::uint64_t number, std::uint64_t factor) {
  if (number > std::numeric_limits<std::uint64_t>::max() / factor) return std::nullopt;
  return number * factor;
}

std::optional<std::uint64_t> product(double number, std::uint64_t factor) {
  number *= static_cast<double>(factor);
  if (!(number >= 0 && number <= kMaxExact) || number != std::floor(number)) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

template <typename Number, typename... Base>
std::optional<std::uint64_t> size_in(std::string_view text, Base... base) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, base...);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  if (unit.size() > 1 && unit[0] == ' ') unit.remove_prefix(1);
  const auto factor = factor_of(unit);
  return factor ? product(number, *factor) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.starts_with("0x")) return size_in<std::uint64_t>(text.substr(2), 16);
  if (const auto whole = size_in<std::uint64_t>(text)) return whole;
  return size_in<double>(text);  // "1.5M", "1e6"
}

std::string size_text(std::uint64_t size) {
  constexpr std::string_view kNames = "KMGT";
  std::size_t unit = 0;
  while (size > 0 && size % 1024 == 0 && unit < kNames.size()) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{}{}", size, unit > 0 ? kNames.substr(unit - 1, 1) : "");
}

}  // namespace zipdream
