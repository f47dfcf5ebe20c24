#include "http/message.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace sluice::http {

response error_response(int status, std::string_view what) {
    const boost::json::object body{{"error", what}};
    return {status, "application/json", boost::json::serialize(body) + '\n', {}};
}

} // namespace sluice::http
