// SPDX-License-Identifier: Apache-2.0
// JSON from files of others, parsed within bounds: text as large as the caller lets in, values
// nested no deeper than kMaxJsonDepth, and one-line Errors. A template, so that this header needs
// none of a library's: include <nlohmann/json.hpp> in the .cc and name nlohmann::json.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_format.h"
#include "zipdream/error.h"

namespace zipdream {

inline constexpr int kMaxJsonDepth = 64;

// The destructor of nlohmann's values asks for memory to do without recursion, and so ends the
// program where memory has run out. Emptied from the innermost values on it asks for none.
template <typename Json>
void empty_json(Json& value) noexcept {
  if (!value.is_structured()) return;
  for (auto& inner : value) empty_json(inner);
  value.clear();
}

template <typename Json>
struct EmptyJsonFirst {
  void operator()(Json* value) const noexcept {
    empty_json(*value);
    delete value;
  }
};

// A parsed document. What refers to its values must not outlive it.
template <typename Json>
using JsonDocument = std::unique_ptr<Json, EmptyJsonFirst<Json>>;

// Builds a document from the events of nlohmann's parser. Of two members of one name the last one
// counts.
template <typename Json>
class JsonBuilder final : public Json::json_sax_t {
 public:
  explicit JsonBuilder(std::string where) : where_(std::move(where)) {}

  [[nodiscard]] JsonDocument<Json> take() { return std::move(document_); }

  bool null() override { return add(Json(nullptr)); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(typename Json::number_integer_t value) override { return add(Json(value)); }
  bool number_unsigned(typename Json::number_unsigned_t value) override { return add(Json(value)); }
  bool number_float(typename Json::number_float_t value,
                    const typename Json::string_t& /*text*/) override {
    return add(Json(value));
  }
  bool string(typename Json::string_t& value) override { return add(Json(std::move(value))); }
  bool binary(typename Json::binary_t& value) override { return add(Json(std::move(value))); }

  bool start_object(std::size_t /*size*/) override { return start(Json::value_t::object); }
  bool start_array(std::size_t /*size*/) override { return start(Json::value_t::array); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }

  bool key(typename Json::string_t& name) override {
    member_ = &(*open_.back())[name];
    return true;
  }

  template <typename Exception>
  bool refuse(std::size_t position, const Exception& error) {
    constexpr int kOutOfRange = 400;  // and above, by nlohmann's numbers of exceptions
    if (error.id >= kOutOfRange) {
      throw Error(where_ + ": JSON with a number that is out of range; is the file damaged?");
    }
    throw Error(where_ + ": not valid JSON at byte " + std::to_string(position) +
                "; is the file whole?");
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const typename Json::exception& error) override {
    return refuse(position, error);
  }

 private:
  Json& put(Json value) {
    if (open_.empty()) return *document_ = std::move(value);
    if (open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      return open_.back()->back();
    }
    return *member_ = std::move(value);
  }

  bool add(Json value) {
    put(std::move(value));
    return true;
  }

  bool start(typename Json::value_t kind) {
    if (open_.size() == kMaxJsonDepth) {
      throw Error(where_ + ": JSON nested too deep; is the file damaged?");
    }
    open_.push_back(&put(Json(kind)));
    return true;
  }

  bool end() {
    open_.pop_back();
    return true;
  }

  std::string where_;
  JsonDocument<Json> document_{new Json()};
  std::vector<Json*> open_;  // the objects and arrays around what comes next
  Json* member_ = nullptr;   // of the innermost object, that gets the next value
};

// `where` begins the Error's text.
template <typename Json>
[[nodiscard]] JsonDocument<Json> parse_bounded_json(std::string_view text,
                                                    const std::string& where) {
  refuse_pointer(as_bytes(text), where);
  JsonBuilder<Json> builder(where);
  Json::sax_parse(text, &builder);
  return builder.take();
}

}  // namespace zipdream
