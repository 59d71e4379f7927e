// SPDX-License-Identifier: Apache-2.0
// What libtorch computes of a language model, on a processor or a GPU: many texts at once, whose
// numbers differ from the engine's in the last digits, and from machine to machine. It is a shared
// object of its own, zipdream_torch.so (training/torch_engine.cc), that is loaded where a model is
// asked for by it; what both sides share is all here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/lm/config.h"
#include "zipdream/export.h"

namespace zipdream {

// Keys and values of texts that go on together, on the device.
class TorchTexts;

// Where a text stands: after `length` tokens, in row `row` of those texts; null: at its beginning.
struct TorchPlace {
  std::shared_ptr<TorchTexts> texts;
  std::size_t row = 0;
  std::size_t length = 0;
};

// All in floats, rows of outputs. Keys: "embedding", "output" (missing: the embedding), "norm", and
// for layer N "N.norm1", "N.qkv", "N.out", "N.norm2", "N.up", "N.down"; each may have a "KEY.bias".
struct TorchModel {
  LmConfig config;
  std::map<std::string, std::vector<float>> weights;
  // Of each position: cos and sin of its rotations, (head_dim), or what is added to its embedding,
  // (hidden_size).
  std::vector<float> positions;
  std::string device;  // "cpu" or "cuda"
  bool bf16 = false;   // products, and what goes from one to the next, in 16 bits
  std::size_t threads = 1;
};

// Threads: immutable; all members may be called from many at once.
class TorchEngine {
 public:
  virtual ~TorchEngine() = default;

  // How it computes, for people: "libtorch 1.13.1 on cpu in f32".
  [[nodiscard]] virtual std::string describe() const = 0;

  // Reads on in texts that stand at places of one length, in each the same number of tokens:
  // (texts, tokens). The places move on. `logits`: those after each of the last `count` tokens of
  // each text, (texts, count, vocab_size). REQUIRES: 1 <= count <= tokens of a text.
  virtual void read(std::span<const std::int64_t> tokens, std::span<TorchPlace* const> places,
                    std::size_t count, float* logits) const = 0;

  // Texts from their beginnings, (texts, tokens), which don't go on. logits: as those of read().
  virtual void read_once(std::span<const std::int64_t> tokens, std::size_t texts, std::size_t count,
                         float* logits) const = 0;

  // bits[i] = -log2 P(targets[i] follows tokens[i]), given that one of `among` does: among[target];
  // 0 where a target is -1. Texts from their beginnings, (texts, tokens). `among` empty: all
  // tokens.
  virtual void surprisals(std::span<const std::int64_t> tokens,
                          std::span<const std::int64_t> targets, std::size_t texts,
                          std::span<const std::int64_t> among, double* bits) const = 0;
};

}  // namespace zipdream

// The one symbol by which the library and its module know each other; what it returns is the
// caller's. Throws Error when there is no such device, or no memory for the weights. The number in
// the name is the version of what they share: raise it with every change to it.
extern "C" ZIPDREAM_API zipdream::TorchEngine* zipdream_torch_v2(const zipdream::TorchModel& model);
