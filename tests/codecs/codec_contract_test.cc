// SPDX-License-Identifier: Apache-2.0
// What zipdream/codec.h promises, for every codec of the registry. Damage is in
// damaged_stream_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/parallel.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/codecs/specs.h"
#include "zipdream/codec.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

class CodecContract : public testing::TestWithParam<std::string> {
 protected:
  void expect_round_trip(ByteView data, std::string_view what) const {
    const Bytes stream = codec_->compress(data);
    EXPECT_EQ(codec_->compress(data), stream) << what << " compresses to two streams";
    EXPECT_EQ(codec_->decompress(stream, data.size()), Bytes(data.begin(), data.end())) << what;
  }

  std::unique_ptr<Codec> codec_ = make_codec(GetParam());
};

TEST_P(CodecContract, RoundTripsTheEmptyString) { expect_round_trip({}, "nothing"); }

TEST_P(CodecContract, RoundTripsEverySingleByte) {
  for (const Byte& byte : full_alphabet()) expect_round_trip({&byte, 1}, "a byte");
}

TEST_P(CodecContract, RoundTripsAllBytes) { expect_round_trip(full_alphabet(), "all bytes"); }

TEST_P(CodecContract, RoundTripsEveryShortLength) {
  const Bytes text = text_like(64);
  for (std::size_t size = 2; size <= text.size(); ++size) {
    expect_round_trip(ByteView(text).first(size), "a start of a text");
  }
}

TEST_P(CodecContract, RoundTripsBytesOfEveryCharacter) {
  for (const SampleKind& kind : sample_kinds()) {
    expect_round_trip(kind.make(kind.name == "random" ? 70'000 : 20'011, 5), kind.name);
  }
}

TEST_P(CodecContract, MeasuresItsStreams) {
  for (const std::size_t size : {0, 1, 2, 100, 5000}) {
    const Bytes data = text_like(size);
    const double bits_of_stream = 8.0 * static_cast<double>(codec_->compress(data).size());
    EXPECT_EQ(codec_->bits(data, Units::kBytes), bits_of_stream);
    EXPECT_LE(codec_->bits(data, Units::kBits), bits_of_stream);
    EXPECT_GT(codec_->bits(data, Units::kBits), bits_of_stream - 16 * 8);
  }
}

// A context and continuations of it that are empty, short, long, likely and unlikely.
class SessionContract : public testing::TestWithParam<std::tuple<std::string, Units>> {
 protected:
  SessionContract() {
    candidates_ = {{}, {'e'}, {0}, {255}, text_like(30, 2), random_bytes(300), context_};
    for (const Byte byte : full_alphabet()) {
      if (byte % 16 == 1) candidates_.push_back({byte});
    }
  }

  std::unique_ptr<Session> start() const {
    auto session = codec_->start(units());
    session->append(context_);
    return session;
  }

  std::vector<double> ask(const Session& session) const {
    const std::vector<ByteView> views(candidates_.begin(), candidates_.end());
    std::vector<double> lengths(views.size());
    session.bits_after(views, lengths);
    return lengths;
  }

  Units units() const { return std::get<Units>(GetParam()); }

  std::unique_ptr<Codec> codec_ = make_codec(std::get<std::string>(GetParam()));
  Bytes context_ = text_like(2111);
  std::vector<Bytes> candidates_;
};

TEST_P(SessionContract, AnswersAsCloneAppendAndBitsDo) {
  const auto session = start();
  const std::vector<double> lengths = ask(*session);
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const auto clone = session->clone();
    clone->append(candidates_[i]);
    EXPECT_EQ(clone->bits(), lengths[i]) << i;
    EXPECT_EQ(codec_->bits(concat(context_, candidates_[i]), units()), lengths[i]) << i;
  }
}

TEST_P(SessionContract, MeasuresNothingAndSingleBytesFromTheStart) {
  const auto session = codec_->start(units());
  EXPECT_EQ(session->bits(), codec_->bits({}, units()));
  const std::vector<double> lengths = ask(*session);
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    EXPECT_EQ(lengths[i], codec_->bits(candidates_[i], units())) << i;
  }
}

TEST_P(SessionContract, StaysAsItWasWhenAsked) {
  const auto session = start();
  const double before = session->bits();
  const std::vector<double> lengths = ask(*session);
  EXPECT_EQ(session->bits(), before);
  EXPECT_EQ(ask(*session), lengths);
}

TEST_P(SessionContract, TakesAnEmptyListOfCandidates) {
  const auto session = start();
  const double before = session->bits();
  session->bits_after({}, {});
  EXPECT_EQ(session->bits(), before);
}

TEST_P(SessionContract, HasIndependentClones) {
  auto session = start();
  const std::vector<double> lengths = ask(*session);
  const auto clone = session->clone();
  session->append(random_bytes(100));
  const double longer = session->bits();
  EXPECT_EQ(ask(*clone), lengths);
  clone->append(as_bytes("and so on"));
  EXPECT_EQ(session->bits(), longer);
  session.reset();
  EXPECT_EQ(clone->bits(), codec_->bits(concat(context_, as_bytes("and so on")), units()));
}

TEST_P(SessionContract, TakesTheContextInPieces) {
  const auto session = codec_->start(units());
  for (std::size_t i = 0; i < context_.size(); i += 7) {
    session->append(ByteView(context_).subspan(i, std::min<std::size_t>(7, context_.size() - i)));
    session->append({});
  }
  EXPECT_EQ(session->bits(), codec_->bits(context_, units()));
}

TEST_P(SessionContract, GivesTheSameNumbersOnAnyNumberOfThreads) {
  const auto session = start();
  set_thread_count(1);
  const std::vector<double> lengths = ask(*session);
  for (const int threads : {2, 5}) {
    set_thread_count(threads);
    EXPECT_EQ(ask(*session), lengths) << threads << " threads";
  }
  set_thread_count(0);
}

TEST_P(SessionContract, AnswersSeveralThreadsAtOnce) {
  const auto session = start();
  const std::vector<double> lengths = ask(*session);
  std::vector<std::vector<double>> answers(3);
  std::vector<std::thread> threads;
  threads.reserve(answers.size());
  for (auto& answer : answers) threads.emplace_back([&] { answer = ask(*session); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(answers, testing::Each(lengths));
}

INSTANTIATE_TEST_SUITE_P(Of, CodecContract, testing::ValuesIn(specs_to_test()), test_name);

INSTANTIATE_TEST_SUITE_P(Of, SessionContract,
                         testing::Combine(testing::ValuesIn(session_specs_to_test()),
                                          testing::Values(Units::kBits, Units::kBytes)),
                         [](const auto& test) {
                           std::string name = std::get<std::string>(test.param);
                           std::erase_if(name,
                                         [](unsigned char c) { return std::isalnum(c) == 0; });
                           const bool is_bits = std::get<Units>(test.param) == Units::kBits;
                           return name + (is_bits ? "InBits" : "InBytes");
                         });

}  // namespace
}  // namespace zipdream
