#pragma once

// What `kapok config show` says of the limits of core: every constant of limits.h that is no
// setting, as tidy checks, with its unit and its meaning.

#include <array>

#include "core/limit.h"
#include "core/limits.h"

namespace kapok::core {

inline constexpr std::array kLimitTable{
    core::limit("core.page_size_default", kPageSizeDefault, "row",
                "Rows of a page if nothing is asked", "未指定时每页的行数"),
    core::limit("core.page_size_max", kPageSizeMax, "row", "Rows of a page at most",
                "每页行数上限"),
    core::limit("core.name_bytes_max", kNameBytesMax, "byte", "Of a name", "名称长度"),
    core::limit("core.text_bytes_max", kTextBytesMax, "byte", "Of a text", "文本长度"),
    core::limit("core.money_micros_max", kMoneyMicrosMax, "micro-unit",
                "The largest amount of money", "金额上限"),
};

}  // namespace kapok::core
