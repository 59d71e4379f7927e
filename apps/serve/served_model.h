// SPDX-License-Identifier: Apache-2.0
// A model that is served: loaded once, with the ids of its symbols and the prompts that it has read
// lately, so that a request which goes on from one of them pays only for what is new.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "media/media.h"
#include "models/lm/chat_format.h"
#include "zipdream/predictor.h"
#include "zipdream/registry.h"
#include "zipdream/spec.h"

namespace zipdream {

// What clients call a model: its spec, and perhaps "@lengths" or "@tables" behind it for how a
// codec's probabilities are had. Throws a usage Error as Spec::parse().
struct NamedModel {
  Spec spec;
  std::optional<Probs> probs;
};
[[nodiscard]] NamedModel parse_model_name(const std::string& name);

// What clients may begin a prompt of ids with where the model has no symbol for it: that a text
// begins. It has no bytes.
inline constexpr Symbol kTextBegins = ~Symbol{0};
inline constexpr const char* kTextBeginsName = "<|endoftext|>";

// Threads: all members may be called from many.
class ServedModel {
 public:
  // Loads the model of that name. Throws Error as make_predictor(), but not for the width that a
  // model of rows of pixels has to know: each image will tell its own.
  ServedModel(const std::string& name, std::size_t kept_prompts);

  [[nodiscard]] const std::string& name() const { return name_; }
  // What it goes on with: images or sounds alone where it was made for them.
  [[nodiscard]] std::span<const Media> media() const { return media_; }
  // Whether it goes on with what has a shape alone: an image has to tell the width.
  [[nodiscard]] bool needs_shape() const { return needs_shape_; }
  // REQUIRES: !needs_shape(), but for what all shapes have in common: symbols, parameters.
  [[nodiscard]] const Predictor& start() const { return *start_; }

  // How clients know symbols: a token's id in the model's vocabulary; of bytes the byte, and 256
  // where the model can say that a text is over.
  [[nodiscard]] std::uint32_t id(Symbol symbol) const {
    return symbol == kTextBegins ? end_of_text_id() : start_->token_id(symbol);
  }
  [[nodiscard]] ByteView bytes(Symbol symbol) const {
    return symbol == kTextBegins ? ByteView() : start_->symbol_bytes(symbol);
  }
  // Nothing where no symbol has that id.
  [[nodiscard]] std::optional<Symbol> symbol_of(std::uint64_t id) const;
  [[nodiscard]] std::size_t alphabet_size() const { return start_->alphabet_size(); }
  // The symbol that ends a text; none where the model has none.
  [[nodiscard]] std::optional<Symbol> end_of_text() const { return end_of_text_; }
  // What clients get for it: its id, or 256 of models of bytes that have none.
  [[nodiscard]] std::uint32_t end_of_text_id() const;

  // The symbols of a text. Throws Error when a byte has no symbol.
  [[nodiscard]] std::vector<Symbol> tokenize(std::string_view text) const;

  // How conversations are written for it; null where its files say nothing that is known.
  [[nodiscard]] const ChatFormat* chat_format() const { return chat_format_; }

  // A model that stands after the first `known` of these symbols: as many as an earlier prompt has
  // paid for.
  struct Nearest {
    std::unique_ptr<Predictor> predictor;
    std::size_t known = 0;
  };
  [[nodiscard]] Nearest nearest(std::span<const Symbol> symbols) const;

  // Keeps a model that stands after these symbols; the one that was asked for longest ago goes.
  void keep(std::span<const Symbol> symbols, const Predictor& predictor) const;

 private:
  struct Kept {
    std::vector<Symbol> symbols;
    std::shared_ptr<const Predictor> predictor;
  };

  void load(const NamedModel& named);
  void number_symbols();

  std::string name_;
  std::vector<Media> media_;
  bool needs_shape_ = false;
  const ChatFormat* chat_format_ = nullptr;
  std::unique_ptr<const Predictor> start_;  // reads control tokens where it observes a text
  std::optional<Symbol> end_of_text_;
  std::unordered_map<std::uint64_t, Symbol> symbols_;  // by id
  std::size_t most_kept_;
  mutable std::mutex mutex_;      // of what follows
  mutable std::list<Kept> kept_;  // the last one asked for first
};

}  // namespace zipdream
