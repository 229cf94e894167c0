// Boost.Beast compiled once, here: kapok_options declares separate compilation.
#include <boost/beast/src.hpp>
