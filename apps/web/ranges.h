// SPDX-License-Identifier: Apache-2.0
// The algorithms of std::ranges that the core uses and the C++ library of Emscripten 3.1.6 (libc++
// 14) hasn't, by those of std. Put in before every file of the browser's build; a library that has
// them ignores it.
#pragma once
#ifdef __cplusplus
#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>
#include <ranges>
#include <utility>
#include <vector>

#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 15000
// NOLINTBEGIN
namespace std::ranges {

template <typename Order, typename Projection>
constexpr auto projected_order(Order& order, Projection& projection) {
  return [&](const auto& a, const auto& b) -> bool {
    return std::invoke(order, std::invoke(projection, a), std::invoke(projection, b));
  };
}

template <typename R, typename Test>
constexpr bool any_of(R&& r, Test test) {
  return std::any_of(std::begin(r), std::end(r), std::ref(test));
}
template <typename R, typename Test>
constexpr bool all_of(R&& r, Test test) {
  return std::all_of(std::begin(r), std::end(r), std::ref(test));
}
template <typename R, typename Test>
constexpr bool none_of(R&& r, Test test) {
  return std::none_of(std::begin(r), std::end(r), std::ref(test));
}
template <typename R, typename Test>
constexpr auto count_if(R&& r, Test test) {
  return std::count_if(std::begin(r), std::end(r), std::ref(test));
}
template <typename R, typename Value>
constexpr auto count(R&& r, const Value& value) {
  return std::count(std::begin(r), std::end(r), value);
}
template <typename R, typename Test>
constexpr auto find_if(R&& r, Test test) {
  return std::find_if(std::begin(r), std::end(r), std::ref(test));
}
template <typename R, typename Value, typename Projection = std::identity>
constexpr auto find(R&& r, const Value& value, Projection projection = {}) {
  return std::find_if(std::begin(r), std::end(r),
                      [&](const auto& each) { return std::invoke(projection, each) == value; });
}
template <typename R, typename Value>
constexpr void fill(R&& r, const Value& value) {
  std::fill(std::begin(r), std::end(r), value);
}
template <typename R, typename Out>
constexpr auto copy(R&& r, Out out) {
  return std::copy(std::begin(r), std::end(r), out);
}
template <typename R, typename Out>
constexpr auto move(R&& r, Out out) {
  return std::move(std::begin(r), std::end(r), out);
}
template <typename R, typename Out, typename Change>
constexpr auto transform(R&& r, Out out, Change change) {
  return std::transform(std::begin(r), std::end(r), out, std::ref(change));
}
template <typename A, typename B>
constexpr bool equal(const A& a, const B& b) {
  return std::equal(std::begin(a), std::end(a), std::begin(b), std::end(b));
}
template <typename A, typename B>
constexpr bool lexicographical_compare(const A& a, const B& b) {
  return std::lexicographical_compare(std::begin(a), std::end(a), std::begin(b), std::end(b));
}
template <typename R, typename Order = std::less<>, typename Projection = std::identity>
constexpr void sort(R&& r, Order order = {}, Projection projection = {}) {
  std::sort(std::begin(r), std::end(r), projected_order(order, projection));
}
template <typename R, typename Order = std::less<>, typename Projection = std::identity>
constexpr void stable_sort(R&& r, Order order = {}, Projection projection = {}) {
  std::stable_sort(std::begin(r), std::end(r), projected_order(order, projection));
}
template <typename R, typename Order = std::less<>, typename Projection = std::identity>
constexpr auto max_element(R&& r, Order order = {}, Projection projection = {}) {
  return std::max_element(std::begin(r), std::end(r), projected_order(order, projection));
}
template <typename R, typename Order = std::less<>, typename Projection = std::identity>
constexpr auto min_element(R&& r, Order order = {}, Projection projection = {}) {
  return std::min_element(std::begin(r), std::end(r), projected_order(order, projection));
}
template <typename R>
constexpr auto max(const R& r) {
  return *std::max_element(std::begin(r), std::end(r));
}
template <typename R, typename Value, typename Order = std::less<>,
          typename Projection = std::identity>
constexpr auto lower_bound(R&& r, const Value& value, Order order = {},
                           Projection projection = {}) {
  return std::lower_bound(std::begin(r), std::end(r), value,
                          [&](const auto& each, const auto& wanted) {
                            return std::invoke(order, std::invoke(projection, each), wanted);
                          });
}
template <typename R, typename Value, typename Order = std::less<>,
          typename Projection = std::identity>
constexpr auto upper_bound(R&& r, const Value& value, Order order = {},
                           Projection projection = {}) {
  return std::upper_bound(std::begin(r), std::end(r), value,
                          [&](const auto& wanted, const auto& each) {
                            return std::invoke(order, wanted, std::invoke(projection, each));
                          });
}

}  // namespace std::ranges
// NOLINTEND
#endif
#endif
