#pragma once

// The part of a bundle that is about money: products, prices, bills and the trial balance.

#include <cstdint>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "app/evidence/bundle.h"
#include "compute/json_fields.h"

namespace kapok::app::evidence {

template <class T, class ToJson>
[[nodiscard]] boost::json::array list_json(const std::vector<T>& items, ToJson to_item) {
    boost::json::array list;
    for (const T& item : items) {
        list.push_back(to_item(item));
    }
    return list;
}

[[nodiscard]] boost::json::object product_json(const exchange::Product& product);
[[nodiscard]] exchange::Product read_product(compute::JsonFields& fields);

[[nodiscard]] boost::json::object price_json(const exchange::Price& price);
[[nodiscard]] exchange::Price read_price(compute::JsonFields& fields);

// `version` is the bundle's.
[[nodiscard]] boost::json::object bill_json(const Bill& bill, std::int64_t version);
[[nodiscard]] Bill read_bill(compute::JsonFields& fields, std::int64_t version);

[[nodiscard]] boost::json::object trial_balance_json(const TrialBalance& balance);
[[nodiscard]] TrialBalance read_trial_balance(compute::JsonFields& fields);

}  // namespace kapok::app::evidence
