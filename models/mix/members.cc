// SPDX-License-Identifier: Apache-2.0
#include "models/mix/members.h"

#include <algorithm>
#include <cassert>

#include "base/process.h"
#include "generator/coder/symbol_coder.h"

namespace zipdream {
namespace {

constexpr std::size_t kBytes = 256;

// Bytes that members read at once: as many as a forward pass of a language model takes.
constexpr std::size_t kBlock = 64;

}  // namespace

Members::Members(const Members& other) {
  members_.reserve(other.size());
  for (const auto& member : other.members_) members_.push_back(member->clone());
}

void Members::log2_probs(std::span<double> out) const {
  assert(out.size() == kBytes * size());
  for (std::size_t m = 0; m < size(); ++m) {
    members_[m]->log2_probs(out.subspan(kBytes * m, kBytes));
  }
}

void Members::all_decisions(std::size_t m, std::span<std::uint32_t, 256> out) const {
  members_[m]->byte_decisions()->all_decisions(out);
}

void Members::teacher_force(std::span<const Symbol> bytes, const OnByte& visit) {
  const std::size_t row = kBytes * size();
  std::vector<double> rows(row * std::min(bytes.size(), kBlock));
  while (!bytes.empty()) {
    check_interrupt();
    const auto block = bytes.first(std::min(bytes.size(), kBlock));
    for (std::size_t m = 0; m < size(); ++m) {
      auto out = rows.begin() + static_cast<std::ptrdiff_t>(kBytes * m);
      std::size_t at = 0;
      members_[m]->teacher_force(block, [&](std::span<const double> log2_probs) {
        std::ranges::copy(log2_probs, out + static_cast<std::ptrdiff_t>(row * at++));
      });
    }
    for (std::size_t i = 0; i < block.size(); ++i) {
      visit(block[i], std::span<const double>(rows).subspan(row * i, row));
    }
    bytes = bytes.subspan(block.size());
  }
}

void Members::score_symbols(std::span<const Symbol> bytes, const OnByte& visit) {
  std::vector<double> rows(size() * std::min(bytes.size(), kBlock));
  while (!bytes.empty()) {
    check_interrupt();
    const auto block = bytes.first(std::min(bytes.size(), kBlock));
    for (std::size_t m = 0; m < size(); ++m) {
      std::size_t at = m;
      members_[m]->score_symbols(block, [&](double log2_prob) {
        rows[at] = log2_prob;
        at += size();
      });
    }
    for (std::size_t i = 0; i < block.size(); ++i) {
      visit(block[i], std::span<const double>(rows).subspan(size() * i, size()));
    }
    bytes = bytes.subspan(block.size());
  }
}

std::uint64_t Members::parameter_count() const {
  std::uint64_t count = 0;
  for (const auto& member : members_) count += member->parameter_count();
  return count;
}

std::string Members::describe() const {
  std::string text;
  for (const auto& member : members_) {
    const std::string more = member->describe();
    if (more.empty()) continue;
    if (!text.empty()) text += "; ";
    text += more;
  }
  return text;
}

}  // namespace zipdream
