#pragma once

// A body for Beast's parsers that collects in a string, which may be emptied while more comes.
// Unlike Beast's own it reserves nothing on a peer's word about the length.

#include <cstdint>
#include <string>

#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>

namespace kapok::platform::http {

struct PieceBody {
    using value_type = std::string;

    class reader {  // NOLINT(readability-identifier-naming): Beast looks for this name.
    public:
        template <bool is_request, class Headers>
        reader(boost::beast::http::header<is_request, Headers>& /*header*/, value_type& body)
            : body_(body) {}

        void init(const boost::optional<std::uint64_t>& /*length*/,
                  boost::system::error_code& failure) {
            failure = {};
        }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, boost::system::error_code& failure) {
            failure = {};
            std::size_t size = 0;
            for (const auto buffer : boost::beast::buffers_range_ref(buffers)) {
                body_.append(static_cast<const char*>(buffer.data()), buffer.size());
                size += buffer.size();
            }
            return size;
        }
        void finish(boost::system::error_code& failure) { failure = {}; }

    private:
        value_type& body_;
    };
};

}  // namespace kapok::platform::http
