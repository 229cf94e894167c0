#pragma once

// What the test of every list asks: page by page, in each of its orders, each row comes once.

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/page.h"

namespace kapok::platform::db_test {

// `made` are the items of a list as they were made; `list` gives a page of a window.
template <class T, class List, class NameOf>
void expect_order(const std::vector<T>& made, core::Sort sort, List list, NameOf name_of) {
    std::multimap<std::string, T> sorted;  // Those of one name stay as they were made.
    for (const T& item : made) {
        sorted.emplace(core::is_by_name(sort) ? name_of(item) : "", item);
    }
    std::vector<T> expected;
    for (const auto& [name, item] : sorted) {
        expected.push_back(item);
    }
    if (core::is_descending(sort)) {
        std::ranges::reverse(expected);
    }
    const auto ids = [](const std::vector<T>& items) {
        std::vector<std::string> texts;
        for (const T& item : items) {
            texts.push_back(item.id.text());
        }
        return texts;
    };
    for (const std::size_t limit : {std::size_t{1}, std::size_t{2}, made.size(), made.size() + 1}) {
        std::vector<T> found;
        core::Window window{limit, std::nullopt, sort};
        do {
            const core::Page<T> page = list(window);
            EXPECT_LE(page.items.size(), limit);
            found.insert(found.end(), page.items.begin(), page.items.end());
            window.after = page.next;
        } while (window.after && found.size() < made.size() + limit);
        EXPECT_EQ(ids(found), ids(expected))
            << core::kSortNames.at(static_cast<std::size_t>(sort)) << " by " << limit;
    }
}

template <class T, class List>
void expect_orders_in_time(const std::vector<T>& made, List list) {
    for (const core::Sort sort : {core::Sort::Created, core::Sort::CreatedDescending}) {
        expect_order(made, sort, list, [](const T&) { return std::string(); });
    }
}

template <class T, class List, class NameOf>
void expect_every_order(const std::vector<T>& made, List list, NameOf name_of) {
    expect_orders_in_time(made, list);
    for (const core::Sort sort : {core::Sort::Name, core::Sort::NameDescending}) {
        expect_order(made, sort, list, name_of);
    }
}

}  // namespace kapok::platform::db_test
