// SPDX-License-Identifier: Apache-2.0
// The parts of tokenizer.json that bear on BPE: "model", "added_tokens", and of "normalizer" and
// "pre_tokenizer" the kinds that lose nothing. The decoder is not read: it undoes those.
#include <fmt/format.h>

#include <cctype>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "models/bounded_json.h"
#include "models/tokenizers/unicode.h"
#include "models/tokenizers/vocabulary_file.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581
constexpr const char* kPunctuation = R"([!-/:-@\[-`{-~\p{P}])";
constexpr std::size_t kMaxSteps = 32;

// A pattern that is the text alone.
std::string quoted_for_regex(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c > 0 && std::isalnum(static_cast<unsigned char>(c)) == 0) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// The value, or the fallback where it is left out or null.
template <typename T>
T value_or(const Json& object, const char* key, T fallback) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? fallback : found->get<T>();
}

const Json& child(const Json& object, const char* key) {
  static const Json null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

// Comparing a value with a literal would make a value of it in a function that must not throw, and
// may run out of memory.
bool is_text(const Json& value, std::string_view text) {
  const auto* const held = value.get_ptr<const std::string*>();
  return held != nullptr && *held == text;
}

// A step, or the steps of a sequence, in order.
std::vector<const Json*> steps_of(const Json& step, const char* list) {
  if (step.is_null()) return {};
  if (!is_text(step.at("type"), "Sequence")) return {&step};
  std::vector<const Json*> steps;
  for (const Json& part : step.at(list)) {
    for (const Json* inner : steps_of(part, list)) steps.push_back(inner);
  }
  return steps;
}

class TokenizerJson {
 public:
  TokenizerJson(const Json& root, const std::string& path) : root_(root) { file_.where = path; }

  VocabularyFile read() {
    read_model(root_.at("model"));
    for (const Json* step : steps_of(child(root_, "normalizer"), "normalizers")) normalizer(*step);
    for (const Json* step : steps_of(child(root_, "pre_tokenizer"), "pretokenizers")) {
      pre_tokenizer(*step);
    }
    if (const Json& added = child(root_, "added_tokens"); !added.is_null()) read_added(added);
    for (const Json* step : steps_of(child(root_, "post_processor"), "processors")) {
      post_processor(*step);
    }
    return std::move(file_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Error(file_.where + ": " + what); }

  void read_model(const Json& model) {
    const auto type = value_or<std::string>(model, "type", "BPE");
    if (type != "BPE") {
      fail("the tokenizer's model is " + in_quotes(type) +
           "; only BPE is supported, of which encoding and "
           "decoding lose nothing");
    }
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!value_or<std::string>(model, key, "").empty()) {
        fail(std::string("the option ") + key + " is not supported: it marks words, not bytes");
      }
    }
    file_.byte_fallback = value_or(model, "byte_fallback", false);
    file_.whole_words = value_or(model, "ignore_merges", false);
    file_.unknown = value_or<std::string>(model, "unk_token", "");
    for (const auto& [name, id] : model.at("vocab").items()) {
      file_.vocabulary.emplace_back(name, id_of(id, name));
    }
    for (const Json& merge : model.at("merges")) read_merge(merge);
  }

  std::uint64_t id_of(const Json& id, const std::string& name) const {
    if (!id.is_number_unsigned())
      fail("the id of " + in_quotes(name) + " is not a whole number from 0");
    return id.get<std::uint64_t>();
  }

  // "left right" or ["left", "right"].
  void read_merge(const Json& merge) {
    if (merge.is_array() && merge.size() == 2) {
      file_.merges.emplace_back(merge[0].get<std::string>(), merge[1].get<std::string>());
      return;
    }
    const auto text = merge.get<std::string>();
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) {
      fail("merge " + std::to_string(file_.merges.size() + 1) + " is not two tokens and a space");
    }
    file_.merges.emplace_back(text.substr(0, space), text.substr(space + 1));
  }

  void normalizer(const Json& step) {
    const auto type = step.at("type").get<std::string>();
    if (type == "NFC") return;  // composed text stays as it is; of other text we keep the bytes
    if (type == "Prepend" && is_text(step.at("prepend"), kSpaceMark)) {
      file_.prefix = " ";
      file_.prefix_after_control = true;
    } else if (type == "Replace" && is_text(child(step.at("pattern"), "String"), " ") &&
               is_text(step.at("content"), kSpaceMark)) {
      file_.encoding = VocabularyFile::Encoding::kSpaceMarks;
      seen_ = WordStep::Seen::kSpaceMarks;
    } else {
      fail("the normalizer " + in_quotes(type) +
           " is not supported: what it changes would not come back");
    }
  }

  void pre_tokenizer(const Json& step) {
    const auto type = step.at("type").get<std::string>();
    if (type == "ByteLevel") {
      file_.encoding = VocabularyFile::Encoding::kByteLevel;
      if (value_or(step, "add_prefix_space", true)) file_.prefix = " ";
      if (value_or(step, "use_regex", true)) add_step({.kind = WordStep::Kind::kGpt2});
      seen_ = WordStep::Seen::kByteLevel;
    } else if (type == "Metaspace") {
      metaspace(step);
    } else if (type == "Split") {
      split(step);
    } else if (type == "Digits") {
      digits(step);
    } else if (type == "Punctuation") {
      add_regex(kPunctuation, value_or<std::string>(step, "behavior", "Isolated"), false);
    } else {
      fail("the pre_tokenizer " + in_quotes(type) +
           " is not supported; those that are: ByteLevel, Metaspace, Digits, Punctuation, Split");
    }
  }

  void digits(const Json& step) {
    const bool each = value_or(step, "individual_digits", false);
    if (seen_ != WordStep::Seen::kText) {
      return add_regex(R"(\p{N})", each ? "Isolated" : "Contiguous", false);
    }
    add_step({.kind = each ? WordStep::Kind::kEachNumber : WordStep::Kind::kNumberRuns});
  }

  void metaspace(const Json& step) {
    if (value_or<std::string>(step, "replacement", std::string(kSpaceMark)) != kSpaceMark) {
      fail("the pre_tokenizer Metaspace marks spaces by another character than U+2581");
    }
    file_.encoding = VocabularyFile::Encoding::kSpaceMarks;
    const auto scheme = value_or<std::string>(step, "prepend_scheme", "always");
    if (value_or(step, "add_prefix_space", true) && scheme != "never") {
      file_.prefix = " ";
      file_.prefix_after_control = scheme != "first";
    }
    if (value_or(step, "split", true)) add_step({.kind = WordStep::Kind::kSpaces});
    seen_ = WordStep::Seen::kSpaceMarks;
  }

  void split(const Json& step) {
    const Json& pattern = step.at("pattern");
    // Spaces are marks by now; the pattern, common in files made from SentencePiece's, finds none.
    if (is_text(child(pattern, "String"), " ") &&
        file_.encoding == VocabularyFile::Encoding::kSpaceMarks) {
      return;
    }
    const auto text = value_or<std::string>(pattern, "String", "");
    const auto regex = value_or<std::string>(pattern, "Regex", quoted_for_regex(text));
    add_regex(regex, value_or<std::string>(step, "behavior", ""), value_or(step, "invert", false));
  }

  void add_regex(const std::string& regex, const std::string& behavior, bool inverted) {
    WordStep step;
    try {
      step = step_of_regex(regex);
    } catch (const Error& error) {
      fail(error.what());
    }
    if (seen_ != WordStep::Seen::kText) {  // what is scanned by hand sees the text alone
      step = {.kind = WordStep::Kind::kRegex, .regex = std::make_shared<const Regex>(regex)};
    }
    step.inverted = inverted;
    if (behavior == "MergedWithPrevious") {
      step.behavior = WordStep::Behavior::kMergedWithPrevious;
    } else if (behavior == "MergedWithNext") {
      step.behavior = WordStep::Behavior::kMergedWithNext;
    } else if (behavior == "Contiguous") {
      step.behavior = WordStep::Behavior::kContiguous;
    } else if (behavior != "Isolated" && !(behavior == "Removed" && inverted)) {
      // Removed and inverted: tiktoken's way to keep the words, of which the pattern leaves nothing
      // out; what it should leave out is kept.
      fail(
          fmt::format("a pre_tokenizer Split that has the behavior {} is not supported: what it "
                      "takes away would not come back",
                      in_quotes(behavior)));
    }
    add_step(std::move(step));
  }

  // What is scanned by hand covers the text, so that its behavior makes no difference but for
  // merging.
  void add_step(WordStep step) {
    if (step.kind != WordStep::Kind::kRegex && step.behavior != WordStep::Behavior::kIsolated) {
      fail("a pre_tokenizer that merges the words of such a pattern is not supported");
    }
    if (file_.words.size() == kMaxSteps) fail("more pre_tokenizers than any tokenizer has");
    step.seen = seen_;
    file_.words.push_back(std::move(step));
  }

  void read_added(const Json& tokens) {
    for (const Json& token : tokens) {
      VocabularyFile::Added added;
      added.name = token.at("content").get<std::string>();
      added.id = id_of(token.at("id"), added.name);
      added.control = value_or(token, "special", false);
      added.matching = {.single_word = value_or(token, "single_word", false),
                        .takes_spaces_before = value_or(token, "lstrip", false),
                        .takes_spaces_after = value_or(token, "rstrip", false),
                        .normalized = value_or(token, "normalized", !added.control)};
      file_.added.push_back(std::move(added));
    }
  }

  // [begin] text [end], as a template of names.
  void post_processor(const Json& step) {
    if (!is_text(step.at("type"), "TemplateProcessing")) return;
    bool seen_text = false;
    for (const Json& piece : step.at("single")) {
      seen_text = seen_text || piece.contains("Sequence");
      if (!piece.contains("SpecialToken")) continue;
      const auto name = piece["SpecialToken"].at("id").get<std::string>();
      std::string& place = seen_text ? file_.end_of_text : file_.begin_of_text;
      if (place.empty()) place = name;
    }
  }

  const Json& root_;
  VocabularyFile file_;
  WordStep::Seen seen_ = WordStep::Seen::kText;  // what the next step sees
};

// A token's name, alone or with its options; empty where there is none.
std::string token_name(const Json& config, const char* key) {
  const Json& token = child(config, key);
  return token.is_object() ? value_or<std::string>(token, "content", "")
                           : value_or<std::string>(config, key, "");
}

// Fills in what begins and ends a text from the file beside, if that is there.
void read_config(const std::string& path, VocabularyFile& file) {
  if (!std::filesystem::is_regular_file(path)) return;
  const Bytes text = read_file(path, kMaxVocabularyBytes);
  const auto document = parse_bounded_json<Json>(as_chars(text), path);
  const Json& config = *document;
  if (file.begin_of_text.empty()) file.begin_of_text = token_name(config, "bos_token");
  if (file.end_of_text.empty()) file.end_of_text = token_name(config, "eos_token");
}

}  // namespace

VocabularyFile parse_tokenizer_json(std::string_view text, const std::string& where) {
  try {
    const auto document = parse_bounded_json<Json>(text, where);
    const Json& root = *document;
    return TokenizerJson(root, where).read();
  } catch (const Json::exception& e) {
    throw Error(where + ": not laid out as a tokenizer of Hugging Face (" + e.what() + ")");
  }
}

VocabularyFile read_tokenizer_json(const std::string& path) {
  const Bytes text = read_file(path, kMaxVocabularyBytes);
  VocabularyFile file = parse_tokenizer_json(as_chars(text), path);
  // Of strings alone: libstdc++ 12's path::replace_filename() breaks where memory runs out.
  const std::string config = path.substr(0, path.rfind('/') + 1) + kTokenizerConfig;
  try {
    read_config(config, file);
  } catch (const Json::exception& e) {
    throw Error(config + ": not laid out as one of Hugging Face (" + e.what() + ")");
  }
  return file;
}

}  // namespace zipdream
