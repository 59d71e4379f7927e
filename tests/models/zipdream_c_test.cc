// SPDX-License-Identifier: Apache-2.0
// The interface for C, as its clients meet it.
#include "zipdream/zipdream_c.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "zipdream/zipdream.h"

namespace zipdream {
namespace {

const std::string kText = "the cat sat on the mat, the cat sat on the ";

const std::uint8_t* text() { return as_bytes(kText).data(); }

struct Free {
  void operator()(zd_model* model) const { zd_model_free(model); }
  void operator()(zd_session* session) const { zd_session_free(session); }
  void operator()(zd_buffer* buffer) const { zd_buffer_free(buffer); }
};
template <typename Handle>
using Owned = std::unique_ptr<Handle, Free>;

TEST(CInterface, GivesTheDistributionsOfTheLibrary) {
  const Owned<zd_model> model(zd_model_load("ppm:6"));
  ASSERT_NE(model, nullptr) << zd_error_message();
  const std::size_t size = zd_model_alphabet_size(model.get());
  ASSERT_EQ(size, 256U);
  const Owned<zd_session> session(zd_session_new(model.get(), text(), kText.size()));
  const Owned<zd_session> clone(zd_session_clone(session.get()));
  ASSERT_EQ(zd_session_update(clone.get(), 'm'), ZD_OK);
  ASSERT_EQ(zd_session_observe(clone.get(), text(), 3), ZD_OK);
  const auto predictor = make_predictor("ppm:6");
  predictor->observe(kText);
  std::vector<double> log2_probs(size);
  ASSERT_EQ(zd_session_log2_probs(session.get(), log2_probs.data(), size), ZD_OK);
  EXPECT_EQ(log2_probs, predictor->log2_probs());
  predictor->observe("mthe");
  ASSERT_EQ(zd_session_log2_probs(clone.get(), log2_probs.data(), size), ZD_OK);
  EXPECT_EQ(log2_probs, predictor->log2_probs());
  std::size_t bytes = 0;
  EXPECT_EQ(*zd_model_symbol_bytes(model.get(), 'm', &bytes), 'm');
  EXPECT_EQ(bytes, 1U);
  EXPECT_EQ(zd_model_symbol_bytes(model.get(), 256, &bytes), nullptr);
}

TEST(CInterface, OutlivesItsModel) {
  Owned<zd_model> model(zd_model_load("gzip:9"));
  const Owned<zd_session> session(zd_session_new(model.get(), nullptr, 0));
  model.reset();
  std::vector<double> log2_probs(256);
  EXPECT_EQ(zd_session_log2_probs(session.get(), log2_probs.data(), 256), ZD_OK);
}

TEST(CInterface, GeneratesScoresAndCompressesAsTheLibraryDoes) {
  std::vector<std::uint8_t> out(30);
  zd_sampler sampler = zd_sampler_default();
  sampler.temperature = 0.5;
  ASSERT_EQ(zd_generate("gzip:9", text(), kText.size(), &sampler, 3, out.data(), out.size()),
            ZD_OK);
  GenerateRequest request;
  request.model.spec = Spec::parse("gzip:9");
  request.prompt.assign(as_bytes(kText).begin(), as_bytes(kText).end());
  request.count = out.size();
  request.seed = 3;
  request.method.sampler.temperature = 0.5;
  EXPECT_EQ(Bytes(out.begin(), out.end()), generate(request).bytes);

  const Owned<zd_model> model(zd_model_load("ppm:6"));
  std::vector<double> bits(3);
  ASSERT_EQ(zd_score(model.get(), text(), kText.size(), as_bytes("mat").data(), 3, bits.data()),
            ZD_OK);
  const auto predictor = make_predictor("ppm:6");
  predictor->observe(kText);
  EXPECT_EQ(bits, score(*predictor, as_bytes("mat")));

  const Owned<zd_buffer> archive(zd_compress("cm", text(), kText.size()));
  ASSERT_NE(archive, nullptr);
  const Owned<zd_buffer> content(
      zd_decompress(zd_buffer_data(archive.get()), zd_buffer_size(archive.get())));
  ASSERT_NE(content, nullptr);
  EXPECT_EQ(as_chars({zd_buffer_data(content.get()), zd_buffer_size(content.get())}), kText);
}

TEST(CInterface, SaysWhatWentWrongInTheThreadWhereItDid) {
  EXPECT_EQ(zd_model_load("gzp"), nullptr);
  EXPECT_NE(std::string(zd_error_message()).find("did you mean gzip"), std::string::npos);
  EXPECT_NE(std::string(zd_error_remedy()).find("did you mean gzip"), std::string::npos);
  std::thread([] { EXPECT_STREQ(zd_error_message(), ""); }).join();
  EXPECT_EQ(zd_model_load(nullptr), nullptr);
  EXPECT_EQ(zd_session_new(nullptr, nullptr, 0), nullptr);
  EXPECT_EQ(zd_decompress(text(), kText.size()), nullptr);
  const Owned<zd_model> model(zd_model_load("ppm:6"));
  const Owned<zd_session> session(zd_session_new(model.get(), nullptr, 0));
  double few[3];
  EXPECT_EQ(zd_session_log2_probs(session.get(), few, 3), ZD_USAGE);
  EXPECT_NE(std::string(zd_error_message()).find("256 symbols"), std::string::npos);
  EXPECT_EQ(zd_session_update(session.get(), 256), ZD_USAGE);
  EXPECT_EQ(zd_session_observe(session.get(), nullptr, 5), ZD_USAGE);
  EXPECT_EQ(zd_generate("gzip:9", nullptr, 0, nullptr, 1, nullptr, 0), ZD_USAGE);
  zd_model_free(nullptr);
  zd_session_free(nullptr);
  zd_buffer_free(nullptr);
}

}  // namespace
}  // namespace zipdream
