// SPDX-License-Identifier: Apache-2.0
// `zipdream info`: what a file is to zipdream.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/cli/archive_facts.h"
#include "apps/cli/archive_models.h"
#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "archive/learned_models.h"
#include "base/checksum.h"
#include "base/files.h"
#include "base/portable_math.h"
#include "media/audio/audio.h"
#include "media/image/imaging.h"
#include "media/media.h"
#include "media/terminal_text.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Says what a file is: its medium, size and entropy, or what is in an archive.";

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

Json describe(const std::string& path, const ArchiveModels& models) {
  if (const auto facts = archive_facts(path)) return describe_archives(path, *facts, models);
  const Bytes content = read_file(path);
  if (const auto facts = archive_facts(path, content)) {
    return describe_archives(path, *facts, models);
  }
  const Media media = guess_media(content);
  Json facts = {{"file", path}, {"bytes", content.size()}, {"media", media_name(media)}};
  if (media == Media::kImage) {
    const Image image = imaging().decode(content, kMaxInputBytes);
    facts["width"] = image.width;
    facts["height"] = image.height;
    facts["channels"] = image.channels;
    facts["pixel_bytes"] = image.size_bytes();
    add_statistics(image.pixels, facts);
  } else if (media == Media::kAudio) {
    const Audio sound = decode_audio(content, kMaxInputBytes / sizeof(float));
    facts["rate"] = sound.rate;
    facts["seconds"] = sound.seconds();
    facts["samples"] = sound.samples.size();
    add_statistics(to_pcm(sound, SampleFormat::kU8), facts);
  } else {
    facts["utf8"] = is_utf8(content);
    add_statistics(content, facts);
  }
  return facts;
}

std::string shown(const Json& value) {
  if (value.is_string()) return terminal_text(as_bytes(value.get<std::string>()), true);
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
