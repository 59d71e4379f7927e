// SPDX-License-Identifier: Apache-2.0
// What happens when memory runs out at any moment: an Error or std::bad_alloc, and afterwards all
// works as before. Each piece of work is done over and over, its first allocation failing, then
// its second, and so on; with ZIPDREAM_LONG_TESTS all of them, else some hundred.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/parallel.h"
#include "models/lm/load.h"
#include "tests/archive/archives.h"
#include "tests/codecs/names.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/faults/failing_memory.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kSome = 60;

struct Tally {
  std::size_t runs = 0;
  std::size_t refused = 0;
};

// Work that gives bytes, always the same.
using Work = std::function<Bytes()>;

// What it gives with the n-th allocation failing; nothing if it says that it can't.
std::optional<Bytes> outcome(std::size_t n, const Work& work) {
  std::optional<Bytes> result;
  run_with_failure(n, [&] {
    try {
      result = work();
    } catch (const Error&) {
    } catch (const std::bad_alloc&) {
    }
  });
  return result;
}

Tally stress(const Work& work) {
  const Bytes expected = work();
  const std::size_t count = count_allocations([&] { (void)work(); });
  const bool all = std::getenv("ZIPDREAM_LONG_TESTS") != nullptr;
  const std::size_t step = all ? 1 : std::max<std::size_t>(1, count / kSome);
  Tally tally;
  for (std::size_t n = 1; n <= count; n += step) {
    const std::optional<Bytes> result = outcome(n, work);
    ++tally.runs;
    if (!result) {
      ++tally.refused;
    } else {
      EXPECT_EQ(*result, expected) << "allocation " << n << " of " << count;
    }
  }
  EXPECT_EQ(work(), expected) << "afterwards";
  std::printf("%zu of %zu allocations failed, %zu refusals\n", tally.runs, count, tally.refused);
  return tally;
}

Bytes of_doubles(const std::vector<double>& numbers) {
  const auto* begin = reinterpret_cast<const Byte*>(numbers.data());
  return {begin, begin + numbers.size() * sizeof(double)};
}

class MemoryRunsOut : public testing::TestWithParam<std::string> {
 public:
  MemoryRunsOut() { set_thread_count(1); }
  ~MemoryRunsOut() override { set_thread_count(0); }

 protected:
  Bytes text_ = text_like(300);
};

TEST_P(MemoryRunsOut, WhileACodecCompressesAndDecompresses) {
  const Tally tally = stress([&] {
    const auto codec = make_codec(GetParam());
    return codec->decompress(codec->compress(text_), text_.size());
  });
  EXPECT_GT(tally.refused, 0U);
}

TEST_P(MemoryRunsOut, WhileASessionIsAsked) {
  stress([&] {
    const auto codec = make_codec(GetParam());
    const auto session = codec->start();
    session->append(text_);
    const std::vector<ByteView> candidates = {as_bytes("a"), as_bytes("the ")};
    std::vector<double> lengths(2);
    session->bits_after(candidates, lengths);
    return of_doubles(lengths);
  });
}

TEST_P(MemoryRunsOut, WhileAPredictorIsAsked) {
  stress([&] {
    PredictorOptions options;
    options.alphabet = to_bytes(" aet");
    const auto model = make_predictor(GetParam(), options);
    model->observe(text_);
    const auto copy = model->clone();
    copy->update(0);
    return of_doubles(copy->log2_probs());
  });
}

// All but four whose libraries don't come back as they should. brotli's encoder, as Debian builds
// it, ends the process (BROTLI_ENCODER_EXIT_ON_OOM); libsndfile, which reads and writes FLAC and
// all other sounds, follows a null pointer, and so do libwebp's encoder and zopfli.
std::vector<std::string> codecs_that_come_back() {
  return names_of_models([](const ModelInfo& info) {
    return info.is_codec() && info.name != "brotli" && info.name != "flac" && info.name != "webp" &&
           info.name != "zopfli";
  });
}

INSTANTIATE_TEST_SUITE_P(Of, MemoryRunsOut, testing::ValuesIn(codecs_that_come_back()),
                         [](const auto& test) { return test.param; });

class MemoryRunsOutOf : public testing::Test {
 public:
  MemoryRunsOutOf() { set_thread_count(1); }
  ~MemoryRunsOutOf() override { set_thread_count(0); }

 protected:
  Bytes text_ = text_like(2500);
};

TEST_F(MemoryRunsOutOf, ModelsThatLearn) {
  for (const char* spec : {"arith:ppm:6", "arith:cm", "arith:gzip:9"}) {
    stress([&] {
      const auto codec = make_codec(spec);
      const ByteView text = ByteView(text_).first(200);
      return codec->decompress(codec->compress(text), text.size());
    });
  }
}

TEST_F(MemoryRunsOutOf, Dreams) {
  for (const char* spec : {"gzip:9", "xz:1", "zstd", "png", "ppm:4"}) {
    stress([&] {
      Rng rng(1);
      return make_decoder_sampler(spec)->sample(text_, 50, rng);
    });
  }
}

TEST_F(MemoryRunsOutOf, Archives) {
  EXPECT_GT(stress([&] { return unpack(pack(text_, "zstd:3")); }).refused, 0U);
  stress([&] { return unpack(pack(text_, "ppm:3")); });
  stress([&] { return salvage(pack(text_, "gzip:6")).content; });
}

TEST_F(MemoryRunsOutOf, LanguageModels) {
  const TemporaryFolder folder;
  write_file(folder / "tiny.bin", llama2c_file(tiny_llama(true, 8)));
  const Tally tally = stress([&] {
    const auto model = load_llama2c(folder / "tiny.bin");
    LmState state(model->config());
    const std::vector<Symbol> tokens = {1, 2, 3};
    model->read(tokens, state);
    std::vector<double> log2_probs(tokens.size());
    model->log2_probs_of(model->logits(state).data(), tokens, log2_probs);
    return of_doubles(log2_probs);
  });
  EXPECT_GT(tally.refused, 0U);
}

TEST_F(MemoryRunsOutOf, Tokenizers) {
  const std::string vocabulary = byte_level_vocabulary({"h e", "l l", "he ll"}).dump();
  const TemporaryFolder folder;
  write_file(folder / "tokenizer.json", as_bytes(vocabulary));
  stress([&] {
    const auto tokenizer = load_tokenizer(folder.path());
    return decode(*tokenizer, tokenizer->encode(text_));
  });
}

}  // namespace
}  // namespace zipdream
