// SPDX-License-Identifier: Apache-2.0
// What the core asks of a machine, as far as a browser has it: one thread, no terminal, no encoder
// whose memory can be put back, no regular expressions; one folder of models, none of them
// recurrent.
#include <cstdlib>
#include <filesystem>

#include "base/checksum.h"
#include "base/parallel.h"
#include "codecs/common/recycled_memory.h"
#include "codecs/common/snapshot_session.h"
#include "codecs/lzma/lzma.h"
#include "models/lm/architectures.h"
#include "models/lm/local_models.h"
#include "models/lm/recurrent_pass.h"
#include "models/lm/torch_lm.h"
#include "models/tokenizers/longest_match.h"
#include "models/tokenizers/regex.h"
#include "zipdream/error.h"

namespace zipdream {

// ---- base/parallel.h ----

int thread_count() { return 1; }
void set_thread_count(int /*count*/) {}

void parallel_for(std::size_t count, std::size_t /*grain*/,
                  const std::function<void(std::size_t begin, std::size_t end)>& body) {
  if (count > 0) body(0, count);
}

void parallel_for_short(std::size_t count, std::size_t grain,
                        const std::function<void(std::size_t begin, std::size_t end)>& body) {
  parallel_for(count, grain, body);
}

// ---- codecs/common ----

void* allocate_recycled(std::size_t size) noexcept { return std::malloc(size); }
void free_recycled(void* block) noexcept { std::free(block); }

namespace {

[[noreturn]] void is_not_here(const char* what, const char* remedy) {
  throw Error(Error::Kind::kUsage, what, "is not in the page", remedy);
}

}  // namespace

std::unique_ptr<Session> start_snapshot_session(const Codec& /*codec*/, Units /*units*/,
                                                std::shared_ptr<const EncoderFactory> /*all*/) {
  is_not_here("xz by code lengths", "take its tables, or the command");
}

std::shared_ptr<const EncoderFactory> lzma_encoders(LzmaFormat /*format*/, std::uint32_t /*preset*/,
                                                    Units /*units*/) {
  is_not_here("xz by code lengths", "take its tables, or the command");
}

std::unique_ptr<DecoderSampler> make_lzma_decoder_sampler(const Spec& /*spec*/) {
  is_not_here("dreaming by xz", "take gzip, ppm or cm, or the command");
}

// ---- models/lm/torch_lm.h ----

std::unique_ptr<const LanguageModel> make_torch_lm(const LanguageModel& /*model*/,
                                                   const std::string& /*device*/, bool /*bf16*/,
                                                   const std::string& /*where*/) {
  is_not_here("libtorch", "leave out torch=, or take the command");
}

// ---- models/tokenizers/regex.h: none is ever made ----

struct Regex::Code {};
Regex::Regex(std::string_view /*pattern*/) {
  is_not_here("a tokenizer with a pattern", "take a model of bytes, or the command");
}
Regex::~Regex() = default;

struct RegexMatcher::Memory {};
RegexMatcher::RegexMatcher(const Regex& regex, RegexBudget& budget)
    : regex_(regex), budget_(budget) {}
RegexMatcher::~RegexMatcher() = default;
void RegexMatcher::split(ByteView /*text*/, const OnPart& /*visit*/) {}

// ---- models/lm/local_models.h: the page's own, where worker.js puts them ----

std::vector<ModelFolder> model_folders() { return {}; }
std::vector<LocalModel> local_models() { return {}; }
std::string find_model(const std::string& path) {
  const std::string here = "/models/" + path;
  return std::filesystem::exists(here) ? here : path;
}

// ---- recurrent models: none is ever read ----

LmConfig rwkv7_switches() { return {}; }
ModelPlan read_rwkv7(const ConfigFields& /*fields*/, LmConfig /*config*/) {
  is_not_here("RWKV-7", "take lm:english, or the command");
}

std::size_t RecurrentPass::page_floats(const LmConfig& /*config*/) { return 0; }
RecurrentPass::RecurrentPass(const LmConfig& config, const LmWeights& weights,
                             const Kernels& kernels, std::span<const TokenRun> /*runs*/)
    : config_(config), weights_(weights), kernels_(kernels) {}
Floats RecurrentPass::run() { return {}; }

std::unique_ptr<Tokenizer> make_longest_match_tokenizer(LongestMatchParts /*parts*/,
                                                        const std::string& /*path*/) {
  is_not_here("RWKV's tokenizer", "take lm:english, or the command");
}
std::optional<std::string> from_rwkv_name(std::string_view /*name*/) { return std::nullopt; }
LongestMatchParts read_rwkv_vocabulary(const std::string& /*path*/) {
  is_not_here("RWKV's tokenizer", "take lm:english, or the command");
}

}  // namespace zipdream
