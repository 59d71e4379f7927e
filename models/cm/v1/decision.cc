// SPDX-License-Identifier: Apache-2.0
#include "models/cm/v1/decision.h"

#include <algorithm>
#include <cassert>
#include <span>

namespace zipdream::cm_v1 {
namespace {

constexpr int kCheckShift = 56;

// How often the slot's context came up, as far as its first decision remembers; -1: a free slot.
int times_seen(const HistoryTable::Slot& slot) {
  if (slot.check == 0) return -1;
  const auto& counts = bit_history::kTable.counts[slot.histories[0]];
  return counts.zeros + counts.ones;
}

}  // namespace

HistoryTable::Found HistoryTable::find(std::uint64_t hash) const {
  const std::size_t row = row_of(hash);
  const auto check = static_cast<std::uint8_t>(std::max<std::uint64_t>(hash >> kCheckShift, 1));
  const std::span<const Slot> slots = slots_.items(row, 4);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].check == check) return {slots[i], row + i};
  }
  std::size_t least_seen = 0;
  for (std::size_t i = 1; i < slots.size(); ++i) {
    if (times_seen(slots[i]) < times_seen(slots[least_seen])) least_seen = i;
  }
  Found found = {{}, row + least_seen};
  found.slot.check = check;
  return found;
}

namespace {

constexpr int kUnusedBits = 16;  // the lowest bits of a weight, left out of products
constexpr std::int32_t kMaxWeight = (1 << 30) - 1;

}  // namespace

// Products stay below 2^25 and their sum below 2^29.
std::int32_t Mixer::mix(const MixerInputs& inputs, std::size_t row) const {
  const auto& weights = weights_[row].weights;
  MixerInputs rounded;
  for (std::size_t i = 0; i < kMixerInputs; ++i) {
    rounded[i] = static_cast<std::int16_t>(weights[i] >> kUnusedBits);
  }
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < kMixerInputs; ++i) sum += inputs[i] * rounded[i];
  return std::clamp(sum >> (kOneBits - kUnusedBits), -kMaxLogit, kMaxLogit);
}

// A step moves a weight by less than 2^26, so none leaves the range of its type. Looking for those
// that leave ours all together is cheaper than bounding each.
void Mixer::learn(const MixerInputs& inputs, std::size_t row, std::int32_t step) {
  assert(step > -32768 && step < 32768);
  auto& weights = weights_[row].weights;
  std::uint32_t beyond = 0;  // its first bit: whether any is 2^30 or more either way
  for (std::size_t i = 0; i < kMixerInputs; ++i) {
    weights[i] += inputs[i] * static_cast<std::int16_t>(step);
    const auto bits = static_cast<std::uint32_t>(weights[i]);
    beyond |= bits ^ bits << 1;
  }
  if (beyond >> 31 == 0) return;
  for (std::int32_t& weight : weights) weight = std::clamp(weight, -kMaxWeight, kMaxWeight);
}

namespace {

constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;  // 2^64 / the golden ratio
constexpr std::uint64_t kOtherOdd = 0xD6E8FEB86659FD93U;

std::uint64_t mix_in(std::uint64_t hash, std::uint64_t value) {
  hash = (hash + value + 1) * kOdd;
  return hash ^ hash >> 29;
}

std::uint64_t finish(std::uint64_t hash) {
  hash = (hash ^ hash >> 32) * kOtherOdd;
  return hash ^ hash >> 29;
}

// The letter without its case, for any byte that may be part of a word; 0 for the others.
Byte letter(Byte byte) {
  if (byte >= 'A' && byte <= 'Z') return static_cast<Byte>(byte + ('a' - 'A'));
  return (byte >= 'a' && byte <= 'z') || byte >= 128 ? byte : Byte{0};
}

constexpr std::size_t kMaxLength = 160;         // longer matches count as that
constexpr std::size_t kMaxVerifiedLength = 32;  // of a new match

// 6 to 15 one by one, then coarser; at most 31.
std::size_t length_step(std::size_t length) {
  if (length < 16) return length;
  return length < 32 ? 16 + (length - 16) / 4 : std::min<std::size_t>(20 + (length - 32) / 16, 27);
}

}  // namespace

void Contexts::append(Byte byte) {
  std::copy_backward(last_.begin(), last_.end() - 1, last_.end());
  last_[0] = byte;
  if (const Byte part = letter(byte); part != 0) {
    word_ = mix_in(word_, part);
  } else if (word_ != 0) {
    word_before_ = word_;
    word_ = 0;
  }
  hash();
}

void Contexts::hash() {
  std::uint64_t orders = 0;
  for (std::size_t i = 0; i < kContextOrders; ++i) {
    orders = mix_in(orders, last_[i]);
    hashes_[i] = orders;
  }
  const std::array<std::uint64_t, kContexts - kContextOrders> others = {
      mix_in(word_, last_[0]), mix_in(word_, word_before_), last_[1],
      std::uint64_t{last_[1]} << 8 | last_[2], std::uint64_t{last_[2]} << 8 | last_[3]};
  for (std::size_t i = 0; i < others.size(); ++i) {
    hashes_[kContextOrders + i] = mix_in(i, others[i]);
  }
  for (std::size_t i = 0; i < kContexts; ++i) hashes_[i] = finish(hashes_[i] + i);
}

std::uint64_t Contexts::with_nibble(std::uint64_t hash, unsigned nibble) {
  return hash ^ ((hash + nibble + 1) * kOdd & HistoryTable::kWithinPage);
}

std::optional<MatchModel::Prediction> MatchModel::predict(unsigned node, int bits_so_far) const {
  if (length_ == 0) return std::nullopt;
  const unsigned byte = text_[match_] | 256U;
  if (byte >> (8 - bits_so_far) != node) return std::nullopt;
  const bool bit = (byte >> (7 - bits_so_far) & 1) != 0;
  const std::size_t step = length_step(length_);
  return Prediction{bit, static_cast<std::uint8_t>(2 * step + (bit ? 1 : 0)),
                    static_cast<std::uint8_t>(1 + step / 4)};
}

void MatchModel::append(Byte byte, std::uint64_t hash) {
  if (length_ > 0 && text_[match_] == byte) {
    length_ = std::min(length_ + 1, kMaxLength);
    match_ = (match_ + 1) & kMask;
  } else {
    length_ = 0;
  }
  text_.edit(end_) = byte;
  end_ = (end_ + 1) & kMask;
  std::uint32_t& place = places_.edit(hash % kPlaces);
  if (length_ == 0) find_match(place);
  place = static_cast<std::uint32_t>(end_);
}

// A place where the bytes before it are others has the same hash only; or the ring has gone over
// it since.
void MatchModel::find_match(std::size_t place) {
  std::size_t same = 0;
  while (same < kMaxVerifiedLength &&
         text_[(place - 1 - same) & kMask] == text_[(end_ - 1 - same) & kMask]) {
    ++same;
  }
  match_ = place;
  length_ = same < kMinLength ? 0 : same;
}

namespace {

constexpr std::uint32_t kHistoryLimit = 255;  // bits that a probability averages over
constexpr double kStartWeight = 0.3;

// A mixer's step is the error times kStep (1 + 3 kSlowdown / (kSlowdown + bytes)) / 2^10.
constexpr std::uint32_t kStep = 128;
constexpr std::uint32_t kSlowdown = 3000;
constexpr std::uint32_t kMaxBytes = 1U << 24;
constexpr std::int32_t kFinalStep = 4;
// Else a long run of one byte, which costs next to nothing, would raise the weights on and on.
constexpr std::int32_t kMaxFinalWeight = 1 << 16;

constexpr std::size_t kNibbles = 17;  // of a byte: the first, or the second after each first one
constexpr int kPairBits = 12;

constexpr std::array<std::size_t, kMixers> kMixerRows = {256, 8 * 8 * MatchModel::kLengthClasses,
                                                         256};

std::array<AdaptiveProbability, 256> first_probabilities() {
  std::array<AdaptiveProbability, 256> made;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const auto& counts = bit_history::kTable.counts[i];
    const auto ones = static_cast<std::uint32_t>(counts.ones);
    made[i] = AdaptiveProbability::of(ones, ones + static_cast<std::uint32_t>(counts.zeros), 6);
  }
  return made;
}

}  // namespace

DecisionModel::DecisionModel()
    : mixers_{Mixer(kMixerRows[0], kStartWeight), Mixer(kMixerRows[1], kStartWeight),
              Mixer(kMixerRows[2], kStartWeight)},
      by_last_byte_(256 * kNibbles),
      by_last_bytes_(std::size_t{1} << kPairBits),
      step_(4 * kStep) {
  by_history_.fill(first_probabilities());
  for (auto& weights : final_weights_) weights.fill((1 << 16) / static_cast<int>(kMixers));
}

void DecisionModel::look_up(unsigned node, const Contexts& contexts, Nibble& nibble) const {
  const std::size_t which = node == 1 ? 0 : node - 15;
  nibble.blocks[0] = by_last_byte_.block(contexts.recent(0) * kNibbles + which);
  const std::uint32_t all = contexts.recent(0) << 5 | contexts.recent(1) << 13;
  nibble.blocks[1] = by_last_bytes_.block((all + static_cast<std::uint32_t>(which)) * 0x9E3779B1U >>
                                          (32 - kPairBits));
  for (const Apm::Block& block : nibble.blocks) Apm::prefetch(block, 0);
}

void DecisionModel::predict(const Nibble& nibble, const Contexts& contexts, const MatchModel& match,
                            Decision& decision) const {
  const DecisionPlace place = decision.place;
  const std::size_t in_nibble = place.in_nibble();
  if (2 * in_nibble + 2 < Apm::kBlock) {
    for (const Apm::Block& block : nibble.blocks) {  // whichever comes next
      Apm::prefetch(block, 2 * in_nibble + 1);
      Apm::prefetch(block, 2 * in_nibble + 2);
    }
  }
  std::size_t seen = 0;
  std::size_t one_sided = 0;
  for (std::size_t i = 0; i < kContexts; ++i) {
    const BitHistory history = nibble.found[i].slot.histories[in_nibble];
    decision.inputs[i] = history == 0 ? std::int16_t{0} : stretch(by_history_[i][history].p());
    if (i >= kContextOrders) continue;
    seen += history == 0 ? 0 : 1;
    one_sided += bit_history::kTable.is_one_sided[history];
  }
  decision.match = match.predict(place.node, place.bits_so_far);
  const std::int32_t by_match = decision.match ? match.p(*decision.match) : 32768;
  const std::size_t length_class = decision.match ? decision.match->length_class : 0;
  std::size_t input = kContexts;
  decision.inputs[input++] = stretch(by_node_[place.node].p());
  decision.inputs[input++] = decision.match ? stretch(by_match) : std::int16_t{0};
  decision.inputs[input++] = static_cast<std::int16_t>((by_match - 32768) >> 6);
  decision.inputs[input++] = 256;
  while (input < kMixerInputs) decision.inputs[input++] = 0;
  decision.rows = {place.node, (8 * length_class + one_sided) * 8 + seen, contexts.recent(0)};
  mix(decision);
  refine(nibble, decision);
}

void DecisionModel::mix(Decision& decision) const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < kMixers; ++i) {
    decision.logits[i] = mixers_[i].mix(decision.inputs, decision.rows[i]);
    sum += std::int64_t{final_weights_[decision.place.node][i]} * decision.logits[i];
  }
  decision.mixed = static_cast<std::int32_t>(
      std::clamp(sum >> 16, std::int64_t{-kMaxLogit}, std::int64_t{kMaxLogit}));
}

void DecisionModel::refine(const Nibble& nibble, Decision& decision) {
  const std::size_t in_nibble = decision.place.in_nibble();
  const auto a = Apm::refine(nibble.blocks[0], in_nibble, decision.mixed);
  const auto b = Apm::refine(nibble.blocks[1], in_nibble, decision.mixed);
  decision.mixed = squash(decision.mixed);
  decision.refined = {a.cell, b.cell};
  decision.p = static_cast<std::uint32_t>((2 * decision.mixed + a.p + b.p + 2) >> 2);
}

void DecisionModel::learn(const Decision& decision, bool bit, Nibble& nibble, MatchModel& match) {
  const std::size_t in_nibble = decision.place.in_nibble();
  for (std::size_t i = 0; i < kContexts; ++i) {
    BitHistory& history = nibble.found[i].slot.histories[in_nibble];
    by_history_[i][history].learn(bit, kHistoryLimit);
    history = history_after(history, bit);
  }
  by_node_[decision.place.node].learn(bit, kHistoryLimit);
  if (decision.match) match.learn(*decision.match, bit);
  const std::int32_t target = bit ? 65536 : 0;
  const std::int32_t final_error = (target - decision.mixed) * kFinalStep;
  for (std::size_t i = 0; i < kMixers; ++i) {
    const std::int32_t error = target - squash(decision.logits[i]);
    mixers_[i].learn(decision.inputs, decision.rows[i], error * step_ >> 10);
    std::int32_t& weight = final_weights_[decision.place.node][i];
    weight += static_cast<std::int32_t>(
        (std::int64_t{decision.logits[i]} * final_error + (1 << 17)) >> 18);
    weight = std::clamp(weight, -kMaxFinalWeight, kMaxFinalWeight);
  }
  by_last_byte_.learn(decision.refined[0], bit);
  by_last_bytes_.learn(decision.refined[1], bit);
}

void DecisionModel::end_byte() {
  if (bytes_ == kMaxBytes) return;
  ++bytes_;
  step_ = static_cast<std::int32_t>(kStep + 3 * kStep * kSlowdown / (kSlowdown + bytes_));
}

}  // namespace zipdream::cm_v1
