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
  void operator()(zd_request* request) const { zd_request_free(request); }
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

TEST(CInterface, GeneratesByRequestsAsTheLibraryDoes) {
  Bytes pixels;
  for (int i = 0; i < 6 * 4 * 3; ++i) pixels.push_back(static_cast<Byte>(7 * i % 61));
  GenerateRequest request;
  request.model.spec = Spec::parse("image");
  request.prompt = pixels;
  request.count = 36;
  request.seed = 3;
  request.method.sampler = {.temperature = 1.1, .top_k = 200, .top_p = 0.99, .min_p = 0.001};
  request.method.sampler.unsure_temperature = 0.4;
  request.method.colour_temperature = 0.7;
  request.pixels = PixelRows{.width = 6, .channels = 3};
  const Owned<zd_request> same(zd_request_new("image"));
  ASSERT_NE(same, nullptr) << zd_error_message();
  const std::pair<const char*, double> options[] = {{"temperature", 1.1},
                                                    {"unsure_temperature", 0.4},
                                                    {"top_k", 200},
                                                    {"top_p", 0.99},
                                                    {"min_p", 0.001},
                                                    {"width", 6},
                                                    {"colour_temperature", 0.7},
                                                    {"channels", 3}};
  for (const auto& [name, value] : options) {
    ASSERT_EQ(zd_request_set(same.get(), name, value), ZD_OK) << zd_error_message();
  }
  Bytes out(request.count);
  ASSERT_EQ(zd_request_generate(same.get(), pixels.data(), pixels.size(), 3, out.data(), 36), ZD_OK)
      << zd_error_message();
  EXPECT_EQ(out, generate(request).bytes);
  ASSERT_EQ(zd_request_set(same.get(), "colour_temperature", 1), ZD_OK);
  ASSERT_EQ(zd_request_generate(same.get(), pixels.data(), pixels.size(), 3, out.data(), 36),
            ZD_OK);
  EXPECT_NE(out, generate(request).bytes);
}

TEST(CInterface, RefusesOptionsOfRequestsThatCannotBeMeant) {
  const Owned<zd_request> request(zd_request_new("gzip:9"));
  const auto refusal = [&](const char* name, double value) {
    EXPECT_EQ(zd_request_set(request.get(), name, value), ZD_USAGE) << name;
    return std::string(zd_error_message());
  };
  EXPECT_EQ(refusal("unsure_temperature", -1), "unsure_temperature -1: must be 0 to 1000");
  EXPECT_NE(refusal("top_k", 0.5).find("whole number"), std::string::npos);
  EXPECT_NE(refusal("warmth", 1).find("warmth"), std::string::npos);
  EXPECT_NE(refusal(nullptr, 1).find("NULL"), std::string::npos);
  EXPECT_EQ(zd_request_set(nullptr, "top_k", 1), ZD_USAGE);
  std::uint8_t out = 0;
  EXPECT_EQ(zd_request_generate(nullptr, text(), 3, 1, &out, 1), ZD_USAGE);
  const auto generate_error = [&] {
    EXPECT_EQ(zd_request_generate(request.get(), text(), kText.size(), 1, &out, 1), ZD_USAGE);
    return std::string(zd_error_message());
  };
  ASSERT_EQ(zd_request_set(request.get(), "colour_temperature", 0.5), ZD_OK);
  EXPECT_EQ(generate_error(), "colour_temperature: is for images in colour; leave it out");
  ASSERT_EQ(zd_request_set(request.get(), "channels", 3), ZD_OK);
  EXPECT_EQ(generate_error(), "width 0: must be 1 to 65536");
  ASSERT_EQ(zd_request_set(request.get(), "width", 65537), ZD_OK);
  EXPECT_EQ(generate_error(), "width 65537: must be 1 to 65536");
  EXPECT_EQ(zd_request_new("gzp"), nullptr);
  zd_request_free(nullptr);
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
