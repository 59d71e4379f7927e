// SPDX-License-Identifier: Apache-2.0
// `zipdream info`: what a file is to zipdream.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "apps/cli/archive_models.h"
#include "apps/cli/command.h"
#include "apps/cli/models.h"
#include "apps/cli/output.h"
#include "archive/archive.h"
#include "archive/learned_models.h"
#include "base/checksum.h"
#include "base/file_format.h"
#include "base/files.h"
#include "base/portable_math.h"
#include "base/terminal_text.h"
#include "media/audio/audio.h"
#include "media/image/imaging.h"
#include "media/image/read_image.h"
#include "media/media.h"
#include "models/lm/gguf.h"
#include "zipdream/codec.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Says what a file is: its format, medium, size and entropy, or what is in an archive.";

constexpr const char* kExamples = R"(
  zipdream info samples/image.png
  zipdream info samples/sound.wav --json
  zipdream info backup.tar.zd
)";

using Json = nlohmann::ordered_json;

// Order-0 entropy in bits per byte, and how many different byte values occur.
void add_statistics(ByteView content, Json& facts) {
  std::array<std::size_t, 256> counts{};
  for (const Byte byte : content) ++counts[byte];
  double entropy = 0;
  int distinct = 0;
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    ++distinct;
    const double p = static_cast<double>(count) / static_cast<double>(content.size());
    entropy -= p * portable_log2(p);
  }
  facts["distinct_bytes"] = distinct;
  facts["entropy_bits_per_byte"] = entropy;
}

// ---- .zd archives ----

struct ArchiveFacts {
  std::uint64_t archive_bytes = 0;
  std::vector<ArchiveInfo> archives;  // one after the other; at least one
};

std::optional<ArchiveFacts> facts_of(const std::string& path, const ArchiveFile& archive) {
  std::array<Byte, kArchiveMagic.size()> start{};
  if (archive.read_at(0, start) < start.size() || start != kArchiveMagic) return std::nullopt;
  try {
    return ArchiveFacts{archive.size, read_archive_info(archive)};
  } catch (const ArchiveError& error) {
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
}

// Nothing when the file does not begin as an archive does, or not any part of it can be read at
// will. Throws Error when it is damaged or can't be read.
std::optional<ArchiveFacts> archive_facts(const std::string& path) {
  const InputFile file(path);
  const std::optional<std::uint64_t> size = file.size();
  if (!size) return std::nullopt;
  return facts_of(path, {.size = *size, .read_at = [&](std::uint64_t offset, std::span<Byte> room) {
                           return file.read_at(offset, room);
                         }});
}

// The same of a content that was read already. `path` is for the Error.
std::optional<ArchiveFacts> archive_facts(const std::string& path, ByteView content) {
  return facts_of(
      path, {.size = content.size(), .read_at = [&](std::uint64_t offset, std::span<Byte> room) {
               const ByteView rest = content.subspan(std::min<std::size_t>(offset, content.size()));
               const std::size_t count = std::min(rest.size(), room.size());
               std::ranges::copy(rest.first(count), room.begin());
               return count;
             }});
}

// The models of files that an archive was made with, and where they lie here.
Json describe_learned(const ArchiveHeader& header, const std::string& path,
                      const ArchiveModels& models) {
  std::vector<Spec> found;
  try {
    found = learned_models(find_learned_models(header, models.search_for(path)));
  } catch (const ArchiveError& error) {
    if (models.are_given()) throw Error(fmt::format("{}: {}", path, error.what()));
  }
  Json learned = Json::array();
  const std::vector<Spec> named = learned_models(Spec::parse(header.spec));
  for (std::size_t i = 0; i < header.learned.size() && i < named.size(); ++i) {
    learned.push_back({{"model", named[i].text()},
                       {"bytes", header.learned[i].size},
                       {"sha256", hex(header.learned[i].sha256)},
                       {"found", i < found.size() ? Json(found[i].text()) : Json()}});
  }
  return learned;
}

Json describe_archive(const std::string& path, const ArchiveInfo& info,
                      const ArchiveModels& models) {
  const auto& [header, index] = info;
  std::uint64_t bytes = header.size + write_index(header, index).size();
  for (const std::uint32_t size : index.block_sizes) bytes += size;
  Json json = {{"format_version", header.version},
               {"model", header.spec},
               {"content_bytes", index.raw_size}};
  if (index.raw_size > 0) {
    json["ratio"] = static_cast<double>(index.raw_size) / static_cast<double>(bytes);
    json["bits_per_byte"] = 8 * static_cast<double>(bytes) / static_cast<double>(index.raw_size);
  }
  json["blocks"] = index.block_sizes.size();
  json["block_bytes"] = header.block_size;
  json["check"] = "CRC-64";
  if (!header.learned.empty()) json["learned"] = describe_learned(header, path, models);
  return json;
}

// Of one archive its facts; of several those of each.
Json describe_archives(const std::string& path, const ArchiveFacts& facts,
                       const ArchiveModels& models) {
  Json json = {{"file", path}, {"bytes", facts.archive_bytes}, {"media", "archive"}};
  if (facts.archives.size() == 1) {
    json.update(describe_archive(path, facts.archives[0], models));
    return json;
  }
  std::uint64_t content_bytes = 0;
  Json each = Json::array();
  for (const ArchiveInfo& info : facts.archives) {
    content_bytes += info.index.raw_size;
    each.push_back(describe_archive(path, info, models));
  }
  json["content_bytes"] = content_bytes;
  json["archives"] = each;
  return json;
}

std::string_view kind_name(FormatKind kind) {
  switch (kind) {
    case FormatKind::kImage:
      return "image";
    case FormatKind::kAudio:
      return "audio";
    case FormatKind::kVideo:
      return "video";
    case FormatKind::kDocument:
      return "document";
    case FormatKind::kCompressed:
      return "compressed";
    case FormatKind::kModel:
      return "model";
    case FormatKind::kData:
      return "data";
    case FormatKind::kPointer:
      return "pointer";
  }
  return "";
}

std::string use_of(const FileFormat& format) {
  std::string use(format.remedy);
  if (format.kind != FormatKind::kPointer) use += "; --media bytes takes its bytes as they are";
  return use;
}

// Of a format that the other commands refuse.
Json describe_other(const std::string& path, std::uint64_t size, const FileFormat& format) {
  return {{"file", path},
          {"bytes", size},
          {"media", kind_name(format.kind)},
          {"format", name_of(format)},
          {"is_read", false},
          {"use", use_of(format)}};
}

// ---- what no signature tells ----

// Nothing but the parts of a model's folder that are JSON.
std::optional<std::string> json_format(ByteView content) {
  constexpr std::size_t kMaxJson = std::size_t{256} << 20;
  const std::string_view text = as_chars(content);
  if (!text.starts_with('{') || text.size() > kMaxJson) return std::nullopt;
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const Json model = json.value("model", Json());
  if (model.is_object() && model.contains("vocab")) {
    return fmt::format("tokenizer.json of Hugging Face, {} entries", model["vocab"].size());
  }
  const Json type = json.value("model_type", Json());
  if (type.is_string()) {
    return fmt::format("config.json of a language model, {}", type.get<std::string>());
  }
  return std::nullopt;
}

// Whether all of it is one stream of the codec. These have no signature, so that only reading it
// tells; bytes at random are none, unless they are very few.
bool is_stream_of(const std::string& codec, ByteView content) {
  constexpr std::size_t kLeast = 8, kMaxContent = std::size_t{64} << 20;
  if (content.size() < kLeast || content.size() > kMaxContent) return false;
  try {
    static_cast<void>(make_codec(codec)->decompress(content, kMaxContent));
    return true;
  } catch (const Error&) {
    return false;
  }
}

void add_format_of_bytes(ByteView content, Json& facts) {
  facts["utf8"] = is_utf8(content);
  constexpr const char* kUnpack = "unpack it first; the other commands take its bytes as they are";
  if (const auto json = json_format(content)) {
    facts["format"] = *json;
    facts["use"] = "it belongs into the folder of a model, lm:FOLDER; as a text it can be scored";
  } else if (facts["utf8"] == true) {
    facts["format"] = "text";
  } else if (is_stream_of("zlib", content)) {
    facts["format"] = "zlib stream";
    facts["use"] = kUnpack;
  } else if (is_stream_of("brotli", content)) {
    facts["format"] = "Brotli stream";
    facts["use"] = "unpack it first (brotli -d does); the other commands take its bytes";
  } else {
    facts["format"] = "bytes of no known format";
  }
}

void add_pixels(ByteView content, Json& facts) {
  const Image image = read_image(content, kMaxInputBytes);
  facts["width"] = image.width;
  facts["height"] = image.height;
  facts["channels"] = image.channels;
  facts["pixel_bytes"] = image.size_bytes();
  add_statistics(image.pixels, facts);
}

void add_samples(ByteView content, Json& facts) {
  const Audio sound = decode_audio(content, kMaxInputBytes / sizeof(float));
  facts["rate"] = sound.rate;
  facts["seconds"] = sound.seconds();
  facts["samples"] = sound.samples.size();
  add_statistics(to_pcm(sound, SampleFormat::kU8), facts);
}

Json describe_content(const std::string& path, ByteView content) {
  const FileFormat* const format = find_format(content);
  if (format != nullptr && !format->is_read) return describe_other(path, content.size(), *format);
  const bool is_text = format == nullptr;
  const bool is_image = !is_text && format->kind == FormatKind::kImage;
  Json facts = {{"file", path}, {"bytes", content.size()}};
  facts["media"] = media_name(is_text ? Media::kText : is_image ? Media::kImage : Media::kAudio);
  if (is_text) {
    add_format_of_bytes(content, facts);
    add_statistics(content, facts);
    return facts;
  }
  facts["format"] = name_of(*format);
  try {
    is_image ? add_pixels(content, facts) : add_samples(content, facts);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
  return facts;
}

// A folder, or a file of weights.
Json describe_model(const std::string& path, const std::string& use) {
  Json facts = {{"file", path}, {"bytes", 0}, {"media", "model"}};
  facts.update(Json::parse(model_facts(path)));
  facts["is_read"] = false;  // as what other commands take
  facts["use"] = use;
  if (facts["usable"] == true) facts.erase("problem");
  return facts;
}

Json describe_folder(const std::string& path) {
  Json facts = describe_model(path, "as a model it is named lm:FOLDER");
  if (facts["format"].is_null()) throw Error(facts["problem"].get<std::string>());
  return facts;
}

Json describe(const std::string& path, const ArchiveModels& models) {
  std::error_code ignored;
  if (path != "-" && std::filesystem::is_directory(path, ignored)) return describe_folder(path);
  if (path != "-") {
    if (const auto facts = archive_facts(path)) return describe_archives(path, *facts, models);
    const std::optional<std::uint64_t> size = InputFile(path).size();
    if (size) {  // weights may be larger than what is read
      const FileFormat* const format = find_format(read_file_start(path, kFormatStartBytes), *size);
      if (format != nullptr && format->kind == FormatKind::kModel && is_gguf(path)) {
        return describe_model(path, use_of(*format));
      }
      if (format != nullptr && !format->is_read) return describe_other(path, *size, *format);
    }
  }
  const Bytes content = read_file(path);
  if (const auto facts = archive_facts(path, content)) {
    return describe_archives(path, *facts, models);
  }
  return describe_content(path, content);
}

std::string shown(const Json& value) {
  if (value.is_string()) return terminal_text(as_bytes(value.get<std::string>()), true);
  if (value.is_null()) return "none";  // a model without a limit to its context, say
  if (value.is_number_float()) return fmt::format("{:.3f}", value.get<double>());
  return value.dump();
}

std::string learned_line(const Json& learned) {
  const Json& found = learned["found"];
  return fmt::format("{}, {} bytes, SHA-256 {}..., {}", shown(learned["model"]),
                     shown(learned["bytes"]), learned["sha256"].get<std::string>().substr(0, 12),
                     found.is_null() ? "not found here" : "here: " + shown(found));
}

std::string as_lines(const Json& facts) {
  std::string lines;
  for (const auto& [key, value] : facts.items()) {
    if (key == "archives") {
      for (const Json& archive : value) lines += "\n" + as_lines(archive);
      continue;
    }
    std::string name = key;
    for (char& c : name) c = c == '_' ? ' ' : c;
    if (key != "learned") {
      lines += fmt::format("{:<24}{}\n", name, shown(value));
      continue;
    }
    for (const Json& learned : value) {
      lines += fmt::format("{:<24}{}\n", name, learned_line(learned));
    }
  }
  return lines;
}

}  // namespace

Command add_info(CommandLine& line) {
  struct Options {
    std::string file;
    std::vector<std::string> models;
    bool json = false;
  };
  Arguments& args = line.add_command("info", kSummary, kExamples);
  auto options = std::make_shared<Options>();
  args.add("FILE", &options->file, "The file; - is standard input")
      .required()
      .type("")
      .example("samples/text.txt");
  args.add("-m,--model", &options->models,
           "Of an archive: where the model is that it was made with, its path or MODEL; says "
           "whether "
           "it is that one")
      .type("MODEL")
      .one_at_a_time();
  args.add_flag("--json", options->json, "Print JSON");
  return {&args, [options] {
            const Json facts = describe(options->file, ArchiveModels(options->models));
            print(options->json
                      ? facts.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                      : as_lines(facts));
            return kExitOk;
          }};
}

}  // namespace zipdream
