// SPDX-License-Identifier: Apache-2.0
// Proofs, by predictors that deserve one and by all kinds that don't. That every model has its
// proofs, tests/models/duality_test.cc holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "zipdream/zipdream.h"

namespace zipdream {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

Bytes text() { return to_bytes("she sells sea shells by the sea shore, she sells sea shells."); }

// A good model, as a base for bad ones; it has no coder of its own.
class Wrapped : public Predictor {
 public:
  Wrapped() : within_(make_predictor("ppm:2")) {}
  Wrapped(const Wrapped& other) : Predictor(other), within_(other.within_->clone()) {}
  Wrapped& operator=(const Wrapped&) = delete;

  std::size_t alphabet_size() const override { return within_->alphabet_size(); }
  ByteView symbol_bytes(Symbol symbol) const override { return within_->symbol_bytes(symbol); }
  void observe(ByteView bytes) override { within_->observe(bytes); }
  void update(Symbol symbol) override { within_->update(symbol); }
  void log2_probs(std::span<double> out) const override { within_->log2_probs(out); }
  std::unique_ptr<Predictor> clone() const override { return std::make_unique<Wrapped>(*this); }

 protected:
  [[nodiscard]] Predictor& within() { return *within_; }

 private:
  std::unique_ptr<Predictor> within_;
};

// Adds the clone() of a predictor that can be copied.
template <typename Self>
class Broken : public Wrapped {
 public:
  std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<Self>(static_cast<const Self&>(*this));
  }
};

// Its probabilities sum to 1.01.
class SumsToMore final : public Broken<SumsToMore> {
 public:
  void log2_probs(std::span<double> out) const override {
    Wrapped::log2_probs(out);
    for (double& log2_p : out) log2_p = std::log2(std::exp2(log2_p) + 0.01 / 256);
  }
};

// They do so where nobody knows what comes; run through a text it is honest.
class SumsToMoreInDecoding final : public Broken<SumsToMoreInDecoding> {
 public:
  void log2_probs(std::span<double> out) const override {
    Wrapped::log2_probs(out);
    for (double& log2_p : out) log2_p = std::log2(std::exp2(log2_p) + 0.01 / 256);
  }
  void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> /*among*/,
                           const OnLog2Probs& visit) override {
    within().teacher_force(symbols, visit);
  }
};

// Its probability of 'q' is none.
class HasNoProbability final : public Broken<HasNoProbability> {
 public:
  void log2_probs(std::span<double> out) const override {
    Wrapped::log2_probs(out);
    out['q'] = std::numeric_limits<double>::quiet_NaN();
  }
};

// Run through a text, it looks at the symbol that comes.
class Peeks final : public Broken<Peeks> {
 public:
  void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> /*among*/,
                           const OnLog2Probs& visit) override {
    for (const Symbol symbol : symbols) {
      std::vector<double> log2_probs(256, std::log2(0.01 / 255));
      log2_probs[symbol] = std::log2(0.99);
      visit(log2_probs);
      update(symbol);
    }
  }
};

// It looks a little: too little for its code to be read wrong.
class PeeksALittle final : public Broken<PeeksALittle> {
 public:
  void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> /*among*/,
                           const OnLog2Probs& visit) override {
    for (const Symbol symbol : symbols) {
      std::vector<double> log2_probs = Predictor::log2_probs();
      std::swap(log2_probs[250], log2_probs[symbol == 'h' ? 251 : 250]);
      log2_probs[251] = std::nextafter(log2_probs[251], symbol == 'h' ? -100.0 : 0.0);
      visit(log2_probs);
      update(symbol);
    }
  }
};

// Says something else each time that it is asked.
class Wavers final : public Broken<Wavers> {
 public:
  void log2_probs(std::span<double> out) const override {
    static std::size_t asked = 0;
    Wrapped::log2_probs(out);
    std::swap(out['a'], out['a' + asked++ % 17]);
  }
};

// What it codes by is another model than what it scores by.
class CodesByAnother final : public Broken<CodesByAnother> {
 public:
  CodesByAnother() : other_(make_predictor("ppm:4")) {}
  CodesByAnother(const CodesByAnother& from) : Broken(from), other_(from.other_->clone()) {}
  CodesByAnother& operator=(const CodesByAnother&) = delete;
  SymbolCoder* symbol_coder() override { return other_->symbol_coder(); }

 private:
  std::unique_ptr<Predictor> other_;
};

TEST(Proof, CodesAndDecodesWhatIsScored) {
  const Proof proof = prove(Wrapped(), text());
  EXPECT_EQ(proof.bits, score(*make_predictor("ppm:2"), text()));
  EXPECT_EQ(proof.symbols, text().size());
  EXPECT_NEAR(static_cast<double>(proof.code_bits), proof.bits_scored, 2.1);
  EXPECT_EQ(proof.bytes_written, 1 + (proof.code_bits + 7) / 8) << "the size, then the code";
  EXPECT_LT(proof.sum_deviation, 1e-12);
}

TEST(Proof, OfNothingIsASizeAlone) {
  const Proof proof = prove(Wrapped(), {});
  EXPECT_EQ(proof.symbols, 0U);
  EXPECT_EQ(proof.bytes_written, 1U);
}

TEST(Proof, TellsOfEachByteWhenItIsCodedAndWhenItIsDecoded) {
  std::size_t told = 0;
  ProofOptions options;
  options.on_coded = [&](std::size_t bytes) { told += bytes; };
  options.keep_bits = false;
  EXPECT_TRUE(prove(*make_predictor("cm"), text(), options).bits.empty());
  EXPECT_EQ(told, 2 * text().size());
}

TEST(Proof, OfARequestLoadsItsModelAnew) {
  ScoreRequest request;
  request.model.spec = Spec::parse("gzip:9");
  request.model.alphabet = "a-z ,.";
  request.model.corpus = to_bytes("the sea shore");
  request.model.context_window = 20;
  request.context = to_bytes("she sells ");
  request.data = text();
  const Proof proof = prove(request);
  EXPECT_EQ(proof.bits, score(request).bits);
  EXPECT_NEAR(static_cast<double>(proof.code_bits), proof.bits_scored, 2.1);
}

TEST(Proof, CatchesProbabilitiesThatSumToMoreThanOne) {
  EXPECT_THAT([] { (void)prove(SumsToMore(), text()); },
              ThrowsMessage<Error>(AllOf(HasSubstr("proof: "), HasSubstr("symbol 0 sum to 1.01"))));
  EXPECT_THAT([] { (void)prove(SumsToMoreInDecoding(), text()); },
              ThrowsMessage<Error>(HasSubstr("symbol 0 sum to 1.01")));
  EXPECT_THAT([] { (void)prove(HasNoProbability(), text()); },
              ThrowsMessage<Error>(HasSubstr("probability of 113")));
}

TEST(Proof, CatchesAPredictorThatKnowsWhatComes) {
  EXPECT_THAT([] { (void)prove(Peeks(), text()); },
              ThrowsMessage<Error>(HasSubstr("symbol 0 is decoded as another one")));
  EXPECT_THAT([] { (void)prove(PeeksALittle(), text()); },
              ThrowsMessage<Error>(HasSubstr("symbols 0 to 15 are not those that were scored")));
}

TEST(Proof, CatchesAPredictorThatChangesBetweenCodingAndDecoding) {
  EXPECT_THROW((void)prove(Wavers(), text()), Error);
  ProofOptions options;  // a decoder that has learnt more
  options.make_decoder = [] {
    auto predictor = make_predictor("ppm:2");
    predictor->observe("z");
    return predictor;
  };
  EXPECT_THROW((void)prove(Wrapped(), text(), options), Error);
}

TEST(Proof, CatchesACoderThatDoesNotCodeWhatIsScored) {
  EXPECT_THAT([] { (void)prove(CodesByAnother(), text()); },
              ThrowsMessage<Error>(AllOf(HasSubstr("was scored with"), HasSubstr("is coded in"))));
}

TEST(Proof, OfBytesThatTheAlphabetLacksIsRefused) {
  PredictorOptions options;
  options.alphabet = to_bytes("abc");
  const auto predictor = make_predictor("ppm:2", options);
  EXPECT_THAT([&] { (void)prove(*predictor, to_bytes("abcd")); },
              ThrowsMessage<Error>(HasSubstr("0x64 at position 3")));
}

}  // namespace
}  // namespace zipdream
