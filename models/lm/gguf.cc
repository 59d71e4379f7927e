// SPDX-License-Identifier: Apache-2.0
#include "models/lm/gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <utility>

#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "GGUF";
constexpr std::uint64_t kMaxValues = std::uint64_t{1} << 16;
constexpr std::uint64_t kMaxTensors = std::uint64_t{1} << 17;
constexpr std::uint64_t kMaxName = 65535;  // bytes, as the format has it
constexpr std::uint32_t kMaxDimensions = 4;
constexpr std::uint64_t kMaxAlignment = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxParts = 99999;  // five digits
constexpr int kMaxListDepth = 4;
// The least that a value (name, type, a byte) and a tensor (name, dimensions, type, place) take.
constexpr std::uint64_t kMinValueBytes = 8 + 4 + 1;
constexpr std::uint64_t kMinTensorBytes = 8 + 4 + 8 + 4 + 8;

// The types of values.
enum Type : std::uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kText,
  kList,
  kU64,
  kI64,
  kF64,
  kTypeCount,
};

// Bytes of a number; 0 for texts and lists.
constexpr std::array<std::size_t, kTypeCount> kTypeBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

std::uint64_t number_at(const Byte* bytes, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

// The number as the integer of 64 bits that it is, whose sign goes up to the highest.
std::uint64_t signed_at(const Byte* bytes, std::size_t size) {
  const std::uint64_t value = number_at(bytes, size);
  const std::size_t unused = 64 - 8 * size;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
}

double real_at(const Byte* bytes, std::uint32_t type) {
  switch (type) {
    case kF32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(number_at(bytes, 4)));
    case kF64:
      return std::bit_cast<double>(number_at(bytes, 8));
    case kI8:
    case kI16:
    case kI32:
    case kI64:
      return static_cast<double>(static_cast<std::int64_t>(signed_at(bytes, kTypeBytes[type])));
    default:
      return static_cast<double>(number_at(bytes, kTypeBytes[type]));
  }
}

// The types of tensors that have a name, by their number.
struct TensorType {
  std::uint32_t number;
  std::string_view name;
};
constexpr auto kTensorTypes = std::to_array<TensorType>(
    {{0, "F32"},     {1, "F16"},    {2, "Q4_0"},     {3, "Q4_1"},    {6, "Q5_0"},     {7, "Q5_1"},
     {8, "Q8_0"},    {9, "Q8_1"},   {10, "Q2_K"},    {11, "Q3_K"},   {12, "Q4_K"},    {13, "Q5_K"},
     {14, "Q6_K"},   {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"}, {18, "IQ3_XXS"}, {19, "IQ1_S"},
     {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"},   {23, "IQ4_XS"}, {24, "I8"},      {25, "I16"},
     {26, "I32"},    {27, "I64"},   {28, "F64"},     {29, "IQ1_M"},  {30, "BF16"},    {34, "TQ1_0"},
     {35, "TQ2_0"},  {39, "MXFP4"}, {40, "NVFP4"}});

std::string tensor_type_name(std::uint32_t number) {
  const auto* const found = std::ranges::find(kTensorTypes, number, &TensorType::number);
  return found == kTensorTypes.end() ? fmt::format("number {}", number) : std::string(found->name);
}

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw Error(fmt::format("{}: {}; is the file whole?", path, what));
}

// The names of a split model's parts.
std::string part_name(const std::string& stem, std::size_t number, std::size_t count) {
  return fmt::format("{}-{:05}-of-{:05}.gguf", stem, number, count);
}

}  // namespace

// Takes a file from its beginning. What it says is checked as it comes.
class GgufReader {
 public:
  GgufReader(const MappedFile& file, const std::string& path) : rest_(file.bytes()), path_(path) {
    whole_ = rest_.size();
  }

  // ---- the parts of a file, in order ----

  struct Counts {
    std::uint64_t tensors = 0;
    std::uint64_t values = 0;
  };
  Counts take_header() {
    if (rest_.size() < kMagic.size() || as_chars(take(kMagic.size())) != kMagic) {
      refuse(path_, "does not begin as a GGUF file does");
    }
    check_version(static_cast<std::uint32_t>(take_number(4)));
    Counts counts;
    counts.tensors = take_number(8);
    counts.values = take_number(8);
    check_count(counts.tensors, kMaxTensors, kMinTensorBytes, "tensors");
    check_count(counts.values, kMaxValues, kMinValueBytes, "values");
    return counts;
  }

  GgufValues take_values(std::uint64_t count) {
    GgufValues values;
    values.path_ = path_;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string name(take_name("value"));
      const auto type = static_cast<std::uint32_t>(take_number(4));
      if (!values.values_.emplace(name, take_value(type, name)).second) {
        refuse(path_, fmt::format("the value {} is in it twice", plain_or_quoted(name)));
      }
    }
    return values;
  }

  std::vector<Gguf::Info> take_infos(std::uint64_t count) {
    std::vector<Gguf::Info> infos;
    for (std::uint64_t i = 0; i < count; ++i) infos.push_back(take_info());
    return infos;
  }

  [[nodiscard]] std::size_t place() const { return whole_ - rest_.size(); }

  // ---- the items of a list, which was checked ----

  static std::string_view take_text(ByteView& items) {
    const auto size = static_cast<std::size_t>(number_at(items.data(), 8));
    const std::string_view text = as_chars(items.subspan(8, size));
    items = items.subspan(8 + size);
    return text;
  }

 private:
  void check_version(std::uint32_t version) const {
    if (version == 2 || version == 3) return;
    if (version == 0x03000000 || version == 0x02000000) {
      throw Error(path_ + ": is a big-endian GGUF file; only little-endian ones are read");
    }
    throw Error(fmt::format("{}: is GGUF of version {}; 2 and 3 are read", path_, version));
  }

  void check_count(std::uint64_t count, std::uint64_t most, std::uint64_t bytes,
                   const char* what) const {
    if (count > most || count > rest_.size() / bytes) {
      refuse(path_, fmt::format("it announces {} {}", count, what));
    }
  }

  ByteView take(std::uint64_t count) {
    if (count > rest_.size()) refuse(path_, fmt::format("it ends after {} bytes", whole_));
    const ByteView taken = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(static_cast<std::size_t>(count));
    return taken;
  }

  std::uint64_t take_number(std::size_t size) { return number_at(take(size).data(), size); }

  std::string_view take_text() {
    const std::uint64_t size = take_number(8);
    if (size > rest_.size()) refuse(path_, fmt::format("it announces a text of {} bytes", size));
    return as_chars(take(size));
  }

  std::string_view take_name(const char* what) {
    const std::string_view name = take_text();
    if (name.empty() || name.size() > kMaxName) {
      refuse(path_, fmt::format("a {} has a name of {} bytes", what, name.size()));
    }
    return name;
  }

  GgufValues::Value take_value(std::uint32_t type, const std::string& name) {
    switch (type) {
      case kText:
        return take_text();
      case kList:
        return take_list(name, 1);
      case kBool:
        return take_number(1) != 0;
      case kF32:
      case kF64:
        return real_at(take(kTypeBytes[type]).data(), type);
      case kI8:
      case kI16:
      case kI32:
      case kI64:
        return static_cast<std::int64_t>(
            signed_at(take(kTypeBytes[type]).data(), kTypeBytes[type]));
      case kU8:
      case kU16:
      case kU32:
      case kU64:
        return take_number(kTypeBytes[type]);
      default:
        refuse(path_,
               fmt::format("the value {} is of the unknown type {}", plain_or_quoted(name), type));
    }
  }

  GgufValues::List take_list(const std::string& name, int depth) {
    GgufValues::List list;
    list.type = static_cast<std::uint32_t>(take_number(4));
    const std::uint64_t count = take_number(8);
    if (list.type >= kTypeCount) {
      refuse(path_, fmt::format("the list {} is of the unknown type {}", plain_or_quoted(name),
                                list.type));
    }
    const std::uint64_t bytes = kTypeBytes[list.type] > 0 ? kTypeBytes[list.type] : 8;
    if (count > rest_.size() / bytes) {
      refuse(path_, fmt::format("the list {} announces {} items", plain_or_quoted(name), count));
    }
    list.count = static_cast<std::size_t>(count);
    const ByteView from = rest_;
    if (kTypeBytes[list.type] > 0) take(count * bytes);
    if (list.type == kText) {
      for (std::uint64_t i = 0; i < count; ++i) take_text();
    }
    if (list.type == kList) {
      if (depth == kMaxListDepth)
        refuse(path_, fmt::format("the list {} is nested too deep", plain_or_quoted(name)));
      for (std::uint64_t i = 0; i < count; ++i) take_list(name, depth + 1);
    }
    list.items = from.first(from.size() - rest_.size());
    return list;
  }

  Gguf::Info take_info() {
    Gguf::Info info;
    info.name = take_name("tensor");
    const std::uint64_t dimensions = take_number(4);
    if (dimensions > kMaxDimensions) {
      refuse(path_, fmt::format("the tensor {} has {} dimensions", plain_or_quoted(info.name),
                                dimensions));
    }
    for (std::uint64_t d = 0; d < dimensions; ++d) {
      info.shape.insert(info.shape.begin(), static_cast<std::size_t>(take_number(8)));
    }
    info.type = static_cast<std::uint32_t>(take_number(4));
    info.place = take_number(8);
    return info;
  }

  ByteView rest_;
  std::size_t whole_ = 0;
  const std::string& path_;
};

// ---- values ----

template <typename T>
const T* GgufValues::find(const std::string& name, const char* kind) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return nullptr;
  const T* const value = std::get_if<T>(&found->second);
  if (value == nullptr) throw Error(fmt::format("{}: \"{}\" must be {}", path_, name, kind));
  return value;
}

std::size_t GgufValues::size(const std::string& name) const {
  if (!has(name)) throw Error(fmt::format("{}: the value \"{}\" is missing", path_, name));
  return size(name, 0);
}

std::size_t GgufValues::size(const std::string& name, std::size_t fallback) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return fallback;
  if (const auto* const value = std::get_if<std::uint64_t>(&found->second)) {
    return static_cast<std::size_t>(*value);
  }
  const std::int64_t value = *find<std::int64_t>(name, "a whole number");
  if (value < 0) throw Error(fmt::format("{}: \"{}\" can't be {}", path_, name, value));
  return static_cast<std::size_t>(value);
}

double GgufValues::number(const std::string& name, double fallback) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return fallback;
  const bool whole = std::holds_alternative<std::uint64_t>(found->second) ||
                     std::holds_alternative<std::int64_t>(found->second);
  const double value = whole ? static_cast<double>(size(name)) : *find<double>(name, "a number");
  if (!std::isfinite(value)) throw Error(fmt::format("{}: \"{}\" is no number", path_, name));
  return value;
}

bool GgufValues::flag(const std::string& name, bool fallback) const {
  const bool* const value = find<bool>(name, "true or false");
  return value == nullptr ? fallback : *value;
}

std::string_view GgufValues::text(const std::string& name, std::string_view fallback) const {
  const std::string_view* const value = find<std::string_view>(name, "a text");
  return value == nullptr ? fallback : *value;
}

std::size_t GgufValues::list_size(const std::string& name) const {
  const List* const list = find<List>(name, "a list");
  return list == nullptr ? 0 : list->count;
}

bool GgufValues::is_list(const std::string& name) const {
  const auto found = values_.find(name);
  return found != values_.end() && std::holds_alternative<List>(found->second);
}

std::vector<double> GgufValues::numbers(const std::string& name) const {
  const List* const list = find<List>(name, "a list of numbers");
  if (list == nullptr) return {};
  const std::size_t bytes = kTypeBytes[list->type];
  if (bytes == 0) throw Error(fmt::format("{}: \"{}\" must be a list of numbers", path_, name));
  std::vector<double> numbers(list->count);
  for (std::size_t i = 0; i < list->count; ++i) {
    numbers[i] = real_at(list->items.data() + i * bytes, list->type);
  }
  return numbers;
}

std::vector<std::string_view> GgufValues::texts(const std::string& name) const {
  const List* const list = find<List>(name, "a list of texts");
  if (list == nullptr) return {};
  if (list->type != kText) {
    throw Error(fmt::format("{}: \"{}\" must be a list of texts", path_, name));
  }
  std::vector<std::string_view> texts;
  texts.reserve(list->count);
  ByteView items = list->items;
  for (std::size_t i = 0; i < list->count; ++i) texts.push_back(GgufReader::take_text(items));
  return texts;
}

// ---- files ----

Gguf::Gguf(const std::string& path) {
  values_ = add_part(path);
  const std::size_t count = values_.size("split.count", 1);
  if (count <= 1) return;
  if (count > kMaxParts) refuse(path, fmt::format("it announces {} parts", count));
  add_other_parts(values_.size("split.no", 0), count);
}

GgufValues Gguf::add_part(const std::string& path) {
  Part part;
  part.path = path;
  part.file = std::make_shared<const MappedFile>(path);
  GgufReader reader(*part.file, path);
  const GgufReader::Counts counts = reader.take_header();
  GgufValues values = reader.take_values(counts.values);
  part.tensors = reader.take_infos(counts.tensors);
  part.alignment = values.size("general.alignment", 32);
  if (!std::has_single_bit(part.alignment) || part.alignment > kMaxAlignment) {
    refuse(path, fmt::format("its data can't be aligned to {} bytes", part.alignment));
  }
  part.data = (reader.place() + part.alignment - 1) / part.alignment * part.alignment;
  parts_.push_back(std::move(part));
  return values;
}

// `number` counts from 0 and is that of the part that is there already.
void Gguf::add_other_parts(std::size_t number, std::size_t count) {
  const std::string own = parts_.front().path;
  const std::string ending = part_name("", number + 1, count);
  if (!own.ends_with(ending)) {
    throw Error(fmt::format("{}: is part {} of a split model, whose name must end in \"{}\"", own,
                            number + 1, ending));
  }
  const std::string stem = own.substr(0, own.size() - ending.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (i == number) continue;
    const std::string path = part_name(stem, i + 1, count);
    if (!fs::exists(path)) throw Error(path + ": this part of the model is missing; fetch it too");
    GgufValues values = add_part(path);
    if (values.size("split.no", count) != i || values.size("split.count", 0) != count) {
      throw Error(fmt::format("{}: says to be another part than its name does", path));
    }
    if (i == 0) values_ = std::move(values);
  }
}

void Gguf::add_tensors(const Part& part, Checkpoint::Tensors& tensors) {
  const ByteView file = part.file->bytes();
  const ByteView data = file.subspan(std::min(part.data, file.size()));
  for (const Info& info : part.tensors) {
    const auto type = find_weight_type(tensor_type_name(info.type));
    if (!type) {
      throw Error(fmt::format("{}: the tensor {} is of type {}; these are read: {}", part.path,
                              plain_or_quoted(info.name), tensor_type_name(info.type),
                              weight_type_names()));
    }
    const WeightTypeInfo& weights = info_of(*type);
    const std::size_t inner = info.shape.empty() ? 1 : info.shape.back();
    std::size_t bytes = inner / weights.weights;
    bool fits = inner % weights.weights == 0 && info.place % part.alignment == 0;
    for (std::size_t d = 0; fits && d + 1 < info.shape.size(); ++d) {
      fits = info.shape[d] == 0 || bytes <= data.size() / info.shape[d];
      bytes *= info.shape[d];
    }
    fits = fits && bytes <= data.size() / weights.bytes;
    bytes *= weights.bytes;
    if (!fits || info.place > data.size() || bytes > data.size() - info.place) {
      refuse(part.path,
             fmt::format("the tensor {} does not lie in it", plain_or_quoted(info.name)));
    }
    Tensor tensor{std::string(weights.name), info.shape,
                  data.subspan(static_cast<std::size_t>(info.place), bytes)};
    if (!tensors.emplace(info.name, std::move(tensor)).second) {
      refuse(part.path, fmt::format("the tensor {} is in it twice", plain_or_quoted(info.name)));
    }
  }
}

namespace {

void check_no_overlap(const Checkpoint::Tensors& tensors, const std::string& path) {
  std::vector<ByteView> parts;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.data.empty()) parts.push_back(tensor.data);
  }
  std::ranges::sort(parts, {}, [](ByteView part) { return part.data(); });
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i - 1].data() + parts[i - 1].size() > parts[i].data()) {
      refuse(path, "its tensors overlap");
    }
  }
}

}  // namespace

std::vector<std::string> Gguf::paths() const {
  std::vector<std::string> paths;
  for (const Part& part : parts_) paths.push_back(part.path);
  std::ranges::sort(paths);  // by their numbers
  return paths;
}

Checkpoint Gguf::checkpoint() const {
  Checkpoint::Tensors tensors;
  MappedFiles files;
  for (const Part& part : parts_) {
    add_tensors(part, tensors);
    files.push_back(part.file);
  }
  check_no_overlap(tensors, values_.path());
  const std::size_t announced = values_.size("split.tensors.count", tensors.size());
  if (announced != tensors.size()) {
    refuse(values_.path(),
           fmt::format("it announces {} tensors, but there are {}", announced, tensors.size()));
  }
  return Checkpoint(values_.path(), "its values", std::move(tensors), std::move(files));
}

bool is_gguf(const std::string& path) {
  return as_chars(read_file_start(path, kMagic.size())) == kMagic;
}

}  // namespace zipdream
