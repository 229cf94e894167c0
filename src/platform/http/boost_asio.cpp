// Boost.Asio and its TLS compiled once, here: kapok_options declares separate compilation.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
