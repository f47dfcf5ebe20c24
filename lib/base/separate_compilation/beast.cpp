// Boost.Beast's own code, compiled in this file alone (BOOST_BEAST_SEPARATE_COMPILATION).
#include <boost/beast/src.hpp>
