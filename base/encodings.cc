// SPDX-License-Identifier: Apache-2.0
#include "base/encodings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
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

std::optional<Bytes> bytes_of_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.size() > padding && text[text.size() - 1 - padding] == '=') ++padding;
  text.remove_suffix(padding);
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  std::size_t count = 0;  // of bits that are not yet bytes
  for (const char c : text) {
    const std::size_t digit = kBase64Digits.find(c);
    if (digit == kBase64Digits.npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<Byte>(bits >> count & 255));
  }
  if (count != 2 * padding || (bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return bytes;
}

namespace {

constexpr std::string_view kUnits = "kmgt";

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

// The whole number that begins `text`, which loses its digits; nothing where there is none, or one
// beyond 64 bits.
std::optional<std::uint64_t> take_number(std::string_view& text, int base) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc()) return std::nullopt;
  text = std::string_view(rest, static_cast<std::size_t>(end - rest));
  return number;
}

// digits * 10^exponent, exactly.
struct Decimal {
  std::uint64_t digits = 0;
  int exponent = 0;
};

// "1.5" or "1e6" at the beginning of `text`, which loses it.
std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal decimal;
  bool is_fraction = false;
  std::size_t places = 0;
  for (; !text.empty(); text.remove_prefix(1)) {
    if (text[0] == '.' && !is_fraction) {
      is_fraction = true;
      continue;
    }
    if (text[0] < '0' || text[0] > '9') break;
    const auto shifted = product(decimal.digits, 10);
    if (++places > 19 || !shifted) return std::nullopt;
    decimal.digits = *shifted + static_cast<std::uint64_t>(text[0] - '0');
    decimal.exponent -= is_fraction ? 1 : 0;
  }
  if (places == 0) return std::nullopt;
  if (text.empty() || (text[0] != 'e' && text[0] != 'E')) return decimal;
  text.remove_prefix(1);
  const auto power = take_number(text, 10);
  if (!power || *power > 19) return std::nullopt;
  decimal.exponent += static_cast<int>(*power);
  return decimal;
}

// Nothing where it is no whole number, or beyond 64 bits.
std::optional<std::uint64_t> whole(Decimal decimal, std::uint64_t factor) {
  if (decimal.digits == 0) return 0;
  for (; decimal.exponent < 0 && decimal.digits % 10 == 0; ++decimal.exponent) decimal.digits /= 10;
  auto number = product(decimal.digits, factor);
  for (; number && decimal.exponent > 0; --decimal.exponent) number = product(*number, 10);
  for (; number && decimal.exponent < 0; ++decimal.exponent) {
    if (*number % 10 != 0) return std::nullopt;
    *number /= 10;
  }
  return number;
}

std::optional<std::uint64_t> factor_after_number(std::string_view unit) {
  if (unit.size() > 1 && unit[0] == ' ') unit.remove_prefix(1);
  return factor_of(unit);
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const bool is_hexadecimal = text.starts_with("0x");
  if (is_hexadecimal) text.remove_prefix(2);
  std::string_view unit = text;
  const auto number = take_number(unit, is_hexadecimal ? 16 : 10);
  const auto factor = factor_after_number(unit);
  if (is_hexadecimal || (number && factor)) {
    return number && factor ? product(*number, *factor) : std::nullopt;
  }
  const auto decimal = take_decimal(text);  // "1.5M", "1e6"
  const auto after = factor_after_number(text);
  return decimal && after ? whole(*decimal, *after) : std::nullopt;
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
