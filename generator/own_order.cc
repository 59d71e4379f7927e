// SPDX-License-Identifier: Apache-2.0
#include "generator/own_order.h"

#include <utility>

#include "base/process.h"

namespace zipdream {

Bytes put_in_order(ByteView bytes, std::span<const std::uint32_t> order) {
  Bytes ordered(bytes.size());
  for (std::size_t i = 0; i < ordered.size(); ++i) ordered[i] = bytes[order[i]];
  return ordered;
}

std::optional<OrderedSequence> in_order(const Predictor& start, const Sequence& sequence) {
  std::size_t size = sequence.prompt.size() + sequence.count;
  for (const Bytes& segment : sequence.forced_segments) size += segment.size();
  std::optional<InOrder> own = start.in_order(size, sequence.prompt.size());
  if (!own) return std::nullopt;
  std::vector<OrderedSequence::Place> places;  // as they lie
  places.reserve(size);
  std::size_t generated = 0;
  const auto give = [&](ByteView bytes) {
    for (const Byte byte : bytes) places.push_back({byte, 0});
  };
  give(sequence.prompt);
  const Bytes nothing_yet(sequence.count);
  visit_segments(
      sequence, nothing_yet,
      [&](ByteView bytes) {
        for (std::size_t i = 0; i < bytes.size(); ++i) places.push_back({{}, generated++});
      },
      give);
  OrderedSequence ordered{std::move(own->predictor), {}};
  ordered.places.reserve(size);
  for (const std::uint32_t at : own->order) ordered.places.push_back(places[at]);
  return ordered;
}

void show_in_order(
    OrderedSequence& sequence, ByteView continuation,
    const std::function<void(std::span<const double> log2_probs, std::size_t at)>& on_expected) {
  std::vector<double> log2_probs(sequence.predictor->alphabet_size());
  for (const OrderedSequence::Place& place : sequence.places) {
    if (interrupt_requested()) return;
    if (place.given) {
      sequence.predictor->observe({&*place.given, 1});
      continue;
    }
    sequence.predictor->log2_probs(log2_probs);
    on_expected(log2_probs, place.generated);
    sequence.predictor->observe({&continuation[place.generated], 1});
  }
}

}  // namespace zipdream
