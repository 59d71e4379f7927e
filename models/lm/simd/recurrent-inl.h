// SPDX-License-Identifier: Apache-2.0
// Recurrent layers: inputs shared with the position before, and the state of a head (RWKV-7, Peng
// et al. 2025, arXiv 2503.14456). Vectors lie across the values, which don't touch one another;
// sums over keys are one chain of multiply-adds for each value. Included by kernels.cc only.

void blend(const float* x, const float* before, const float* share, std::size_t count, float* y) {
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<float> some = load(x + i);
    store(fused(load(before + i) - some, load(share + i), some), y + i);
  }
}

// What a row brings to the state of a head: arrays of its scratch memory, by keys,
struct HeadRow {
  HeadRow(float* scratch, std::size_t size)
      : kept(scratch),
        removed(kept + size),
        replaced(removed + size),
        keys(replaced + size),
        values(keys + size),
        mixed(values + size),
        normed(mixed + size) {}

  float* kept;      // the share of the state that does not fade
  float* removed;   // the direction in which it is read, turned around,
  float* replaced;  // and how much of what is read there is taken away
  float* keys;
  // and by values.
  float* values;
  float* mixed;
  float* normed;
  float bonus = 0;  // the share of the row's own values in what is read
};

void prepare_keys(const RecurrentHead& head, std::size_t place, HeadRow& row) {
  const Sixteen<float> one = all(1.0F);
  Sixteen<float> squares = all(0.0F);
  Sixteen<float> bonus = all(0.0F);
  for (std::size_t i = 0; i < head.head_dim; i += kLanes) {
    constexpr float kFastestDecay = -0.60653066F;  // of the logarithm: -e^(-1/2)
    const Sixteen<float> key = load(head.keys + place + i);
    const Sixteen<float> rate = logistic(load(head.rates + place + i));
    const Sixteen<float> direction = key * load(head.removal_scales + i);
    const Sixteen<float> changed = fused(key * load(head.rate_shares + i), rate - one, key);
    squares = fused(direction, direction, squares);
    bonus = fused(load(head.receptances + place + i) * changed, load(head.bonuses + i), bonus);
    store(exp(all(kFastestDecay) * logistic(load(head.decays + place + i))), row.kept + i);
    store(direction, row.removed + i);
    store(rate, row.replaced + i);
    store(changed, row.keys + i);
  }
  constexpr float kLeastLength = 1e-12F;
  const Sixteen<float> scale = all(1.0F / std::max(std::sqrt(sum(squares)), kLeastLength));
  for (std::size_t i = 0; i < head.head_dim; i += kLanes) {
    const Sixteen<float> unit = load(row.removed + i) * scale;
    store(unit * load(row.replaced + i), row.replaced + i);
    store(all(0.0F) - unit, row.removed + i);
  }
  row.bonus = sum(bonus);
}

// Its own values, or, behind the first layer, some of that layer's.
void prepare_values(const RecurrentHead& head, std::size_t place, HeadRow& row) {
  for (std::size_t i = 0; i < head.head_dim; i += kLanes) {
    Sixteen<float> value = load(head.values + place + i);
    if (head.first_values != nullptr) {
      const Sixteen<float> share = logistic(load(head.first_shares + place + i));
      value = fused(load(head.first_values + place + i) - value, share, value);
    }
    store(value, row.values + i);
  }
}

// Of 16 kStrips values from `first` on: reads what the state has in the direction that is removed,
// updates it key by key, and reads it by the receptances.
template <std::size_t kStrips>
void update_state(const RecurrentHead& head, std::size_t place, std::size_t first, HeadRow& row) {
  float* const state = head.state + first;
  const float* const receptances = head.receptances + place;
  Sixteen<float> found[kStrips];
  Sixteen<float> values[kStrips];
  Sixteen<float> mixed[kStrips];
  for (std::size_t s = 0; s < kStrips; ++s) {
    found[s] = mixed[s] = all(0.0F);
    values[s] = load(row.values + first + s * kLanes);
  }
  for (std::size_t key = 0; key < head.head_dim; ++key) {
    const Sixteen<float> removed = all(row.removed[key]);
    for (std::size_t s = 0; s < kStrips; ++s) {
      found[s] = fused(load(state + key * head.head_dim + s * kLanes), removed, found[s]);
    }
  }
  for (std::size_t key = 0; key < head.head_dim; ++key) {
    for (std::size_t s = 0; s < kStrips; ++s) {
      float* const at = state + key * head.head_dim + s * kLanes;
      Sixteen<float> next = fused(load(at), all(row.kept[key]), values[s] * all(row.keys[key]));
      next = fused(found[s], all(row.replaced[key]), next);
      store(next, at);
      mixed[s] = fused(next, all(receptances[key]), mixed[s]);
    }
  }
  for (std::size_t s = 0; s < kStrips; ++s) store(mixed[s], row.mixed + first + s * kLanes);
}

void recur(const RecurrentHead& head) {
  HeadRow row(head.scratch, head.head_dim);
  for (std::size_t r = 0; r < head.rows; ++r) {
    const std::size_t place = r * head.stride;
    prepare_keys(head, place, row);
    prepare_values(head, place, row);
    std::size_t first = 0;
    for (; first + 2 * kLanes <= head.head_dim; first += 2 * kLanes) {
      update_state<2>(head, place, first, row);
    }
    if (first < head.head_dim) update_state<1>(head, place, first, row);
    layer_norm(row.mixed, head.norm_weight, head.norm_bias, head.norm_epsilon, head.head_dim,
               row.normed);
    for (std::size_t i = 0; i < head.head_dim; i += kLanes) {
      const Sixteen<float> own = fused(load(row.values + i), all(row.bonus), load(row.normed + i));
      store(own * load(head.gates + place + i), head.out + place + i);
    }
  }
}
