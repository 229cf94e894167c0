// Boost.Asio compiled once: kapok_options declares separate compilation.
#include <boost/asio/impl/src.hpp>
