// SPDX-License-Identifier: Apache-2.0
#include "training/operations.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "training/kernels.h"

namespace zipdream {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// Rows that one thread takes at least.
constexpr std::int64_t kRowGrain = 256;

bool has_kernels(const at::Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kFloat; }

// Null: empty.
const float* data_of(const at::Tensor& x) { return x.numel() > 0 ? x.data_ptr<float>() : nullptr; }

HeadOfSequence head_at(const float* projections, const float* turns, const AttentionSizes& sizes,
                       std::int64_t index) {
  const std::int64_t width = sizes.heads * sizes.head_size;
  return {.projections = projections + index / sizes.heads * sizes.length * 3 * width,
          .length = static_cast<std::size_t>(sizes.length),
          .width = static_cast<std::size_t>(width),
          .head_size = static_cast<std::size_t>(sizes.head_size),
          .head = static_cast<std::size_t>(index % sizes.heads),
          .turns = turns};
}

struct Attention : public Function<Attention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& projections,
                            const at::Tensor& turns, std::int64_t sequences, std::int64_t length,
                            std::int64_t heads, std::int64_t head_size) {
    const AttentionSizes sizes{sequences, length, heads, head_size};
    const std::int64_t width = heads * head_size;
    at::Tensor out = at::empty({sequences * length, width}, projections.options());
    at::Tensor log_sums = at::empty({sequences * heads, length}, projections.options());
    const float* const from = projections.data_ptr<float>();
    float* const to = out.data_ptr<float>();
    float* const sums = log_sums.data_ptr<float>();
    at::parallel_for(0, sequences * heads, 1, [&](std::int64_t begin, std::int64_t end) {
      Scratch scratch;
      for (std::int64_t i = begin; i < end; ++i) {
        training_kernels().attend(head_at(from, data_of(turns), sizes, i), scratch,
                                  to + i / heads * length * width, sums + i * length);
      }
    });
    context->save_for_backward({projections, turns, out, log_sums});
    context->saved_data["sequences"] = sequences;
    context->saved_data["length"] = length;
    context->saved_data["heads"] = heads;
    context->saved_data["head_size"] = head_size;
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto number = [&](const char* name) { return context->saved_data[name].toInt(); };
    const AttentionSizes sizes{number("sequences"), number("length"), number("heads"),
                               number("head_size")};
    const at::Tensor d_out = gradients[0].contiguous();
    at::Tensor d_projections = at::empty_like(saved[0]);
    const std::int64_t width = sizes.heads * sizes.head_size;
    const float* const from = saved[0].data_ptr<float>();
    const float* const out = saved[2].data_ptr<float>();
    const float* const sums = saved[3].data_ptr<float>();
    const float* const upstream = d_out.data_ptr<float>();
    float* const to = d_projections.data_ptr<float>();
    at::parallel_for(
        0, sizes.sequences * sizes.heads, 1, [&](std::int64_t begin, std::int64_t end) {
          Scratch scratch;
          for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t row = i / sizes.heads * sizes.length * width;
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
    at::parallel_for(0, x.size(0), kRowGrain, [&](std::int64_t begin, std::int64_t end) {
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
    const std::int64_t hidden = x.size(1) / 2;
    at::Tensor y = at::empty({x.size(0), hidden}, x.options());
    const float* const from = x.data_ptr<float>();
    float* const to = y.data_ptr<float>();
    at::parallel_for(0, x.size(0), kRowGrain, [&](std::int64_t begin, std::int64_t end) {
      training_kernels().swiglu(from + begin * 2 * hidden, static_cast<std::size_t>(end - begin),
                                static_cast<std::size_t>(hidden), to + begin * hidden);
    });
    context->save_for_backward({x});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor x = context->get_saved_variables()[0];
    const at::Tensor d_y = gradients[0].contiguous();
    at::Tensor d_x = at::empty_like(x);
    const std::int64_t hidden = x.size(1) / 2;
    const float* const from = x.data_ptr<float>();
    const float* const upstream = d_y.data_ptr<float>();
    float* const to = d_x.data_ptr<float>();
    at::parallel_for(0, x.size(0), kRowGrain, [&](std::int64_t begin, std::int64_t end) {
      training_kernels().swiglu_backward(from + begin * 2 * hidden, upstream + begin * hidden,
                                         static_cast<std::size_t>(end - begin),
                                         static_cast<std::size_t>(hidden), to + begin * 2 * hidden);
    });
    return {d_x};
  }
};

}  // namespace

at::Tensor causal_attention(const at::Tensor& projections, const at::Tensor& turns,
                            const AttentionSizes& sizes) {
  if (!has_kernels(projections)) return plain::causal_attention(projections, turns, sizes);
  const at::Tensor given = turns.defined() ? turns : at::empty({0}, projections.options());
  return Attention::apply(projections.contiguous(), given, sizes.sequences, sizes.length,
                          sizes.heads, sizes.head_size);
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  if (!has_kernels(x)) return plain::rms_norm(x, weight, epsilon);
  return RmsNorm::apply(x.contiguous(), weight, epsilon);
}

at::Tensor swiglu(const at::Tensor& x) {
  return has_kernels(x) ? SwiGlu::apply(x.contiguous()) : plain::swiglu(x);
}

}  // namespace zipdream
