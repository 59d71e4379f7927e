// SPDX-License-Identifier: Apache-2.0
#include "apps/mpi/hello.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/checksum.h"
#include "base/encodings.h"
#include "experiments/rates/deal.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using Json = nlohmann::ordered_json;

// So much of a digest tells files apart.
constexpr std::size_t kDigestBytes = 16;

std::string place_of(const std::string& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return "-";
  return fmt::format("{} {} {} {}.{}", status.st_dev, status.st_ino, status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

std::string digest_of(const std::string& file) {
  try {
    return hex(ByteView(sha256_of_file(file)).first(kDigestBytes));
  } catch (const Error&) {
    return "-";  // which is a failure of its own, when it is measured
  }
}

[[noreturn]] void refuse(int rank, const std::string& host, const std::string& what,
                         const std::string& remedy) {
  throw Error(fmt::format("rank {} on {}: {}; {}", rank, host, what, remedy));
}

}  // namespace

Hello hello_of(const Plan& plan, const std::string& host) {
  Hello hello{.host = host, .version = plan.spec.version, .libraries = plan.spec.libraries};
  for (const RunModel& model : plan.spec.models) hello.models.push_back(model.spec);
  hello.probe = bits_of_probe(plan);
  std::string places;
  for (std::size_t i = 0; i < plan.data.size(); ++i) {
    const RunDataSet& data = plan.spec.data_sets[i];
    hello.data.push_back(fmt::format("{}: {} files, {} bytes, names and sizes {:08x}", data.name,
                                     data.items, data.stored_bytes, data.fingerprint));
    for (const std::string& file : plan.data[i].files) places += place_of(file) + "\n";
  }
  hello.spec = hex(ByteView(sha256_of(as_bytes(run_spec_line(plan.spec)))).first(kDigestBytes));
  hello.files = hex(ByteView(sha256_of(as_bytes(places))).first(kDigestBytes));
  return hello;
}

std::string hello_line(const Hello& hello) {
  Json json = {{"host", hello.host},   {"version", hello.version},   {"models", hello.models},
               {"probe", hello.probe}, {"data", hello.data},         {"files", hello.files},
               {"spec", hello.spec},   {"libraries", Json::object()}};
  for (const auto& [name, version] : hello.libraries) json["libraries"][name] = version;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Hello parse_hello(std::string_view line) {
  Hello hello;
  try {
    const Json json = Json::parse(line);
    hello.host = json.value("host", "");
    hello.version = json.value("version", "");
    for (const auto& [name, version] : json.at("libraries").items()) {
      hello.libraries.emplace_back(name, version);
    }
    json.at("models").get_to(hello.models);
    json.at("probe").get_to(hello.probe);
    json.at("data").get_to(hello.data);
    json.at("files").get_to(hello.files);
    json.at("spec").get_to(hello.spec);
  } catch (const Json::exception&) {
    // Another version's: its number, at least, was understood, or is another than ours.
  }
  return hello;
}

void check_same(const Hello& first, const Hello& other, int rank) {
  if (other.version != first.version) {
    refuse(rank, other.host,
           fmt::format("runs zipdream {}, rank 0 on {} runs {}",
                       other.version.empty() ? "of an unknown version" : other.version, first.host,
                       first.version),
           "install one version on all nodes");
  }
  for (const auto& [name, version] : first.libraries) {
    const auto found =
        std::ranges::find(other.libraries, name, &std::pair<std::string, std::string>::first);
    const std::string theirs = found == other.libraries.end() ? "no" : found->second;
    if (theirs == version) continue;
    refuse(rank, other.host,
           fmt::format("has {} {}, rank 0 on {} has {}", name, theirs, first.host, version),
           "install one version on all nodes");
  }
  for (std::size_t i = 0; i < first.models.size(); ++i) {
    const bool is_same = i < other.models.size() && i < other.probe.size() &&
                         other.models[i] == first.models[i] && other.probe[i] == first.probe[i];
    if (is_same) continue;
    refuse(rank, other.host,
           fmt::format("{} measures the same text otherwise than on rank 0", first.models[i]),
           "give all nodes the same model files and the same build");
  }
  for (std::size_t i = 0; i < first.data.size(); ++i) {
    const std::string theirs = i < other.data.size() ? other.data[i] : "no such data set";
    if (theirs == first.data[i]) continue;
    refuse(rank, other.host, fmt::format("finds {}; rank 0 finds {}", theirs, first.data[i]),
           "give all nodes the same files");
  }
  if (other.spec == first.spec) return;
  refuse(rank, other.host, "was started to measure something else than rank 0",
         "give all ranks one command line");
}

std::string contents_line(const Plan& plan) {
  Json digests = Json::array();
  for (const DataSet& data : plan.data) {
    for (const std::string& file : data.files) digests.push_back(digest_of(file));
  }
  return digests.dump();
}

void check_same_contents(const Plan& plan, std::string_view first, std::string_view other, int rank,
                         const std::string& host) {
  if (first == other) return;
  try {
    const Json ours = Json::parse(first);
    const Json theirs = Json::parse(other);
    std::size_t at = 0;
    for (const DataSet& data : plan.data) {
      for (const std::string& file : data.files) {
        if (theirs.at(at) != ours.at(at)) {
          refuse(rank, host, fmt::format("{} has other contents than on rank 0", file),
                 "give all nodes the same files");
        }
        ++at;
      }
    }
  } catch (const Json::exception&) {
    // Below.
  }
  refuse(rank, host, "does not tell what is in its files", "start the run again");
}

}  // namespace zipdream
