#pragma once

// How an answer is printed: a table for people, JSON and YAML for programs. Pure text in and out.

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "app/cli/command.h"

namespace kapok::app::cli {

// `columns` are the members shown in a table, in order; all of them if empty. A page ({"items": …})
// and a list become rows; an object becomes a row a member.
[[nodiscard]] std::string format(const boost::json::value& value, Output output,
                                 const std::vector<std::string>& columns = {});

// Prints the answer of a command, or the one value of it that was asked for; the exit code.
int print(const boost::json::value& value, const Invocation& invocation,
          const std::vector<std::string>& columns = {});

// How many terminal columns a text takes; a Chinese character takes two.
[[nodiscard]] std::size_t display_width(std::string_view utf8);

}  // namespace kapok::app::cli
