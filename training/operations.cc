// SPDX-License-Identifier: Apache-2.0
#include "training/operations.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "training/kernels.h"

namespace zipdream {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// A thread takes at least this many rows.
constexpr std::int64_t kMinRowsPerThread = 256;

bool has_kernels(const at::Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kFloat; }

// Null if it is empty.
const float* data_of(const at::Tensor& x) { return x.numel() > 0 ? x.data_ptr<float>() : nullptr; }

HeadOfSequence head_at(const float* projections, const float* cos_sin, const AttentionSizes& sizes,
                       std::int64_t index) {
  const std::int64_t hidden_size = sizes.num_heads * sizes.head_dim;
  return {.projections = projections + index / sizes.num_heads * sizes.length * 3 * hidden_size,
          .length = static_cast<std::size_t>(sizes.length),
          .hidden_size = static_cast<std::size_t>(hidden_size),
          .head_dim = static_cast<std::size_t>(sizes.head_dim),
          .head = static_cast<std::size_t>(index % sizes.num_heads),
          .cos_sin = cos_sin};
}

struct Attention : public Function<Attention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& projections,
                            const at::Tensor& cos_sin, std::int64_t sequences, std::int64_t length,
                            std::int64_t num_heads, std::int64_t head_dim) {
    const AttentionSizes sizes{sequences, length, num_heads, head_dim};
    const std::int64_t hidden_size = num_heads * head_dim;
    at::Tensor out = at::empty({sequences * length, hidden_size}, projections.options());
    at::Tensor log_sums = at::empty({sequences * num_heads, length}, projections.options());
    const float* const from = projections.data_ptr<float>();
    float* const to = out.data_ptr<float>();
    float* const sums = log_sums.data_ptr<float>();
    at::parallel_for(0, sequences * num_heads, 1, [&](std::int64_t begin, std::int64_t end) {
      Scratch scratch;
      for (std::int64_t i = begin; i < end; ++i) {
        training_kernels().attend(head_at(from, data_of(cos_sin), sizes, i), scratch,
                                  to + i / num_heads * length * hidden_size, sums + i * length);
      }
    });
    context->save_for_backward({projections, cos_sin, out, log_sums});
    context->saved_data["sequences"] = sequences;
    context->saved_data["length"] = length;
    context->saved_data["num_heads"] = num_heads;
    context->saved_data["head_dim"] = head_dim;
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto number = [&](const char* name) { return context->saved_data[name].toInt(); };
    const AttentionSizes sizes{number("sequences"), number("length"), number("num_heads"),
                               number("head_dim")};
    const at::Tensor d_out = gradients[0].contiguous();
    at::Tensor d_projections = at::empty_like(saved[0]);
    const std::int64_t hidden_size = sizes.num_heads * sizes.head_dim;
    const float* const from = saved[0].data_ptr<float>();
    const float* const out = saved[2].data_ptr<float>();
    const float* const sums = saved[3].data_ptr<float>();
    const float* const upstream = d_out.data_ptr<float>();
    float* const to = d_projections.data_ptr<float>();
    at::parallel_for(
        0, sizes.sequences * sizes.num_heads, 1, [&](std::int64_t begin, std::int64_t end) {
          Scratch scratch;
          for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t row = i / sizes.num_heads * sizes.length * hidden_size;
            training_kernels().attend_backward(head_at(from, data_of(saved[1]), sizes, i),
                                               out + row, sums + i * sizes.length, upstream + row,
                                               scratch, to + 3 * row);
          }
        });
    const at::Tensor none;
    return {d_projections, none, none, none, none, none};
  }
};

struct RmsNorm : public Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            double epsilon) {
    at::Tensor y = at::empty_like(x);
    const std::int64_t width = x.size(1);
    const float* const from = x.data_ptr<float>();
    const float* const factors = weight.data_ptr<float>();
    float* const to = y.data_ptr<float>();
    at::parallel_for(0, x.size(0), kMinRowsPerThread, [&](std::int64_t begin, std::int64_t end) {
      training_kernels().rms_norm(from + begin * width, factors, static_cast<float>(epsilon),
                                  static_cast<std::size_t>(end - begin),
                                  static_cast<std::size_t>(width), to + begin * width);
    });
    context->save_for_backward({x, weight});
    context->saved_data["epsilon"] = epsilon;
    return y;
  }

  // The weight's gradient is summed over parts of fixed size, so that it is the same on any number
  // of threads.
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    constexpr std::int64_t kPart = 1024;
    const variable_list saved = context->get_saved_variables();
    const double epsilon = context->saved_data["epsilon"].toDouble();
    const at::Tensor d_y = gradients[0].contiguous();
    at::Tensor d_x = at::empty_like(saved[0]);
    const std::int64_t rows = saved[0].size(0);
    const std::int64_t width = saved[0].size(1);
    const std::int64_t parts = (rows + kPart - 1) / kPart;
    at::Tensor d_weights = at::zeros({parts, width}, saved[0].options());
    const float* const from = saved[0].data_ptr<float>();
    const float* const factors = saved[1].data_ptr<float>();
    const float* const upstream = d_y.data_ptr<float>();
    float* const to = d_x.data_ptr<float>();
    float* const sums = d_weights.data_ptr<float>();
    at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t part = begin; part < end; ++part) {
        const std::int64_t first = part * kPart;
        const auto count = static_cast<std::size_t>(std::min(kPart, rows - first));
        training_kernels().rms_norm_backward(
            from + first * width, factors, static_cast<float>(epsilon), upstream + first * width,
            count, static_cast<std::size_t>(width), to + first * width, sums + part * width);
      }
    });
    return {d_x, d_weights.sum(0), at::Tensor()};
  }
};

struct SwiGlu : public Function<SwiGlu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x) {
    const std::int64_t size = x.size(1) / 2;
    at::Tensor y = at::empty({x.size(0), size}, x.options());
    const float* const from = x.data_ptr<float>();
    float* const to = y.data_ptr<float>();
    at::parallel_for(0, x.size(0), kMinRowsPerThread, [&](std::int64_t begin, std::int64_t end) {
      training_kernels().swiglu(from + begin * 2 * size, static_cast<std::size_t>(end - begin),
                                static_cast<std::size_t>(size), to + begin * size);
    });
    context->save_for_backward({x});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor x = context->get_saved_variables()[0];
    const at::Tensor d_y = gradients[0].contiguous();
    at::Tensor d_x = at::empty_like(x);
    const std::int64_t size = x.size(1) / 2;
    const float* const from = x.data_ptr<float>();
    const float* const upstream = d_y.data_ptr<float>();
    float* const to = d_x.data_ptr<float>();
    at::parallel_for(0, x.size(0), kMinRowsPerThread, [&](std::int64_t begin, std::int64_t end) {
      training_kernels().swiglu_backward(from + begin * 2 * size, upstream + begin * size,
                                         static_cast<std::size_t>(end - begin),
                                         static_cast<std::size_t>(size), to + begin * 2 * size);
    });
    return {d_x};
  }
};

// Each [sequences, num_heads, length, head_dim], as is what is returned.
at::Tensor attend(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& values) {
#if TORCH_VERSION_MAJOR >= 2
  return at::scaled_dot_product_attention(queries, keys, values, std::nullopt, 0, true);
#else
  const double scale = 1 / std::sqrt(static_cast<double>(queries.size(-1)));
  const std::int64_t length = queries.size(-2);
  const at::Tensor later = at::ones({length, length}, queries.options().dtype(at::kBool)).triu(1);
  const at::Tensor scores = at::matmul(queries * scale, keys.transpose(-1, -2))
                                .masked_fill(later, -std::numeric_limits<double>::infinity());
  const at::Tensor shares = at::softmax(scores, -1, at::kFloat).to(queries.scalar_type());
  return at::matmul(shares, values);
#endif
}

// x: [..., length, head_dim].
at::Tensor rotated(const at::Tensor& x, const at::Tensor& cos_sin) {
  const at::Tensor cos = cos_sin.select(-1, 0).to(x.scalar_type());
  const at::Tensor sin = cos_sin.select(-1, 1).to(x.scalar_type());
  const std::int64_t half = x.size(-1) / 2;
  const at::Tensor a = x.narrow(-1, 0, half);
  const at::Tensor b = x.narrow(-1, half, half);
  return at::cat({a * cos - b * sin, b * cos + a * sin}, -1);
}

}  // namespace

namespace plain {

at::Tensor causal_attention(const at::Tensor& projections, const at::Tensor& cos_sin,
                            const AttentionSizes& sizes) {
  const at::Tensor parts =
      projections.view({sizes.sequences, sizes.length, 3, sizes.num_heads, sizes.head_dim})
          .permute({2, 0, 3, 1, 4});
  at::Tensor rotating = parts.narrow(0, 0, 2);  // queries and keys
  if (cos_sin.defined()) rotating = rotated(rotating, cos_sin);
  const at::Tensor mixed = attend(rotating.select(0, 0), rotating.select(0, 1), parts.select(0, 2));
  return mixed.transpose(1, 2).reshape(
      {sizes.sequences * sizes.length, sizes.num_heads * sizes.head_dim});
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 8)
  return at::rms_norm(x, {x.size(-1)}, weight.to(x.scalar_type()), epsilon);  // one kernel
#else
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor scale = at::rsqrt(wide.square().mean({-1}, true) + epsilon);
  return (wide * scale * weight.to(at::kFloat)).to(x.scalar_type());
#endif
}

at::Tensor swiglu(const at::Tensor& x) {
  const std::int64_t size = x.size(-1) / 2;
  return at::silu(x.narrow(-1, 0, size)) * x.narrow(-1, size, size);
}

}  // namespace plain

at::Tensor causal_attention(const at::Tensor& projections, const at::Tensor& cos_sin,
                            const AttentionSizes& sizes) {
  if (!has_kernels(projections)) return plain::causal_attention(projections, cos_sin, sizes);
  const at::Tensor rotations = cos_sin.defined() ? cos_sin : at::empty({0}, projections.options());
  return Attention::apply(projections.contiguous(), rotations, sizes.sequences, sizes.length,
                          sizes.num_heads, sizes.head_dim);
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  if (!has_kernels(x)) return plain::rms_norm(x, weight, epsilon);
  return RmsNorm::apply(x.contiguous(), weight, epsilon);
}

at::Tensor swiglu(const at::Tensor& x) {
  return has_kernels(x) ? SwiGlu::apply(x.contiguous()) : plain::swiglu(x);
}

}  // namespace zipdream
