// SPDX-License-Identifier: Apache-2.0
// lm:DIR,torch=cpu: what libtorch computes beside what the engine does, and what it is refused for.
// On a GPU it is the same code; scripts/gpu_check.sh runs these tests there, too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/files.h"
#include "experiments/rates/plan.h"
#include "experiments/rates/run.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/models/tokenizers/tiny_vocabularies.h"
#include "tests/temporary_folder.h"
#include "zipdream/error.h"
#include "zipdream/generate.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using testing::HasSubstr;

// Longer than the models' context of 96, so that their windows slide.
const std::string kText = [] {
  std::string text;
  for (int i = 0; text.size() < 260; ++i)
    text += "the rain and the other \xc3\xa9 line " + std::to_string(i * i);
  return text;
}();

TinyModel model_named(const std::string& name) {
  if (name == "llama") return tiny_llama();
  if (name == "tied") return tiny_llama(true);
  if (name == "paper") return tiny_paper();
  if (name == "gpt2") return tiny_gpt2();
  return tiny_member(name);
}

std::vector<Symbol> symbols_of(const Predictor& model, ByteView bytes) {
  std::vector<Symbol> symbols;
  for (const Token& token : model.tokenize(bytes)) symbols.push_back(token.symbol);
  return symbols;
}

using Distributions = std::vector<std::vector<double>>;

// Before each symbol, all read at once.
Distributions read_at_once(const std::string& spec, const std::string& text) {
  const auto model = make_predictor(spec);
  Distributions all;
  model->teacher_force(symbols_of(*model, as_bytes(text)), [&](std::span<const double> log2_probs) {
    all.emplace_back(log2_probs.begin(), log2_probs.end());
  });
  return all;
}

// Likewise, one symbol after the other.
Distributions read_one_by_one(const std::string& spec, const std::string& text) {
  const auto model = make_predictor(spec);
  Distributions all;
  for (const Symbol symbol : symbols_of(*model, as_bytes(text))) {
    all.push_back(model->log2_probs());
    model->update(symbol);
  }
  return all;
}

double largest_difference(const Distributions& a, const Distributions& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t s = 0; s < a[i].size(); ++s) {
      largest = std::max(largest, std::abs(std::exp2(a[i][s]) - std::exp2(b[i][s])));
    }
  }
  return largest;
}

double bits_of(const Distributions& all, const std::vector<Symbol>& symbols) {
  double bits = 0;
  for (std::size_t i = 0; i < all.size(); ++i) bits -= all[i][symbols[i]];
  return bits;
}

std::string refusal(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

constexpr double kNear = 1e-4;

class TorchOf : public testing::TestWithParam<const char*> {
 protected:
  TorchOf() {
    if (GetParam() == std::string("tokens")) {
      write_tokens();
    } else {
      model_named(GetParam()).write(folder_.path());
    }
  }

  [[nodiscard]] std::string engine() const { return "lm:" + folder_.path(); }
  [[nodiscard]] std::string torch() const { return engine() + ",torch=cpu"; }

 private:
  void write_tokens() {
    tiny_llama_of_tokens().write(folder_.path());
    const auto vocabulary = byte_level_vocabulary({"t h", "th e", "\xc4\xa0 the", "a n", "an d"});
    write_file(folder_ / "tokenizer.json", to_bytes(vocabulary.dump()));
  }

  TemporaryFolder folder_;
};

TEST_P(TorchOf, TheModelGivesTheProbabilitiesOfTheEngineWhereverItsWindowsLie) {
  const Distributions expected = read_at_once(engine(), kText);
  EXPECT_LT(largest_difference(read_at_once(torch(), kText), expected), kNear);
  EXPECT_LT(largest_difference(read_one_by_one(torch(), kText), expected), kNear);
}

TEST_P(TorchOf, TheModelCountsTheSameParameters) {
  EXPECT_EQ(make_predictor(torch())->parameter_count(),
            make_predictor(engine())->parameter_count());
}

TEST_P(TorchOf, TheModelMeasuresManyTextsAtOnceAsOneAfterTheOther) {
  const auto model = make_predictor(torch());
  std::vector<std::vector<Symbol>> texts;
  for (const std::size_t size : {1, 2, 95, 96, 97, 143, 200, 260}) {
    texts.push_back(symbols_of(*model, as_bytes(kText.substr(0, size))));
  }
  const auto together = model->bits_of_each(texts);
  ASSERT_TRUE(together);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Distributions all;
    model->clone()->teacher_force(texts[i], [&](std::span<const double> log2_probs) {
      all.emplace_back(log2_probs.begin(), log2_probs.end());
    });
    EXPECT_NEAR((*together)[i], bits_of(all, texts[i]), 1e-3) << texts[i].size() << " symbols";
  }
}

TEST_P(TorchOf, CopiesThatGoOnTogetherAreWhereTheyWouldBeAlone) {
  const auto start = make_predictor(torch());
  start->observe("the ");
  const std::vector<Symbol> text = symbols_of(*start, as_bytes(kText));
  std::vector<std::unique_ptr<Predictor>> copies;
  for (std::size_t i = 0; i < 5; ++i) {
    copies.push_back(start->clone());
    // Not all of one length, and none where another one was.
    for (std::size_t k = 0; k < i / 2; ++k) copies.back()->update(text[k]);
  }
  const std::size_t size = start->alphabet_size();
  std::vector<double> out(copies.size() * size);
  for (std::size_t step = 0; step < 120; ++step) {
    std::vector<Predictor*> predictors;
    std::vector<Symbol> symbols;
    for (std::size_t i = 0; i < copies.size(); ++i) {
      if (step > 60 && i == 1) continue;  // one is done
      predictors.push_back(copies[i].get());
      symbols.push_back(text[(step * 7 + i) % text.size()]);
    }
    start->update_each(predictors, symbols, std::span(out).first(predictors.size() * size));
  }
  for (std::size_t i = 0; i < copies.size(); ++i) {
    if (i == 1) continue;
    const auto alone = start->clone();
    for (std::size_t k = 0; k < i / 2; ++k) alone->update(text[k]);
    for (std::size_t step = 0; step < 120; ++step) {
      alone->update(text[(step * 7 + i) % text.size()]);
    }
    EXPECT_LT(largest_difference({alone->log2_probs()}, {copies[i]->log2_probs()}), kNear);
  }
}

INSTANTIATE_TEST_SUITE_P(Architectures, TorchOf,
                         testing::Values("llama", "tied", "paper", "gpt2", "qwen2", "tokens"),
                         [](const auto& name) { return std::string(name.param); });

class Torch : public testing::Test {
 protected:
  Torch() { tiny_llama().write(folder_.path()); }

  [[nodiscard]] std::string spec(const std::string& options = ",torch=cpu") const {
    return "lm:" + folder_.path() + options;
  }

  [[nodiscard]] RunRequest rates_of(const std::string& model) const {
    write_file(folder_ / "text", to_bytes(kText));
    RunRequest request;
    request.models = {Spec::parse(model)};
    request.data = {folder_ / "text"};
    request.chunk = 64;
    return request;
  }

  TemporaryFolder folder_;
};

TEST_F(Torch, CopiesOfOnePlaceGoOnWithoutDisturbingEachOther) {
  const auto model = make_predictor(spec());
  model->observe("the rain and ");
  const auto other = model->clone();
  const std::vector<double> before = other->log2_probs();
  model->observe("the thin");
  EXPECT_EQ(other->log2_probs(), before);
  other->observe("zzzz");
  const auto anew = make_predictor(spec());
  anew->observe("the rain and the thin");
  EXPECT_LT(largest_difference({model->log2_probs()}, {anew->log2_probs()}), kNear);
}

TEST_F(Torch, RatesAreThoseOfTheEngine) {
  const auto bits = [&](const std::string& model) {
    const RunRequest request = rates_of(model);
    return run_plan(make_plan(request), request.run).chunked(0, 0).rate_sums[0].bits;
  };
  const auto engine = static_cast<double>(bits(spec("")));
  EXPECT_NEAR(static_cast<double>(bits(spec())), engine, engine / 1000);
}

TEST_F(Torch, HalfPrecisionIsNearAndSaysSo) {
  const std::string half = spec(",torch=cpu,weights=bf16");
  EXPECT_LT(largest_difference(read_at_once(half, kText), read_at_once(spec(""), kText)), 0.05);
  EXPECT_THAT(make_predictor(half)->describe(), HasSubstr("on cpu in bf16"));
}

TEST_F(Torch, ManySamplesAreDrawnInOneBatch) {
  EXPECT_GE(make_predictor(spec())->most_together(), 256);
}

TEST_F(Torch, CodingIsRefusedHoweverTheModelIsWrapped) {
  for (const std::string& wrapped :
       {spec(), "mix:" + spec() + "+gzip:9", "residual:lpc:" + spec(), "bytes:" + spec()}) {
    EXPECT_THAT(refusal([&] { static_cast<void>(make_codec("arith:" + wrapped)); }),
                HasSubstr(": measures and samples only, for libtorch's numbers are not the same "
                          "everywhere; leave out torch="))
        << wrapped;
  }
}

TEST_F(Torch, BytesOfItAreRefused) {
  EXPECT_THAT(refusal([&] { static_cast<void>(make_predictor("bytes:" + spec())); }),
              HasSubstr("leave out torch="));
}

TEST_F(Torch, ProofsAreRefused) {
  RunRequest request = rates_of(spec());
  request.prove_every = 1;
  EXPECT_THAT(refusal([&] { static_cast<void>(make_plan(request)); }),
              HasSubstr("measures and samples only"));
}

TEST_F(Torch, WeightsThatItDoesNotComputeWithAreRefused) {
  EXPECT_THAT(refusal([&] { static_cast<void>(make_predictor(spec(",torch=cpu,weights=int8"))); }),
              HasSubstr("libtorch computes in f32 or bf16 here; take weights=bf16"));
}

TEST_F(Torch, ModelsThatItWasNotWrittenForAreRefusedByWhatTheyHave) {
  TemporaryFolder folder;
  tiny_member("qwen3").write(folder.path());
  EXPECT_THAT(
      refusal([&] { static_cast<void>(make_predictor("lm:" + folder.path() + ",torch=cpu")); }),
      HasSubstr("this one has norms of queries and keys; leave out torch="));
}

TEST_F(Torch, ADeviceThatIsNotHereIsRefusedInOneLine) {
  const std::string why = refusal([&] { static_cast<void>(make_predictor(spec(",torch=cuda"))); });
  if (why.empty()) GTEST_SKIP() << "there is a GPU";
  EXPECT_THAT(why, HasSubstr("torch=cuda: there is no GPU here"));
  EXPECT_EQ(why.find('\n'), std::string::npos);
}

// A program without the module beside it.
TEST_F(Torch, WhereTheModuleIsMissingTheCommandSaysWhatToInstall) {
  namespace fs = std::filesystem;
  fs::create_directories(folder_ / "bin");
  fs::copy_file(ZIPDREAM_BINARY, folder_ / "bin/zipdream");
  write_file(folder_ / "text", to_bytes(kText));
  const auto lines_of = [&](const std::string& model) {
    const std::string command = "ZIPDREAM_MODULE_DIR= '" + (folder_ / "bin/zipdream") +
                                "' score '" + model + "' '" + (folder_ / "text") + "' 2>&1";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::array<char, 4096> text{};
    return std::string(text.data(), fread(text.data(), 1, text.size(), pipe.get()));
  };
  EXPECT_THAT(lines_of(spec()), HasSubstr("zipdream_torch.so: the part that computes language "
                                          "models by libtorch is not in"));
  EXPECT_THAT(lines_of(spec()), HasSubstr("; install the package zipdream-train"));
  EXPECT_THAT(lines_of(spec("")), HasSubstr("bits per byte"));
}

}  // namespace
}  // namespace zipdream
